"""The page of all keys, made from the registry: `python -m screens.keysheet > docs/keys.md`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

from screens.action import Action
from screens.actions import ACTIONS
from screens.places import SCOPES

_HEAD = """# Keys

This page is made from the registry of actions: `python -m screens.keysheet > docs/keys.md`.

Any key can be changed in the settings. The name of an action is the key of the entry, and its
value is a list of keys with commas between them; an empty value takes all keys away:

```toml
[keymap]
"list.down" = "j,down,ctrl+n"
"app.theme" = ""
```

Keys are written like `j`, `G`, `?`, `ctrl+p`, `shift+tab`, `f5`, `pagedown`, `escape`, `space` or
`comma`. Terminals do not tell every combination apart: `ctrl+i` is `tab`, `ctrl+m` is `enter`.
A key that would mean two things in the same place is refused.
"""


def key_sheet() -> str:
    """Return the page."""
    return _HEAD + "".join(_section(scope, title) for scope, title in SCOPES.items())


def _section(scope: str, title: str) -> str:
    rows = "".join(_rows(action for action in ACTIONS if action.scope == scope))
    return f"\n## {title}\n\n| Keys | Action | What it does |\n| --- | --- | --- |\n{rows}"


def _rows(actions: Iterable[Action]) -> Iterator[str]:
    for action in actions:
        keys = " ".join(f"`{key}`" for key in action.keys) or "none"
        yield f"| {keys} | `{action.id}` | {action.help} |\n"


if __name__ == "__main__":
    sys.stdout.write(key_sheet())
