"""How often a kind of line comes, and how surprising it is that it comes more often."""

from __future__ import annotations

import math

import msgspec

WINDOW = 60.0
"""Seconds that are counted together."""
LEARNED = 5
"""Windows after which there is something to compare with."""
_WEIGHT = 0.2
_FEWEST = 10
_TIMES = 4.0
_DEVIATIONS = 6.0
_BITS = 9.0
"""Zeros after the point of the chance that it is an accident."""


class Rate(msgspec.Struct):
    """How often one kind of line came, by exponentially weighted windows."""

    window: int
    count: int = 0
    mean: float = 0.0
    variance: float = 0.0
    windows: int = 0
    told: int = 0
    """The count at which it was last called a burst in this window."""


def counted(rate: Rate, window: int, more: int) -> bool:
    """Count lines of a window in, and say whether they are suddenly many."""
    if window > rate.window:
        _close(rate, window)
    rate.count += more
    return _is_burst(rate)


def _close(rate: Rate, window: int) -> None:
    """Take the last window into the mean, and those in which nothing came."""
    _blend(rate, rate.count)
    empty = min(window - rate.window - 1, 100)
    for _ in range(empty):
        _blend(rate, 0)
    rate.window, rate.count, rate.told = window, 0, 0


def _blend(rate: Rate, count: int) -> None:
    weight = max(_WEIGHT, 1 / (rate.windows + 1))
    away = count - rate.mean
    rate.mean += weight * away
    rate.variance = (1 - weight) * (rate.variance + weight * away * away)
    rate.windows += 1


def _is_burst(rate: Rate) -> bool:
    expected = max(rate.mean, 0.5)
    if rate.windows < LEARNED or rate.count < max(_FEWEST, _TIMES * expected, 2 * rate.told):
        return False
    if rate.count < expected + _DEVIATIONS * math.sqrt(max(rate.variance, expected)):
        return False
    if surprise(rate.count, expected) < _BITS:
        return False
    rate.told = rate.count
    return True


def surprise(count: int, expected: float) -> float:
    """Return -log10 of the chance that so many or more come where `expected` do (Poisson)."""
    if count <= expected:
        return 0.0
    first = count * math.log(expected) - expected - math.lgamma(count + 1)
    rest, term = 1.0, 1.0
    for step in range(1, 1000):
        term *= expected / (count + step)
        rest += term
        if term < 1e-12 * rest:
            break
    return -(first + math.log(rest)) / math.log(10)
