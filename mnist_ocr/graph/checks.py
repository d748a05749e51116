"""What is refused at the door of a network: NaN, text, arrays of the wrong shape, misspelled attributes.

The objects are made for playing, and a slip of the keyboard should be an error at once and not a strange
answer later. So whatever a person assigns or hands over is checked here, and the message names the node, the
edge or the layer that it was meant for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
"""A floating-point array."""

_PICTURE = 28 * 28
"""A list of whole numbers as long as this is taken for pixels; a short one was typed by hand."""


class Guarded:
    """A class with `__slots__` that names the likely attribute when an unknown one is assigned to."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        try:
            object.__setattr__(self, name, value)
        except AttributeError:
            if hasattr(type(self), name):  # it is there, and says itself what is wrong
                raise
            import difflib  # here, because it is only needed for a slip

            known = [attribute for attribute in dir(self) if not attribute.startswith("_")]
            likely = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {likely[0]!r}?" if likely else ""
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}") from None


class CheckedArray(np.ndarray[Any, Any]):
    """A view of parameters that refuses to take in what is not a finite number.

    Attributes:
        name: what the array is called in a message, such as `hidden[17].weights`.
    """

    name: str

    @classmethod
    def over(cls, array: Array, name: str) -> CheckedArray:
        """A view of `array`, in the same memory."""
        view = array.view(cls)
        view.name = name
        return view

    def __array_finalize__(self, source: object) -> None:
        self.name = getattr(source, "name", "array")

    def __setitem__(self, key: Any, numbers: Any) -> None:
        index = ", ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        super().__setitem__(key, finite(numbers, f"{self.name}[{index}]", self.dtype))

    def __array_wrap__(self, array: Array, context: Any = None, return_scalar: bool = False) -> Any:
        # What is computed from parameters is an ordinary array.
        return array[()] if array.ndim == 0 else array.view(np.ndarray)

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))


def finite(numbers: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """The numbers in the network's precision.

    Args:
        numbers: one number or an array of them.
        name: of the place that they are meant for.
        dtype: the precision.

    Raises:
        ValueError: one of them is not a finite number in this precision.
    """
    if isinstance(numbers, np.ndarray) and numbers.dtype == dtype:
        array: Any = numbers
    else:
        found = np.asarray(numbers)
        if found.dtype.kind not in "fiub":  # text, None, complex numbers, lists of unequal length
            raise ValueError(f"{name} = {numbers!r:.60}: expected a number")
        with np.errstate(over="ignore"):
            array = found.astype(dtype)
    if not np.isfinite(array).all():
        shown = f"{numbers!r:.60}" if array.ndim == 0 else "numbers that are not all finite"
        raise ValueError(f"{name} = {shown}: expected a finite {dtype.name} number")
    return array


def assign(cells: Array, numbers: Any, name: str) -> None:
    """Write into cells: one number for all of them, or an array of exactly their shape.

    Raises:
        ValueError: another shape, or a number that is not finite; the message begins with `name`.
    """
    array = finite(numbers, name, cells.dtype)
    if array.ndim and array.shape != cells.shape:
        raise ValueError(f"{name}: expected numbers of shape {cells.shape}, found {array.shape}")
    cells[...] = array


def as_images(images: ArrayLike, size: int, dtype: np.dtype[Any]) -> Array:
    """Images as rows, (images, size).

    Args:
        images: one image of `size` numbers in any shape, or several, (images, …).
        size: of the input layer.
        dtype: the network's precision.

    Raises:
        ValueError: the shape does not fit, a number is not finite, or they are pixels of 0 to 255.
    """
    if isinstance(images, str | bytes):
        raise ValueError(
            f"an image is numbers, found the text {images!r:.60}; to read a picture file: "
            "mnist_ocr.images.read_digit(path).pixels / 255"
        )
    array = np.asarray(images)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"images of type {array.dtype}: expected numbers")
    typed = isinstance(images, np.ndarray) or size >= _PICTURE
    if array.dtype == np.uint8 or (array.dtype.kind in "iu" and typed and array.max(initial=0) > 1):
        raise ValueError(
            f"images of whole numbers ({array.dtype}), such as bytes of 0 to 255: the network takes numbers "
            "from 0 to 1: divide by 255"
        )
    rows = np.ascontiguousarray(array, dtype)
    if rows.size == size:
        rows = rows.reshape(1, size)
    elif rows.size and rows.ndim:
        rows = rows.reshape(len(rows), -1)
    if rows.ndim != 2 or rows.shape[1] != size or len(rows) == 0:
        raise ValueError(
            f"images of shape {array.shape} for layer 'input': expected ({size},) for one image or "
            f"(images, {size})"
        )
    if not np.isfinite(rows).all():
        row, column = np.argwhere(~np.isfinite(rows))[0]
        raise ValueError(f"image {row}, input {column} is {rows[row, column]}: expected a finite number")
    return rows


def as_targets(targets: ArrayLike, images: int, size: int, dtype: np.dtype[Any]) -> Array:
    """Targets as rows, (images, size).

    Args:
        targets: a label for each image, (images,) whole numbers, or a row for each.
        images: of the last `forward`.
        size: of the output layer.
        dtype: the network's precision.

    Raises:
        ValueError: the shape does not fit, or a number is not finite or no label.
    """
    array = np.asarray(targets)
    if array.dtype.kind not in "fiub":
        raise ValueError(f"targets of type {array.dtype}: expected numbers")
    # A single output node has no labels to choose from: 0 and 1 are then the values it should have.
    if size > 1 and array.ndim < 2 and array.dtype.kind in "iu" and array.size == images:
        labels = array.reshape(-1)
        wrong = [label for label in labels.tolist() if not 0 <= label < size]
        if wrong:
            raise ValueError(f"label {wrong[0]}: expected 0 to {size - 1}, one for each output node")
        one_hot: Array = np.eye(size, dtype=dtype)[labels]
        return one_hot
    rows = np.asarray(array, dtype)
    if rows.size != images * size or rows.ndim > 2:
        raise ValueError(
            f"targets of shape {array.shape} for layer 'output': expected {images} whole numbers below "
            f"{size}, or ({images}, {size})"
        )
    if not np.isfinite(rows).all():
        raise ValueError("targets: expected finite numbers")
    return rows.reshape(images, size)


def as_sizes(sizes: Sequence[int]) -> list[int]:
    """The sizes of all layers as whole numbers.

    Raises:
        ValueError: they make no network.
    """
    numbers = list(sizes)
    if len(numbers) < 2 or not all(isinstance(n, int | np.integer) and n > 0 for n in numbers):
        raise ValueError(
            f"sizes {numbers}: expected at least two positive whole numbers, as in [784, 128, 10]"
        )
    return [int(n) for n in numbers]
