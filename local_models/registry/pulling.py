"""Fetching a model from a hub: the one thing here that uses a network, and only when asked.

huggingface-hub finds the file and what it must hash to. Its own download keeps nothing of one that
was interrupted, so the bytes are asked for here, from where the last time ended. Nothing is sent
but what is wanted: no token that lies around, no telemetry.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from local_models.gguf import read_header
from local_models.registry.adding import (
    Added,
    checked_name,
    keeping_only_what_is_right,
    name_for,
    place,
    refuse_taken,
    refuse_useless,
)
from local_models.registry.hashing import sha256_of
from local_models.registry.known import Reference, pick
from local_models.registry.partials import STRIDE, Partial, explained, held, partial_path
from local_models.registry.record import read_record
from local_models.registry.shelf import Registry
from local_models.registry.sizes import gigabytes
from local_models.registry.values import Progress
from workbench.errors import ModelError
from workbench.visible import visible_line

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_HUB = "https://huggingface.co"
_QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_UPDATE_CHECK": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_VERBOSITY": "error",
}
"""What huggingface-hub reads when it is imported."""
_SECONDS = 20.0
"""How long a hub may be silent."""
_PART = 206
_FRUITLESS = 3
"""How many times in a row it is tried again without a byte having come."""
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504))
"""Answers that may be others when asked again."""
_HASH = re.compile(r"[0-9a-f]{64}")
_ELSEWHERE = "Or get the file on another machine, and `workbench models add` it."


@dataclass(frozen=True)
class _File:
    """A file on a hub."""

    repo: str
    name: str
    commit: str
    size: int
    sha256: str


class _Lost(Exception):
    """The line was lost on the way; it may come back."""


def pull(registry: Registry, reference: Reference, name: str, progress: Progress) -> Added:
    """Fetch the file that is meant; an interrupted download is gone on with."""
    name = checked_name(name)
    api = _api()
    file = _find(api, reference)
    name = name or name_for(Path(file.name).stem)
    path = registry.path_of(name)
    if path.exists():
        return _compared(registry, name, file, progress)
    registry.make()
    refuse_taken(registry, read_record(registry.folder), name)
    with held(partial_path(registry.folder, file.sha256[:20]), file.name) as partial:
        with explained(registry.folder, file.name):
            partial.go_on(file.size)
            _fetch(partial, api, file, progress)
            os.fsync(partial.descriptor)
        with keeping_only_what_is_right(partial):
            _refuse_other(partial.path, file, progress)
        added = Added(name, path, file.sha256, new=True)
        place(
            registry,
            partial,
            added,
            f"{file.repo}/{file.name}@{file.commit} on {_shown(api.endpoint)}",
        )
    return added


def _api() -> HfApi:
    """Import huggingface-hub with all that it could send of itself turned off."""
    os.environ.update(_QUIET)
    from huggingface_hub import HfApi

    endpoint = os.environ.get("HF_ENDPOINT", "").rstrip("/") or _HUB
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ModelError(
            "HF_ENDPOINT is no address of a hub.",
            f"Leave it away for {_HUB}.",
        )
    return HfApi(endpoint=endpoint, token=False)


def _find(api: HfApi, reference: Reference) -> _File:
    """Ask the hub which files there are, and what the one that is meant must hash to."""
    with _explained(api.endpoint, reference.repo):
        found = api.model_info(
            reference.repo,
            revision=reference.revision or None,
            files_metadata=True,
            timeout=_SECONDS,
            token=False,
        )
        siblings = {str(one.rfilename): one for one in found.siblings or []}
    name = pick(reference, siblings)
    return _checked(reference.repo, name, str(found.sha), siblings[name])


def _checked(repo: str, name: str, commit: str, sibling: Any) -> _File:  # noqa: ANN401 - as it came
    """Take nothing on trust that a hub says of a file."""
    size = getattr(sibling.lfs, "size", None)
    sha256 = str(getattr(sibling.lfs, "sha256", ""))
    if not isinstance(size, int) or size <= 0 or not _HASH.fullmatch(sha256):
        raise ModelError(
            f"The hub does not say what {visible_line(name)} must hash to, so it is not fetched.",
            _ELSEWHERE,
        )
    return _File(repo, name, commit, size, sha256)


def _compared(registry: Registry, name: str, file: _File, progress: Progress) -> Added:
    model = registry.read().find(name)
    if model is None or registry.checksum(model, progress) != file.sha256:
        raise ModelError(
            f"There is another model {visible_line(name)}.",
            "Call this one otherwise with --name, or remove the other.",
        )
    return Added(name, model.path, file.sha256, new=False)


def _fetch(partial: Partial, api: HfApi, file: _File, progress: Progress) -> None:
    """Fetch what is missing, as often as the line is lost and something came before it was."""
    fruitless = 0
    while (done := partial.size) < file.size:
        with suppress(_Lost), _explained(api.endpoint, file.repo, lost=True):
            _stream(partial, api, file, progress)
        fruitless = 0 if partial.size > done else fruitless + 1
        if fruitless > _FRUITLESS:
            raise _lost_for_good(file, partial.size)
        if partial.size < file.size:
            time.sleep(0.25 * 2**fruitless)


def _lost_for_good(file: _File, done: int) -> ModelError:
    return ModelError(
        f"The line was lost after {gigabytes(done)} of {gigabytes(file.size)}; they are kept.",
        "Call the same command again: it goes on from there.",
    )


def _stream(partial: Partial, api: HfApi, file: _File, progress: Progress) -> None:
    """Ask for the rest of a file, and write what comes; never more than it is to have."""
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import hf_raise_for_status  # type: ignore[attr-defined] # documented

    done = os.lseek(partial.descriptor, 0, os.SEEK_END)
    url = hf_hub_url(file.repo, file.name, revision=file.commit, endpoint=api.endpoint)
    headers = {"Range": f"bytes={done}-", "Accept-Encoding": "identity", "User-Agent": "workbench"}
    with get_session().stream("GET", url, headers=headers, timeout=_SECONDS) as response:
        hf_raise_for_status(response)
        if response.status_code != _PART:  # It sends all of it, whatever was asked for.
            os.ftruncate(partial.descriptor, 0)
            done = os.lseek(partial.descriptor, 0, os.SEEK_SET)
        for piece in response.iter_bytes():
            done = _take(partial, memoryview(piece), done, file)
            progress(done, file.size)


def _take(partial: Partial, piece: memoryview, done: int, file: _File) -> int:
    """Write a piece, cut where a stride ends; return where it ends."""
    if done + len(piece) > file.size:
        raise ModelError(
            f"The hub sends more of {visible_line(file.name)} than it said there is.", _ELSEWHERE
        )
    first = STRIDE - done % STRIDE
    for part in filter(None, (piece[:first], piece[first:])):
        done += len(part)
        partial.write(part, done)
    return done


def _refuse_other(path: Path, file: _File, progress: Progress) -> None:
    """Refuse what is not what the hub said, or of no use though it is."""
    sha256, _ = sha256_of(path, progress)
    if sha256 != file.sha256:
        raise ModelError(
            f"{visible_line(file.name)} did not arrive as it was sent: its SHA-256 is {sha256}, "
            f"and must be {file.sha256}.",
            "Nothing of it was kept. Fetch it again.",
        )
    refuse_useless(Path(file.name), read_header(path, file.name))


@contextmanager
def _explained(endpoint: str, repo: str, *, lost: bool = False) -> Iterator[None]:
    """Turn what the hub's library raises into sentences, or a line that was lost into `_Lost`."""
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    network: Any = HfHubHTTPError.__bases__[0]
    try:
        yield
    except HfHubHTTPError as error:
        if lost and error.response.status_code in _PASSING:
            raise _Lost from error
        raise _answered(error, endpoint, repo) from error
    except OfflineModeIsEnabled as error:
        raise ModelError("HF_HUB_OFFLINE keeps every hub from being asked.", _ELSEWHERE) from error
    except HFValidationError as error:
        raise ModelError(f"{visible_line(repo)} is no address on a hub.") from error
    except network as error:
        if lost:
            raise _Lost from error
        raise _unreachable(endpoint) from error
    except OSError as error:
        if lost:
            raise
        raise _unreachable(endpoint) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(
            f"{_shown(endpoint)} does not answer as a hub does.", "Is HF_ENDPOINT right?"
        ) from error


def _answered(error: Any, endpoint: str, repo: str) -> ModelError:  # noqa: ANN401 - the library's
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    shown = visible_line(repo)
    if isinstance(error, GatedRepoError):
        return ModelError(f"{shown} is only for those who agreed to its terms there.", _ELSEWHERE)
    if isinstance(error, RepositoryNotFoundError) or error.response.status_code in (401, 404):
        return ModelError(f"There is no public {shown} on {_shown(endpoint)}.", _ELSEWHERE)
    return ModelError(
        f"{_shown(endpoint)} answered {error.response.status_code} for {shown}.",
        f"Try again later. {_ELSEWHERE}",
    )


def _unreachable(endpoint: str) -> ModelError:
    return ModelError(f"{_shown(endpoint)} cannot be reached.", f"Is there a network? {_ELSEWHERE}")


def _shown(endpoint: str) -> str:
    """Return the address without the password that may be part of it."""
    return visible_line(urlsplit(endpoint).netloc.rpartition("@")[2])
