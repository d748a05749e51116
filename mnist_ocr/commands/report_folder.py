"""A folder of files that a command writes: made before the work is done, each file whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import BinaryIO

from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.report.charting import require_matplotlib


def make_report_folder(name: str | None, option: str) -> Path | None:
    """Make the folder and see that charts can be drawn, before any work is done that would be lost.

    Args:
        name: of the folder, or None if no files were asked for.
        option: what named it, for the message.

    Raises:
        InputError: Matplotlib is missing, or the folder cannot be made.
    """
    if name is None:
        return None
    require_matplotlib()
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"{option} {folder}: this is a file, expected the name of a folder") from None
    except OSError as error:
        raise InputError(f"{option} {folder}: cannot be made: {error.strerror}") from None
    return folder


def write_report(folder: Path, files: Mapping[str, Callable[[BinaryIO], None]]) -> None:
    """Write files into the folder, each by its name and what writes it; earlier ones are replaced.

    Raises:
        InputError: one cannot be written.
    """
    for name, write in files.items():
        try:
            with whole_file(folder / name) as file:
                write(file)
        except OSError as error:
            raise InputError(f"{folder / name}: cannot be written: {error.strerror}") from None
