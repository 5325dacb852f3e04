"""What is the same in the forms of a word, by its script."""

from __future__ import annotations


def stem(word: str) -> str:
    """Return a folded word without its ending."""
    if word.isascii() and len(word) > 3 and word[-1] == "s" and word[-2] not in "us":
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    return word
