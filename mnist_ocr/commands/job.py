"""A training as a command knows it: what was asked for, where it is kept, and where it stands.

A checkpoint holds the words of its command, so that `--resume` needs no other option; and the fingerprint of
its images, because with others it would be another training.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands.console import shown
from mnist_ocr.commands.keeping import Keeper, checkpoint_of, keeper_for, latest_checkpoint
from mnist_ocr.commands.outputs import companions, names_for, require_new_file
from mnist_ocr.commands.stopping import say
from mnist_ocr.commands.training_options import chosen_words, named_options, options_of, sizes_of
from mnist_ocr.data import Splits, fingerprint
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.training.checkpoint import read_checkpoint

_NOT_KEPT = ("help", "output", "overwrite", "quiet", "resume")
"""Options that are those of one start, and not of the training."""

_WITH_RESUME = ("--quiet", "--resume", "--checkpoint-every", "--data-dir", "--curves")
"""What may be chosen anew when a training goes on."""

_PROGRAM = f"mnist_ocr {__version__}, NumPy {np.__version__}"
"""What has to be the same for a training to come to the same bits."""

_ENDING = re.compile(r"(\.[^./\\]{1,50})?")
"""That of a network's name, which may have none."""


@dataclass
class Job:
    """One training.

    Attributes:
        options: what was asked for.
        keeper: writes its checkpoint; its lock is held.
        state: where it stood when it was stopped, or None for a new one.
        fingerprint: of the images that it was started with, or None for a new one.
    """

    options: argparse.Namespace
    keeper: Keeper
    state: dict[str, Any] | None = None
    fingerprint: str | None = None

    def begin(self, parts: Splits) -> None:
        """Check that the images are those of the state; from now on it can be kept.

        Raises:
            InputError: they are others.
        """
        found = fingerprint(*parts)
        path = shown(self.keeper.path)
        if self.fingerprint not in (None, found):
            raise InputError(
                f"{path}: the images are not those that this training was started with; bring those back "
                "(--data-dir FOLDER says where MNIST is now), or start anew"
            )
        words = chosen_words(self.options, lambda path: str(path.resolve()), but=_NOT_KEPT)
        self.keeper.about = {
            "words": words,
            "fingerprint": found,
            "left": self.keeper.about.get("left"),
            "ending": self.keeper.output.suffix,
            "program": _PROGRAM,
        }


def new_job(options: argparse.Namespace) -> Job:
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
    keeper = keeper_for(options.output, names_for(sizes, curves=options.curves), overwrite=options.overwrite)
    if options.overwrite:
        keeper.remember(keeper.output)  # for whoever goes on with --resume, if this one is stopped
    return Job(options, keeper)


def resumed_job(options: argparse.Namespace) -> Job:
    """Go on with the training that `--resume` names.

    Raises:
        InputError: there is none, or other options want another one.
    """
    others = [option for option in named_options(options.words) if option not in _WITH_RESUME]
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
    keeper = Keeper(_output_of(about, path))
    keeper.go_on_from(path, about)
    if about.get("program") != _PROGRAM:
        say(
            f"{shown(path)}: begun with {one_line(about.get('program'), 50)}, and this is {_PROGRAM}: what "
            "comes of it may differ in the last digits from what would have come of it there",
            sys.stderr,
        )
    return Job(before, keeper, state, about["fingerprint"])


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        return read_checkpoint(path)
    except InputError as error:
        beside = checkpoint_of(path)
        if path != beside and beside.is_file():
            raise InputError(f"{error}; did you mean {shown(beside)}?") from None
        raise InputError(f"{error}; --resume FILE names another, and --overwrite starts anew") from None


def _output_of(about: dict[str, Any], path: Path) -> Path:
    """The network's file: that of the checkpoint, with the ending that was asked for."""
    ending = about.get("ending")
    if not isinstance(ending, str) or not ending.isprintable() or not _ENDING.fullmatch(ending):
        raise InputError(f"{path}: not written by this program: no ending of the network's name")
    return path.with_suffix(ending)


def _options_in(about: dict[str, Any], path: Path) -> argparse.Namespace:
    words = about.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InputError(f"{path}: not written by this program: no words of a command")
    if not isinstance(about.get("fingerprint"), str):
        raise InputError(f"{path}: not written by this program: no fingerprint of the images")
    try:
        return options_of(words)
    except InputError as error:
        raise InputError(f"{path}: its command is none that this version knows: {error}") from None
