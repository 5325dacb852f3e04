"""Slips of the pen within one line of source, and the line without them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from workbench.healing.insight.nearness import distance_is_one

_HEADS = r"(?:async\s+)?(?:if|elif|else|for|while|def|class|try|except|finally|with|match|case)\b"
_HEAD = re.compile(rf"\s*{_HEADS}")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_OPEN, _CLOSE = "([{", ")]}"


def _split(line: str) -> tuple[str, str, str]:
    """Return a line without what ends it, its comment, and its end."""
    body = line.rstrip("\r\n")
    end = line[len(body) :]
    comment = re.search(r"""\s*#[^'"]*$""", body)
    if comment:
        return body[: comment.start()], comment[0], end
    stripped = body.rstrip()
    return stripped, body[len(stripped) :], end


def slips(line: str, message: str, column: int) -> Iterator[tuple[float, str, str]]:
    code, tail, end = _split(line)
    for prior, new, why in (
        *_of_heads(code, message),
        *_of_brackets(code, message, column),
        *_of_quotes(code, message),
        *_of_operators(code, message, column),
        *_of_words(code),
        *_of_commas(code, message, column),
    ):
        yield prior, new + tail + end, why


def _of_heads(  # noqa: C901, PLR0912 - one case for each slip
    code: str, message: str
) -> Iterator[tuple[float, str, str]]:
    """Write the colon of a head, or what is wrong about it."""
    if not _HEAD.match(code):
        return
    told = 0.9 if "expected ':'" in message else 0.5
    if not code.endswith(":"):
        yield told, f"{code}:", "a colon at the end"
        for wrong in (";", ",", ".", "{", "then", "do", "=>"):
            if code.endswith(wrong):
                shorter = code.removesuffix(wrong).rstrip()
                yield told, f"{shorter}:", f"{wrong} becomes :"
    if re.match(r"\s*else\s+if\b", code):
        yield 0.95, re.sub(r"else\s+if\b", "elif", code, count=1), "else if becomes elif"
    if re.match(r"\s*elseif\b|\s*elsif\b", code):
        yield 0.95, re.sub(r"els(e?)if\b", "elif", code, count=1), "elseif becomes elif"
    if re.match(r"\s*else\b.+:$", code):
        yield 0.4, re.sub(r"else\b", "elif", code, count=1), "else becomes elif"
        yield 0.3, code[: len(code) - len(code.lstrip())] + "else:", "else alone"
    if re.match(r"\s*(def|class)\s+\w+\s*:$", code):
        yield 0.8, f"{code[:-1].rstrip()}():", "parentheses"
    if re.match(r"\s*def\s+\w+[^(\w]*\w", code) and "(" not in code:
        yield 0.4, re.sub(r"(def\s+\w+)\s+(.*?):?$", r"\1(\2):", code), "parentheses"
    if re.match(r"\s*for\b", code) and " in " not in code:
        for wrong in (" of ", " on ", " from ", " = ", ":", " to "):
            if wrong in code:
                yield 0.6, code.replace(wrong, " in ", 1), f"{wrong.strip()} becomes in"
        for gap in re.finditer(r"(?<=[\w)])\s+(?=[\w(\[{'\"])", code):
            fit = 0.6 if code[: gap.start()].rsplit(maxsplit=1)[-1] not in {"for", "async"} else 0.1
            yield fit, f"{code[: gap.start()]} in {code[gap.end() :]}", "with in"
    if re.match(r"\s*except\s+\w+\s*,\s*\w+\s*:", code):
        yield 0.9, re.sub(r"(except\s+\w+)\s*,\s*(\w+)", r"\1 as \2", code), ", becomes as"
    if re.match(r"\s*except\s+\w+\s*(,\s*\w+)+(\s+as\s+\w+)?\s*:", code):
        grouped = re.sub(r"except\s+([\w, ]+?)(\s+as\s+\w+)?\s*:", r"except (\1)\2:", code)
        yield 0.7, grouped, "parentheses"


def _of_brackets(code: str, message: str, column: int) -> Iterator[tuple[float, str, str]]:
    open_ones, extra = _unbalanced(code)
    if open_ones:
        closing = "".join(_PAIRS[one] for one in reversed(open_ones))
        told = 0.85 if "never closed" in message or "forgot" in message else 0.5
        yield told, code + closing, f"{closing} at the end"
        yield told * 0.5, f"{code}{closing[:1]}", f"{closing[:1]} at the end"
        if code.endswith((":", ",")):
            yield (
                told * (1.1 if code.endswith(":") else 0.4),
                code[:-1] + closing + code[-1],
                closing,
            )
        for place in reversed(range(len(code))):
            if code[place] in " ,:)]}+-*/=<>" and place > code.find(open_ones[-1]):
                yield told * 0.2, code[:place] + closing[:1] + code[place:], f"{closing[:1]} within"
    for place in extra:
        told = 0.8 if "unmatched" in message else 0.4
        yield told, code[:place] + code[place + 1 :], f"without {code[place]}"
        opening = {close: one for one, close in _PAIRS.items()}[code[place]]
        for start in _starts(code[:place]):
            yield told * 0.4, code[:start] + opening + code[start:], f"{opening} before"
    if "does not match" in message and 0 <= column < len(code):
        for close in _CLOSE:
            if code[column] in _CLOSE:
                yield 0.7, code[:column] + close + code[column + 1 :], f"{close} instead"
                yield 0.5, code[:column] + close + code[column:], f"{close} before"


def _starts(code: str) -> list[int]:
    """Return where words begin."""
    return [found.start() for found in re.finditer(r"(?<![\w.])[\w.\"']+", code)][-6:]


def _unbalanced(code: str) -> tuple[list[str], list[int]]:
    """Return the brackets that stay open, and where those are that close nothing."""
    open_ones: list[str] = []
    extra: list[int] = []
    quote = ""
    for place, sign in enumerate(code):
        if quote:
            quote = "" if sign == quote and code[place - 1] != "\\" else quote
        elif sign in "'\"":
            quote = sign
        elif sign in _OPEN:
            open_ones.append(sign)
        elif sign in _CLOSE:
            if open_ones and _PAIRS[open_ones[-1]] == sign:
                open_ones.pop()
            else:
                extra.append(place)
    return open_ones, extra


def _of_quotes(  # noqa: C901 - as above
    code: str, message: str
) -> Iterator[tuple[float, str, str]]:
    for quote in ("'", '"'):
        if code.count(quote) % 2 == 0:
            continue
        told = 0.8 if "unterminated" in message else 0.4
        yield told * 0.7, code + quote, f"{quote} at the end"
        other = "'" if quote == '"' else '"'
        for place in reversed(range(len(code))):
            if code[place] in ")],:} ":
                fit = 1.0 if code[place:] in {")", "]", ":", ",", "):", "])", "))", "],"} else 0.4
                yield (
                    told * fit,
                    code[:place] + quote + code[place:],
                    f"{quote} before {code[place]}",
                )
        if code.count(other) % 2:
            first = code.find(quote)
            for place, sign in enumerate(code):
                if sign == other and place != first:
                    yield (
                        told * 1.2,
                        code[:place] + quote + code[place + 1 :],
                        f"{quote} on both sides",
                    )
                    break
        for found in re.finditer(rf"(?<=\w){quote}(?=\w)", code):
            start = found.start()
            yield told * 0.6, f"{code[:start]}\\{code[start:]}", "a quote with a backslash"
        for start in _starts(code):
            yield told * 0.5, code[:start] + quote + code[start:], f"{quote} before"
    if 'f"' in code or "f'" in code:
        yield (
            0.2,
            re.sub(r'(f".*?\{.*?)"(.*?)"(.*?\}.*")', r"\1'\2'\3", code),
            "other quotes inside",
        )
        yield (
            0.2,
            re.sub(r"(f'.*?\{.*?)'(.*?)'(.*?\}.*')", r'\1"\2"\3', code),
            "other quotes inside",
        )


def _of_operators(code: str, message: str, column: int) -> Iterator[tuple[float, str, str]]:
    for found in re.finditer(r"(?<![=!<>+\-*/%&|^:])=(?!=)", code):
        told = 0.85 if "==" in message or _HEAD.match(code) else 0.15
        put = code[: found.start()] + "==" + code[found.end() :]
        yield told, put, "= becomes =="
    swaps = (
        ("=<", "<="),
        ("=>", ">="),
        ("<>", "!="),
        ("&&", " and "),
        ("||", " or "),
        ("===", "=="),
    )
    more = (("!==", "!="), ("++", " += 1"), ("--", " -= 1"), (" ! ", " not "), ("=+", "+="))
    for old, new in (
        *swaps,
        *more,
        ("=-", "-="),
        ("not in in", "not in"),
        ("==:", ":"),
        (":=", "="),
    ):
        if old in code:
            put = re.sub(rf"\s*{re.escape(old)}\s*" if new[0] == " " else re.escape(old), new, code)
            yield (
                0.8,
                put if not new.endswith("1") else code.replace(old, new),
                f"{old} becomes {new}",
            )
    if "!" in code:
        yield 0.6, re.sub(r"!(?=[\w(])", "not ", code), "! becomes not"
    for found in re.finditer(
        r"(==|!=|<=|>=|<|>|\+|-|\*|/|=|,|\.|\band\b|\bor\b|\bnot\b)\s*\1", code
    ):
        put = code[: found.start()] + found[1] + code[found.end() :]
        yield 0.5, put, f"{found[1]} once"
    if re.match(r"\s*(return|if|elif|while)?.*\?.*:.*$", code) and "?" in code:
        chosen = re.sub(
            r"(=|return)\s*(.+?)\s*\?\s*(.+?)\s*:\s*(.+)$", r"\1 \3 if \2 else \4", code
        )
        yield 0.7, chosen, "a choice as Python writes it"
    if code.rstrip().endswith(("+", "-", "*", "/", "=", "and", "or", ".", "==")):
        yield 0.15, re.sub(r"\s*(\+|-|\*|/|==?|\band|\bor|\.)$", "", code), "without the operator"
    if 0 <= column < len(code):
        yield 0.12, code[:column] + code[column + 1 :], "one sign less"
        word = re.match(r"\w+\s*|[^\w\s]+\s*", code[column:])
        if word:
            yield 0.12, code[:column] + code[column + word.end() :], f"without {word[0].strip()}"


_KEYWORDS = (
    *("if", "elif", "else", "for", "while", "def", "class", "return", "import", "from", "with"),
    *("try", "except", "finally", "raise", "pass", "break", "continue", "lambda", "yield", "in"),
    *("not", "and", "or", "is", "as", "global", "assert", "del", "async", "await"),
)
_FOREIGN = {
    "function": "def",
    "func": "def",
    "fn": "def",
    "fun": "def",
    "catch": "except",
    "throw": "raise",
    "foreach": "for",
    "elseif": "elif",
    "switch": "match",
    "null": "None",
    "true": "True",
    "false": "False",
}


def _of_words(code: str) -> Iterator[tuple[float, str, str]]:
    """Spell keywords right, write `print` as a call, leave words of other languages out."""
    printed = re.match(r"(\s*)print\s+(?!\()(.*\S)$", code)
    if printed:
        yield 0.95, f"{printed[1]}print({printed[2]})", "print is called"
    called = re.match(r"(\s*)(exec|raise)\s+(\w+)\s*,\s*(.+)$", code)
    if called:
        yield 0.8, f"{called[1]}{called[2]} {called[3]}({called[4]})", "an exception is made"
    if code.endswith((";", "\\", "}")):
        yield 0.5, code[:-1].rstrip(), f"without {code[-1]}"
    if code.endswith("{"):
        yield 0.6, f"{code[:-1].rstrip()}:", "{ becomes :"
    if re.match(r"\s*(var|let|const|int|str|auto)\s+\w+\s*=", code):
        yield (
            0.8,
            re.sub(r"(var|let|const|int|str|auto)\s+", "", code, count=1),
            "a plain assignment",
        )
    if re.match(r"\s*//", code):
        yield 0.7, code.replace("//", "#", 1), "// becomes #"
    for found in list(re.finditer(r"[A-Za-z_]\w*", code))[:12]:
        for word in _meant(found[0]):
            put = code[: found.start()] + word + code[found.end() :]
            yield 0.5 if found.start() == len(code) - len(code.lstrip()) else 0.3, put, f"{word}"
    joined = re.match(rf"(\s*)({'|'.join(_KEYWORDS)})(\w+)(.*)$", code)
    if joined:
        yield 0.25, f"{joined[1]}{joined[2]} {joined[3]}{joined[4]}", f"{joined[2]} apart"


def _meant(word: str) -> list[str]:
    if word in _KEYWORDS or len(word) < 2:
        return []
    known = [_FOREIGN[word]] if word in _FOREIGN else []
    slips_of_one = [one for one in _KEYWORDS if len(one) > 2 and distance_is_one(word, one)]
    near = difflib.get_close_matches(word.lower(), _KEYWORDS, n=2, cutoff=0.7)
    return list(dict.fromkeys([*known, *slips_of_one, *near]))


def _of_commas(code: str, message: str, column: int) -> Iterator[tuple[float, str, str]]:
    told = 0.8 if "comma" in message else 0.35
    gaps = re.finditer(r"""(?<=[\w'"\])}])(\s+)(?=[\w'"\[({])""", code)
    for found in gaps:
        fit = 1.0 if column >= 0 and abs(found.start() - column) < 12 else 0.5
        yield told * fit, f"{code[: found.start()]},{code[found.start() :]}", "a comma between"
        for operator in ("+", "=", "*", ".", "=="):
            prior = 0.06 if operator != "=" else 0.2
            put = f"{code[: found.start()]} {operator} {code[found.end() :]}"
            yield prior * fit, put.replace(" . ", "."), f"{operator} between"
        words = f"{code[: found.start()]}_{code[found.end() :]}"
        yield 0.05 * fit, words, "one name"
    if code and code[-1] not in ",:([{" and not _HEAD.match(code):
        yield told * 0.8, f"{code},", "a comma at the end"
    if ",," in code.replace(" ", ""):
        yield 0.6, re.sub(r",\s*,", ",", code), "one comma less"
    if re.search(r"\(\s*,", code):
        yield 0.6, re.sub(r"\(\s*,\s*", "(", code), "one comma less"
    for found in re.finditer(r"""(['"\w])\s*=\s*(?=[^=])""", code) if "{" in code else ():
        put = f"{code[: found.start() + 1]}: {code[found.end() :]}"
        yield 0.2, put, "= becomes :"
    for found in re.finditer(r"[;.](?=\s)", code):
        yield 0.2, f"{code[: found.start()]},{code[found.end() :]}", f"{found[0]} becomes ,"
