"""A training as a command knows it: what was asked for, where it is kept, and where it stands.

A checkpoint holds the words of its command, so that `--resume` needs no other option; and the fingerprint of
its images, because with others it would be another training.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.keeping import Keeper, keeper_for, latest_checkpoint
from mnist_ocr.commands.outputs import curves_beside, names_for, require_new_file
from mnist_ocr.commands.training_options import chosen_words, options_of
from mnist_ocr.data import Parts, fingerprint
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.training import Snapshot
from mnist_ocr.training.checkpoint import read_checkpoint

_NOT_KEPT = ("help", "output", "overwrite", "quiet", "resume")
"""Options that are those of one start, and not of the training."""

_WITH_RESUME = ("help", "quiet", "resume", "checkpoint_every")
"""What may be chosen anew when a training goes on."""


@dataclass
class Job:
    """One training.

    Attributes:
        options: what was asked for.
        keeper: writes its checkpoint; its lock is held.
        snapshot: where it stood when it was stopped, or None for a new one.
        fingerprint: of the images that it was started with, or None for a new one.
    """

    options: argparse.Namespace
    keeper: Keeper
    snapshot: Snapshot | None = None
    fingerprint: str | None = None

    def begin(self, network: Network, parts: Parts) -> None:
        """Check that the images and the network are those of the snapshot; from now on it can be kept.

        Raises:
            InputError: they are others.
        """
        found = fingerprint(*parts)
        path = shown(self.keeper.path)
        if self.fingerprint not in (None, found):
            raise InputError(
                f"{path}: the images are not those that this training was started with; bring those back, or "
                "start anew"
            )
        if self.snapshot and self.snapshot.parameters.shape != network.parameters.shape:
            raise InputError(f"{path}: the numbers are not those of a network {network!r}")
        words = chosen_words(self.options, lambda path: str(path.resolve()), but=_NOT_KEPT)
        left, ending = self.keeper.about.get("left"), self.keeper.output.suffix
        self.keeper.about = {"words": words, "fingerprint": found, "left": left, "ending": ending}


def new_job(options: argparse.Namespace, sizes: Sequence[int]) -> Job:
    """Begin a training.

    Raises:
        InputError: its network cannot be written where it is wanted.
    """
    if options.output is not None:
        output = Path(options.output)
        require_new_file("--output", output, overwrite=options.overwrite)
        for beside in curves_beside(output) if options.curves else ():
            require_new_file("--curves", beside, overwrite=options.overwrite)
    keeper = keeper_for(options.output, names_for(sizes), overwrite=options.overwrite)
    if options.overwrite:
        keeper.remember_what_is_there()  # for whoever goes on with --resume, if this one is stopped
    return Job(options, keeper)


def resumed_job(options: argparse.Namespace) -> Job:
    """Go on with the training that `--resume` names.

    Raises:
        InputError: there is none, or other options want another one.
    """
    others = chosen_words(options, str, but=_WITH_RESUME)
    if others:
        raise InputError(f"--resume goes on with the command as it was: leave {others[0]} away")
    path = Path(options.resume) if options.resume else latest_checkpoint()
    snapshot, about = read_checkpoint(path)
    before = _options_in(about, path)
    before.quiet = options.quiet
    before.checkpoint_every = options.checkpoint_every or before.checkpoint_every
    keeper = Keeper(_output_of(about, path))
    keeper.go_on_from(path, about)
    return Job(before, keeper, snapshot, about["fingerprint"])


def _output_of(about: dict[str, Any], path: Path) -> Path:
    """The network's file: that of the checkpoint, with the ending that was asked for."""
    try:
        return path.with_suffix(about["ending"])
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path}: not written by this program: no ending of the network's name") from None


def _options_in(about: dict[str, Any], path: Path) -> argparse.Namespace:
    words = about.get("words")
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise InputError(f"{path}: not written by this program: no words of a command")
    if not isinstance(about.get("fingerprint"), str):
        raise InputError(f"{path}: not written by this program: no fingerprint of the images")
    try:
        return options_of(words)
    except SystemExit:
        raise InputError(f"{path}: its command is none that this version of the program knows") from None
