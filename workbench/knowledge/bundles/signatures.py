"""Whose bundle it is: signed where the person is, by stock OpenSSH, and checked by it."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.knowledge.bundles.manifest import refuse
from workbench.review.approval import reading, signing
from workbench.review.approval.keys import NAMESPACE, NotOpenSSH, read_signature
from workbench.workspace import Workspace

_SECONDS = 30.0


@dataclass(frozen=True)
class Signed:
    """What a signature is worth here."""

    standing: str = "none"
    """none, good, or unknown: it holds, and the policy does not say whose key it is."""
    name: str = ""
    fingerprint: str = ""

    @property
    def told(self) -> str:
        if self.standing == "good":
            return f"{self.name} ({self.fingerprint})"
        return self.fingerprint


def signed(text: bytes, signature: str, workspace: Workspace) -> Signed:
    """Return whose signature a manifest has; one that does not hold refuses the bundle."""
    if not signature:
        return Signed()
    try:
        said = read_signature(signature)
    except NotOpenSSH as error:
        raise refuse(f"its signature cannot be read ({error})") from error
    if said.namespace != NAMESPACE:
        raise refuse("its signature was made for something else")
    if not _holds(text, signature):
        raise refuse("its signature is not over what it holds")
    in_force = reading.in_force(workspace)
    if not in_force.is_trusted or in_force.policy.holder(said.key) is None:
        return Signed("unknown", "", said.key.fingerprint)
    try:
        manifest = text.decode("utf-8")
        who = signing.verified(manifest, signature, in_force.policy, datetime.now(UTC))
    except (WorkbenchError, UnicodeDecodeError) as error:
        sentence = error.sentence.rstrip(".") if isinstance(error, WorkbenchError) else str(error)
        raise refuse(f"its signature does not count: {sentence}") from error
    return Signed("good", who.name, who.fingerprint)


def _holds(text: bytes, signature: str) -> bool:
    """Let ssh-keygen tell whether a signature is over a text, whoever made it."""
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder:
        lying = Path(folder) / "manifest.sig"
        lying.write_text(signature, encoding="ascii", errors="replace")
        program = str(signing.find_program())
        try:
            done = subprocess.run(
                [program, "-Y", "check-novalidate", "-n", NAMESPACE, "-s", str(lying)],
                input=text,
                capture_output=True,
                check=False,
                env={"TZ": "UTC", "HOME": folder},
                timeout=_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise refuse(f"its signature could not be checked ({error})") from error
    return done.returncode == 0
