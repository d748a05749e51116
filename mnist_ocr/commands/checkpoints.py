"""Checkpoints of a training: where they are, that nobody else writes them, and how a training goes on.

A checkpoint lies beside the network that is to be written, as NAME.checkpoint for NAME.json, from the first
epoch until the network is there. Whoever writes it holds a lock, so that two trainings never write one
network.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.outputs import outputs
from mnist_ocr.commands.streams import say
from mnist_ocr.errors import InputError
from mnist_ocr.files import drafts_of, is_folder, lock, read_ordinary, unlock
from mnist_ocr.modelfile import LARGEST_FILE, models_folder
from mnist_ocr.training.checkpoint import write_checkpoint

_ENDING = ".checkpoint"


class CheckpointManager:
    """Keeps the checkpoint of one training.

    Attributes:
        output: the network's file.
        path: the checkpoint's.
        about: what is written into it beside the state.
    """

    def __init__(self, output: Path) -> None:
        if output.suffix.lower() == _ENDING:
            raise InputError(
                f"{shown(output)}: {_ENDING} is how the name of a checkpoint ends; give the network another"
            )
        # Whatever becomes of links and of the current folder; and two links to one file are one network.
        output = self.output = Path(os.path.realpath(output))
        self.path = checkpoint_of(output)
        if is_folder(self.path):
            raise InputError(f"{shown(self.path)}: this is a folder, and the checkpoint needs the name")
        self.about: Mapping[str, Any] = {}
        self._written = False
        self._last: dict[str, Any] | None = None
        self._told = ""
        lock_path = _lock_of(self.path)
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            held = lock(lock_path)
        except OSError as error:
            raise InputError(f"{lock_path}: cannot be locked: {error.strerror or error}") from None
        if held is None:
            raise InputError(
                f"{shown(output)}: another training is writing it; wait for it, or choose another --output"
            )
        self._lock = held
        for written in (self.path, *outputs(output, curves=True)):
            for draft in drafts_of(written):
                with suppress(OSError):
                    draft.unlink()  # of a training that was killed while it wrote

    @property
    def exists(self) -> bool:
        """Whether there is a checkpoint of this training on the disk, be it an earlier one."""
        return self._written and self.path.is_file()

    def go_on_from(self, path: Path, about: Mapping[str, Any]) -> None:
        """Take over the checkpoint of a training that was stopped."""
        self.path, self.about, self._written = path.absolute(), about, True

    def save(self, state: dict[str, Any]) -> None:
        """Write a checkpoint. If that is not possible, say why, once, and let the training go on."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)  # somebody may have deleted it meanwhile
            write_checkpoint(self.path, state, self.about)
            self._written, self._last = True, state
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
        return path if digest is not None and digest_of(path) == digest else None

    def remember(self, path: Path) -> None:
        """Note which network is there: whoever goes on with this training may replace it, and no other."""
        self.about = {**self.about, "left": [path.name, digest_of(path)]}
        if self._last:
            self.save(self._last)

    def close(self, *, done: bool) -> None:
        """End the lock; with `done`, the checkpoint of this training is no longer needed."""
        if done and self._written:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                reason = error.strerror or error
                say(f"{shown(self.path)}: not needed any more, but cannot be deleted: {reason}", sys.stderr)
        unlock(self._lock)


def checkpoint_of(output: Path) -> Path:
    """Where the checkpoint of a network's training is."""
    output = Path(os.path.realpath(output)) if output.name else output  # a link stands for what it leads to
    return output.with_suffix(_ENDING) if output.name else output


def manager_for(asked: str | None, names: Iterable[Path], *, overwrite: bool) -> CheckpointManager:
    """Take the name that was asked for, or the first one that no other training has, and lock it."""
    for output in [Path(asked)] if asked is not None else names:
        try:
            manager = CheckpointManager(output)
        except InputError:
            if asked is not None:
                raise
            continue
        if overwrite or not manager.path.exists():
            return manager
        manager.close(done=False)
        if asked is not None:
            path = shown(manager.path)
            raise InputError(
                f"{path}: a training with this --output was stopped; go on with --resume {path}, start anew "
                "with --overwrite, or choose another name"
            )
    raise AssertionError("there are always more names")


def checkpoints_by_age() -> list[Path]:
    """The checkpoints in models/ and in the current folder, the one that was written last first.

    Those of trainings that are under way come after those of trainings that ended. A time in the future says
    nothing about when a file was written: such files come last.
    """
    folders = dict.fromkeys([models_folder().resolve(), Path.cwd()])
    found = [path for folder in folders for path in folder.glob(f"*{_ENDING}") if path.is_file()]
    if not found:
        places = " or ".join(shown(folder) for folder in folders)
        raise InputError(f"--resume: there is no *{_ENDING} in {places}; name one with --resume FILE")
    now = time.time()
    times = {path: path.stat().st_mtime for path in found}
    return sorted(found, key=lambda path: (times[path] > now, _is_being_written(path), -times[path]))


def _lock_of(checkpoint: Path) -> Path:
    return checkpoint.with_name(f".{checkpoint.stem}.lock")


def _is_being_written(checkpoint: Path) -> bool:
    """Whether a training is under way whose checkpoint this is."""
    path = _lock_of(checkpoint)
    if not path.is_file():
        return False
    try:
        held = lock(path)
    except OSError:
        return False
    if held is not None:
        unlock(held)
    return held is None


def digest_of(path: Path) -> str | None:
    """The SHA-256 of a model file, or None if it cannot be read."""
    try:
        return hashlib.sha256(read_ordinary(path, LARGEST_FILE)).hexdigest()
    except OSError:
        return None
