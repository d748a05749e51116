"""The checkpoint of a training: where it is, that nobody else writes it, and when it is no longer needed.

It lies beside the network that is to be written, as NAME.checkpoint for NAME.json, from the first epoch until
the network is there. Whoever writes it holds a lock, so that two trainings never write one network.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.outputs import outputs
from mnist_ocr.commands.stopping import say
from mnist_ocr.errors import InputError
from mnist_ocr.files import drafts_of, try_lock
from mnist_ocr.modelfile import LARGEST_FILE, models_folder
from mnist_ocr.opening import is_folder, read_ordinary
from mnist_ocr.training.checkpoint import write_checkpoint

_ENDING = ".checkpoint"


class Keeper:
    """Keeps the checkpoint of one training.

    Args:
        output: the network's file.

    Attributes:
        output: the network's file.
        path: the checkpoint's.
        about: what to write into it beside the state.

    Raises:
        InputError: another training is writing this network, or its name is that of a checkpoint.
    """

    def __init__(self, output: Path) -> None:
        if output.suffix.lower() == _ENDING:
            raise InputError(
                f"{shown(output)}: {_ENDING} is how the name of a checkpoint ends; give the network another"
            )
        output = self.output = output.absolute()  # whatever becomes of the current folder
        self.path = checkpoint_of(output)
        if is_folder(self.path):
            raise InputError(f"{shown(self.path)}: this is a folder, and the checkpoint needs the name")
        self.about: Mapping[str, Any] = {}
        self._kept = False
        self._last: dict[str, Any] | None = None
        self._told = ""
        self._lock_path = _lock_of(self.path)
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self._lock_path)
        except BlockingIOError:
            raise InputError(
                f"{shown(output)}: another training is writing it; wait for it, or choose another --output"
            ) from None
        except OSError as error:
            raise InputError(f"{self._lock_path}: cannot be locked: {error.strerror or error}") from None
        for written in (self.path, *outputs(output, curves=True)):
            for draft in drafts_of(written):
                with suppress(OSError):
                    draft.unlink()  # of a training that was killed while it wrote

    @property
    def kept(self) -> bool:
        """Whether there is a checkpoint of this training on the disk, be it an earlier one."""
        return self._kept and self.path.is_file()

    def go_on_from(self, path: Path, about: Mapping[str, Any]) -> None:
        """Take over the checkpoint of a training that was stopped."""
        self.path, self.about, self._kept = path.absolute(), about, True

    def keep(self, state: dict[str, Any]) -> None:
        """Write a checkpoint. If that is not possible, say why, once, and let the training go on."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)  # somebody may have deleted it meanwhile
            write_checkpoint(self.path, state, self.about)
            self._kept, self._last = True, state
        except OSError as error:
            reason = error.strerror or str(error)
            if reason != self._told:
                self._told = reason
                say(
                    f"{shown(self.path)}: no checkpoint could be written: {reason}; the training goes on",
                    sys.stderr,
                )

    def left(self) -> Path | None:
        """The network's file that `remember` saw, if it is that one still."""
        try:
            name, digest = self.about["left"]
            path = self.output.with_name(name)
        except (KeyError, TypeError, ValueError):
            return None
        return path if digest is not None and _digest_of(path) == digest else None

    def remember(self, path: Path) -> None:
        """Note which network is there: whoever goes on with this training may replace it, and no other."""
        self.about = {**self.about, "left": [path.name, _digest_of(path)]}
        if self._last:
            self.keep(self._last)

    def close(self, *, done: bool) -> None:
        """End the lock; with `done`, the checkpoint of this training is no longer needed."""
        if done and self._kept:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                reason = error.strerror or error
                say(f"{shown(self.path)}: not needed any more, but cannot be deleted: {reason}", sys.stderr)
        ours = False
        with suppress(OSError):  # the folder may be gone, or locked up; an old lock is in nobody's way
            ours = _is_at(self._lock, self._lock_path) and not os.fstat(self._lock.fileno()).st_size
            if ours:
                self._lock_path.unlink()
        self._lock.close()
        if ours and sys.platform == "win32":
            with suppress(OSError):  # there, no open file can be deleted
                self._lock_path.unlink()


def checkpoint_of(output: Path) -> Path:
    """Where the checkpoint of a network's training is."""
    return output.with_suffix(_ENDING)


def keeper_for(asked: str | None, names: Iterable[Path], *, overwrite: bool) -> Keeper:
    """Take the name that was asked for, or the first that no other training has, and lock it.

    Raises:
        InputError: the name that was asked for is another training's, or holds one that was stopped.
    """
    for output in [Path(asked)] if asked is not None else names:
        try:
            keeper = Keeper(output)
        except InputError:
            if asked is not None:
                raise
            continue
        if overwrite or not keeper.path.exists():
            return keeper
        keeper.close(done=False)
        if asked is not None:
            path = shown(keeper.path)
            raise InputError(
                f"{path}: a training with this --output was stopped; go on with --resume {path}, start anew "
                "with --overwrite, or choose another name"
            )
    raise AssertionError("there are always more names")


def latest_checkpoint() -> Path:
    """The checkpoint that was written last, in models/ or in the current folder, by a training that ended.

    Raises:
        InputError: there is none.
    """
    folders = dict.fromkeys([models_folder().resolve(), Path.cwd()])
    found = [path for folder in folders for path in folder.glob(f"*{_ENDING}") if path.is_file()]
    ended = [path for path in found if not _is_being_written(path)]
    if not found:
        places = " or ".join(shown(folder) for folder in folders)
        raise InputError(f"--resume: there is no *{_ENDING} in {places}; name one with --resume FILE")
    return max(ended or found, key=lambda path: path.stat().st_mtime)


def _lock_of(checkpoint: Path) -> Path:
    return checkpoint.with_name(f".{checkpoint.stem}.lock")


def _is_being_written(checkpoint: Path) -> bool:
    """Whether a training is under way whose checkpoint this is."""
    try:
        with _lock_of(checkpoint).open("r+b") as file:
            return not try_lock(file)
    except OSError:
        return False


def _locked(path: Path) -> BinaryIO:
    """Open a file that this process alone holds, until it is closed.

    Raises:
        BlockingIOError: another process holds it.
        OSError: it cannot be made.
    """
    while True:
        # Without O_NONBLOCK, a pipe of that name would be waited for.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o666)
        file = os.fdopen(descriptor, "ab")
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            file.close()
            raise OSError(errno.EINVAL, "there is something that is no file")
        if not try_lock(file):
            file.close()
            raise BlockingIOError
        # Whoever held it before may have deleted it meanwhile: then nobody else will find this file.
        if _is_at(file, path):
            return file
        file.close()


def _is_at(file: BinaryIO, path: Path) -> bool:
    """Whether an open file is still the one of that name."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False


def _digest_of(path: Path) -> str | None:
    """The SHA-256 of a model file; None where there is none that could be read."""
    try:
        return hashlib.sha256(read_ordinary(path, LARGEST_FILE)).hexdigest()
    except OSError:
        return None
