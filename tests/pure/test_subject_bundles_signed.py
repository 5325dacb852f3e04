"""Signatures of bundles: what they hold for, and that stock OpenSSH agrees."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.pure.bundled import opened_wares, write_bundle
from workbench.errors import Findings
from workbench.knowledge.bundles import packing
from workbench.knowledge.bundles.signatures import signed
from workbench.review.approval.signing import sign
from workbench.workspace import Workspace

needs_openssh = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="needs OpenSSH")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_bundle(tmp_path)


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
    before = opened_wares(bundle)
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
    assert opened_wares(bundle) == before


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
