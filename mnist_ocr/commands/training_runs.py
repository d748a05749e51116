"""Beginning a training, or going on with one that was stopped.

A checkpoint holds the arguments of its command, so that `--resume` needs no other option. Whoever repeats the
command all the same, with `--resume` behind it, means the same training: options that ask for another one are
refused, all at once. Only more epochs can be asked for, and what then becomes of the learning rate is said.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands import training_options
from mnist_ocr.commands.checkpoints import (
    CheckpointManager,
    checkpoint_of,
    checkpoints_by_age,
    digest_of,
    manager_for,
)
from mnist_ocr.commands.console import shown
from mnist_ocr.commands.outputs import names_for, outputs, require_new_file
from mnist_ocr.commands.streams import say
from mnist_ocr.commands.training_images import WITHOUT_LEAKS
from mnist_ocr.data import Splits, fingerprint
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import is_folder, is_there
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import class_name, classes_of
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import DIGITS, require_digit_reader
from mnist_ocr.training.checkpoint import read_checkpoint

_OF_THE_ORIGIN = ("hidden", "activation", "output_activation", "loss")
"""What a network has already that training goes on from."""

_NOT_KEPT = ("help", "output", "overwrite", "quiet", "resume")
"""Options that are those of one start, and not of the training."""

_CHOSEN_ANEW = ("quiet", "resume", "checkpoint_every", "data_dir", "curves", "output", "overwrite")
"""What may be chosen anew when a training goes on, or says only which one is meant."""

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
        origin: the network that it goes on from, or None for a new one.
        state: where it stood when it was stopped, or None for a new training.
        lengthened: in words, each time that it was given more epochs on the way.
    """

    options: argparse.Namespace
    manager: CheckpointManager
    origin: Network | None = None
    state: dict[str, Any] | None = None
    lengthened: tuple[str, ...] = ()

    def begin(self, parts: Splits) -> None:
        """Check that images and origin are those of the state; from now on it can be kept."""
        about = {
            "argv": training_options.argv_of(self.options, lambda path: str(path.resolve()), but=_NOT_KEPT),
            "fingerprint": fingerprint(*parts),
            "origin": None if self.options.origin is None else digest_of(find_model(self.options.origin)),
            "left": self.manager.about.get("left"),
            "ending": self.manager.output.suffix,
            "program": _PROGRAM,
            "lengthened": list(self.lengthened),
        }
        path = shown(self.manager.path)
        if self.state and self.manager.about["fingerprint"] != about["fingerprint"]:
            raise InputError(
                f"{path}: the images are not those that this training was started with; bring those back "
                "(--data-dir FOLDER says where MNIST is now), or start anew"
            )
        if self.state and self.manager.about.get("origin") != about["origin"]:
            raise InputError(
                f"{path}: the network of --from {self.options.origin} is not the one that this training went "
                "on from; bring that back, or start anew"
            )
        self.manager.about = about


def origin_of(options: argparse.Namespace) -> Network | None:
    """The network that training goes on from, if there is one."""
    if options.origin is None:
        return None
    named = training_options.named_options(options.argv)
    others = [named[dest] for dest in _OF_THE_ORIGIN if dest in named]
    if others:
        raise InputError(
            f"--from {options.origin}: this network is made already: leave {', '.join(others)} away"
        )
    path = find_model(options.origin)
    network = Network.load(path)
    require_digit_reader(network, f"--from {path}")
    classes = [class_name(found) for found in classes_of(network)]
    if classes != [str(digit) for digit in range(DIGITS)]:
        raise InputError(
            f"--from {path}: this network reads {one_line(', '.join(classes))}; expected the digits 0 to 9, "
            "which is what is learned here"
        )
    return network


def new_run(options: argparse.Namespace) -> TrainingRun:
    """Begin a training."""
    origin = origin_of(options)
    sizes = origin.sizes if origin else training_options.sizes_of(options)
    if options.output is not None:
        output = Path(options.output)
        named = (options.dataset, options.data_dir, options.validation, options.test)
        reads = [*([find_model(options.origin)] if origin else []), *filter(_is_path, named)]
        require_new_file("--output", output, overwrite=options.overwrite, reads=reads)
        reads = [read for read in reads if not is_folder(read)]
        for beside in outputs(output, curves=options.curves)[1:]:
            require_new_file("--curves", beside, overwrite=options.overwrite, reads=reads)
    manager = manager_for(
        options.output, names_for(sizes, curves=options.curves), overwrite=options.overwrite
    )
    if options.overwrite:
        manager.remember(manager.output)  # for whoever goes on with --resume, if this one is stopped
    return TrainingRun(options, manager, origin)


def _is_path(named: object) -> bool:
    return isinstance(named, str | Path) and named not in WITHOUT_LEAKS


def resumed_run(options: argparse.Namespace) -> TrainingRun:
    """Go on with the training that `--resume` names."""
    path, (state, about, before) = _asked_for(options)
    told = about.get("lengthened")
    lengthened = tuple(map(str, told)) if isinstance(told, list) else ()
    _require_the_same(options, before, path)
    epochs = before.epochs
    if "epochs" in training_options.named_options(options.argv) and options.epochs > epochs:
        before.epochs = options.epochs
        state["config"] = {**state["config"], "epochs": options.epochs}
        lengthened += (f"from {epochs} to {options.epochs} epochs after {len(state['epochs'])} of them",)
    before.quiet, before.overwrite = options.quiet, options.overwrite
    for name in ("checkpoint_every", "data_dir", "curves"):
        setattr(before, name, getattr(options, name) or getattr(before, name))
    origin = origin_of(before)
    manager = CheckpointManager(_output_of(about, path))
    manager.go_on_from(path, about)
    if about.get("program") != _PROGRAM:
        say(
            f"{shown(path)}: begun with {one_line(about.get('program'), 50)}, and this is {_PROGRAM}: what "
            "comes of it may differ in the last digits from what would have come of it there",
            sys.stderr,
        )
    if before.epochs > epochs:
        say(f"made longer: {lengthened[-1]}; {_schedule_now(before, state, epochs)}", sys.stderr)
    return TrainingRun(before, manager, origin, state, lengthened)


_Checkpoint = tuple[dict[str, Any], dict[str, Any], argparse.Namespace]
"""The state in it, what is said about it, and the options of its command."""


def _asked_for(options: argparse.Namespace) -> tuple[Path, _Checkpoint]:
    """The checkpoint that the options mean: by its name, by that of the network, or else the latest."""
    if options.resume or options.output is not None:
        path = Path(options.resume) if options.resume else checkpoint_of(Path(options.output))
        if not is_there(path):
            _refuse_finished(path, Path(options.output or path.with_suffix(".json")))
        try:
            return path, _opened(path)
        except InputError as error:
            beside = checkpoint_of(path.resolve())  # `.` has a name then; `/` has none
            if path != beside and beside.is_file():
                raise InputError(f"{error}; did you mean {shown(beside)}?") from None
            raise InputError(f"{error}; --resume FILE names another, and --overwrite starts anew") from None
    candidates = checkpoints_by_age()
    for number, path in enumerate(candidates):
        try:
            found = _opened(path)
        except InputError as error:
            if number + 1 == len(candidates):
                raise
            say(f"passed over: {error}", sys.stderr)
        else:
            break
    say(f"going on with {shown(path)}", sys.stderr)
    return path, found


def _refuse_finished(checkpoint: Path, output: Path) -> None:
    """Where there is no checkpoint but a network, say how that is trained further."""
    if not is_there(output):
        return
    network = shown(output)
    raise InputError(
        f"{shown(checkpoint)}: there is no such checkpoint, for the training of {network} is finished, and "
        "its optimizer with it; to train that network further, with a new one, put --from "
        f"{shlex.quote(network)} in the place of --resume, and name another --output"
    )


def _require_the_same(options: argparse.Namespace, before: argparse.Namespace, path: Path) -> None:
    """Refuse options that have another value than those of a checkpoint; more epochs are welcome."""
    wrong = {}
    for dest, option in training_options.named_options(options.argv).items():
        now, then = (
            training_options.words_of(dest, getattr(found, dest), lambda path: str(path.resolve()))
            for found in (options, before)
        )
        longer = dest == "epochs" and options.epochs > before.epochs
        if dest not in _CHOSEN_ANEW and now != then and not longer:
            wrong[option] = " ".join([option, *now]), " ".join(then)
    if options.output is not None and checkpoint_of(Path(options.output)).resolve() != path.resolve():
        wrong["--output"] = f"--output {options.output}", shown(path.with_suffix(".json"))
    if wrong:
        both = ", ".join(
            f"{now} (it was {then if then != 'None' else 'not given'})" for now, then in wrong.values()
        )
        raise InputError(
            f"--resume goes on with the command as it was, and this is another: {both}; "
            f"leave {', '.join(wrong)} away, or start anew without --resume"
        )


def _schedule_now(options: argparse.Namespace, state: dict[str, Any], epochs: int) -> str:
    """What becomes of the learning rate of a training that gets longer."""
    config = training_options.config_of(options)
    done = len(state["epochs"])
    before, now = (config.rate(done / count) for count in (epochs, config.epochs))
    if before == now:
        return f"the learning rate stays {now:.4g}"
    return (
        f"the schedule {config.schedule} is stretched to {config.epochs} epochs: the learning rate goes on "
        f"at {now:.4g}, where it would have been {before:.4g}"
    )


def _opened(path: Path) -> _Checkpoint:
    state, about = read_checkpoint(path)
    argv = about.get("argv")
    if not isinstance(argv, list) or not all(isinstance(word, str) for word in argv):
        raise InputError(f"{path}: not written by this program: no arguments of a command")
    if not isinstance(about.get("fingerprint"), str):
        raise InputError(f"{path}: not written by this program: no fingerprint of the images")
    try:
        options = training_options.options_of(argv)
    except InputError as error:
        raise InputError(f"{path}: this version does not know its command: {error}") from None
    options.argv = argv
    return state, about, options


def _output_of(about: dict[str, Any], path: Path) -> Path:
    """The network's file: that of the checkpoint, with the ending that was asked for."""
    ending = about.get("ending")
    if not isinstance(ending, str) or not ending.isprintable() or not _ANY_ENDING.fullmatch(ending):
        raise InputError(f"{path}: not written by this program: no ending of the network's name")
    return path.with_suffix(ending)
