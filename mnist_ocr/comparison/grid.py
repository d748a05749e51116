"""All combinations of some choices, each with several seeds.

One training says little: another seed gives another network, a little better or worse. So every combination
is trained several times, and what is compared are means; their spread says how much to believe them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mnist_ocr.comparison.run import Run
from mnist_ocr.comparison.source import Source
from mnist_ocr.errors import InputError
from mnist_ocr.training import TrainingConfig

MOST_RUNS = 10_000
"""Beyond it somebody added a choice without counting."""


def make_grid(
    source: Source,
    hidden: Sequence[tuple[int, ...]],
    activations: Sequence[str],
    base: TrainingConfig,
    choices: Mapping[str, Sequence[Any]],
    *,
    seeds: int = 1,
    validation: int | float | None = None,
) -> list[Run]:
    """Every combination once, in the order of the choices; the seeds of a combination follow each other.

    Combinations that are the same training are one: an activation where there is no hidden layer, or a
    learning rate that the optimizer has anyway.

    Args:
        source: the images.
        hidden: nodes of the hidden layers, for each network to try.
        activations: names to try.
        base: what all configs have in common.
        choices: what to try for other fields of the config, by their names.
        seeds: how many of them, from 0.
        validation: see `Run`.

    Raises:
        InputError: they are too many, or one is no config.
    """
    lists = [hidden, activations, *choices.values(), range(seeds)]
    count = math.prod(map(len, lists))
    if count > MOST_RUNS:
        raise InputError(
            f"{count:,} runs ({' × '.join(str(len(each)) for each in lists)}): "
            f"expected at most {MOST_RUNS:,}; fewer choices, or fewer --seeds"
        )
    runs: dict[Run, None] = {}  # a set that keeps its order
    for sizes, activation, *values, seed in itertools.product(*lists):
        try:
            config = replace(base, **dict(zip(choices, values, strict=True)), seed=seed)
        except ValueError as error:
            raise InputError(str(error)) from None
        config = replace(config, learning_rate=config.peak_rate)
        run = Run(source, sizes, activation if sizes else None, config, validation)
        runs[run] = None
    return list(runs)
