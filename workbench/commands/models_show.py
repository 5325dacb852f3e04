"""Models as people and programs see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from local_models.registry import needed
from local_models.registry.sizes import billions, gigabytes
from workbench.visible import visible_line

if TYPE_CHECKING:
    from local_models.registry import Choice, Model, Role, Room, Shelf, Unusable

_COLUMNS = ("model", "size", "params", "kind", "context", "needs", "serves")


def shelf_fields(shelf: Shelf, choices: Mapping[Role, Choice], there_is: Room) -> dict[str, object]:
    """Return all of it for a program."""
    return {
        "models": [model_fields(one, choices) for one in shelf.models],
        "unusable": [_unusable_fields(one) for one in shelf.unusable],
        "unfinished": [str(one) for one in shelf.unfinished],
        "roles": {str(role): choice_fields(choice) for role, choice in choices.items()},
        "memory": room_fields(there_is),
    }


def model_fields(model: Model, choices: Mapping[Role, Choice]) -> dict[str, object]:
    """Return what is known of one model; of its template only that there is one."""
    header = asdict(model.header)
    template = header.pop("template")
    return {
        "name": model.name,
        "path": str(model.path),
        "ours": model.ours,
        "source": model.source,
        "sha256": model.sha256,
        "header": header | {"template": bool(template), "template_characters": len(template)},
        "embeds": model.header.embeds,
        "generates": model.header.generates,
        "needs": _need_fields(model),
        "serves": serves(model.name, choices),
    }


def serves(name: str, choices: Mapping[Role, Choice]) -> list[str]:
    return [str(role) for role, one in choices.items() if one.model and one.model.name == name]


def choice_fields(choice: Choice) -> dict[str, object]:
    return {
        "model": choice.model.name if choice.model else None,
        "built_in": choice.built_in,
        "why": choice.why,
        "passed_over": list(choice.passed_over),
    }


def room_fields(there_is: Room) -> dict[str, object]:
    return asdict(there_is)


def _need_fields(model: Model) -> dict[str, int]:
    need = needed(model.header)
    return asdict(need) | {"total": need.total}


def _unusable_fields(one: Unusable) -> dict[str, str]:
    return {"name": one.name, "path": str(one.path), "sentence": one.sentence, "hint": one.hint}


def shelf_lines(shelf: Shelf, choices: Mapping[Role, Choice], there_is: Room) -> list[str]:
    """Return all of it for a person: models, what is beside them, roles, memory."""
    blocks = [_table(shelf, choices), list(_beside(shelf)), role_lines(choices)]
    return [*(line for block in blocks if block for line in (*block, "")), memory_line(there_is)]


def model_lines(model: Model, choices: Mapping[Role, Choice], there_is: Room) -> list[str]:
    """Return one model for a person, a row for each thing that is known."""
    rows = [f"{name:<14} {visible_line(said)}" for name, said in _rows(model, choices) if said]
    return [*rows, "", *role_lines(choices, model), "", memory_line(there_is)]


def role_lines(choices: Mapping[Role, Choice], model: Model | None = None) -> list[str]:
    """Return why each role has what it has, and of `model` why it has not."""
    return [line for role, choice in choices.items() for line in _role_lines(role, choice, model)]


def memory_line(there_is: Room) -> str:
    available, total = gigabytes(there_is.available), gigabytes(there_is.total)
    return f"Memory: {available} of {total} can be used, by {there_is.limit}."


def _role_lines(role: Role, choice: Choice, model: Model | None) -> Iterator[str]:
    yield f"{click.style(f'{role:<6}', bold=True)} {choice.why}"
    if model:
        own = (one for one in choice.passed_over if one.startswith(visible_line(model.name) + " "))
        yield from (f"       {one}" for one in own)


def _table(shelf: Shelf, choices: Mapping[Role, Choice]) -> list[str]:
    """Return the models under headings; names may be long, and numbers stand at the right."""
    if not shelf.models:
        return ["There are no models."]
    rows = [_COLUMNS, *(_row(one, choices) for one in shelf.models)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(_padded(row, widths)).rstrip() for row in rows]
    return [click.style(lines[0], bold=True), *lines[1:]]


def _padded(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    for number, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.rjust(width) if number in (1, 2, 4, 5) else cell.ljust(width)


def _row(model: Model, choices: Mapping[Role, Choice]) -> tuple[str, ...]:
    header = model.header
    return (
        visible_line(model.name),
        gigabytes(header.file_size),
        billions(header.parameters),
        visible_line(header.quantisation),
        str(header.context),
        gigabytes(needed(header).total),
        ", ".join(serves(model.name, choices)) or _otherwise(model),
    )


def _otherwise(model: Model) -> str:
    if model.header.generates and not model.header.template:
        return "(no chat template)"
    return ""


def _beside(shelf: Shelf) -> Iterator[str]:
    for one in shelf.unusable:
        yield f"{visible_line(one.name)}: {one.sentence} {one.hint}".rstrip()
    if shelf.unfinished:
        count = len(shelf.unfinished)
        yield (
            f"Interrupted copies and downloads: {count}. The same command goes on with them, and "
            "`workbench models remove --unfinished` deletes them."
        )


def _rows(model: Model, choices: Mapping[Role, Choice]) -> Iterator[tuple[str, str]]:
    header, need = model.header, needed(model.header)
    yield "name", model.name
    yield "title", header.name
    yield "file", str(model.path)
    yield "source", model.source
    yield "sha256", model.sha256
    yield "size", gigabytes(header.file_size)
    yield "architecture", header.architecture
    yield "parameters", billions(header.parameters)
    yield "quantisation", header.quantisation
    yield "context", f"{header.context} tokens" if header.context else ""
    yield "layers", f"{header.layers}, {header.width} wide, {header.heads} heads{_shared(model)}"
    yield "tokenizer", f"{header.tokenizer}, {header.vocabulary} tokens"
    yield "template", f"yes, {len(header.template)} characters" if header.template else "none"
    yield (
        "memory",
        (
            f"{gigabytes(need.total)}: weights {gigabytes(need.weights)}, "
            f"{need.context} tokens {gigabytes(need.cache)}, work {gigabytes(need.work)}"
        ),
    )
    yield "serves", ", ".join(serves(model.name, choices)) or "no role"


def _shared(model: Model) -> str:
    most = max(model.header.heads_kv, default=0)
    return f" of which {most} keep keys" if 0 < most < model.header.heads else ""
