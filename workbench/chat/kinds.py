"""Whether what a person says asks for an answer or for something to be done."""

from __future__ import annotations

import re
from typing import Literal

Kind = Literal["question", "task"]

_POLITE = re.compile(
    r"^(?:(?:please|kindly|now|then|and|ok|okay|so|hey|hi|bitte|nun|jetzt|merci de|veuillez"
    r"|пожалуйста|por favor)[\s,:!]+|(?:can|could|would|will) you (?:please )?"
    r"|(?:kannst|könntest|würdest) du (?:bitte )?|(?:peux|pourrais)-tu |i (?:want|need) you to "
    r"|let'?s |let us )+",
    re.IGNORECASE,
)
_CHANGES = re.compile(
    r"^(?:fix|repair|refactor|rename|implement|replace|remove|delete|migrate|port|rewrite|extract"
    r"|inline|move|update|upgrade|bump|convert|change|modify|edit|add|introduce|deprecate"
    r"|repariere|behebe|korrigiere|ändere|ersetze|entferne|lösche|benenne|füge|ergänze|verschiebe"
    r"|implementiere|aktualisiere|corrige|répare|ajoute|supprime|remplace|renomme|modifie"
    r"|исправь|почини|добавь|удали|замени|переименуй|измени|реализуй|перепиши)\b",
    re.IGNORECASE,
)
_MAKES = re.compile(
    r"^(?:write|create|make|build|generate|add|run|execute|test|schreibe|schreib|erstelle|baue"
    r"|führe|écris|crée|lance|напиши|создай|сделай|запусти)\b",
    re.IGNORECASE,
)
_OF_THE_PROJECT = re.compile(
    r"@\S|\b[\w-]+/[\w./-]+|\b\w+\.(?:py|js|ts|go|rs|c|cpp|h|java|md|rst|toml|yaml|yml|json|cfg|ini"
    r"|txt|sh)\b|\b(?:test|tests|test suite|suite|module|package|project|repo|repository|codebase"
    r"|readme|changelog|docstrings?|type hints?|fixture)\b",
    re.IGNORECASE,
)


def kind_of(text: str) -> Kind:
    """Return what a text asks for; whatever is in doubt is a question, which changes nothing."""
    first = text.strip()
    told = _POLITE.sub("", first)
    asks_politely = told != first
    if told.rstrip().endswith("?") and not asks_politely:
        return "question"
    if _CHANGES.match(told):
        return "task"
    return "task" if _MAKES.match(told) and _OF_THE_PROJECT.search(told) else "question"
