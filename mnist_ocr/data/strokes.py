"""From the points of a glyph to the curve that the pen follows.

Between two neighbours p1 and p2 of the points p0 p1 p2 p3 the curve is a Catmull-Rom spline: a cubic
that passes through p1 and p2, and whose direction at each of them is that from the point before to the
point after. Where a stroke ends or turns at a corner, the missing neighbour is the reflected one.

Every place on such a curve is a fixed linear combination of the points. So all places along the pen's
way are one matrix times the points, and a thousand digits in a thousand hands one batched product.

Source: E. Catmull and R. Rom, "A class of local interpolating splines", Computer Aided Geometric
Design, 1974.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.data.glyphs import Glyph
from mnist_ocr.errors import InputError

PLACES = 128
"""Places along the pen's way at which a glyph is evaluated: under a pixel apart in a 20-pixel digit."""


@dataclass(frozen=True)
class StrokeTable:
    """A list of glyphs as arrays, padded with zeros to the size of the largest one.

    Attributes:
        poses: (glyphs, poses, points, 2), where each pose has its points: x, y, the height being 1.
        posed: (glyphs, poses), whether the glyph has that pose.
        curves: (glyphs, PLACES, points), the matrix from points to places along the pen's way.
        drawn: (glyphs, PLACES), whether the pen draws from this place to the next one (or jumps there).
        spreads: (glyphs,), the `spread` of each glyph.
    """

    poses: NDArray[np.float32]
    posed: NDArray[np.bool_]
    curves: NDArray[np.float32]
    drawn: NDArray[np.bool_]
    spreads: NDArray[np.float32]

    @classmethod
    def of(cls, glyphs: Sequence[Glyph]) -> StrokeTable:
        """Read the poses of `glyphs`, which is not empty.

        Raises:
            InputError: two poses of one glyph differ in their strokes, corners or number of points.
        """
        poses = [np.stack([_points(pose) for pose in _comparable(glyph)]) for glyph in glyphs]
        height, width = max(len(each) for each in poses), max(each.shape[1] for each in poses)
        table = cls(
            poses=np.zeros((len(glyphs), height, width, 2), np.float32),
            posed=np.zeros((len(glyphs), height), np.bool_),
            curves=np.zeros((len(glyphs), PLACES, width), np.float32),
            drawn=np.ones((len(glyphs), PLACES), np.bool_),
            spreads=np.array([glyph.spread for glyph in glyphs], np.float32),
        )
        for row, (glyph, own) in enumerate(zip(glyphs, poses, strict=True)):
            table.poses[row, : len(own), : own.shape[1]] = own
            table.posed[row, : len(own)] = True
            curve, jumps = _curve(_runs(glyph.poses[0]), own.mean(axis=0))
            table.curves[row, :, : own.shape[1]] = curve
            table.drawn[row, jumps] = False
        return table


def catmull_rom(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of p0, p1, p2, p3 at each of `times`, from 0 at p1 to 1 at p2: shape (times, 4)."""
    t = times[:, np.newaxis]
    powers = np.hstack([t**0, t, t**2, t**3])
    cubics = np.array([[0, 1, 0, 0], [-0.5, 0, 0.5, 0], [1, -2.5, 2, -0.5], [-0.5, 1.5, -1.5, 0.5]])
    weights: NDArray[np.float64] = powers @ cubics
    return weights


def _comparable(glyph: Glyph) -> tuple[str, ...]:
    """The poses of `glyph`, once it is sure that a mixture of them means something."""
    runs = [_runs(pose) for pose in glyph.poses]
    for number, other in enumerate(runs):
        if other != runs[0]:
            raise InputError(
                f"glyph {glyph.digit} {glyph.name!r}: all poses need the same strokes, corners and number of "
                f"points; from stop to stop of the pen, pose 0 has points {runs[0]}, pose {number} {other}"
            )
    return glyph.poses


def _points(pose: str) -> NDArray[np.float64]:
    """The points of one pose, shape (points, 2), in units of the height."""
    places = pose.replace("|", " ").replace("!", " ").split()
    return np.array([[float(number) for number in place.split(",")] for place in places]) / 100


def _runs(pose: str) -> list[list[int]]:
    """The numbers of the points between two stops of the pen; a corner ends one run and begins the next."""
    runs: list[list[int]] = []
    point = 0
    for stroke in pose.split("|"):
        runs.append([])
        for place in stroke.split():
            runs[-1].append(point)
            if place.endswith("!"):
                runs.append([point])
            point += 1
    return runs


def _curve(
    runs: list[list[int]], points: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The matrix (PLACES, points) that lays the curve, and the places after which the pen does not draw.

    The places are shared out over the stretches by their length in `points`.
    """
    fours: list[NDArray[np.float64]] = []
    for run in runs:
        own = np.eye(len(points))[run]
        before, after = 2 * own[:1] - own[1:2], 2 * own[-1:] - own[-2:-1]
        extended = np.vstack([before, own, after])
        fours += [extended[first : first + 4] for first in range(len(run) - 1)]
    lengths = [float(np.linalg.norm((four[2] - four[1]) @ points)) for four in fours]
    ends = np.rint(np.cumsum([0.0, *lengths]) / sum(lengths) * PLACES).astype(np.intp)
    stretches = zip(fours, np.diff(ends), strict=True)
    return np.vstack([catmull_rom(np.linspace(0, 1, n)) @ four for four, n in stretches]), ends[1:] - 1
