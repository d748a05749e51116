"""Checkpoints of a training: where they are, that nobody else writes them, and how a training goes on.

A checkpoint lies beside the network that is to be written, as NAME.checkpoint for NAME.json, from the first
epoch until the network is there. Whoever writes it holds a lock, so that two trainings never write one
network. It holds the arguments of its command, so that `--resume` needs no other option; and the fingerprint
of its images, because with others it would be another training.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands.console import say, shown
from mnist_ocr.commands.outputs import companions, names_for, outputs, require_new_file
from mnist_ocr.commands.training_options import argv_of, named_options, options_of, sizes_of
from mnist_ocr.data import Splits, fingerprint
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import drafts_of, is_folder, lock, read_ordinary, unlock
from mnist_ocr.modelfile import LARGEST_FILE, models_folder
from mnist_ocr.training.checkpoint import read_checkpoint, write_checkpoint

_ENDING = ".checkpoint"


class CheckpointManager:
    """Keeps the checkpoint of one training.

    Args:
        output: the network's file.

    Attributes:
        output: the network's file.
        path: the checkpoint's.
        about: what is written into it beside the state.

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
        return path if digest is not None and _digest_of(path) == digest else None

    def remember(self, path: Path) -> None:
        """Note which network is there: whoever goes on with this training may replace it, and no other."""
        self.about = {**self.about, "left": [path.name, _digest_of(path)]}
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
    return output.with_suffix(_ENDING) if output.name else output


def manager_for(asked: str | None, names: Iterable[Path], *, overwrite: bool) -> CheckpointManager:
    """Take the name that was asked for, or the first one that no other training has, and lock it.

    Raises:
        InputError: the name that was asked for is another training's, or holds one that was stopped.
    """
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


def latest_checkpoint() -> Path:
    """The checkpoint that was written last, in models/ or in the current folder, by a training that ended.

    Raises:
        InputError: there is no checkpoint.
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


def _digest_of(path: Path) -> str | None:
    """The SHA-256 of a model file, or None if it cannot be read."""
    try:
        return hashlib.sha256(read_ordinary(path, LARGEST_FILE)).hexdigest()
    except OSError:
        return None


_NOT_KEPT = ("help", "output", "overwrite", "quiet", "resume")
"""Options that are those of one start, and not of the training."""

_WITH_RESUME = ("--quiet", "--resume", "--checkpoint-every", "--data-dir", "--curves")
"""What may be chosen anew when a training goes on."""

_PROGRAM = f"mnist_ocr {__version__}, NumPy {np.__version__}"
"""What has to be the same for a training to come to the same bits."""

_ANY_ENDING = re.compile(r"(\.[^./\\]{1,50})?")
"""That of a network's name, which may have none."""


@dataclass
class TrainingRun:
    """One training.

    Attributes:
        options: what was asked for.
        manager: writes its checkpoint; its lock is held.
        state: where it stood when it was stopped, or None for a new one.
        fingerprint: of the images that it was started with, or None for a new one.
    """

    options: argparse.Namespace
    manager: CheckpointManager
    state: dict[str, Any] | None = None
    fingerprint: str | None = None

    def begin(self, parts: Splits) -> None:
        """Check that the images are those of the state; from now on it can be kept.

        Raises:
            InputError: they are others.
        """
        found = fingerprint(*parts)
        path = shown(self.manager.path)
        if self.fingerprint not in (None, found):
            raise InputError(
                f"{path}: the images are not those that this training was started with; bring those back "
                "(--data-dir FOLDER says where MNIST is now), or start anew"
            )
        argv = argv_of(self.options, lambda path: str(path.resolve()), but=_NOT_KEPT)
        self.manager.about = {
            "argv": argv,
            "fingerprint": found,
            "left": self.manager.about.get("left"),
            "ending": self.manager.output.suffix,
            "program": _PROGRAM,
        }


def new_run(options: argparse.Namespace) -> TrainingRun:
    """Begin a training.

    Raises:
        InputError: its network cannot be written where it is wanted, or is too large to be read again.
    """
    sizes = sizes_of(options)
    if options.output is not None:
        output = Path(options.output)
        require_new_file("--output", output, overwrite=options.overwrite)
        for beside in companions(output) if options.curves else ():
            require_new_file("--curves", beside, overwrite=options.overwrite)
    manager = manager_for(
        options.output, names_for(sizes, curves=options.curves), overwrite=options.overwrite
    )
    if options.overwrite:
        manager.remember(manager.output)  # for whoever goes on with --resume, if this one is stopped
    return TrainingRun(options, manager)


def resumed_run(options: argparse.Namespace) -> TrainingRun:
    """Go on with the training that `--resume` names.

    Raises:
        InputError: there is no such checkpoint, or the options ask for another training.
    """
    others = [option for option in named_options(options.argv) if option not in _WITH_RESUME]
    if others:
        raise InputError(f"--resume goes on with the command as it was: leave {others[0]} away")
    if options.resume:
        path = Path(options.resume)
    else:
        path = latest_checkpoint()
        say(f"going on with {shown(path)}", sys.stderr)
    state, about = _read(path)
    before = _options_in(about, path)
    before.quiet = options.quiet
    for name in ("checkpoint_every", "data_dir", "curves"):
        setattr(before, name, getattr(options, name) or getattr(before, name))
    manager = CheckpointManager(_output_of(about, path))
    manager.go_on_from(path, about)
    if about.get("program") != _PROGRAM:
        say(
            f"{shown(path)}: begun with {one_line(about.get('program'), 50)}, and this is {_PROGRAM}: what "
            "comes of it may differ in the last digits from what would have come of it there",
            sys.stderr,
        )
    return TrainingRun(before, manager, state, about["fingerprint"])


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return read_checkpoint(path)
    except InputError as error:
        beside = checkpoint_of(path.resolve())  # `.` has a name then; `/` has none
        if path != beside and beside.is_file():
            raise InputError(f"{error}; did you mean {shown(beside)}?") from None
        raise InputError(f"{error}; --resume FILE names another, and --overwrite starts anew") from None


def _output_of(about: dict[str, Any], path: Path) -> Path:
    """The network's file: that of the checkpoint, with the ending that was asked for."""
    ending = about.get("ending")
    if not isinstance(ending, str) or not ending.isprintable() or not _ANY_ENDING.fullmatch(ending):
        raise InputError(f"{path}: not written by this program: no ending of the network's name")
    return path.with_suffix(ending)


def _options_in(about: dict[str, Any], path: Path) -> argparse.Namespace:
    argv = about.get("argv")
    if not isinstance(argv, list) or not all(isinstance(word, str) for word in argv):
        raise InputError(f"{path}: not written by this program: no arguments of a command")
    if not isinstance(about.get("fingerprint"), str):
        raise InputError(f"{path}: not written by this program: no fingerprint of the images")
    try:
        return options_of(argv)
    except InputError as error:
        raise InputError(f"{path}: this version does not know its command: {error}") from None
