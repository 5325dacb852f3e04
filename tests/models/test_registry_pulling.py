"""Pulling from a hub, which here is a server on this machine that can behave badly."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from local_models.registry import Registry, partials
from local_models.registry.known import Reference, known_models, pick, referred
from local_models.registry.pulling import pull
from local_models.registry.values import Role
from tests.models.hub import COMMIT, REPO, Hub, serving
from tests.models.tiny import Tiny, write_tiny
from workbench.errors import ModelError, StoreError, UsageError

FILE = "tiny-q4_0.gguf"
SECRET = "hf_thisIsNobodysToken"  # noqa: S105 - no token of anybody


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[Hub]:
    """Return a hub with a tiny model, for somebody whose token lies around everywhere."""
    content = write_tiny(tmp_path / FILE).read_bytes()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login me password {SECRET}\n")
    (home / ".cache" / "huggingface").mkdir(parents=True)
    (home / ".cache" / "huggingface" / "token").write_text(SECRET)
    monkeypatch.setenv("HF_TOKEN", SECRET)
    with serving(Hub({FILE: content, "README.md": b"# Tiny"})) as served:
        monkeypatch.setenv("HF_ENDPOINT", served.address)
        yield served


class Told:
    def __init__(self) -> None:
        self.steps: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.steps.append((done, total))


def test_a_model_arrives_whole(registry: Registry, hub: Hub) -> None:
    told = Told()
    added = pull(registry, Reference(REPO), "", told)
    assert (added.name, added.new) == ("tiny-q4_0", True)
    assert added.path.read_bytes() == hub.files[FILE]
    (found,) = registry.read().models
    assert found.sha256 == sha256(hub.files[FILE]).hexdigest()
    assert found.source == f"{REPO}/{FILE}@{COMMIT} on {hub.address.removeprefix('http://')}"
    assert told.steps[-1] == (len(hub.files[FILE]),) * 2
    assert sorted(path.name for path in registry.folder.iterdir()) == [
        "registry.json",
        "tiny-q4_0.gguf",
    ]


def test_nothing_of_the_person_is_sent_and_nothing_is_left(
    registry: Registry, hub: Hub, home: Path
) -> None:
    before = sorted(home.rglob("*"))
    pull(registry, Reference(REPO), "", Told())
    assert [(method, path.partition("?")[0]) for method, path, _ in hub.asked] == [
        ("GET", f"/api/models/{REPO}"),
        ("GET", f"/{REPO}/resolve/{COMMIT}/{FILE}"),
        ("GET", f"/cdn/{FILE}"),
    ]
    for _, _, headers in hub.asked:
        assert SECRET not in str(headers)
        assert not {"authorization", "cookie", "x-hf-bill-to"} & set(headers)
        assert "torch" not in headers["user-agent"]
        assert "agent/" not in headers["user-agent"]
    assert sorted(home.rglob("*")) == before


def test_pulling_it_again_fetches_nothing(registry: Registry, hub: Hub) -> None:
    pull(registry, Reference(REPO), "", Told())
    count = len(hub.starts)
    assert not pull(registry, Reference(REPO), "", Told()).new
    assert len(hub.starts) == count


def test_another_model_of_that_name_stays(registry: Registry, hub: Hub) -> None:
    registry.folder.mkdir()
    mine = write_tiny(registry.folder / "mine.gguf", Tiny(seed=9))
    content = mine.read_bytes()
    with pytest.raises(ModelError, match="another model mine"):
        pull(registry, Reference(REPO), "mine", Told())
    assert mine.read_bytes() == content
    assert hub.starts == []


def test_a_name_stays_in_the_folder(registry: Registry, hub: Hub) -> None:
    with pytest.raises(ModelError, match="cannot be the name"):
        pull(registry, Reference(REPO), "../up", Told())
    assert hub.asked == []


def test_a_broken_file_of_that_name_is_told_before_anything_is_fetched(
    registry: Registry, hub: Hub
) -> None:
    registry.folder.mkdir()
    registry.path_of("mine").write_bytes(b"")
    with pytest.raises(ModelError, match="another model mine"):
        pull(registry, Reference(REPO), "mine", Told())
    assert hub.starts == []


def test_a_lost_line_is_taken_up_where_it_was_lost(registry: Registry, hub: Hub) -> None:
    hub.cut_after = 90_000
    added = pull(registry, Reference(REPO), "", Told())
    assert added.path.read_bytes() == hub.files[FILE]
    assert hub.starts == [0, 90_000, 180_000]


def test_an_interrupted_download_is_gone_on_with(
    registry: Registry, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strides made short enough for a tiny model; all else is as with one of gigabytes."""
    monkeypatch.setattr("local_models.registry.pulling.STRIDE", 32 * 1024)
    monkeypatch.setattr(partials, "STRIDE", 32 * 1024)

    def interrupt(done: int, _total: int) -> None:
        if done >= 90_000:
            raise KeyboardInterrupt

    hub.cut_after = 90_000
    with pytest.raises(KeyboardInterrupt):
        pull(registry, Reference(REPO), "", interrupt)
    assert registry.read().models == ()
    hub.cut_after = 0
    added = pull(registry, Reference(REPO), "", Told())
    assert added.path.read_bytes() == hub.files[FILE]
    assert hub.starts == [0, 64 * 1024]


def test_a_server_that_sends_no_parts_starts_over(
    registry: Registry, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partials, "STRIDE", 32 * 1024)
    registry.folder.mkdir()
    partial = registry.folder / f".partial-{sha256(hub.files[FILE]).hexdigest()[:20]}"
    partial.write_bytes(b"x" * 100_000)
    hub.ranges = False
    assert pull(registry, Reference(REPO), "", Told()).path.read_bytes() == hub.files[FILE]
    assert hub.starts == [96 * 1024]


def test_a_busy_server_is_asked_again(registry: Registry, hub: Hub) -> None:
    hub.busy = 2
    assert pull(registry, Reference(REPO), "", Told()).new


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"damage": True}, "did not arrive as it was sent"),
        ({"sizes": {FILE: 1000}}, "sends more of"),
        ({"sizes": {FILE: 1_000_000}}, "answered 416"),
        ({"sizes": {FILE: 0}}, "does not say what"),
        ({"sizes": {FILE: "many"}}, "does not say what"),
        ({"busy": 99}, "The line was lost after 0 bytes of 223.1 kB"),
        ({"answers": {"/api": (500, {}, b"oh")}}, "answered 500"),
        ({"answers": {"/api": (200, {}, b"<html>log in</html>")}}, "does not answer as a hub does"),
        ({"answers": {"/api": (200, {}, b"[1, 2]")}}, "does not answer as a hub does"),
        (
            {"answers": {"/api": (200, {}, b'{"id": 1, "siblings": 7}')}},
            "does not answer as a hub does",
        ),
        ({"answers": {"/api": (404, {"X-Error-Code": "RepoNotFound"}, b"{}")}}, "no public"),
        ({"answers": {"/api": (401, {}, b"{}")}}, "no public"),
        ({"answers": {"/api": (403, {"X-Error-Code": "GatedRepo"}, b"{}")}}, "agreed to its terms"),
        ({"files": {FILE: b"PK\x03\x04 no model" * 9}}, f"{FILE} is no GGUF file but an archive"),
    ],
)
def test_a_bad_hub_has_its_sentence(
    registry: Registry, hub: Hub, change: dict[str, object], complaint: str
) -> None:
    for name, value in change.items():
        setattr(hub, name, value)
    with pytest.raises(ModelError) as caught:
        pull(registry, Reference(REPO), "", Told())
    assert complaint in caught.value.sentence
    assert registry.read().models == ()


def test_nothing_of_a_damaged_file_is_kept(registry: Registry, hub: Hub) -> None:
    hub.damage = True
    with pytest.raises(ModelError, match="SHA-256"):
        pull(registry, Reference(REPO), "", Told())
    assert registry.read().unfinished == ()
    hub.damage = False
    assert pull(registry, Reference(REPO), "", Told()).new


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://x", "http://", "file:///etc/passwd"])
def test_an_endpoint_that_is_none(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(ModelError, match="HF_ENDPOINT is no address"):
        pull(registry, Reference(REPO), "", Told())


def test_without_a_network_it_says_what_else_can_be_done(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(ModelError, match=r"127\.0\.0\.1:\d+ cannot be reached") as caught:
            pull(registry, Reference(REPO), "", Told())
    assert "workbench models add" in caught.value.hint
    assert not registry.folder.exists()


def test_a_password_in_the_address_is_told_to_nobody(
    registry: Registry, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = hub.address.replace("http://", f"http://me:{SECRET}@")
    monkeypatch.setenv("HF_ENDPOINT", address)
    pull(registry, Reference(REPO), "", Told())
    (found,) = registry.read().models
    assert SECRET not in found.source
    with pytest.raises(ModelError) as caught:
        pull(registry, Reference("no/body"), "", Told())
    assert SECRET not in caught.value.sentence + caught.value.hint


def test_without_certificates_it_is_a_sentence_too(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")
    monkeypatch.setenv("HF_ENDPOINT", "https://127.0.0.1:9")
    with pytest.raises(ModelError, match="cannot be reached"):
        pull(registry, Reference(REPO), "", Told())


def test_a_server_that_says_nothing_is_given_up(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local_models.registry.pulling._SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(ModelError, match="cannot be reached"):
            pull(registry, Reference(REPO), "", Told())


def test_two_downloads_of_one_file(registry: Registry, hub: Hub) -> None:
    assert hub.address
    sentences: list[str] = []

    def fetch_too(_done: int, _total: int) -> None:
        if not sentences:
            with pytest.raises(StoreError) as caught:
                pull(registry, Reference(REPO), "", Told())
            sentences.append(caught.value.sentence)

    pull(registry, Reference(REPO), "", fetch_too)
    assert sentences == [f"{FILE} is being brought in already."]


def test_every_known_name_is_an_address_with_a_role() -> None:
    known = known_models()
    assert {Role(one.role) for one in known.values()} == set(Role)
    for name, reference in known.items():
        assert referred(name) is not None
        assert referred(f"{reference.repo}:{reference.kind}").repo == reference.repo
        assert reference.about.endswith(".")


ADDRESSES = {
    "a/b": Reference("a/b"),
    "a/b:Q4_K_M": Reference("a/b", kind="Q4_K_M"),
    "a/b/deep/c-q8_0.gguf": Reference("a/b", "deep/c-q8_0.gguf"),
    "a/b:Q8_0@v1.2": Reference("a/b", kind="Q8_0", revision="v1.2"),
}


@pytest.mark.parametrize(("word", "expected"), ADDRESSES.items())
def test_addresses(word: str, expected: Reference) -> None:
    assert referred(word) == expected


@pytest.mark.parametrize("word", ["", "llama", "a/../b", "/etc/passwd", "a/b c", "https://x/a/b"])
def test_what_is_no_address_is_told_with_the_names(word: str) -> None:
    with pytest.raises(UsageError, match="no address on a hub") as caught:
        referred(word)
    assert "qwen-coder-7b" in caught.value.hint


LISTING = [
    "README.md",
    "m-Q4_K_M.gguf",
    "m-Q4_0.gguf",
    "m-IQ4_0.gguf",
    "mmproj-m-Q4_0.gguf",
    "m-Q8_0-00001-of-00002.gguf",
    "m-Q8_0-00002-of-00002.gguf",
]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (Reference("a/b", kind="q4_0"), "m-Q4_0.gguf"),
        (Reference("a/b", kind="Q4_K_M"), "m-Q4_K_M.gguf"),
        (Reference("a/b", "m-IQ4_0.gguf"), "m-IQ4_0.gguf"),
        (Reference("a/b"), "3 files are meant"),
        (Reference("a/b", kind="Q8_0"), "No such file is there"),
        (Reference("a/b", "m-Q8_0-00001-of-00002.gguf"), "no whole model"),
    ],
)
def test_one_file_is_meant_or_all_are_named(reference: Reference, expected: str) -> None:
    if expected.endswith(".gguf"):
        assert pick(reference, LISTING) == expected
        return
    with pytest.raises(UsageError, match=expected) as caught:
        pick(reference, LISTING)
    assert "m-Q4_K_M.gguf" in caught.value.hint
