"""What differs between two networks: in their layers, in their numbers, and in what they answer.

The first network is called A and the second B; a change is what leads from A to B. Numbers are compared where
both networks have the same layers: then every weight of one has its counterpart in the other. Answers are
compared in any case, image by image: an image *changes sides* where only one of the two reads it correctly.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.data import Dataset
from mnist_ocr.errors import printable
from mnist_ocr.graph import Layer, Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.modelfile import shortest
from mnist_ocr.report.answer import ask_all, percent
from mnist_ocr.report.pictures import for_and_against, gallery

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LISTED = 10
"""Images of each kind that are named one by one."""

DRAWN = 24
"""Nodes, and images, that are drawn at most."""


@dataclass(frozen=True)
class Change:
    """A number that is another one in B.

    Attributes:
        path: of the number in both files, such as `layers[1].nodes[17].weights[406]`.
        before, after: as the files show them.
    """

    path: str
    before: str
    after: str

    @property
    def by(self) -> Decimal:
        """How far it moved, exactly: the difference of the numbers as they are shown."""
        return Decimal(self.after) - Decimal(self.before)


@dataclass(frozen=True)
class Sides:
    """What two networks say about the same images.

    Attributes:
        images: (count, 28, 28).
        labels: (count,).
        said: (2, count), the answers of A and of B.
        source: where the images come from, in words.
    """

    images: npt.NDArray[np.uint8]
    labels: list[str]
    said: tuple[list[str], list[str]]
    source: str

    def right(self, which: int) -> npt.NDArray[np.bool_]:
        """Which images a network reads correctly, (count,); 0 for A, 1 for B."""
        return np.array([said == label for said, label in zip(self.said[which], self.labels, strict=True)])

    def only(self, which: int) -> list[int]:
        """The images that only this network reads correctly."""
        found: list[int] = np.flatnonzero(self.right(which) & ~self.right(1 - which)).tolist()
        return found

    def otherwise(self) -> int:
        """How many images both read wrong, and not as the same."""
        different = np.array([a != b for a, b in zip(*self.said, strict=True)])
        return int((different & ~self.right(0) & ~self.right(1)).sum())


def plan(network: Network) -> tuple[Any, ...]:
    """What has to be the same for two networks to be compared number by number."""
    return tuple(network.sizes), tuple(network.activations)


def _changes(a: Layer, b: Layer) -> tuple[Array, Array]:
    """What was added to weights and biases from one layer to the other, in double precision."""
    return (
        np.asarray(b.weights, np.float64) - np.asarray(a.weights, np.float64),
        np.asarray(b.biases, np.float64) - np.asarray(a.biases, np.float64),
    )


def changed_numbers(first: Network, second: Network) -> int:
    """How many numbers differ; the networks have the same sizes."""
    return int(np.count_nonzero(first.parameters != second.parameters))


def largest_changes(first: Network, second: Network, most: int) -> list[Change]:
    """The numbers that moved furthest, furthest first; the networks have the same sizes."""
    found: list[tuple[float, Change]] = []
    for a, b in zip(first.layers[1:], second.layers[1:], strict=True):
        weights, biases = _changes(a, b)
        for what, changes in (("weights", weights), ("bias", biases)):
            order = np.argsort(-np.abs(changes), axis=None, kind="stable")[:most]
            for place in order[changes.flat[order] != 0].tolist():
                node, *source = map(int, np.unravel_index(place, changes.shape))
                path = f"layers[{a.index}].nodes[{node}].{what}" + (f"[{source[0]}]" if source else "")
                before, after = (_shown(layer, node, *source) for layer in (a, b))
                found.append((abs(float(changes.flat[place])), Change(path, before, after)))
    found.sort(key=lambda pair: -pair[0])
    return [change for _, change in found[:most]]


def _shown(layer: Layer, node: int, source: int | None = None) -> str:
    """A bias, or the weight from a source, as the model file shows it."""
    number = layer.biases[node] if source is None else layer.weights[node, source]
    return shortest(np.asarray(number).reshape(1))[0]


def ask_both(first: Network, second: Network, dataset: Dataset) -> Sides:
    """Ask both networks about every image.

    Raises:
        InputError: one of them does not read digits.
    """
    said = [[str(answer.digit) for answer in ask_all(network, dataset.images)] for network in (first, second)]
    return Sides(dataset.images, [str(label) for label in dataset.labels], (said[0], said[1]), dataset.source)


def origin(first: Network, second: Network) -> str | None:
    """Whether the header of one says that it came from the other, in words."""
    for name, other, (child, parent) in (("B", "A", (second, first)), ("A", "B", (first, second))):
        record, known = child.metadata.get("training"), parent.metadata.get("training")
        while known and isinstance(record, dict) and "from" in record:
            record = record["from"]
            if record == known:
                return f"{name} came from {other}: its file says so"
    return None


# In words.


def difference_text(first: Network, second: Network, top: int) -> str:
    """What differs in layers, names and numbers, the largest changes by their paths."""
    lines = [f"A  {first!r}", f"B  {second!r}"]
    came = origin(first, second)
    lines += [came] if came else []
    if plan(first) != plan(second):
        return "\n".join([*lines, "", "The layers are others, so no number of A has its counterpart in B."])
    lines += _names(first, second)
    changed, count = changed_numbers(first, second), first.parameters.size
    if not changed:
        return "\n".join([*lines, "", f"All {count:,} numbers are the same."])
    lines += ["", f"{changed:,} of {count:,} numbers differ ({percent(changed / count)})", ""]
    width = max(len(printable(layer.name)) for layer in first.layers[1:])
    for a, b in zip(first.layers[1:], second.layers[1:], strict=True):
        weights, biases = _changes(a, b)
        moved = ", ".join(
            f"{np.count_nonzero(numbers):,} of {numbers.size:,} {what}"
            for what, numbers in (("weights", weights), ("biases", biases))
        )
        largest = max(np.abs(weights).max(), np.abs(biases).max())
        lines.append(f"  {printable(a.name):<{width}}  {moved}, by up to {largest:.4g}")
    changes = largest_changes(first, second, top)
    lines += ["", "The largest changes:"]
    widths = [
        max(map(len, column)) for column in zip(*((c.path, c.before, c.after) for c in changes), strict=True)
    ]
    lines += [
        f"  {c.path:<{widths[0]}}  {c.before:>{widths[1]}} -> {c.after:>{widths[2]}}  ({c.by:+f})"
        for c in changes
    ]
    return "\n".join(lines)


def _names(first: Network, second: Network) -> list[str]:
    lines = []
    for a, b in zip(first.layers, second.layers, strict=True):
        if a.name != b.name:
            lines.append(f"layers[{a.index}] is called {printable(a.name)} in A, {printable(b.name)} in B")
        indices = sorted(a.node_names.keys() | b.node_names.keys())
        others = sum(a.node_names.get(index) != b.node_names.get(index) for index in indices)
        if others:
            lines.append(f"{others:,} nodes of layers[{a.index}] have other names")
    return lines


def sides_text(sides: Sides) -> str:
    """The accuracy of both, and which images changed sides."""
    count = len(sides.labels)
    right = [int(sides.right(which).sum()) for which in (0, 1)]
    lines = [f"Asked about {printable(sides.source)}, {count:,} images:"]
    lines += [
        f"  {name} reads {100 * number / count:.2f} % ({count - number:,} wrong)"
        for name, number in zip("AB", right, strict=True)
    ]
    only = [sides.only(which) for which in (0, 1)]
    moved = len(only[0]) + len(only[1])
    lines.append(
        f"  {moved:,} images changed sides: {len(only[0]):,} are read by A only, {len(only[1]):,} by B only; "
        f"{sides.otherwise():,} are read wrong by both, and not as the same"
    )
    for name, indices in zip("AB", only, strict=True):
        if indices:
            lines += ["", f"Read by {name} only:"]
        for index in indices[:LISTED]:
            a, b = (said[index] for said in sides.said)
            lines.append(f"  image {index}: a {sides.labels[index]}, A says {a}, B says {b}")
        if len(indices) > LISTED:
            lines.append(f"  and {len(indices) - LISTED:,} more")
    return "\n".join(lines)


def difference_object(first: Network, second: Network, sides: Sides | None, top: int) -> dict[str, Any]:
    """The same ready to be written as JSON; null where it cannot be compared."""
    same = plan(first) == plan(second)
    return {
        "networks": [repr(first), repr(second)],
        "same_layers": same,
        "numbers": first.parameters.size if same else None,
        "changed": changed_numbers(first, second) if same else None,
        "largest": [
            {"path": change.path, "before": float(change.before), "after": float(change.after)}
            for change in (largest_changes(first, second, top) if same else [])
        ],
        "answers": sides
        and {
            "source": sides.source,
            "images": len(sides.labels),
            "accuracy": [float(sides.right(which).mean()) for which in (0, 1)],
            "only": [sides.only(which) for which in (0, 1)],
        },
    }


# As a picture.


def draw_difference(first: Network, second: Network, sides: Sides | None) -> Figure:
    """Draw how the nodes above the pixels changed, most changed first, and the images that changed sides."""
    pictures: list[npt.NDArray[np.float64]] = []
    names: list[str] = []
    a, b = first.layers[1], second.layers[1]
    if plan(first) == plan(second) and first.input.size == 784:
        weights = _changes(a, b)[0]
        most = np.argsort(-np.linalg.norm(weights, axis=1), kind="stable")[:DRAWN].tolist()
        scale = float(np.abs(weights).max()) or 1.0
        for node in most:
            if weights[node].any():
                colours = for_and_against()((weights[node].reshape(28, 28) / scale + 1) / 2)
                pictures.append(np.asarray(colours)[..., :3])
                names.append(a.nodes[node].name)
    for which in (0, 1) if sides else ():
        assert sides is not None
        for index in sides.only(which)[: DRAWN // 2]:
            grey = sides.images[index] / 255
            pictures.append(np.stack([grey, grey, grey], axis=-1))
            names.append(f"{sides.labels[index]}: A {sides.said[0][index]}, B {sides.said[1][index]}")
    words = "weights that grew (blue) or shrank (orange), and images that changed sides"
    title = f"From A to B: {words if pictures else 'nothing to draw differs'}"
    figure, _ = gallery(title, pictures, names, 8)
    return figure
