"""What stands elsewhere, or cannot be so, tells what is meant here."""

from __future__ import annotations

from textwrap import dedent

from tests.pure.generators_a_ground import all_at, calm, failed, line_of, made_of, rank, site, told
from workbench.healing.dossier import Frame
from workbench.healing.generators import conditions, misfits, overwritten, uncalled

LITERALS = """
def literal(src, pos):
    if src.startswith("true"):
        return pos + 4, True
    if src.startswith("false", pos):
        return pos + 5, False
    return pos, None
"""
KEYWORDS = """
def outer(build, one, label):
    first = build(one, label=label)
    second = build(one)
    return first, second
"""
AMONG = """
def special(text):
    return text == {"inf", "nan"}
"""
MIXED = """
def clamp(value: float, floor: float, sign: str) -> str:
    token = ""
    if value < floor:
        value, token = floor, sign
    return value + str(value)
"""
GIVEN = """
def opened(path, mode="r", tags=None, *, limit=None):
    tags = list(DEFAULT)
    limit = limit or 10
    mode = "w"
    return path, mode, tags, limit
"""
USUAL = """
class Rule:
    def check(self, one):
        part(one, error=self.error)
        other(one, error=self.error)
        return self.made(one, strict=True)
"""
CODES = """
class Code:
    BOLD = 1
    ITALIC = ITALIC_ON = ITALICS = 3
    ITALIC_LATE = ITALIC_LATER = ITALIC_EARLY = ITALIC_OFTEN = 4
    ITALIC_LEFT = ITALIC_RIGHT = ITALIC_OPEN = ITALIC_OVER = 5
    DOUBLE_UNDERLINE = 21
    ITALIC_OFF = 23

def applied(code, state):
    if code == Code.BOLD:
        state = dict(state, bold=True)
    elif code == Code.ITALIC_OFF:
        state = dict(state, double_underline=True)
    return state
"""
NAMED = """
class Rule:
    def told(self, message):
        message = "{0!r} {1!s}".format(self.name, message)
        return message
"""
UNCALLED = """
def _locked(make, lock):
    return make, lock

def _free(make):
    return make

def wrapper(make, lock):
    if lock is not None:
        pass
    else:
        made = _free(make)
    return made
"""
PATH = "program.py"


def place_of(source: str, line: str, old: str, new: str) -> int:
    ground = calm(source)
    found = all_at(ground, site(ground, line_of(source, line)))
    return rank(ground, found, {PATH: source.replace(old, new, 1)})


def test_an_argument_is_given_as_in_other_calls() -> None:
    old = 'src.startswith("true")'
    assert 0 < place_of(LITERALS, old, old, 'src.startswith("true", pos)') < 5


def test_a_keyword_is_given_as_in_other_calls() -> None:
    old = "second = build(one)"
    assert 0 < place_of(KEYWORDS, old, old, "second = build(one, label=label)") < 5


def test_a_keyword_is_given_that_is_usual_in_the_file() -> None:
    old = "strict=True"
    assert 0 < place_of(USUAL, old, old, "strict=True, error=self.error") < 5


def test_a_member_is_tried_that_is_called_as_what_it_leads_to() -> None:
    old = "elif code == Code.ITALIC_OFF"
    new = "elif code == Code.DOUBLE_UNDERLINE"
    assert 0 < place_of(CODES, old, old, new) < 5


def test_what_is_handed_on_may_be_nothing() -> None:
    old = '        message = "{0!r} {1!s}".format(self.name, message)'
    new = f"        if self.name:\n    {old}"
    frame = Frame(PATH, 4, "told", {"self": "Rule()", "message": "'x'"})
    ground = told({PATH: NAMED}, "AssertionError", "assert 'None x' == 'x'", frame)
    found = conditions.at_site(ground, site(ground, line_of(NAMED, "format")))
    assert 0 < rank(ground, found, {PATH: NAMED.replace(old, new)}) < 20


def test_a_function_that_nothing_calls_is_called_where_nothing_is_done() -> None:
    ground = calm(UNCALLED)
    found = list(uncalled.at_site(ground, site(ground, line_of(UNCALLED, "pass"))))
    wanted = UNCALLED.replace("pass", "made = _locked(make, lock)")
    assert rank(ground, found, {PATH: wanted}) == 1
    assert not list(uncalled.at_site(ground, site(ground, line_of(UNCALLED, "made = "))))


def test_what_is_compared_with_values_in_braces_is_looked_for_among_them() -> None:
    assert 0 < place_of(AMONG, "text ==", "text ==", "text in") < 5


def test_where_kinds_do_not_fit_a_name_of_another_kind_is_tried() -> None:
    ground = failed({PATH: MIXED}, "clamp(1.0, 2.0, 'under ')")
    found = all_at(ground, site(ground, line_of(MIXED, "value + str")))
    wanted = MIXED.replace("value + str", "token + str")
    assert 0 < rank(ground, found, {PATH: wanted}) < 12


def test_what_is_set_before_it_is_read_is_set_only_where_it_was_not_given() -> None:
    ground = calm(GIVEN)
    at = site(ground, line_of(GIVEN, "tags ="))
    made = list(overwritten.at_site(ground, at))
    assert [one.changes[0].edit.text for one in made] == [
        "if tags is None:\n        tags = list(DEFAULT)",
        "if not tags:\n        tags = list(DEFAULT)",
    ]
    assert made[0].prior > made[1].prior


def test_what_is_given_is_set_anew_only_where_it_is_asked_for_elsewhere() -> None:
    made = [
        result
        for one, result in made_of(KEYED, overwritten.at_site)
        if one.operator == "overwritten:asked"
    ]
    old = "        headers = fields"
    assert made == [dedent(KEYED).replace(old, f'        if headers == "keys":\n    {old}')]


def test_what_is_read_first_or_has_a_telling_default_stays_as_it_is() -> None:
    ground = calm(GIVEN)
    lines = [line_of(GIVEN, "limit = "), line_of(GIVEN, 'mode = "w"')]
    assert [list(overwritten.at_site(ground, site(ground, line))) for line in lines] == [[], []]


KEYED = """
    def table(rows, headers=()):
        if isinstance(rows, dict):
            if headers == "keys":
                headers = list(rows)
        else:
            fields = rows[0]._fields
            headers = fields
        return headers
"""
SPREAD = """
def outer(function, *args, **options):
    one = len(args) == 1
    return function(*args, **one)
"""


def test_what_cannot_be_handed_on_by_name_is_what_the_function_was_given_so() -> None:
    ground = failed({PATH: SPREAD}, "outer(dict, sep=1)")
    made = max(misfits.of_failure(ground), key=lambda one: one.prior)
    assert (made.operator, made.why) == ("misfits:handed on", "one becomes options")
