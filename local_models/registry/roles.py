"""Which model serves which role, and why: a function of values, told in sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from local_models.registry.memory import USUAL_CONTEXT, needed
from local_models.registry.sizes import gigabytes
from local_models.registry.values import Model, Role
from workbench.visible import visible_line

BUILT_IN = "all-MiniLM-L6-v2"
NO_MODEL = "There is no language model"
_EASY = 0.5
"""Of the memory that there is, so that the project's own tests still have some."""


@dataclass(frozen=True)
class Choice:
    """What serves a role: a model, the built-in embedder, or nothing."""

    role: Role
    model: Model | None
    why: str
    """A sentence."""
    passed_over: tuple[str, ...] = ()
    """Of each model that does not serve, a sentence."""
    built_in: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What a choice depends on beside the models."""

    available: int
    """Bytes of memory."""
    asked: Mapping[Role, str]
    """What a person asked for."""
    built_in: bool = True
    """The files of the built-in embedder are there."""
    context: int = USUAL_CONTEXT
    loaded: frozenset[str] = frozenset()
    """Models that are in memory already, and so need none."""
    unusable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Of files that are there and no models, a sentence on why, by name."""
    quickest: str = ""
    """Which of its backends embeds where there are many texts, in a sentence."""


def choose(models: Iterable[Model], given: Circumstances) -> dict[Role, Choice]:
    """Choose for every role."""
    ordered = sorted(models, key=lambda one: (*_size(one), one.name))
    return {role: _choose(role, ordered, given) for role in Role}


def _choose(role: Role, models: list[Model], given: Circumstances) -> Choice:
    """Let what was asked for serve if it can, and else the best that can."""
    asked, refused = _asked(role, models, given)
    if asked and not refused:
        return Choice(role, asked, _asked_for(asked))
    chosen = _best_embedder(models, given) if role is Role.EMBED else _best(role, models, given)
    if not refused:
        return chosen
    why = f"{refused} {chosen.why}"
    return Choice(role, chosen.model, why, chosen.passed_over, chosen.built_in)


def _asked(role: Role, models: list[Model], given: Circumstances) -> tuple[Model | None, str]:
    """Return what was asked for, and why it cannot serve."""
    name = given.asked.get(role, "")
    if not name:
        return None, ""
    found = next((one for one in models if one.name == name), None)
    if found is None:
        told = f"{visible_line(name)} was asked for"
        problem = given.unusable.get(name)
        return None, f"{told}. {problem}" if problem else f"{told} and is not there."
    obstacle = _obstacle(found, given, embeds=role is Role.EMBED)
    return found, f"{visible_line(name)} was asked for and {obstacle}." if obstacle else ""


def _asked_for(model: Model) -> str:
    warning = "" if model.header.embeds or model.header.template else _NO_TEMPLATE
    return f"{visible_line(model.name)} was asked for.{warning}"


_NO_TEMPLATE = " It has no chat template, so that it goes on with a text instead of answering."


def _obstacle(model: Model, given: Circumstances, *, embeds: bool) -> str:
    """Say why a model cannot serve, or nothing."""
    header = model.header
    if embeds and not header.embeds:
        return "is not made to embed"
    if not embeds and not header.generates:
        return "cannot generate text"
    need = needed(header, given.context).total
    if need > given.available and model.name not in given.loaded:
        return f"needs {gigabytes(need)} of memory, and there are {gigabytes(given.available)}"
    return ""


def _best(role: Role, models: list[Model], given: Circumstances) -> Choice:
    """Choose among what has a template: the smallest, the largest, or the largest that is easy."""
    fit, passed = [], []
    for model in models:
        obstacle = _obstacle(model, given, embeds=False) or _untaught(model)
        if obstacle:
            passed.append(f"{visible_line(model.name)} {obstacle}.")
        else:
            fit.append(model)
    if not fit:
        return Choice(role, None, _nothing(models), tuple(passed))
    model, why = _RULES[role](fit, given)
    others = tuple(f"{visible_line(one.name)} could serve too." for one in fit if one is not model)
    return Choice(role, model, f"{visible_line(model.name)} {why}.", (*passed, *others))


def _untaught(model: Model) -> str:
    return "" if model.header.template else "has no chat template"


def _nothing(models: list[Model]) -> str:
    if any(one.header.generates for one in models):
        return "No language model that is there can serve."
    return f"{NO_MODEL}: `workbench models add` or `pull` brings one."


def _smallest(fit: list[Model], _given: Circumstances) -> tuple[Model, str]:
    return fit[0], "is the only one that can serve" if len(fit) == 1 else "is the smallest"


def _largest(fit: list[Model], _given: Circumstances) -> tuple[Model, str]:
    return fit[-1], "is the only one that can serve" if len(fit) == 1 else (
        "is the largest that fits the memory"
    )


def _largest_easy(fit: list[Model], given: Circumstances) -> tuple[Model, str]:
    if len(fit) == 1:
        return fit[0], "is the only one that can serve"
    easy = [one for one in fit if needed(one.header, given.context).total <= _share(given)]
    if easy:
        return easy[-1], f"is the largest that fits half of the memory ({gigabytes(_share(given))})"
    return fit[0], "is the smallest, and none fits half of the memory"


def _share(given: Circumstances) -> float:
    return given.available * _EASY


_RULES: Mapping[Role, Callable[[list[Model], Circumstances], tuple[Model, str]]] = {
    Role.MAIN: _largest_easy,
    Role.HEAVY: _largest,
    Role.FAST: _smallest,
}


def _best_embedder(models: list[Model], given: Circumstances) -> Choice:
    """Prefer the built-in one: another, merely for being there, would make every index void."""
    fit = [one for one in models if not _obstacle(one, given, embeds=True)]
    others = tuple(f"{visible_line(one.name)} serves if it is asked for." for one in fit)
    if given.built_in:
        why = f"The built-in {BUILT_IN} serves. {given.quickest}".rstrip()
        return Choice(Role.EMBED, None, why, others, built_in=True)
    if fit:
        name = visible_line(fit[-1].name)
        why = f"{name} serves, since the files of the built-in {BUILT_IN} are not there."
        return Choice(Role.EMBED, fit[-1], why, others[:-1])
    return Choice(Role.EMBED, None, _NO_EMBEDDER)


_NO_EMBEDDER = (
    "There is no embedder, so that search is by words alone: "
    "`workbench models install-default` brings one."
)


def _size(model: Model) -> tuple[int, int]:
    return model.header.parameters, model.header.weights
