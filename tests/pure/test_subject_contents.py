"""What versions hold: names, paths, checksums, and the way out and in again."""

from __future__ import annotations

import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.pure.remembered_facts import Writer, learned, part
from workbench.api.remembering import SourcePassage, SubjectLearned
from workbench.api.subjects import NewPart
from workbench.errors import Findings, UsageError
from workbench.knowledge.subjects import carrying, contents
from workbench.knowledge.subjects.catalogue import Catalogue, Version
from workbench.knowledge.subjects.checking import check
from workbench.knowledge.subjects.shown import difference


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("Python asyncio", "python-asyncio"),
        ("python  ASYNCIO ", "python-asyncio"),
        ("C++", "c++"),
        ("C#", "c#"),
        ("node.js", "node.js"),
        ("Größe", "grösse"),
        ("素数", "素数"),
        ("../../etc", "etc"),
    ],
)
def test_ids_are_made_of_names(name: str, id_: str) -> None:
    assert contents.id_of(name) == id_


@pytest.mark.parametrize("name", ["", "  ", "/", "..", "a\nb", "x" * 81, "\x1b[2J"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UsageError):
        contents.id_of(name)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/etc/passwd",
        "../up",
        "a/../b",
        "a//b",
        "./a",
        "a/",
        "a\\b",
        "C:x",
        ".ssh/keys",
        "a/.git/config",
        "a\0b",
        "a\nb",
        "x" * 201,
        "con. ",
        "a\u202eb",
    ],
)
def test_paths_that_lead_elsewhere_are_refused(path: str) -> None:
    with pytest.raises(UsageError):
        contents.checked_path(path)


def test_parts_with_one_path_are_refused_also_where_case_does_not_count() -> None:
    with pytest.raises(UsageError, match="same path"):
        contents.checked_parts([part("code", "a.py", "x"), part("test", "A.py", "y")])


def test_what_is_too_large_is_refused() -> None:
    with pytest.raises(UsageError, match="too large"):
        contents.checked_parts([part("code", "a.py", "x", contents.LARGEST_PART + 1)])
    many = [part("code", f"{n}.py", "x", contents.LARGEST_PART) for n in range(9)]
    with pytest.raises(UsageError, match="too large"):
        contents.checked_parts(many)


@pytest.mark.parametrize(
    "field", ["about", "grade", "score", "proficiency", "parts", "passages", "needs", "name"]
)
def test_the_checksum_covers_all_that_a_version_holds(field: str) -> None:
    values = {
        "about": "more",
        "grade": "A",
        "score": 0.5,
        "proficiency": "expert",
        "parts": (part("code", "a.py", "0"),),
        "passages": (SourcePassage("p", "a.md", 1, 2, "d"),),
        "needs": ("other",),
        "name": "ASYNCIO",
    }
    before, after = learned("asyncio", "1"), learned("asyncio", "1", **{field: values[field]})
    assert contents.checksum_of_subject(before) != contents.checksum_of_subject(after)


def test_the_same_content_twice_is_two_versions_with_one_checksum() -> None:
    one, two = learned("asyncio", "key 1"), learned("asyncio", "key 2")
    assert one.checksum == two.checksum
    assert one.edition != two.edition


_PARTS = (
    NewPart("documentation", "docs/a.md", "# A\n"),
    NewPart("code", "a.py", "x = 1\n"),
)


def _version(
    texts: tuple[NewPart, ...] = _PARTS, **fields: object
) -> tuple[Version, dict[str, bytes]]:
    parts, held = contents.parts_of(texts)
    fact = learned("asyncio", "1", parts=parts, about="Loops", **fields)
    (event,) = Writer().write(fact)
    return Catalogue().after([event]).topics["asyncio"].versions[0], held


def test_what_is_exported_comes_back_the_same() -> None:
    version, held = _version(grade="A", score=0.9, needs=("python",))
    fact, found = carrying.from_json(carrying.as_json(version, held.__getitem__))
    assert (fact.checksum, fact.parts, found) == (version.fact.checksum, version.fact.parts, held)


def test_bytes_that_are_no_text_come_back_as_well() -> None:
    digest = sha256(b"\xff\0").hexdigest()
    fact = learned("asyncio", "1", parts=(part("code", "a.bin", digest, 2),))
    text = carrying.as_json(Version(fact, 1, 0, ""), {digest: b"\xff\0"}.__getitem__)
    assert carrying.from_json(text)[1] == {digest: b"\xff\0"}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("parts", 0, "text"), "changed"),
        (("parts", 0, "path"), "../../evil"),
        (("parts", 0, "digest"), "0" * 64),
        (("grade",), "A"),
        (("score",), 7),
        (("proficiency",), "god"),
        (("name",), "other"),
        (("checksum",), "0" * 64),
        (("workbench_subject",), 2),
        (("unknown",), 1),
        (("needs",), ["x"]),
    ],
)
def test_what_was_changed_on_the_way_is_refused(path: tuple[str | int, ...], value: object) -> None:
    version, held = _version()
    document = json.loads(carrying.as_json(version, held.__getitem__))
    at = document
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises((Findings, UsageError)):
        carrying.from_json(json.dumps(document))


@given(text=st.text(max_size=200))
def test_no_text_does_any_harm(text: str) -> None:
    with pytest.raises((Findings, UsageError)):
        carrying.from_json(text)


def test_markdown_keeps_code_in_fences_that_hold() -> None:
    version, held = _version((NewPart("code", "a.py", '"""\n```\n"""\n'),))
    text = carrying.as_markdown(version, held.__getitem__)
    assert "\n````py\n" in text


def test_differences_name_fields_and_show_texts() -> None:
    (old, held), (new, more) = (
        _version(),
        _version((NewPart("code", "a.py", "x = 2\n"),), grade="B"),
    )
    events = Writer().write(old.fact, new.fact)
    topic = Catalogue().after(events).topics["asyncio"]
    found = difference(topic, old, new, {**held, **more}.__getitem__)
    changes = {one.what: one for one in found.changes}
    assert changes["grade"].after == "B"
    assert "+x = 2" in changes["code a.py"].diff
    assert changes["documentation docs/a.md"].after == ""


def test_checking_names_what_is_lost_changed_or_unknown() -> None:
    version, held = _version(needs=("python",))
    catalogue = Catalogue().after(Writer().write(version.fact))

    def read(digest: str) -> bytes:
        return b"something else" if digest == version.fact.parts[0].digest else held[digest]

    problems = check(catalogue.topics.values(), catalogue, read)
    assert len(problems) == 2
    assert "a.py is not what was learned" in problems[0]
    assert "rests on python, which is not known" in problems[1]


def test_a_checksum_that_lies_is_found() -> None:
    lying = SubjectLearned("asyncio", "asyncio", "topic", "e", "0" * 64)
    catalogue = Catalogue().after(Writer().write(lying))
    (problem,) = check(catalogue.topics.values(), catalogue, lambda _: b"")
    assert "checksum" in problem
