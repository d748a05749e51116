"""How the learning rate changes while a network learns: long steps first, short ones at the end.

Every entry of `SCHEDULES` takes the part of all steps that is done, 0 to 1, and gives the part of the
learning rate that the next step gets, 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]


def _constant(progress: float) -> float:
    """Always the whole rate."""
    return 1.0


def _linear(progress: float) -> float:
    """In a straight line to 0."""
    return 1 - progress


def _step(progress: float) -> float:
    """A tenth after half of the steps and a hundredth after three quarters (He et al., 2016, section 4.2)."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else 0.01


def _cosine(progress: float) -> float:
    """Half a wave to 0: slowly, quickly, slowly (Loshchilov and Hutter, 2017, equation 5, one period)."""
    return (1 + math.cos(math.pi * progress)) / 2


_RISE = 0.3
_FIRST = 1 / 25


def _one_cycle(progress: float) -> float:
    """Up from 1/25 during the first 0.3 of the steps, then down to 0, both as half a wave.

    Smith and Topin, 2018, with the numbers and waves that the fast.ai library made usual. The momentum stays
    as it is.
    """
    if progress < _RISE:
        return 1 - (1 - _FIRST) * _cosine(progress / _RISE)
    return _cosine((progress - _RISE) / (1 - _RISE))


SCHEDULES: dict[str, Schedule] = {
    "constant": _constant,
    "linear": _linear,
    "step": _step,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
}
