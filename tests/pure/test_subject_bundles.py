"""Bundles of friends and of enemies."""

from __future__ import annotations

import io
import json
import shutil
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.pure.remembered_facts import Writer, learned
from workbench.api.memory import NewFile
from workbench.api.remembering import SkillLearned, Trial
from workbench.api.subjects import NewPart
from workbench.errors import Findings, UsageError, WorkbenchError
from workbench.journal.contents import Contents
from workbench.knowledge.bundles import packing, taking
from workbench.knowledge.bundles import vectors as travelling
from workbench.knowledge.bundles.gathering import CONTENTS, BundledSource, Gathered
from workbench.knowledge.bundles.manifest import Manifest, decode, encode, is_safe
from workbench.knowledge.bundles.signatures import signed
from workbench.knowledge.skills import writing
from workbench.knowledge.skills.catalogue import Crafts
from workbench.knowledge.subjects import contents
from workbench.knowledge.subjects.catalogue import Catalogue
from workbench.review.approval.signing import sign
from workbench.workspace import Workspace

Document = dict[str, Any]
needs_openssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs OpenSSH")


@pytest.fixture
def kept(tmp_path: Path) -> Contents:
    return Contents(tmp_path / "contents")


@pytest.fixture
def gathered(kept: Contents) -> Gathered:
    """Return what a bundle shall hold: a subject, a skill and a source."""
    writer, packed = Writer(), Gathered("everything")
    parts, held = contents.parts_of([NewPart("documentation", "a.md", "# A\n")])
    subject = learned("asyncio", "1", parts=parts, about="Loops")
    texts = [
        NewFile("code", "add.py", "def add(a, b):\n    return a + b\n"),
        NewFile("test", "test_add.py", "def test_add():\n    assert True\n"),
    ]
    files = writing.files_of("adding", "Adds numbers.", texts)
    crafted, more = contents.parts_of(files)
    skill = SkillLearned("adding", "e1", "", "Adds numbers.", crafted, Trial(9, 0, "x", "full"))
    skill = msgspec.structs.replace(skill, checksum=contents.checksum_of_skill(skill), trusted=True)
    for data in (*held.values(), *more.values()):
        kept.keep(data)
    catalogue = Catalogue().after(writer.write(subject))
    crafts = Crafts().after(writer.write(skill))
    packed.add_subject(catalogue.topics["asyncio"].versions[0], kept)
    packed.add_skill(crafts.skills["adding"].versions[0], kept)
    return packed


@pytest.fixture
def bundle(gathered: Gathered, tmp_path: Path) -> Path:
    path = tmp_path / "good.zip"
    packing.write(path, gathered.manifest, gathered.files)
    return path


def _opened(path: Path) -> taking.Wares:
    with packing.opened(path) as found:
        found.check()
        return taking.wares(found)


def _forged(
    path: Path,
    source: Path,
    change: Callable[[Document], None] | None = None,
    files: dict[str, bytes] | None = None,
) -> Path:
    """Write a bundle whose manifest was changed, and that has other files."""
    with zipfile.ZipFile(source) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    document = json.loads(members["manifest.json"])
    members |= files or {}
    if change:
        change(document)
    members["manifest.json"] = json.dumps(document).encode()
    with zipfile.ZipFile(path, "w") as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    return path


def test_what_is_packed_is_found_again(bundle: Path) -> None:
    found = _opened(bundle)
    ((_, subject),) = found.subjects
    ((_, skill),) = found.skills
    assert (subject.name, subject.about) == ("asyncio", "Loops")
    assert {part.path for part in skill.parts} == {"SKILL.md", "add.py", "test_add.py"}


def test_what_a_skill_says_of_its_own_tests_is_not_believed(bundle: Path) -> None:
    ((_, skill),) = _opened(bundle).skills
    assert (skill.trial, skill.trusted) == (None, False)


def test_the_same_contents_are_the_same_bytes(gathered: Gathered, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.zip", "two.zip")]
    for path in paths:
        packing.write(path, gathered.manifest, gathered.files)
    one, two = (path.read_bytes() for path in paths)
    assert one == two


def test_a_manifest_is_read_as_it_was_written(gathered: Gathered) -> None:
    assert decode(encode(gathered.manifest)) == gathered.manifest


def test_how_it_stands_to_what_is_here(bundle: Path) -> None:
    found = _opened(bundle)
    ((_, subject),) = found.subjects
    writer = Writer()
    mine = learned("asyncio", "9", about="mine")
    cases = {
        "new": [],
        "same": [msgspec.structs.replace(subject, edition="x")],
        "conflict": [mine],
        "older here": [msgspec.structs.replace(subject, edition="x"), mine],
    }
    for here, facts in cases.items():
        known = Catalogue().after(writer.write(*facts))
        packed = taking.compared(found, known, Crafts(), {})
        assert packed[0].here == here


def _rename(document: Document, new: str) -> None:
    """Let the manifest name a file otherwise."""
    path = next(name for name in document["files"] if name.startswith(CONTENTS))
    document["files"][new] = document["files"].pop(path)


@pytest.mark.parametrize(
    "path",
    [
        "../../evil",
        "/etc/passwd",
        "contents/../../evil",
        "a\\..\\b",
        "C:evil",
        "a//b",
        "./a",
        "a/.",
        "",
        "a\0b",
        "a\nb",
        "manifest.json",
        "manifest.json.sig",
        "x" * 500,
    ],
)
def test_paths_that_lead_out_are_refused(bundle: Path, tmp_path: Path, path: str) -> None:
    forged = _forged(tmp_path / "bad.zip", bundle, lambda it: _rename(it, path))
    with pytest.raises(Findings, match="refused"):
        _opened(forged)


@given(path=st.text(max_size=60))
def test_a_safe_path_stays_below(path: str) -> None:
    if is_safe(path):
        below = Path("/root/of/it")
        assert (below / path).is_relative_to(below)
        assert ".." not in (below / path).parts


def test_a_member_that_the_manifest_does_not_name_is_refused(bundle: Path, tmp_path: Path) -> None:
    forged = _forged(tmp_path / "bad.zip", bundle, files={"../../../evil.py": b"x"})
    with pytest.raises(Findings, match="not in its manifest"):
        _opened(forged)


def test_content_that_is_not_what_the_manifest_says_is_refused(
    bundle: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as packed:
        name = next(one for one in packed.namelist() if one.startswith(CONTENTS))
        data = packed.read(name)
    for wrong in (data[:-1] + b"?", data + b"?", b""):
        forged = _forged(tmp_path / "bad.zip", bundle, files={name: wrong})
        with pytest.raises(Findings, match=r"manifest says|larger than it says"):
            _opened(forged)


def test_a_file_that_is_missing_is_refused(bundle: Path, tmp_path: Path) -> None:
    def promise(document: Document) -> None:
        document["files"]["contents/more"] = {"sha256": "0" * 64, "bytes": 1}

    with pytest.raises(Findings, match="missing"):
        _opened(_forged(tmp_path / "bad.zip", bundle, promise))


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True])
def test_a_format_that_is_not_known_is_refused(
    bundle: Path, tmp_path: Path, version: object
) -> None:
    forged = _forged(tmp_path / "bad.zip", bundle, lambda it: it.update(workbench_bundle=version))
    with pytest.raises(Findings, match=r"format|manifest cannot be read"):
        _opened(forged)


def test_a_bomb_is_unpacked_no_further_than_it_says(bundle: Path, tmp_path: Path) -> None:
    bomb = b"\0" * (64 << 20)

    def small(document: Document) -> None:
        document["files"]["contents/bomb"] = {"sha256": "0" * 64, "bytes": 10}

    path = tmp_path / "bomb.zip"
    _forged(path, bundle, small)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("contents/bomb", bomb)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Findings, match="larger than it says"):
        _opened(path)


@pytest.mark.parametrize("size", [1 << 40, -1])
def test_sizes_that_cannot_be_are_refused(bundle: Path, tmp_path: Path, size: int) -> None:
    def lie(document: Document) -> None:
        next(iter(document["files"].values()))["bytes"] = size

    with pytest.raises(Findings, match="larger than"):
        _opened(_forged(tmp_path / "bad.zip", bundle, lie))


def test_a_manifest_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", b" " * (40 << 20))
    with pytest.raises(Findings, match="larger than it says"):
        _opened(path)


def test_a_manifest_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("manifest.json", b'{"entries":' + b"[" * 200_000)
    with pytest.raises(Findings, match="manifest cannot be read"):
        _opened(path)


def test_links_and_folders_are_refused(bundle: Path, tmp_path: Path) -> None:
    for mode in (stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFCHR | 0o600):
        path = tmp_path / "bad.zip"
        shutil.copy(bundle, path)
        with zipfile.ZipFile(path, "a") as packed:
            link = zipfile.ZipInfo("link")
            link.external_attr = mode << 16
            packed.writestr(link, "/etc/passwd")
        with pytest.raises(Findings, match="no plain file"):
            _opened(path)
    with zipfile.ZipFile(path := tmp_path / "dir.zip", "w") as packed:
        packed.writestr("folder/", b"")
    with pytest.raises(Findings, match="no plain file"):
        _opened(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(bundle: Path) -> None:
    with zipfile.ZipFile(bundle, "a") as packed:
        packed.writestr("manifest.json", b"{}")
    with pytest.raises(Findings, match="the same name"):
        _opened(bundle)


def test_packing_that_is_not_ours_is_refused(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    shutil.copy(bundle, path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("odd", b"x", zipfile.ZIP_LZMA)
    with pytest.raises(Findings, match="odd way"):
        _opened(path)


def test_encrypted_members_are_refused(bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    at = data.index(b"PK\1\2")
    struct.pack_into("<H", data, at + 8, 1)
    bundle.write_bytes(data)
    with pytest.raises(Findings, match="odd way"):
        _opened(bundle)


def test_what_is_no_bundle_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    for data in (b"", b"PK", b"hello", b"PK\5\6" + b"\0" * 18):
        path.write_bytes(data)
        with pytest.raises(Findings, match="refused"):
            _opened(path)
    for wrong in (tmp_path, tmp_path / "none.zip"):
        with pytest.raises(WorkbenchError):
            _opened(wrong)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_damage_anywhere_is_refused_or_without_effect(
    bundle: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    original, good = bundle.read_bytes(), _opened(bundle)
    data = bytearray(original)
    for at, value in changes:
        data[at % len(data)] = value
    path = tmp_path / "damaged.zip"
    path.write_bytes(data)
    found = good
    with suppress(WorkbenchError):
        found = _opened(path)
    assert found == good


@pytest.mark.parametrize(
    ("kind", "path", "value"),
    [
        ("subjects", ("name",), "other"),
        ("subjects", ("checksum",), "0" * 64),
        ("subjects", ("grade",), "S"),
        ("subjects", ("parts", 0, "path"), "../../evil"),
        ("subjects", ("parts", 0, "digest"), "0" * 64),
        ("subjects", ("parts", 0, "bytes"), 1),
        ("subjects", ("needs",), ["../x"]),
        ("skills", ("skill",), "../evil"),
        ("skills", ("description",), ""),
        ("skills", ("parts", 0, "path"), "/etc/cron.d/evil"),
        ("skills", ("parts", 0, "path"), "setup.py"),
        ("skills", ("parts",), []),
    ],
)
def test_descriptions_that_lie_are_refused(
    bundle: Path, tmp_path: Path, kind: str, path: tuple[str | int, ...], value: object
) -> None:
    """The manifest fits the lie: whoever made the bundle made both."""
    with zipfile.ZipFile(bundle) as packed:
        name = next(one for one in packed.namelist() if one.startswith(kind))
        described = json.loads(packed.read(name))
    at = described
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    text = json.dumps(described).encode()

    def fit(document: Document) -> None:
        document["files"][name] = {"sha256": sha256(text).hexdigest(), "bytes": len(text)}

    forged = _forged(tmp_path / "bad.zip", bundle, fit, {name: text})
    with pytest.raises((Findings, UsageError), match="refused"):
        _opened(forged)


@pytest.mark.parametrize(
    "files",
    [
        {"../evil": ""},
        {"/evil": ""},
        {".git/hooks/post-checkout": ""},
        {"a/.ssh/x": ""},
        {"a": "", "a/b": ""},
        {"a.py": "lost"},
    ],
)
def test_sources_that_would_be_written_elsewhere_are_refused(
    tmp_path: Path, files: dict[str, str]
) -> None:
    digest = sha256(b"text").hexdigest()
    named = {path: "0" * 64 if lost else digest for path, lost in files.items()}
    gathered = Gathered("bad", files={f"{CONTENTS}/{digest}": b"text"})
    source = BundledSource("docs", "folder", named)
    from workbench.knowledge.bundles.gathering import checksum_of_source

    gathered._describe("source", ("s1", "docs"), source, checksum_of_source(source))
    packing.write(path := tmp_path / "bad.zip", gathered.manifest, gathered.files)
    with pytest.raises(Findings, match="refused"):
        _opened(path)


def _key(folder: Path, name: str = "key") -> Path:
    path = folder / name
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    (tmp_path / "project").mkdir()
    return Workspace(tmp_path / "project")


@needs_openssh
def test_a_signature_holds_for_what_was_signed_alone(
    bundle: Path, tmp_path: Path, project: Workspace
) -> None:
    with packing.opened(bundle) as found:
        text = found.text
    before = _opened(bundle)
    packing.sign(bundle, sign(text.decode(), _key(tmp_path)))
    with packing.opened(bundle) as found:
        assert found.text == text
        who = signed(found.text, found.signature, project)
        assert (who.standing, who.fingerprint[:7]) == ("unknown", "SHA256:")
        with pytest.raises(Findings, match="not over what it holds"):
            signed(found.text + b" ", found.signature, project)
        for odd in ("hello", found.signature[:-40]):
            with pytest.raises(Findings, match="signature"):
                signed(found.text, odd, project)
    assert _opened(bundle) == before


@needs_openssh
def test_stock_openssh_verifies_a_bundle(bundle: Path, tmp_path: Path) -> None:
    """As docs/guide.md says that anybody can."""
    key = _key(tmp_path)
    with packing.opened(bundle) as found:
        packing.sign(bundle, sign(found.text.decode(), key))
    with zipfile.ZipFile(bundle) as packed:
        text = packed.read("manifest.json")
        (tmp_path / "sig").write_bytes(packed.read("manifest.json.sig"))
    public = key.with_suffix(".pub").read_text().split()[:2]
    (tmp_path / "signers").write_text(f"ann {' '.join(public)}\n")
    command = ["ssh-keygen", "-Y", "verify", "-f", str(tmp_path / "signers"), "-I", "ann"]
    command += ["-n", "workbench", "-s", str(tmp_path / "sig")]
    subprocess.run(command, input=text, check=True, capture_output=True)


@needs_openssh
def test_a_signature_made_for_something_else_does_not_count(
    bundle: Path, tmp_path: Path, project: Workspace
) -> None:
    with packing.opened(bundle) as found:
        text = found.text
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", "file", "-f", str(_key(tmp_path))]
    made = subprocess.run(command, input=text, capture_output=True, check=True)
    with pytest.raises(Findings, match="something else"):
        signed(text, made.stdout.decode(), project)


def test_names_in_a_manifest_are_one_line(gathered: Gathered, tmp_path: Path) -> None:
    for name in ("a\nb", "\x1b]0;owned\x07"):
        entry = msgspec.structs.replace(gathered.entries[0], name=name)
        manifest = msgspec.structs.replace(gathered.manifest, entries=(entry,))
        with pytest.raises(Findings, match="one line"):
            decode(encode(manifest))
    assert isinstance(gathered.manifest, Manifest)
    assert tmp_path.exists()


def test_an_archive_in_memory_is_what_is_on_the_disk(bundle: Path) -> None:
    """No member is compressed in a way that another release of Python could not read."""
    with zipfile.ZipFile(io.BytesIO(bundle.read_bytes())) as packed:
        assert packed.testzip() is None
        assert {one.date_time for one in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def _vectors(count: int) -> dict[str, NDArray[np.float32]]:
    rows = np.random.default_rng(1).normal(size=(count, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {sha256(str(at).encode()).hexdigest(): row for at, row in enumerate(rows)}


def test_vectors_come_back_as_they_went() -> None:
    vectors = _vectors(50)
    digests, rows = travelling.unpacked(travelling.packed(vectors), 384)
    assert list(digests) == sorted(vectors)
    for digest, row in zip(digests, rows, strict=True):
        assert np.abs(row - vectors[digest]).max() < 1e-3
    assert travelling.packed(dict(reversed(vectors.items()))) == travelling.packed(vectors)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 9.0])
def test_vectors_that_are_none_are_refused(value: float) -> None:
    vectors = _vectors(3)
    next(iter(vectors.values()))[:] = value
    with pytest.raises(Findings, match="none"):
        travelling.unpacked(travelling.packed(vectors), 384)


def test_vectors_that_are_cut_off_are_refused() -> None:
    data = travelling.packed(_vectors(3))
    for wrong in (data[:-1], data + b"x", b"x"):
        with pytest.raises(Findings, match="cut off"):
            travelling.unpacked(wrong, 384)
    with pytest.raises(Findings, match="cut off"):
        travelling.unpacked(data, 0)


def test_another_embedder_is_another_maker() -> None:
    one: dict[str, str | int] = {"model": "mini", "weights": "a", "dimensions": 384}
    assert travelling.maker_of(one) == travelling.maker_of(dict(reversed(one.items())))
    assert travelling.maker_of(one) != travelling.maker_of({**one, "weights": "b"})
