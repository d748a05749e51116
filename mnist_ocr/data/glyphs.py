"""Glyphs: the ways in which people write the ten digits, as curves that a pen follows.

A *glyph* is one way of writing one digit, such as "7, barred": a few strokes of a pen, each a list of
points. Nobody writes the same digit twice, so a glyph has several *poses*, the same strokes in different
proportions; a synthetic digit is a random mixture of them. The glyphs are in `glyphs.json`, which a person
can read and extend; its first lines say how. They were written by hand, after people's digits.

Between two neighbours p1 and p2 of the points p0 p1 p2 p3 the curve is a Catmull-Rom spline: a cubic that
passes through p1 and p2, and whose direction at a point is parallel to the line between its two neighbours
(E. Catmull and R. Rom, "A class of local interpolating splines", Computer Aided Geometric Design, 1974).
Where a stroke ends or has a corner, the missing neighbour is the other one, reflected. Every position on such
a curve is a fixed linear combination of the points. So all positions are one matrix times the points, and the
curves of a thousand digits are one batched product.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.data.dataset import DataError
from mnist_ocr.errors import one_line

GLYPHS_FILE = Path(__file__).with_name("glyphs.json")

SIGNS_FILE = Path(__file__).with_name("signs.json")
"""Signs and letters that look like no digit, in the same form: see `outliers`."""

POSITIONS = 128
"""Positions at which a curve is evaluated: less than a pixel apart in a digit of 20 pixels."""

_FIELDS = ("digit", "name", "weight", "spread", "poses")
_POINT = re.compile(r"(-?\d{1,3}(?:\.\d{1,3})?),(-?\d{1,3}(?:\.\d{1,3})?)(!?)")

Runs = list[list[int]]
"""The indices of the points of each smooth curve; at a corner one run ends and the next begins."""


@dataclass(frozen=True)
class Glyph:
    """One way of writing one digit.

    Attributes:
        digit: 0 to 9, or None for a sign that is no digit (`signs.json`).
        name: of this way of writing it, for people.
        weight: how often it is used, relative to the other glyphs of the same digit.
        poses: extremes between which it varies; all with the same strokes, corners and number of points.
        spread: standard deviation of the random displacement of each point, in heights of the digit.

    Raises:
        DataError: a value is wrong; the message begins with the name of the attribute.
    """

    digit: int | None
    name: str
    weight: float
    poses: tuple[str, ...]
    spread: float = 0.035

    def __post_init__(self) -> None:
        """Check the values."""
        if self.digit is not None and (type(self.digit) is not int or not 0 <= self.digit <= 9):
            _refuse("digit", "a whole number from 0 to 9, or null for a sign that is no digit", self.digit)
        if not isinstance(self.name, str):
            _refuse("name", "text", self.name)
        for field, low in (("weight", 0.001), ("spread", 0)):
            number = getattr(self, field)
            if type(number) not in (int, float) or not low <= number <= 1000:
                _refuse(field, f"a number from {low:g} to 1000", number)
        if not isinstance(self.poses, tuple) or not self.poses:
            _refuse("poses", "at least one pose", self.poses)
        runs = [parse_pose(pose, f"poses[{number}]")[1] for number, pose in enumerate(self.poses)]
        for number, other in enumerate(runs):
            if other != runs[0]:
                raise DataError(
                    f"poses[{number}]: all poses need the same strokes, corners and number of points; "
                    f"the curves of poses[0] have the points {runs[0]}, those of poses[{number}] {other}"
                )


def load_glyphs(path: Path = GLYPHS_FILE) -> list[Glyph]:
    """Read a file of glyphs.

    Raises:
        DataError: it cannot be read, or something in it is wrong; the message says where.
    """
    try:
        document: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON: {error}") from error
    entries = document.get("glyphs") if isinstance(document, dict) else None
    if not isinstance(entries, list) or not entries:
        raise DataError(f"{path}: glyphs: expected a list of ways of writing digits")
    glyphs = []
    for number, entry in enumerate(entries):
        where = f"{path}: glyphs[{number}]"
        if not isinstance(entry, dict) or set(entry) != set(_FIELDS):
            found = list(entry) if isinstance(entry, dict) else entry
            _refuse(where, f"the fields {', '.join(_FIELDS)}", found)
        poses = entry["poses"]
        try:
            glyphs.append(Glyph(**{**entry, "poses": tuple(poses) if isinstance(poses, list) else poses}))
        except DataError as error:
            raise DataError(f"{where}.{error}") from None
    return glyphs


def _refuse(field: str, expected: str, found: object) -> NoReturn:
    raise DataError(f"{field}: expected {expected}, found {one_line(repr(found), 80)}")


def parse_pose(pose: str, where: str) -> tuple[NDArray[np.float64], Runs]:
    """The points of a pose, (points, 2) in heights of the digit, and the runs that they form.

    Raises:
        DataError: it is not a pose; the message begins with `where`.
    """
    if not isinstance(pose, str):
        _refuse(where, 'points such as "50,0 50,100"', pose)
    points: list[tuple[float, float]] = []
    runs: Runs = []
    for stroke in pose.split("|"):
        runs.append([])
        for written in stroke.split():
            found = _POINT.fullmatch(written)
            if found is None:
                _refuse(f"{where}, point {len(points)}", "x,y such as 54,1 or 54,1!", written)
            runs[-1].append(len(points))
            if found[3]:
                runs.append([len(points)])
            points.append((float(found[1]), float(found[2])))
    if min(map(len, runs)) < 2 or len(set(points)) < 2:
        _refuse(where, "two points or more in each curve, not all the same", pose)
    return np.array(points) / 100, runs


@dataclass(frozen=True)
class StrokeTable:
    """A list of glyphs as arrays, padded with zeros to the size of the largest one.

    Attributes:
        poses: (glyphs, poses, points, 2), x and y of the points of each pose, in heights of the digit.
        has_pose: (glyphs, poses), whether the glyph has that pose.
        curves: (glyphs, POSITIONS, points), the matrix from the points to the positions on the curve.
        pen_down: (glyphs, POSITIONS), whether the pen draws from this position to the next one.
        spreads: (glyphs,), the `spread` of each glyph.
    """

    poses: NDArray[np.float32]
    has_pose: NDArray[np.bool_]
    curves: NDArray[np.float32]
    pen_down: NDArray[np.bool_]
    spreads: NDArray[np.float32]

    @classmethod
    def of(cls, glyphs: Sequence[Glyph]) -> StrokeTable:
        """The table of at least one glyph."""
        parsed = [[parse_pose(pose, glyph.name) for pose in glyph.poses] for glyph in glyphs]
        poses = [np.stack([points for points, _ in each]) for each in parsed]
        most_poses, most_points = max(len(each) for each in poses), max(each.shape[1] for each in poses)
        table = cls(
            poses=np.zeros((len(glyphs), most_poses, most_points, 2), np.float32),
            has_pose=np.zeros((len(glyphs), most_poses), np.bool_),
            curves=np.zeros((len(glyphs), POSITIONS, most_points), np.float32),
            pen_down=np.ones((len(glyphs), POSITIONS), np.bool_),
            spreads=np.array([glyph.spread for glyph in glyphs], np.float32),
        )
        for row, own in enumerate(poses):
            _, runs = parsed[row][0]
            table.poses[row, : len(own), : own.shape[1]] = own
            table.has_pose[row, : len(own)] = True
            curve, jumps = _curve(runs, own.mean(axis=0))
            table.curves[row, :, : own.shape[1]] = curve
            table.pen_down[row, jumps] = False
        return table


def catmull_rom(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of p0, p1, p2, p3 at each of `times`, from 0 at p1 to 1 at p2: shape (times, 4)."""
    t = times[:, np.newaxis]
    powers = np.hstack([t**0, t, t**2, t**3])
    cubics = np.array([[0, 1, 0, 0], [-0.5, 0, 0.5, 0], [1, -2.5, 2, -0.5], [-0.5, 1.5, -1.5, 0.5]])
    weights: NDArray[np.float64] = powers @ cubics
    return weights


def _curve(runs: Runs, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """The matrix (POSITIONS, points) of the curve, and the positions after which the pen jumps or turns.

    The number of positions between two points is proportional to their distance in `points`.
    """
    fours: list[NDArray[np.float64]] = []
    for run in runs:
        own = np.eye(len(points))[run]
        before, after = 2 * own[:1] - own[1:2], 2 * own[-1:] - own[-2:-1]
        extended = np.vstack([before, own, after])
        fours += [extended[first : first + 4] for first in range(len(run) - 1)]
    lengths = [float(np.linalg.norm((four[2] - four[1]) @ points)) for four in fours]
    ends = np.rint(np.cumsum([0.0, *lengths]) / sum(lengths) * POSITIONS).astype(np.intp)
    stretches = zip(fours, np.diff(ends), strict=True)
    return np.vstack([catmull_rom(np.linspace(0, 1, n)) @ four for four, n in stretches]), ends[1:] - 1
