"""One training of a comparison, described so completely that its description is its name.

Two runs with the same settings give the same network, whoever carries them out and when. So a run that was
finished once is known by its `key`, and need not be carried out again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from mnist_ocr import __version__
from mnist_ocr.comparison.source import Source
from mnist_ocr.training import TrainingConfig

PIXELS, CLASSES = 28 * 28, 10


@dataclass(frozen=True)
class Run:
    """What one network is made of and how it is trained.

    Attributes:
        source: the images.
        hidden: nodes of each hidden layer.
        activation: of all hidden layers; None where there are none.
        config: how to train; its seed also decides the initial weights and which images are set aside, as
            that of `train.py` does. Which digits are drawn, where they are drawn, it does not decide here.
        validation: images to set aside, a count or a fraction; None is `default_validation`.
        test: whether the network also reads the test images when it is trained.
        program: the version whose arithmetic is meant.
    """

    source: Source
    hidden: tuple[int, ...]
    activation: str | None
    config: TrainingConfig
    validation: int | float | None = None
    test: bool = False
    program: str = __version__

    @property
    def sizes(self) -> list[int]:
        """The number of nodes of each layer, input first."""
        return [PIXELS, *self.hidden, CLASSES]

    @property
    def activations(self) -> list[str]:
        """The name of the activation of every layer after the input."""
        return [*([self.activation] * len(self.hidden) if self.activation else []), "softmax"]

    @property
    def parameters(self) -> int:
        """How many weights and biases the network has."""
        return sum((before + 1) * size for before, size in zip(self.sizes[:-1], self.sizes[1:], strict=True))

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that decides the outcome, ready to be written as JSON; where the images lie does not."""
        return {
            "data": self.source.fingerprint,
            "hidden": list(self.hidden),
            "activation": self.activation,
            **asdict(self.config),
            "validation": self.validation,
            "test": self.test,
        }

    @property
    def key(self) -> str:
        """16 hexadecimal digits that no run with other settings has."""
        return key_of(self.settings, self.program)

    @property
    def without_seed(self) -> Run:
        """What the runs of one row have in common, which differ in nothing but the seed."""
        return replace(self, config=replace(self.config, seed=0))


def key_of(settings: Mapping[str, Any], program: str) -> str:
    """The key of a run by its settings and the version of the program."""
    text = json.dumps([program, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
