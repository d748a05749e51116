"""Drawing with characters: the 28 x 28 picture and the bars, on any terminal and in any file.

A terminal that shows colours gets real greys, two pixel rows in each line of text. A pipe, a file or a
terminal without colours gets shades, and one that knows no Unicode gets letters and signs.
"""

from __future__ import annotations

import os
from typing import TextIO

import numpy as np
import numpy.typing as npt

_SHADES = " ░▒▓█"
_SIGNS = " .:+#"
_LINES = ("+", "─", "│")
_LINES_IN_SIGNS = ("+", "-", "|")
_BLACK = 232
"""The darkest of the 24 greys, 232 to 255, of a terminal with 256 colours."""


def knows_colours(stream: TextIO) -> bool:
    """Whether greys may be sent there: to a terminal, or as NO_COLOR or FORCE_COLOR say (no-color.org)."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def knows_blocks(stream: TextIO) -> bool:
    """Whether the characters that bars and shades are made of can be written there."""
    try:
        (_SHADES + "▀▏").encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def draw_picture(pixels: npt.NDArray[np.uint8], stream: TextIO) -> str:
    """The picture as lines of text, white ink on a dark ground, as good as the stream can show it.

    Args:
        pixels: (height, width), 0 background, 255 full ink.
        stream: where the text will be printed.
    """
    if not knows_blocks(stream):
        return _in_shades(pixels, _SIGNS, _LINES_IN_SIGNS)
    if not knows_colours(stream):
        return _in_shades(pixels, _SHADES, _LINES)
    greys = _BLACK + pixels.astype(int) * 23 // 255
    lines = []
    for upper, lower in zip(greys[::2], greys[1::2], strict=True):
        cells = (f"\x1b[38;5;{top};48;5;{bottom}m▀" for top, bottom in zip(upper, lower, strict=True))
        lines.append("".join(cells) + "\x1b[0m")
    return "\n".join(lines)


def _in_shades(pixels: npt.NDArray[np.uint8], shades: str, frame: tuple[str, str, str]) -> str:
    corner, horizontal, vertical = frame
    levels = pixels.astype(int) * len(shades) // 256
    edge = corner + horizontal * 2 * pixels.shape[1] + corner
    # Each pixel is two characters wide, because characters are about twice as high as wide.
    rows = [vertical + "".join(shades[level] * 2 for level in row) + vertical for row in levels]
    return "\n".join([edge, *rows, edge])


def draw_bar(part: float, width: int, stream: TextIO) -> str:
    """A bar of at most `width` characters for a part between 0 and 1, to an eighth of a character."""
    eighths = round(part * width * 8)
    if not knows_blocks(stream):
        return "#" * round(part * width)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()
