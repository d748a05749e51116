"""Where files are written: never over another one unasked, and found out before the work."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from mnist_ocr.errors import InputError
from mnist_ocr.files import draft_of, is_folder, is_same_file, is_there, was_read, whole_file
from mnist_ocr.modelfile import models_folder


def outputs(output: Path, *, curves: bool) -> list[Path]:
    """The files that a training leaves: the network, and with `--curves` a table and a picture beside it."""
    beside = [output.with_name(f"{output.stem}-{name}") for name in ("history.csv", "curves.png")]
    return [output, *beside] if curves else [output]


def names_for(sizes: Sequence[int], *, curves: bool) -> Iterator[Path]:
    """Names for a network that nothing has yet, in models/, or in the current folder where that is locked.

    Args:
        sizes: of the network's layers; the name is made of them.
        curves: whether files beside it need a name, too.

    Raises:
        InputError: neither can be written to.
    """
    path = models_folder() / f"my-{'-'.join(map(str, sizes))}.json"
    try:
        _try_writing("--output", free_name(path, curves=curves))
    except InputError:  # an installed program may not write beside itself
        path = Path(path.name)
        _try_writing("--output", free_name(path, curves=curves))
    yield from _free_names(path, curves=curves)


def require_new_file(option: str, path: Path, *, overwrite: bool, reads: Iterable[str | Path] = ()) -> None:
    """Make sure that a file can be written, and that none is lost by it unasked.

    Args:
        option: that names the file, for the message.
        path: of the file; its folder is made.
        overwrite: whether the file may be there already.
        reads: files that the command reads, and folders of such files; none of them is ever written over.
    """
    if any(_is_read(path, read) for read in reads):
        raise _is_read_error(option, path)
    _try_writing(option, path)
    if path.exists() and not overwrite:
        raise InputError(f"{option} {path}: exists already; choose another name, or add --overwrite")


def make_folder(
    option: str, folder: Path, names: Iterable[str], *, overwrite: bool, reads: Sequence[str | Path] = ()
) -> None:
    """Make a folder, and make sure that files of these names can be written into it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"{option} {folder}: this is a file, expected the name of a folder") from None
    except OSError as error:
        raise InputError(f"{option} {folder}: cannot be made: {error.strerror}") from None
    paths = [folder / name for name in names]
    for path in paths:
        if any(_is_read(path, read) for read in reads):
            raise _is_read_error(option, path)
    for path in paths:
        require_new_file(option, path, overwrite=overwrite)


def write_file(
    option: str, path: Path, write: Callable[[BinaryIO], object], reads: Iterable[str | Path] = ()
) -> None:
    """Write a file, whole or not at all.

    Raises:
        InputError: it cannot be written; or this command has read the file of that name, or lists it in
            `reads`, and it turned out only now that it does.
    """
    if was_read(path, reads):
        raise _is_read_error(option, path)
    try:
        with whole_file(path) as file:
            write(file)
    except OSError as error:
        raise InputError(f"{option} {path}: cannot be written: {error.strerror or error}") from None


def _is_read(path: Path, read: str | Path) -> bool:
    """Whether a path leads to a file that is read, or to one in a folder that is read.

    Networks may lie in a folder of images: no image is JSON.
    """
    if is_same_file(path, read):
        return True
    within = Path(os.path.realpath(read)) in Path(os.path.realpath(path)).parents
    return within and is_folder(read) and path.suffix.lower() != ".json" and path.exists()


def _is_read_error(option: str, path: Path) -> InputError:
    return InputError(f"{option} {path}: this command reads that file: choose another name")


def free_name(path: Path, *, curves: bool = False) -> Path:
    """The path, or with the first number behind its name that nothing has yet."""
    return next(_free_names(path, curves=curves))


def _free_names(path: Path, *, curves: bool) -> Iterator[Path]:
    numbered = (path.with_stem(f"{path.stem}-{number}") for number in itertools.count(2))
    names = itertools.chain([path], numbered)
    return (name for name in names if not any(map(is_there, outputs(name, curves=curves))))


def _try_writing(option: str, path: Path) -> None:
    """Find out before the work, and not after it, whether a file can be written there."""
    try:
        if path.is_dir():
            raise InputError(f"{option} {path}: this is a folder, expected the name of a file")
        followed = Path(os.path.realpath(path))  # a link is, when it is written to
        followed.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_of(followed)  # which the file itself begins as; its name is longer
        draft.open("xb").close()
        draft.unlink()
        if path.exists() and not path.is_file():
            raise InputError(f"{option} {path}: this is not an ordinary file")
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{option} {path}: cannot be written: a part of its path is a file") from None
    except OSError as error:
        raise InputError(f"{option} {path}: cannot be written: {error.strerror or error}") from None
