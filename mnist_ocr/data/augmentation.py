"""Showing the network each image a little differently every time: it shall learn the digit, not the picture.

Every entry of `AUGMENTATIONS` takes a stack of images and writes what the network shall see, scaled to 0..1,
into a buffer that the training loop owns; no array is made for a single image. They differ in strength:
"shift" costs next to nothing and suits a short training; "full" takes many epochs to be learned, and
is what makes a network read the digits of people who are not in its data set. "strong" goes further still,
and only networks with many nodes learn more from it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.distortion import Distortion

Pixels = npt.NDArray[np.uint8]
Inputs = npt.NDArray[np.floating]
Augmentation = Callable[[Pixels, np.random.Generator, Inputs], None]


def as_inputs(images: Pixels, out: Inputs | None = None) -> Inputs:
    """Scale pixels to what a network takes: (images, 28, 28) of 0..255 -> (images, 784) of 0..1."""
    rows = images.reshape(len(images), -1)
    if out is None:
        out = np.empty(rows.shape, np.float32)
    np.divide(rows, 255, out=out, dtype=out.dtype)
    return out


def _none(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    as_inputs(images, out)


def _shift(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    """Move each image by -1, 0 or +1 pixel in both directions; what comes in from outside is background."""
    count, height, width = images.shape
    framed = np.zeros((count, height + 2, width + 2), np.uint8)
    framed[:, 1:-1, 1:-1] = images
    windows = np.lib.stride_tricks.sliding_window_view(framed, (height, width), axis=(1, 2))
    down, right = generator.integers(0, 3, (2, count))
    as_inputs(windows[np.arange(count), down, right], out)


_STRONG = Distortion(
    rotation=12,
    slant=0.25,
    scale=0.12,
    stretch=0.25,
    shift=1.5,
    elastic=1.2,
    thickening=0.4,
    thinning=0.4,
    blur=0.3,
)

AUGMENTATIONS: dict[str, Augmentation] = {
    "none": _none,
    "shift": _shift,
    "full": Distortion(),
    "strong": _STRONG,
}
