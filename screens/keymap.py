"""Which key does what: the defaults of the registry under a user's own choices."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from screens.action import Action
from screens.actions import ACTIONS, BY_ID, reachable
from screens.places import CHAINS, SCOPES
from workbench.errors import ConfigurationError

_NAMED = (
    *["up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete"],
    *["backspace", "enter", "escape", "space", "tab", "comma"],
    *(f"f{number}" for number in range(1, 25)),
)
_KEY = re.compile(rf"((ctrl|alt|shift|super)\+)*({'|'.join(_NAMED)}|[a-z0-9])\Z")
_SHOWN = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "escape": "esc",
    "comma": ",",
}


@dataclass(frozen=True)
class Keymap:
    """The keys of every action, and the action of every key in a place."""

    keys: Mapping[str, tuple[str, ...]]

    def find(self, place: str, key: str) -> Action | None:
        """Return the action that `key` stands for in `place`."""
        for action in reachable(place):
            if key in self.keys[action.id]:
                return action
        return None

    def shown(self, action: Action, limit: int = 9) -> str:
        """Return the first keys of `action` as a person reads them."""
        return " ".join(show_key(key) for key in self.keys[action.id][:limit])


def show_key(key: str) -> str:
    """Return `key` as a person reads it: short, with ^ for ctrl."""
    *modifiers, name = key.split("+") if len(key) > 1 else [key]
    name = _SHOWN.get(name, name)
    for modifier in reversed(modifiers):
        name = f"^{name}" if modifier == "ctrl" else f"{modifier}+{name}"
    return name


def make_keymap(choices: Mapping[str, str] | None = None) -> Keymap:
    """Put a user's choices over the default keys; what cannot be meant is refused in a sentence."""
    keys = {action.id: action.keys for action in ACTIONS}
    for identity, chosen in (choices or {}).items():
        _known(identity)
        keys[identity] = tuple(_read_key(identity, key) for key in chosen.split(",") if key.strip())
    _refuse_clashes(keys, set(choices or {}))
    return Keymap(keys)


def _known(identity: str) -> None:
    if identity not in BY_ID:
        nearest = get_close_matches(identity, BY_ID, 1, 0)[0]
        raise ConfigurationError(
            f"The keymap names an action that does not exist: `{identity}`.",
            f"The nearest one is `{nearest}`; docs/keys.md lists all of them.",
        )


def _read_key(identity: str, text: str) -> str:
    key = text.strip()
    if (len(key) == 1 and key.isprintable()) or _KEY.match(key):
        return "," if key == "comma" else key
    raise ConfigurationError(
        f"The keymap gives `{identity}` a key that does not exist: `{key}`.",
        "Keys are written like `j`, `?`, `ctrl+p`, `shift+tab`, `f5`, `pagedown` or `comma`.",
    )


def _refuse_clashes(keys: Mapping[str, tuple[str, ...]], chosen: set[str]) -> None:
    for place in CHAINS:
        taken: dict[str, Action] = {}
        for action in reachable(place):
            for key in keys[action.id]:
                other = taken.setdefault(key, action)
                if other is not action:
                    raise _clash(key, *sorted((action, other), key=lambda a: a.id not in chosen))


def _clash(key: str, chosen: Action, other: Action) -> ConfigurationError:
    where = SCOPES[other.scope].lower()
    return ConfigurationError(
        f"The keymap gives `{key}` to `{chosen.id}`, but {where} it belongs to `{other.id}`.",
        f'Choose another key, or move the other one too: "{other.id}" = "…".',
    )
