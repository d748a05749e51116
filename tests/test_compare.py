"""Comparing many trainings: every run is carried out once, and the ranking is correct."""

from __future__ import annotations

import errno
import json
import os
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Executor, Future
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_ocr import InputError
from mnist_ocr.__main__ import main
from mnist_ocr.comparison import DatasetReference, Result, Run, make_grid, rank, refer_to, train_run
from mnist_ocr.data import load_dataset
from mnist_ocr.graph import Network
from mnist_ocr.grid import DIED, ResultsFile, run_grid
from mnist_ocr.report.comparison import comparison_object, comparison_text, distinguishing, draw_comparison
from mnist_ocr.training import Score, TrainingConfig
from mnist_ocr.workers import Workers, dask_workers, local_workers
from tests.grid_work import DIES, IS_KILLED, NOTES, adventures, wait_for
from tests.idx_files import write_folder
from tests.process_table import children_of, is_alive

ROOT = Path(__file__).resolve().parent.parent
NOWHERE = DatasetReference("nowhere", None, "0" * 16)


class Inline(Executor):
    """An executor that carries out every call at once, in this process."""

    def submit(self, fn, /, *args, **kwargs) -> Future:
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


INLINE = Workers("this process", 1, Inline)


def grid(hidden=((8,),), data: DatasetReference = NOWHERE, seeds: int = 1, **choices) -> list[Run]:
    return make_grid(Run(data, TrainingConfig(epochs=2)), {"hidden": hidden, **choices}, seeds)


def invented(run: Run) -> Result:
    """A result without training, different for every run."""
    return Result((0.5, (run.hidden[0] + 10 * run.config.seed) / 1000), 2, 1.25)


# The runs


def test_a_grid_is_every_combination_with_every_seed() -> None:
    runs = make_grid(
        Run(NOWHERE, TrainingConfig(epochs=3)),
        {
            "hidden": [(8,), (16, 4)],
            "activation": ["relu", "tanh"],
            "optimizer": ["sgd", "adam"],
            "batch_size": [10, None],
        },
        seeds=2,
    )
    found = [
        (run.hidden, run.activation, run.config.optimizer, run.config.batch_size, run.config.seed)
        for run in runs
    ]
    assert len(found) == len(set(found)) == 2 * 2 * 2 * 2 * 2
    assert found[:3] == [
        ((8,), "relu", "sgd", 10, 0),
        ((8,), "relu", "sgd", 10, 1),
        ((8,), "relu", "sgd", None, 0),
    ]
    assert {run.config.epochs for run in runs} == {3}
    assert len({run.key for run in runs}) == 32


def test_the_same_training_is_in_a_grid_once() -> None:
    without = grid([()], activation=["relu", "tanh"])  # no layer, so no activation
    assert [run.activation for run in without] == [None]
    said = grid(optimizer=["sgd"], learning_rate=[None, 0.5])  # which is what sgd has anyway
    assert [run.config.learning_rate for run in said] == [0.5]


def test_the_key_depends_on_every_setting_but_not_on_paths() -> None:
    (run,) = grid()
    others = [
        replace(run, hidden=(9,)),
        replace(run, activation="tanh"),
        replace(run, synthetic=9),
        replace(run, validation=7),
        replace(run, test=True),
        replace(run, program="9.9"),
        replace(run, data=replace(NOWHERE, fingerprint="1" * 16)),
        *(
            replace(run, config=replace(run.config, **{name: value}))
            for name, value in {
                "epochs": 3,
                "batch_size": None,
                "optimizer": "adam",
                "learning_rate": 0.2,
                "schedule": "step",
                "momentum": 0.5,
                "weight_decay": 0.0,
                "label_smoothing": 0.1,
                "patience": 1,
                "augment": "none",
                "plain_epochs": 0,
                "outliers": 0.1,
                "seed": 1,
            }.items()
        ),
    ]
    assert len({run.key, *(other.key for other in others)}) == 1 + len(others)
    assert replace(run, data=replace(NOWHERE, dataset="elsewhere", data_dir="there")).key == run.key


def test_a_run_has_as_many_parameters_as_its_network() -> None:
    for hidden in ((), (5,), (7, 3)):
        (run,) = grid([hidden])
        assert run.parameters == len(Network.zeros(run.sizes).parameters)


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(InputError, match=r"1,000,000,000 runs \(1 × 1000000000\): expected at most"):
        grid(seeds=10**9)


# Carrying out runs


def test_a_run_gives_the_same_network_as_train_py(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "digits")
    data, _ = refer_to(str(folder))
    run = replace(grid([(9, 5)], data, optimizer=["adam"])[0], validation=6, test=True)
    run = replace(run, config=replace(run.config, seed=3))
    result = train_run(run)
    path = tmp_path / "model.json"
    words = "train --hidden 9 5 --optimizer adam --epochs 2 --validation 6 --seed 3 --quiet"
    assert main([*words.split(), "--dataset", str(folder), "--output", str(path)]) == 0
    notes = Network.load(path).metadata["training"]
    assert result.accuracy == notes["accuracy"]["validation"]
    assert result.test == notes["accuracy"]["test"]
    assert result.best_epoch == notes["best_epoch"]


def test_the_test_images_are_used_only_on_request(idx_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, digits = refer_to(str(idx_folder))
    read = []
    monkeypatch.setattr(
        "mnist_ocr.comparison.evaluate",
        lambda network, dataset: read.append(dataset) or Score(0.5, 1.0),
    )
    (run,) = grid(data=data)
    assert train_run(run).test is None
    assert read == []
    assert train_run(replace(run, test=True)).test == 0.5
    assert [len(dataset) for dataset in read] == [len(digits.test)]


def test_a_run_that_diverges_is_a_result(idx_folder: Path) -> None:
    data, _ = refer_to(str(idx_folder))
    result = train_run(grid(data=data, optimizer=["sgd"], learning_rate=[1e30])[0])
    assert "no longer finite" in result.diverged
    assert result.accuracy is None


def test_images_that_changed_meanwhile_are_refused(idx_folder: Path) -> None:
    data, _ = refer_to(str(idx_folder))
    with pytest.raises(InputError, match="not the images that the comparison was started with"):
        train_run(grid(data=replace(data, fingerprint="f" * 16))[0])


def test_another_version_of_the_program_is_refused(idx_folder: Path) -> None:
    data, _ = refer_to(str(idx_folder))
    with pytest.raises(InputError, match=r"was started by 9\.9: install the same version"):
        train_run(replace(grid(data=data)[0], program="9.9"))


def test_every_run_is_carried_out_and_reported_once() -> None:
    runs = grid([(8,), (9,)], seeds=2)
    told = []
    outcomes = run_grid(
        [*runs, runs[0]], INLINE, work=invented, on_outcome=lambda run, outcome: told.append((run, outcome))
    )
    assert list(outcomes) == runs
    assert sorted(told, key=lambda pair: runs.index(pair[0])) == list(outcomes.items())
    assert outcomes[runs[3]] == Result((0.5, 0.019), 2, 1.25)


def test_a_run_without_enough_memory_does_not_stop_the_others() -> None:
    def hungry(run: Run) -> Result:
        if run.hidden == (9,):
            raise MemoryError
        return invented(run)

    outcomes = run_grid(grid([(8,), (9,), (10,)]), INLINE, work=hungry)
    assert [bool(outcome.failed) for outcome in outcomes.values()] == [False, True, False]


def test_an_error_in_the_program_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        run_grid(grid(), INLINE, work=lambda run: 1 // 0)


def test_a_worker_without_the_program_gives_a_message_of_one_line() -> None:
    def foreign(run: Run) -> Result:
        try:
            import no_such_module  # noqa: F401
        except ImportError as error:
            raise RuntimeError("cannot be unpacked") from error  # as Dask's scheduler says it
        return invented(run)

    with pytest.raises(InputError, match=r"lacks a part of the program \(No module named 'no_such_module'\)"):
        run_grid(grid(), INLINE, work=foreign)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
def test_processes_give_the_same_results_and_survive_the_death_of_one(
    tmp_path: Path, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NOTES, str(tmp_path))
    data, _ = refer_to(str(idx_folder))
    runs = grid([(DIES,), (IS_KILLED,), (8,)], data, seeds=2)
    victim = runs[2]

    def kill() -> None:
        note = tmp_path / f"{IS_KILLED}-0"
        wait_for(lambda: note.exists() and note.read_text().endswith("\n"))
        (tmp_path / "killed").touch()
        os.kill(int(note.read_text().split()[0]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    # The second seed of the one that is killed must not train for ever when it comes first.
    order = [victim, *(run for run in runs if run.hidden != (IS_KILLED,)), runs[3]]
    with ResultsFile(tmp_path / "results.jsonl") as results, local_workers(2) as workers:
        outcomes = run_grid(order, workers, results, work=adventures)
    killer.join()

    inline = run_grid(runs[2:], INLINE)
    for run in runs[2:]:
        assert outcomes[run].accuracies == inline[run].accuracies
        assert outcomes[run].best_epoch == inline[run].best_epoch
    for run in runs[:2]:
        assert outcomes[run] == DIED
    notes = {path.name: path.read_text().split() for path in tmp_path.glob("*-*")}
    # No other run was repeated: a death affects one run only.
    assert {name: len(words) for name, words in notes.items()} == {
        f"{DIES}-0": 2, f"{DIES}-1": 2, f"{IS_KILLED}-0": 2, f"{IS_KILLED}-1": 1, "8-0": 1, "8-1": 1
    }  # fmt: skip
    for words in notes.values():
        assert not any(is_alive(int(pid)) for pid in words)
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == 4


def test_more_workers_than_the_computer_can_start_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(count: int) -> Executor:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("mnist_ocr.workers.process_pools", lambda: nullcontext(start))
    with (
        pytest.raises(InputError, match="--workers 900: this computer cannot start"),
        local_workers(900) as many,
    ):
        run_grid(grid(), many)


# The results file


def test_runs_in_the_file_are_not_repeated(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "results.jsonl"
    few, more = grid([(8,)], seeds=2), grid([(8,), (9,)], seeds=3)
    with ResultsFile(path) as results:
        first = run_grid(few, INLINE, results, work=invented)
    lines = path.read_text().splitlines()
    entry = json.loads(lines[1])
    assert (entry["key"], entry["accuracy"], entry["best_epoch"]) == (few[1].key, 0.018, 2)
    assert (entry["parameters"], entry["seconds"], entry["settings"]["hidden"]) == (
        785 * 8 + 9 * 10,
        1.25,
        [8],
    )
    done = []
    with ResultsFile(path) as results:
        assert not results.cut_off
        outcomes = run_grid(
            more, INLINE, results, work=invented, on_outcome=lambda run, outcome: done.append(run)
        )
    assert done == [run for run in more if run not in few]
    assert {run: outcomes[run] for run in few} == first
    assert path.read_text().splitlines()[:2] == lines
    assert len(path.read_text().splitlines()) == 6


def test_the_run_of_an_incomplete_line_is_repeated(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    runs = grid(seeds=2)
    with ResultsFile(path) as results:
        run_grid(runs, INLINE, results, work=invented)
    content = path.read_bytes()
    second = content.index(b"\n") + 1
    for end in range(second + 1, len(content) - 1):
        for tail in (b"", b"\0" * 7):
            path.write_bytes(content[:end] + tail)
            with ResultsFile(path) as results:
                assert results.cut_off
                assert list(results.results) == [runs[0].key]
                run_grid(runs, INLINE, results, work=invented)
            assert path.read_bytes() == content
    path.write_bytes(content[:-1])  # a whole line that only lost its end
    with ResultsFile(path) as results:
        assert not results.cut_off
        assert len(results.results) == 2
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda line: line[:-20], "line 2: expected a result"),
        (lambda line: b"", "line 2"),
        (lambda line: b"[]", "not an object"),
        (lambda line: b"\xff", "line 2"),
        (lambda line: line.replace(b'"seed": 1', b'"seed": 2'), "key does not match the settings"),
        (lambda line: line.replace(b'"best_epoch": 2', b'"best_epoch": 3'), "the best cannot be 3"),
        (lambda line: line.replace(b"0.018]", b"1.8]"), "accuracy 1.8 is not from 0 to 1"),
        (lambda line: line.replace(b"0.018]", b"NaN]"), "accuracy nan is not from 0 to 1"),
        (lambda line: line.replace(b"0.018]", b'"x"]'), "line 2"),
        (lambda line: line.replace(b'"seconds"', b'"hours"'), "'seconds' is missing"),
    ],
)
def test_a_damaged_line_is_reported_and_the_file_unchanged(tmp_path: Path, damage, word: str) -> None:
    path = tmp_path / "results.jsonl"
    with ResultsFile(path) as results:
        run_grid(grid(seeds=3), INLINE, results, work=invented)
    lines = path.read_bytes().splitlines()
    lines[1] = damage(lines[1])
    content = b"\n".join(lines) + b"\n"
    path.write_bytes(content)
    with pytest.raises(InputError, match=word):
        ResultsFile(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [b"my notes", b"my notes\n", b'{"key": "0123"}', b"{}", b'{"key": "0123", "x": ' + b"[" * 100_000],
    ids=["text", "line", "key", "empty", "deep"],
)
def test_a_file_of_another_kind_is_unchanged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with pytest.raises(InputError, match="line 1: expected a result of this program"):
        ResultsFile(path)
    assert path.read_bytes() == content


def test_two_comparisons_cannot_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    with ResultsFile(path), pytest.raises(InputError, match="another comparison is adding its results"):
        ResultsFile(path)
    ResultsFile(path).__exit__(None, None, None)


def test_a_full_disk_is_reported_and_earlier_results_are_safe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.jsonl"
    runs = grid(seeds=2)

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with ResultsFile(path) as results:
        results.add(runs[0], invented(runs[0]))
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(InputError, match=r"results\.jsonl: cannot be written: No space left"):
            run_grid(runs, INLINE, results, work=invented)
    with ResultsFile(path) as results:
        assert runs[0].key in results.results


# Ranking and report


def outcomes_of(runs: list[Run], *outcomes: float | Result | str) -> dict[Run, Result]:
    made = {}
    for run, outcome in zip(runs, outcomes, strict=False):
        if isinstance(outcome, float):
            outcome = Result((0.1, outcome), 2, 10 * outcome)
        made[run] = Result((0.99,), 1, 1.0, outcome) if isinstance(outcome, str) else outcome
    return made


def test_rows_are_ranked_by_mean_and_have_the_sample_deviation() -> None:
    runs = grid([(8,), (16,), (4,)], seeds=3)
    rows = rank(runs, outcomes_of(runs, 0.7, 0.8, 0.9, 0.8, 0.9, 0.85, 0.8, 0.8, 0.8))
    assert [row.runs[0].hidden for row in rows] == [(16,), (4,), (8,)]  # of two equal means the smaller one
    assert [row.mean for row in rows] == pytest.approx([0.85, 0.8, 0.8])
    # ((-0.05)^2 + 0.05^2 + 0^2) / 2 = 0.0025, its root 0.05; ((-0.1)^2 + 0 + 0.1^2) / 2 = 0.01, its root 0.1
    assert [row.deviation for row in rows] == pytest.approx([0.05, 0, 0.1])
    assert rows[0].seconds == pytest.approx(8.5)
    assert [row.winner.config.seed for row in rows] == [1, 0, 2]
    (single,) = rank(runs[:1], outcomes_of(runs, 0.7))
    assert single.deviation is None


def test_incomplete_rows_come_last() -> None:
    runs = grid([(8,), (16,), (4,), (2,)], seeds=2)
    rows = rank(runs, outcomes_of(runs, 0.3, 0.4, 0.9, "too long", 0.8, Result(failed="died"), 0.95))
    assert [row.runs[0].hidden for row in rows] == [(8,), (2,), (16,), (4,)]
    assert [row.mean for row in rows] == pytest.approx([0.35, 0.95, 0.9, 0.8])
    text = comparison_text(rows)
    found = [line.split() for line in text.splitlines()[3:7]]
    assert found[0][:4] == ["1", "35.00%", "±", "7.07%"]
    for line, what in zip(text.splitlines()[4:7], ("missing", "diverged", "failed"), strict=True):
        assert line.split()[0] == "-"
        assert f"%, 1 of 2 {what}  " in line
    described = comparison_object(rows)
    assert described[2]["diverged"] == {"1": "too long"}
    assert described[3]["failed"] == {"1": "died"}
    assert [row["complete"] for row in described] == [True, False, False, False]


def test_only_settings_that_differ_have_a_column() -> None:
    runs = grid([(), (16,)], optimizer=["sgd", "adam"])
    text = comparison_text(rank(runs, {run: Result((0.5,), 1, 1.0) for run in runs}))
    assert text.splitlines()[0].startswith("all: activation relu, batch size 50, schedule linear")
    assert text.splitlines()[2].split()[-4:] == ["hidden", "optimizer", "learning", "rate"]
    assert distinguishing(runs) == ["hidden", "optimizer"]  # each optimizer has its learning rate
    assert distinguishing(grid(optimizer=["sgd", "adam"], learning_rate=[0.1, 0.2])) == [
        "optimizer",
        "learning_rate",
    ]


def test_the_chart_has_a_point_for_every_row() -> None:
    runs = grid([(), (16,), (32, 16)], optimizer=["sgd", "adam"], seeds=2)
    generator = np.random.default_rng(0)
    rows = rank(runs, outcomes_of(runs, *generator.uniform(0.9, 0.98, len(runs)).tolist()))
    figure = draw_comparison(rows)
    (axes,) = figure.axes
    points = [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_marker())
        for line in axes.lines
        if line.get_marker() in "sv"
    ]
    markers = {"sgd": "s", "adam": "v"}
    expected = [(row.parameters, row.mean, markers[row.runs[0].config.optimizer]) for row in rows]
    assert sorted(points) == sorted(expected)
    assert axes.get_xscale() == "log"
    assert {text.get_text() for text in axes.texts} == {"no hidden layer", "16", "32-16"}
    boxes = [text.get_window_extent() for text in axes.texts]
    assert not any(one.overlaps(other) for one in boxes for other in boxes if one is not other)


# The command


COMMAND = ("-m", "mnist_ocr", "compare")
WITH_ONE_RUN = (
    "-c",
    "import functools, sys; from mnist_ocr.commands import compare; from mnist_ocr.__main__ import main; "
    "from tests.grid_work import one; compare.run_grid = functools.partial(compare.run_grid, work=one); "
    "sys.exit(main(['compare', *sys.argv[1:]]))",
)
"""The command, but only the first of its runs ever ends."""


def compare(*words: object, command: Sequence[str] = COMMAND, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"},
        **options,
    )


def lines_of(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
def test_a_stopped_comparison_continues(
    tmp_path: Path, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, picture = tmp_path / "results.jsonl", tmp_path / "picture.png"
    monkeypatch.setenv(NOTES, str(tmp_path))
    words = (
        *("--dataset", idx_folder, "--hidden", "8", "--hidden", "16", "--optimizer", "sgd", "adam"),
        *("--epochs", "5", "--workers", "2", "--output", path, "--picture", picture, "--test"),
    )
    ended = 0
    for how in (signal.SIGKILL, signal.SIGINT):
        process = compare(*words, command=WITH_ONE_RUN, start_new_session=True)
        wait_for(lambda before=ended: lines_of(path) > before)
        workers = children_of(process.pid)
        assert len(workers) >= 2
        if how == signal.SIGKILL:
            process.kill()  # now no process is left that could end the workers
        else:
            os.killpg(process.pid, how)  # as a terminal does: all processes get it
        stdout, stderr = process.communicate(timeout=300)
        wait_for(lambda workers=workers: not any(map(is_alive, workers)))
        assert lines_of(path) == ended + 1
        ended += 1
        assert "Traceback" not in stderr
    assert process.returncode == 130
    assert f"stopped: {ended} of 12 runs are in {path}; the same command goes on from there" in stderr
    assert "missing" in stdout
    assert not picture.exists()

    process = compare(*words, "--json")
    stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 0, stderr
    assert f"{ended} of 12 runs are there already" in stderr
    assert lines_of(path) == 12 + 4  # the winners once more, to read the test images
    rows = json.loads(stdout)["rows"]
    means = [row["accuracy"]["mean"] for row in rows]
    assert means == sorted(means, reverse=True)
    for row in rows:
        each = row["accuracy"]["each"]
        assert row["accuracy"]["mean"] == pytest.approx(sum(each.values()) / 3)
        assert each[str(row["test"]["seed"])] == max(each.values())
        assert 0 <= row["test"]["accuracy"] <= 1
    with Image.open(picture) as image:
        assert image.size == (1760, 1320)


def test_a_result_written_just_before_ctrl_c_counts(
    tmp_path: Path, idx_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted_grid(runs, workers, results, **_) -> None:
        results.add(runs[0], invented(runs[0]))
        monkeypatch.setattr(os, "fsync", interrupted)
        results.add(runs[1], invented(runs[1]))

    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mnist_ocr.commands.compare.run_grid", interrupted_grid)
    path = tmp_path / "results.jsonl"
    assert main(["compare", "--dataset", str(idx_folder), "--output", str(path)]) == 130
    assert lines_of(path) == 2
    assert f"stopped: 2 of 3 runs are in {path}; the same command goes on" in capsys.readouterr().err


def test_the_command_with_all_results_in_the_file(
    tmp_path: Path, idx_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All results are in the file already, so no process is started."""
    path = tmp_path / "results.jsonl"
    data, _ = refer_to(str(idx_folder))
    runs = [replace(run, validation=5) for run in grid([(8,), ()], data, seeds=2, optimizer=["sgd"])]
    with ResultsFile(path) as results:
        run_grid(runs, INLINE, results)
        run_grid([replace(runs[0], test=True)], INLINE, results)
        run_grid(grid([(99,)]), INLINE, results, work=invented)
    words = "--hidden 8 --hidden none --optimizer sgd --epochs 2 --seeds 2 --validation 5"
    command = ["compare", *words.split(), "--output", str(path), "--dataset", str(idx_folder)]
    assert main(command) == 0
    out, err = capsys.readouterr()
    assert "4 of 4 runs are there already" in err
    assert "1 results of other settings stay there, and are not shown" in err
    assert "99" not in out.splitlines()[3:7]
    assert out.splitlines()[1].startswith(
        "all: activation relu, optimizer sgd, learning rate 0.5, batch size 50"
    )
    best = out.splitlines()[-1].partition("of the first row: python train.py ")[2]
    assert "--validation 5" in best
    assert best.endswith(f"--dataset {shlex.quote(str(idx_folder))}")
    assert main([*command, "--quiet", "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    rows = json.loads(out)["rows"]
    assert len(rows) == 2
    model = tmp_path / "model.json"
    assert main(["train", *shlex.split(best), "--quiet", "--output", str(model)]) == 0
    found = Network.load(model).metadata["training"]["accuracy"]["validation"]
    assert found == max(rows[0]["accuracy"]["each"].values())


def test_the_options_of_train_are_choices_too(
    tmp_path: Path, idx_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A network as `train` writes it, 7 5, or as one word, 7,5; each other option with several values."""
    path = tmp_path / "results.jsonl"
    data, _ = refer_to(str(idx_folder))
    runs = make_grid(
        Run(data, TrainingConfig(epochs=2, plain_epochs=2)),
        {"hidden": [(7, 5), (7, 6), ()], "momentum": [0.5, 0.8], "outliers": [0.1], "synthetic": [0, 20]},
    )
    assert len(runs) == 12
    with ResultsFile(path) as results:
        for number, run in enumerate(runs):
            results.add(run, Result((0.1, number / 100), 2, 1.0))
    words = (
        "--hidden 7 5 --hidden 7,6 --hidden --momentum 0.5 0.8 --outliers 0.1 --synthetic 0 20 --epochs 2 "
        "--plain-epochs 2 --seeds 1"
    )
    assert main(["compare", *words.split(), "--dataset", str(idx_folder), "--output", str(path)]) == 0
    out, err = capsys.readouterr()
    assert "12 of 12 runs are there already" in err
    assert [line.split()[-2:] for line in out.splitlines()[4:6]] == [["0.8", "20"], ["0.8", "0"]]
    best = out.splitlines()[-1].partition("of the first row: python train.py ")[2]
    assert "--momentum 0.8 --hidden --plain-epochs 2 --synthetic 20 --outliers 0.1" in best


def test_synthetic_digits_are_added_as_train_adds_them(tmp_path: Path, idx_folder: Path) -> None:
    data, _ = refer_to(str(idx_folder))
    run = replace(grid([(9,)], data)[0], synthetic=40, validation=15)
    run = replace(run, config=replace(run.config, seed=3))
    path = tmp_path / "model.json"
    words = "train --hidden 9 --synthetic 40 --validation 15 --epochs 2 --seed 3 --quiet"
    assert main([*words.split(), "--dataset", str(idx_folder), "--output", str(path)]) == 0
    found = Network.load(path).metadata["training"]["accuracy"]["validation"]
    assert train_run(run).accuracy == found
    assert train_run(replace(run, synthetic=0)).accuracies != train_run(run).accuracies


@pytest.mark.parametrize(("winner", "words"), [(0, "the best network"), (1, "a network much like the best")])
def test_the_suggested_command_says_if_its_synthetic_digits_differ(
    winner: int,
    words: str,
    tmp_path: Path,
    idx_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A comparison draws them once, with seed 0; train.py uses the seed of the training."""
    digits = load_dataset(str(idx_folder))
    monkeypatch.setattr("mnist_ocr.comparison.load_dataset", lambda *_, **__: digits)
    data, _ = refer_to("synthetic")
    runs = make_grid(Run(data, TrainingConfig()), {}, seeds=2)
    path = tmp_path / "results.jsonl"
    with ResultsFile(path) as results:
        for run in runs:
            accuracy = 0.9 if run.config.seed == winner else 0.8
            results.add(run, replace(invented(run), accuracies=(0.5, accuracy)))
    assert main(["compare", "--dataset", "synthetic", "--seeds", "2", "--output", str(path)]) == 0
    assert f"to train {words} of the first row: python" in capsys.readouterr().out


def test_the_exit_code_is_1_if_a_run_failed(
    idx_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "mnist_ocr.commands.compare.run_grid",
        lambda runs, *_, on_outcome, **__: [on_outcome(run, DIED) for run in runs],
    )
    assert main(["compare", "--seeds", "1", "--dataset", str(idx_folder)]) == 1
    out, err = capsys.readouterr()
    assert "failed" in out.splitlines()[4]
    assert f"failed   seed 0: {DIED.failed}" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--optimizer sgdd", "invalid choice: 'sgdd'"),
        (
            "--hidden 0",
            "0: expected numbers of nodes such as 128 or 256,128,64, or none; each at most 100,000",
        ),
        ("--hidden 12,x", "12,x: expected numbers of nodes such as 128 or 256,128,64, or none"),
        ("--hidden 12,", "expected numbers of nodes"),
        ("--hidden 8 --hidden 9 none,1", "none,1: expected numbers of nodes"),
        ("--batch-size half", "--batch-size"),
        ("--validation some", "expected a count such as 5000, or a fraction such as 0.1"),
        ("--workers 0", "0: expected a whole number from 1"),
        ("--workers 2 --dask tcp://127.0.0.1:1", "not allowed with"),
        ("--seeds 100000", "100,000 runs"),
        ("--validation 30", "cannot set 30 of 30 images aside"),
        ("--output .", "expected the name of a file"),
        ("--output README.md", "line 1: expected a result of this program"),
        ("--picture README.md", "exists already"),
        ("--dataset nowhere", "nothing is there"),
    ],
)
def test_bad_input_ends_with_one_line_and_exit_code_2(
    words: str,
    message: str,
    idx_folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    precious = tmp_path / "README.md"
    precious.write_text("# Not to be overwritten\n", encoding="utf-8")
    command = ["compare", "--dataset", str(idx_folder), "--quiet", *words.split()]
    code = main(command)
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert message in err
    assert err.splitlines()[-1].startswith("error: ")
    assert precious.read_text(encoding="utf-8") == "# Not to be overwritten\n"


def test_without_dask_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match="pip install 'distributed>="), dask_workers("tcp://127.0.0.1:1"):
        pass
