"""What is refused at the door of a network: NaN, text, arrays of the wrong shape, misspelled attributes.

The objects are made for playing, and a slip of the keyboard should be an error at once and not a strange
answer later. So whatever a person assigns or hands over is checked here, and the message names the node, the
edge or the layer that it was meant for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[Any]
"""A floating-point array."""

_PICTURE = 28 * 28
"""A list of whole numbers as long as this is taken for pixels; a short one was typed by hand."""


class Guarded:
    """A class with `__slots__` whose structure is fixed once it is made.

    An attribute in `_fixed` is set by `_fix` only, and not by assignment. Where an unknown attribute is
    assigned to, the error names the likely one.
    """

    __slots__ = ()
    _fixed: frozenset[str] = frozenset()

    def _fix(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def __setstate__(self, state: Any) -> None:
        for name, value in state[1].items():  # as Python saves objects with slots: (None, their values)
            self._fix(name, value)

    def __setattr__(self, name: str, value: object) -> None:
        if name in self._fixed:
            raise AttributeError(f"{name} of {self!r:.80} cannot be changed: make another network")
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

    That holds for assigning to a part of it and for `+=` and its like; not for NumPy's other ways to write.

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
        where = self.name if key is Ellipsis else f"{self.name}[{index:.40}]"
        super().__setitem__(key, finite(numbers, where, self.dtype))

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: tuple[Any, ...] | None = None, **options: Any
    ) -> Any:
        # What is computed from parameters is an ordinary array; what `+=` and its like would write is checked
        # before it is written.
        plain = [array.view(np.ndarray) if isinstance(array, CheckedArray) else array for array in inputs]
        if out is None or not isinstance(out[0], CheckedArray):
            return getattr(ufunc, method)(*plain, **({} if out is None else {"out": out}), **options)
        with np.errstate(all="ignore"):
            result = getattr(ufunc, method)(*plain, **options)
        out[0][...] = result
        return out[0]

    def __repr__(self) -> str:
        return repr(self.view(np.ndarray))


def one_finite(number: Any, name: str, dtype: np.dtype[Any]) -> Any:
    """A single number in the network's precision; otherwise as `finite`."""
    found = finite(number, name, dtype)
    if np.ndim(found):
        raise ValueError(f"{name} = {number!r:.60}: expected one number")
    return found


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
        found = _as_array(numbers)
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
    array = _as_array(images)
    if array.dtype.kind not in "fiub":
        hint = "; its pixels / 255 are one" if hasattr(images, "pixels") else ""
        raise ValueError(f"an image: expected numbers, found {type(images).__name__}{hint}")
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
    typed = isinstance(images, np.ndarray) or size >= _PICTURE
    if array.dtype == np.uint8 or (array.dtype.kind in "iu" and typed and array.max() > 1):
        raise ValueError(
            f"images of whole numbers ({array.dtype}), such as bytes of 0 to 255: the network takes numbers "
            "from 0 to 1: divide by 255"
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
    array = _as_array(targets)
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
    numbers = list(sizes) if isinstance(sizes, Iterable) else [sizes]
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) and n > 0 for n in numbers)
    if len(numbers) < 2 or not whole:
        raise ValueError(
            f"sizes {numbers}: expected at least two positive whole numbers, as in [784, 128, 10]"
        )
    return [int(n) for n in numbers]


def _as_array(numbers: Any) -> Array:
    """As NumPy has it; lists of unequal length, which it has no array for, as an array of objects."""
    try:
        return np.asarray(numbers)
    except ValueError:
        return np.array(None)
