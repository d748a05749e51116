"""What is in a data set, in a table for people and as one object for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from mnist_ocr.report.exploration import Class, Part


def exploration_text(parts: Mapping[str, Part]) -> str:
    """A table of the ten digits for each part, and below it what would spoil a result."""
    return "\n\n".join("\n".join(_lines(name, part)) for name, part in parts.items())


def exploration_object(parts: Mapping[str, Part]) -> dict[str, Any]:
    """The same under the names of `Part` and `Class`, ready to be written as JSON."""
    return {
        name: {
            **asdict(part),
            "classes": {str(digit): asdict(figures) for digit, figures in enumerate(part.classes)},
        }
        for name, part in parts.items()
    }


def _lines(name: str, part: Part) -> list[str]:
    every = Class(part.images, 1.0, part.ink)
    lines = [
        f"{name} images",
        "digit    images     share  mean ink",
        *(_row(str(digit), figures) for digit, figures in enumerate(part.classes)),
        _row("all", every),
        "",
        f"{part.blank:>8,}  blank: all pixels the same",
        f"{part.duplicates:>8,}  duplicates: the same, pixel by pixel, as an earlier one",
        f"{part.contradictions:>8,}  of these with another label than the earlier one",
    ]
    if part.leaked is not None:
        lines.append(f"{part.leaked:>8,}  are among the training images, too")
    lines += [
        f"{part.never_lit:>8,}  of 784 pixels are never lit",
        f"{part.lowest:>4}-{part.highest}  are the values of the pixels",
    ]
    return lines


def _row(name: str, figures: Class) -> str:
    ink = "none" if figures.ink is None else f"{figures.ink:.4f}"
    return f"{name:<5}  {figures.images:>8,}  {100 * figures.share:6.2f} %  {ink:>8}"
