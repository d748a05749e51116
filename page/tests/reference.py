"""The numbers that Python computes, as JSON: what the tests hold the numbers of the page against."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from mnist_ocr import Network
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.training.optimizers import OPTIMIZERS

SHAPES: list[tuple[list[int], Any, str | None]] = [
    ([784, 10], "relu", None),
    ([784, 16, 16, 10], "relu", None),
    ([784, 12, 10], ["sigmoid", "sigmoid"], "binary-cross-entropy"),
    ([784, 12, 10], ["tanh", "linear"], "squared-error"),
    ([784, 8, 10], ["tanh", "softmax"], "squared-error"),
    ([784, 8, 10], ["tanh", "sigmoid"], "squared-error"),
]
BATCHES = [list(range(start, start + 10)) for start in range(0, 120, 10)]


def networks(pixels: np.ndarray) -> list[dict[str, Any]]:
    """One image there and back, with every number on the way, through networks of several kinds."""
    found = []
    for seed, (sizes, activation, loss) in enumerate(SHAPES):
        network = Network(sizes, activation, loss, dtype="float64", seed=seed)
        document = network.to_dict()
        network.forward(pixels)
        error = float(network.backward([4]))
        before = network.parameters.copy()
        step = (before - 0.1 * network.gradients).tolist()
        layers = [
            {
                "totals": layer.totals.ravel().tolist(),
                "values": layer.values.ravel().tolist(),
                "gradients": layer.gradients.ravel().tolist(),
            }
            for layer in network.layers
        ]
        found.append(
            {
                "document": document,
                "loss": error,
                "parameters": before.tolist(),
                "gradients": network.gradients.tolist(),
                "step": step,
                "layers": layers,
            }
        )
    return found


def trainings(images: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    """A short training with each optimizer: the same start, the same batches."""
    found = []
    for name, choice in OPTIMIZERS.items():
        network = Network([784, 16, 10], dtype="float64", seed=3)
        document = network.to_dict()
        optimizer = choice.make(network.parameters, 0.9, choice.weight_decay)
        losses = []
        for batch in BATCHES:
            network.forward(images[batch].reshape(-1, 784) / 255.0)
            losses.append(float(network.backward(labels[batch])))
            optimizer.step(network.gradients, choice.learning_rate / 10)
        found.append(
            {
                "optimizer": name,
                "learningRate": choice.learning_rate / 10,
                "usual": choice.learning_rate,
                "weightDecay": choice.weight_decay,
                "document": document,
                "losses": losses,
                "parameters": network.parameters.tolist(),
            }
        )
    return found


def drawings() -> list[dict[str, Any]]:
    """Ink on a sheet of 168 x 168 and what the network gets of it."""
    random = np.random.default_rng(0)
    found = []
    for width in (5, 12, 24):
        for _ in range(6):
            sheet = Image.new("L", (168, 168), 255)
            # Not so wide that Python might see two digits that touch.
            points = [tuple(point) for point in random.uniform((54, 30), (114, 138), (4, 2))]
            ImageDraw.Draw(sheet).line(points, 0, width, joint="curve")
            file = io.BytesIO()
            sheet.save(file, "png")
            file.seek(0)
            reading = read_digit(file.getvalue())
            ink = 255 - np.asarray(sheet)
            found.append({"ink": ink.ravel().tolist(), "pixels": reading.pixels.ravel().tolist()})
    return found


def numbers() -> dict[str, Any]:
    """Numbers of every size, and their shortest texts."""
    random = np.random.default_rng(1)
    doubles = random.standard_normal(400) * 10.0 ** random.integers(-30, 30, 400)
    singles = np.concatenate([doubles, [0.1, 1e-45, 3.4e38, 2**-126, 8388608.5, 0, -0.0]]).astype(np.float32)
    return {
        "singles": [float(number) for number in singles],
        "singleTexts": [str(number) for number in singles],
        "doubles": doubles.tolist(),
        "doubleTexts": [repr(float(number)) for number in doubles],
    }


def main() -> None:
    """Print them."""
    images, labels = draw_digits(120, seed=5)
    json.dump(
        {
            "networks": networks(images[:1].reshape(1, 784) / 255.0),
            "trainings": trainings(images, labels),
            "images": images.ravel().tolist(),
            "labels": labels.tolist(),
            "batches": BATCHES,
            "drawings": drawings(),
            "numbers": numbers(),
            "model": find_model("default").read_text(encoding="utf-8"),
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
