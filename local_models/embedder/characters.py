"""What MiniLM's tokenizer makes of each character, the same under every Python.

Its tables are those of Unicode 8, so marks and punctuation that are younger stay letters to it.
"""

from __future__ import annotations

import unicodedata

_SPACES = frozenset("\t\n\r\u2028\u2029")
_CHINESE = (
    range(0x3400, 0x4DC0),
    range(0x4E00, 0xA000),
    range(0xF900, 0xFB00),
    range(0x20000, 0x2A6E0),
    range(0x2A700, 0x2B740),
    range(0x2B740, 0x2B820),
    range(0x2B920, 0x2CEB0),
    range(0x2F800, 0x2FA20),
)
_YOUNGER = """
61d 7fd 890-891 898-89f 8ca-8e2 9fd-9fe a76 afa-aff b55 c04 c3c c77 c84 d00 d3b-d3c d81 eba ece
180f 1885-1886 1abf-1ace 1b7d-1b7e 1df6-1dfb 2e43-2e4f 2e52-2e5d a82c a8c5 a8ff a9bd 10d24-10d27
10eab-10ead 10efd-10eff 10f46-10f50 10f55-10f59 10f82-10f89 11070 11073-11074 110c2 110cd 111cf
1123e 11241 1133b 11438-1143f 11442-11444 11446 1144b-1144f 1145a-1145b 1145d-1145e 11660-1166c
116b9 1182f-11837 11839-1183b 11938 1193b-1193c 1193e 11943-11946 119d4-119d7 119da-119db 119e0
119e2 11a01-11a0a 11a33-11a38 11a3b-11a47 11a51-11a56 11a59-11a5b 11a8a-11a96 11a98-11a9c
11a9e-11aa2 11b00-11b09 11c30-11c36 11c38-11c3d 11c3f 11c41-11c45 11c70-11c71 11c92-11ca7
11caa-11cb0 11cb2-11cb3 11cb5-11cb6 11d31-11d36 11d3a 11d3c-11d3d 11d3f-11d45 11d47 11d90-11d91
11d95 11d97 11ef3-11ef4 11ef7-11ef8 11f00-11f01 11f36-11f3a 11f40 11f42-11f4f 11fff 12ff1-12ff2
13430-13440 13447-13455 16e97-16e9a 16f4f 16fe2 16fe4 1cf00-1cf2d 1cf30-1cf46 1e000-1e006
1e008-1e018 1e01b-1e021 1e023-1e024 1e026-1e02a 1e08f 1e130-1e136 1e2ae 1e2ec-1e2ef 1e4ec-1e4ef
1e944-1e94a 1e95e-1e95f
"""
_OTHERWISE = {
    0x166D: " \u166d ",  # punctuation until Unicode 12
    0x1734: "",  # a mark that takes no room until Unicode 14
    0x111C9: " \U000111c9 ",  # punctuation until Unicode 11
    0xA7CB: "\u0264",  # capitals that no supported Python knows
    0xA7DC: "\u019b",
}
_MOST_REMEMBERED = 1 << 16


def _spread(ranges: str) -> frozenset[int]:
    ends = [[int(end, 16) for end in item.split("-")] for item in ranges.split()]
    return frozenset(code for end in ends for code in range(end[0], end[-1] + 1))


class Characters(dict[int, str]):
    """For `str.translate`: what is dropped, lowered, stripped of accents; spaces around a word."""

    def __init__(self) -> None:
        super().__init__()
        self._younger = _spread(_YOUNGER)

    def __missing__(self, code: int) -> str:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        self[code] = made = self._make(code)
        return made

    def _make(self, code: int) -> str:
        character = chr(code)
        if code in _OTHERWISE:
            return _OTHERWISE[code]
        if code in self._younger:
            return character
        if character in _SPACES or unicodedata.category(character) == "Zs":
            return " "
        if character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}:
            return ""
        made = "".join(map(self._plain, unicodedata.normalize("NFD", character)))
        return f" {made} " if any(code in block for block in _CHINESE) else made

    def _plain(self, character: str) -> str:
        """Return a character that is in its canonical form without accents, lowered."""
        category = unicodedata.category(character)
        if category == "Mn" and ord(character) not in self._younger:
            return ""
        if category.startswith("P") or (character.isascii() and not character.isalnum()):
            return f" {character} "
        return character.lower()
