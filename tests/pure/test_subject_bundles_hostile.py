"""Bundles that lie, lead out, burst or are damaged: each is refused in a sentence."""

from __future__ import annotations

import json
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.pure.bundled import everything, opened_wares, write_bundle
from workbench.errors import Findings, UsageError, WorkbenchError
from workbench.knowledge.bundles import packing
from workbench.knowledge.bundles.gathering import CONTENTS, BundledSource, Gathered
from workbench.knowledge.bundles.manifest import Manifest, decode, encode, is_safe

Document = dict[str, Any]


@pytest.fixture
def gathered(tmp_path: Path) -> Gathered:
    return everything(tmp_path)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path)


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
        opened_wares(forged)


@given(path=st.text(max_size=60))
def test_a_safe_path_stays_below(path: str) -> None:
    if is_safe(path):
        below = Path("/root/of/it")
        assert (below / path).is_relative_to(below)
        assert ".." not in (below / path).parts


def test_a_member_that_the_manifest_does_not_name_is_refused(bundle: Path, tmp_path: Path) -> None:
    forged = _forged(tmp_path / "bad.zip", bundle, files={"../../../evil.py": b"x"})
    with pytest.raises(Findings, match="not in its manifest"):
        opened_wares(forged)


def test_content_that_is_not_what_the_manifest_says_is_refused(
    bundle: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(bundle) as packed:
        name = next(one for one in packed.namelist() if one.startswith(CONTENTS))
        data = packed.read(name)
    for wrong in (data[:-1] + b"?", data + b"?", b""):
        forged = _forged(tmp_path / "bad.zip", bundle, files={name: wrong})
        with pytest.raises(Findings, match=r"manifest says|larger than it says"):
            opened_wares(forged)


def test_a_file_that_is_missing_is_refused(bundle: Path, tmp_path: Path) -> None:
    def promise(document: Document) -> None:
        document["files"]["contents/more"] = {"sha256": "0" * 64, "bytes": 1}

    with pytest.raises(Findings, match="missing"):
        opened_wares(_forged(tmp_path / "bad.zip", bundle, promise))


@pytest.mark.parametrize("version", [0, 2, 99, "1", None, True])
def test_a_format_that_is_not_known_is_refused(
    bundle: Path, tmp_path: Path, version: object
) -> None:
    forged = _forged(tmp_path / "bad.zip", bundle, lambda it: it.update(workbench_bundle=version))
    with pytest.raises(Findings, match=r"format|manifest cannot be read"):
        opened_wares(forged)


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
        opened_wares(path)


@pytest.mark.parametrize("size", [1 << 40, -1])
def test_sizes_that_cannot_be_are_refused(bundle: Path, tmp_path: Path, size: int) -> None:
    def lie(document: Document) -> None:
        next(iter(document["files"].values()))["bytes"] = size

    with pytest.raises(Findings, match="larger than"):
        opened_wares(_forged(tmp_path / "bad.zip", bundle, lie))


def test_a_manifest_that_is_a_bomb_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("manifest.json", b" " * (40 << 20))
    with pytest.raises(Findings, match="larger than it says"):
        opened_wares(path)


def test_a_manifest_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("manifest.json", b'{"entries":' + b"[" * 200_000)
    with pytest.raises(Findings, match="manifest cannot be read"):
        opened_wares(path)


def test_links_and_folders_are_refused(bundle: Path, tmp_path: Path) -> None:
    for mode in (stat.S_IFLNK | 0o777, stat.S_IFIFO | 0o600, stat.S_IFCHR | 0o600):
        path = tmp_path / "bad.zip"
        shutil.copy(bundle, path)
        with zipfile.ZipFile(path, "a") as packed:
            link = zipfile.ZipInfo("link")
            link.external_attr = mode << 16
            packed.writestr(link, "/etc/passwd")
        with pytest.raises(Findings, match="no plain file"):
            opened_wares(path)
    with zipfile.ZipFile(path := tmp_path / "dir.zip", "w") as packed:
        packed.writestr("folder/", b"")
    with pytest.raises(Findings, match="no plain file"):
        opened_wares(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(bundle: Path) -> None:
    with zipfile.ZipFile(bundle, "a") as packed:
        packed.writestr("manifest.json", b"{}")
    with pytest.raises(Findings, match="the same name"):
        opened_wares(bundle)


def test_packing_that_is_not_ours_is_refused(bundle: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    shutil.copy(bundle, path)
    with zipfile.ZipFile(path, "a") as packed:
        packed.writestr("odd", b"x", zipfile.ZIP_LZMA)
    with pytest.raises(Findings, match="odd way"):
        opened_wares(path)


def test_encrypted_members_are_refused(bundle: Path) -> None:
    data = bytearray(bundle.read_bytes())
    at = data.index(b"PK\1\2")
    struct.pack_into("<H", data, at + 8, 1)
    bundle.write_bytes(data)
    with pytest.raises(Findings, match="odd way"):
        opened_wares(bundle)


def test_what_is_no_bundle_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bad.zip"
    for data in (b"", b"PK", b"hello", b"PK\5\6" + b"\0" * 18):
        path.write_bytes(data)
        with pytest.raises(Findings, match="refused"):
            opened_wares(path)
    for wrong in (tmp_path, tmp_path / "none.zip"):
        with pytest.raises(WorkbenchError):
            opened_wares(wrong)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6)
)
def test_damage_anywhere_is_refused_or_without_effect(
    bundle: Path, tmp_path: Path, changes: list[tuple[int, int]]
) -> None:
    original, good = bundle.read_bytes(), opened_wares(bundle)
    data = bytearray(original)
    for at, value in changes:
        data[at % len(data)] = value
    path = tmp_path / "damaged.zip"
    path.write_bytes(data)
    found = good
    with suppress(WorkbenchError):
        found = opened_wares(path)
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
        opened_wares(forged)


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
        opened_wares(path)


def test_names_in_a_manifest_are_one_line(gathered: Gathered, tmp_path: Path) -> None:
    for name in ("a\nb", "\x1b]0;owned\x07"):
        entry = msgspec.structs.replace(gathered.entries[0], name=name)
        manifest = msgspec.structs.replace(gathered.manifest, entries=(entry,))
        with pytest.raises(Findings, match="one line"):
            decode(encode(manifest))
    assert isinstance(gathered.manifest, Manifest)
    assert tmp_path.exists()
