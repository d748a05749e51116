"""From colours, transparency and depth to one brightness a pixel.

Brightness is the luma of ITU-R BT.601 (Pillow's "L"), unless one colour channel shows the ink much
better: yellow on white, or red on green of the same luma, is nearly invisible in luma. A
transparent ground takes the colour that lets the ink be seen: white under dark ink, black under light ink.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.images.arrays import FloatArray

FULL_SCALES = (1.0, 255.0, 4095.0, 65535.0)
"""The usual whites of deep pictures: floats, 8, 12 and 16 bits."""

UNIFORM_SPREAD = 24.0
"""Standard deviation, of 255, below which the opaque pixels are ink alone: one pen, perhaps two pressures."""

CLEARER = 1.4
"""How many times more contrast than luma a single channel must show to be used: its noise is larger."""

LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601


def grey_from(image: Image.Image) -> tuple[FloatArray, tuple[str, ...]]:
    """Brightness of a picture in any of Pillow's modes.

    Returns:
        The brightness, shape (height, width), 0 black to 255 white, and what was decided, in sentences.
    """
    if image.mode in ("1", "L"):
        return np.asarray(image.convert("L"), dtype=np.float32), ()
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _from_deep(np.asarray(image, dtype=np.float64))
    if image.has_transparency_data:
        rgba = np.asarray(image.convert("RGBA"), dtype=np.float32)
        if rgba[..., 3].min() < 255:
            rgb, note = _without_alpha(rgba)
            grey, notes = _clearest_channel(rgb)
            return grey, (note, *notes)
    return _clearest_channel(np.asarray(image.convert("RGB"), dtype=np.float32))


def _from_deep(values: npt.NDArray[np.float64]) -> tuple[FloatArray, tuple[str, ...]]:
    """More than 8 bits: the smallest usual full scale that holds the values is white."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    white = next((scale for scale in FULL_SCALES if high <= scale), None)
    if low >= 0 and white is not None:
        return (values * (255 / white)).astype(np.float32), ()
    spread = (high - low) or 1.0
    grey = ((values - low) * (255 / spread)).astype(np.float32)
    return grey, (f"stretched brightness {low:g} .. {high:g} to 0 .. 255",)


def _without_alpha(rgba: FloatArray) -> tuple[FloatArray, str]:
    """Lay a transparent picture on a ground that shows its ink."""
    colour, alpha = rgba[..., :3], rgba[..., 3:] / 255
    weight = alpha[..., 0]
    total = float(weight.sum())
    if total == 0:
        return np.full_like(colour, 255), "everything in the picture is transparent"
    luma = colour @ LUMA
    mean = float((luma * weight).sum() / total)
    spread = float(np.sqrt((weight * (luma - mean) ** 2).sum() / total))
    if spread < UNIFORM_SPREAD or total < weight.size / 2:
        ground = np.full(3, 255.0 if mean < 128 else 0.0)
        note = f"transparent ground taken as {'white' if mean < 128 else 'black'}"
    else:  # a card with its own ground, and transparent corners
        opaque = colour[weight > 0.5]
        ground, note = np.median(opaque, axis=0), "transparent part filled with the colour of the ground"
    return (colour * alpha + ground * (1 - alpha)).astype(np.float32), note


def _clearest_channel(rgb: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    luma = rgb @ LUMA
    if np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(rgb[..., 1], rgb[..., 2]):
        return np.ascontiguousarray(rgb[..., 0]), ()  # exactly grey: keep its values to the last bit
    contrasts = [_contrast(rgb[..., channel]) for channel in range(3)]
    best = int(np.argmax(contrasts))
    if contrasts[best] > CLEARER * _contrast(luma):
        return np.ascontiguousarray(rgb[..., best]), (
            f"ink is clearest in the {('red', 'green', 'blue')[best]} channel",
        )
    return luma, ()


def _contrast(channel: FloatArray) -> float:
    """How far the rarer pixels lie from the common ones, whichever side they are on."""
    low, middle, high = np.percentile(channel[::4, ::4] if channel.size > 10_000 else channel, (1, 50, 99))
    return float(max(high - middle, middle - low))
