"""Imports of bundles as the journal tells of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from workbench.api.events import read_fact
from workbench.api.facts import Event
from workbench.api.memory import Taken
from workbench.api.remembering import BundleImported, BundleUndone
from workbench.errors import UsageError
from workbench.visible import visible_line

TYPES = (BundleImported.type, BundleUndone.type)


class Import(msgspec.Struct, frozen=True):
    """One import, and whether it counts."""

    fact: BundleImported
    time: int
    actor: str
    undone: bool = False

    @property
    def view(self) -> Taken:
        fact = self.fact
        return Taken(
            bundle=fact.bundle,
            name=fact.name,
            digest=fact.digest,
            time=self.time,
            actor=self.actor,
            brought=len(fact.brought),
            signer=fact.signer,
            undone=self.undone,
        )


class Imported(msgspec.Struct, frozen=True):
    """Every import up to an event."""

    imports: Mapping[str, Import] = msgspec.field(default_factory=dict)
    upto: int = 0

    def after(self, events: Iterable[Event]) -> Imported:
        imports, upto = dict(self.imports), self.upto
        for event in events:
            upto = max(upto, event.seq)
            fact = read_fact(event)
            if isinstance(fact, BundleImported):
                imports[fact.bundle] = Import(fact, event.time, event.actor)
            elif isinstance(fact, BundleUndone) and fact.bundle in imports:
                one = imports[fact.bundle]
                imports[fact.bundle] = msgspec.structs.replace(one, undone=True)
        return Imported(imports, upto)

    @property
    def counting(self) -> tuple[Import, ...]:
        return tuple(one for one in self.imports.values() if not one.undone)

    def find(self, wanted: str) -> Import:
        """Return the import of a name, or the last one that counts."""
        near = [one for one in self.counting if one.fact.bundle.startswith(wanted)]
        if wanted and len(near) != 1:
            raise UsageError(
                f"{visible_line(wanted)} names {len(near)} imports that count.",
                "`workbench bundle list` shows them.",
            )
        if not near:
            raise UsageError("No import counts, so none can be undone.", "Nothing was taken in.")
        return near[-1]

    @property
    def sources(self) -> dict[str, str]:
        return self.without("")

    def without(self, bundle: str) -> dict[str, str]:
        """Return the imports but one by the checksums of the sources that they brought."""
        return {
            brought.version: one.fact.bundle
            for one in self.counting
            for brought in one.fact.brought
            if brought.kind == "source" and one.fact.bundle != bundle
        }
