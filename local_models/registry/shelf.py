"""The registry: what lies in the folder of models, and what was added from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from local_models.gguf import read_header
from local_models.registry.hashing import sha256_of
from local_models.registry.partials import discard, explained, is_partial
from local_models.registry.record import Entry, Record, changing, read_record
from local_models.registry.values import Model, Progress, Role, Shelf, Stamp, Unusable
from workbench.errors import ModelError, StoreError
from workbench.visible import visible_line

SUFFIX = ".gguf"


def models_folder() -> Path:
    """Return the folder of models: the user's own, shared by all projects."""
    from platformdirs import user_data_path

    return user_data_path("workbench", appauthor=False) / "models"


class Registry:
    """The models of one folder, and those that were added to it from elsewhere."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or models_folder()

    def read(self) -> Shelf:
        """Look at every file: what is in its header holds, not what is remembered of it."""
        record = read_record(self.folder)
        found = [self._look(name, path, record) for name, path in self._places(record)]
        return Shelf(
            models=tuple(one for one in found if isinstance(one, Model)),
            unusable=tuple(one for one in found if isinstance(one, Unusable)),
            unfinished=tuple(filter(is_partial, self._files())),
            asked=record.asked,
        )

    def seal(self) -> tuple[object, ...]:
        """Return what differs as soon as reading would find anything else."""
        record = read_record(self.folder)
        return record, *((name, path, _stamp(path)) for name, path in self._places(record))

    def path_of(self, name: str) -> Path:
        """Return where a model of that name lies, or would lie, in the folder."""
        return self.folder / f"{name}{SUFFIX}"

    def checksum(self, model: Model, progress: Progress) -> str:
        """Return the SHA-256 of a model, which is reckoned once and kept while its stamp holds."""
        if model.sha256:
            return model.sha256
        sha256, stamp = sha256_of(model.path, progress)
        with changing(self.folder) as changes:
            entry = changes.record.models.get(model.name, Entry())
            kept = Entry(entry.path, sha256, stamp, entry.source)
            changes.record = changes.record.having(model.name, kept)
        return sha256

    def use(self, role: Role, name: str) -> None:
        """Ask for a model in a role; an empty name leaves the choice to the workbench again."""
        with changing(self.folder) as changes:
            changes.record = changes.record.asking(role, name)

    def remove(self, name: str) -> None:
        """Forget a model; if its file lies in the folder, delete it."""
        with changing(self.folder) as changes:
            changes.record = changes.record.without(name)
            with explained(self.folder, name):
                self.path_of(name).unlink(missing_ok=True)

    def discard(self) -> int:
        """Delete what was begun and not finished, unless it is being finished; return how many."""
        with changing(self.folder), explained(self.folder, "What was begun"):
            return sum([discard(path) for path in filter(is_partial, self._files())])

    def make(self) -> None:
        """Make the folder."""
        with changing(self.folder):
            pass

    def _places(self, record: Record) -> Iterator[tuple[str, Path]]:
        """Yield every model by name: those in the folder, and of the others those elsewhere."""
        shown = (path for path in self._files() if not path.name.startswith("."))
        own = {path.stem: path for path in shown if path.suffix == SUFFIX}
        elsewhere = {name: Path(one.path) for name, one in record.models.items() if one.path}
        yield from sorted({**elsewhere, **own}.items())

    def _files(self) -> list[Path]:
        try:
            return sorted(self.folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be read: {error.strerror}.",
                "Models are kept there: make the folder readable, or set XDG_DATA_HOME.",
            ) from error

    def _look(self, name: str, path: Path, record: Record) -> Model | Unusable:
        try:
            header = read_header(path)
            stamp = Stamp.of(path)
        except ModelError as error:
            return Unusable(name, path, error.sentence, error.hint)
        except OSError as error:
            return Unusable(name, path, f"{visible_line(str(path))}: {error.strerror}.", "")
        entry = record.models.get(name, Entry())
        sha256 = entry.sha256 if entry.stamp == stamp else ""
        ours = path.parent == self.folder
        return Model(name, path, header, ours, sha256, entry.source)


def _stamp(path: Path) -> Stamp | None:
    try:
        return Stamp.of(path)
    except OSError:
        return None
