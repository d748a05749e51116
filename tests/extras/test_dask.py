"""The same comparison on a real Dask cluster on this computer: a scheduler and two workers, all processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from dask import config
from distributed import Client, LocalCluster

from mnist_ocr import InputError
from mnist_ocr.comparison import Result, Run, make_grid, refer_to, train_run
from mnist_ocr.grid import ResultsFile, run_grid
from mnist_ocr.training import TrainingConfig
from mnist_ocr.workers import dask_workers
from tests.grid_work import wait_for
from tests.idx_files import write_folder

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(500)
"""Seconds for one test: whatever hangs with its cluster ends here."""

PATIENCE = 300
"""Seconds to wait for a process to start: on a busy computer, the library's half minute is too short."""


def cluster_of(workers: int) -> LocalCluster:
    """A scheduler and its workers of one thread each, all processes, reachable from this computer only."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # any port that is free
    )


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    # Only while it starts: later, this is also how long the scheduler tries to fetch a result from a worker
    # that has died since.
    with config.set({"distributed.comm.timeouts.connect": f"{PATIENCE}s"}):
        cluster = cluster_of(2)
    with cluster:
        yield cluster.scheduler_address


def small_grid(folder: Path, epochs: int = 3) -> list[Run]:
    data, _ = refer_to(str(write_folder(folder / "digits")))
    base = Run(data, TrainingConfig(epochs=epochs))
    return make_grid(base, {"hidden": [(8,), (5,)], "optimizer": ["sgd", "adam"]}, seeds=2)


def signed(run: Run) -> Result:
    """Carry a run out slowly enough for the other worker to get some, and sign it in place of the time."""
    time.sleep(0.2)
    result = train_run(run)
    return Result(result.accuracies, result.best_epoch, float(os.getpid()))


def fatal(run: Run) -> Result:
    """Take the worker along if the run is one of the large networks."""
    if run.hidden == (8,):
        os._exit(1)
    return train_run(run)


def test_two_workers_give_the_results_that_one_process_gives(scheduler: str, tmp_path: Path) -> None:
    runs = small_grid(tmp_path)
    with dask_workers(scheduler, seconds_to_connect=PATIENCE) as workers:
        assert workers.name == f"Dask at {scheduler}, now with 2 workers and 2 threads"
        outcomes = run_grid(runs, workers, work=signed)
    for run in runs:
        here = train_run(run)
        assert (outcomes[run].accuracies, outcomes[run].best_epoch) == (here.accuracies, here.best_epoch)
    workers = {outcome.seconds for outcome in outcomes.values()}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_the_command_runs_on_the_scheduler_that_it_is_given(scheduler: str, tmp_path: Path) -> None:
    runs = small_grid(tmp_path)
    words = "compare --hidden 8 --hidden 5 --optimizer sgd adam --epochs 3 --seeds 2 --json --test"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mnist_ocr", *words.split(), "--dask", scheduler),
            *("--dataset", runs[0].data.dataset, "--output", str(tmp_path / "results.jsonl")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"at work: Dask at {scheduler}, now with 2 workers" in done.stderr
    rows = json.loads(done.stdout)["rows"]
    expected = {
        (str(run.hidden), run.config.optimizer, run.config.seed): train_run(run).accuracy for run in runs
    }
    for row in rows:
        hidden, optimizer = str(tuple(row["settings"]["hidden"])), row["settings"]["optimizer"]
        for seed, accuracy in row["accuracy"]["each"].items():
            assert accuracy == expected.pop((hidden, optimizer, int(seed)))
    assert expected == {}
    assert len((tmp_path / "results.jsonl").read_text().splitlines()) == len(runs) + len(rows)


def test_a_run_that_kills_every_worker_fails_and_the_others_go_on(scheduler: str, tmp_path: Path) -> None:
    runs = [run for run in small_grid(tmp_path) if run.config.seed == 0 and run.config.optimizer == "sgd"]
    with dask_workers(scheduler, seconds_to_connect=PATIENCE, seconds_alone=PATIENCE) as workers:
        outcomes = run_grid(runs, workers, work=fatal)
    assert {run.hidden: bool(outcome.failed) for run, outcome in outcomes.items()} == {
        (8,): True,
        (5,): False,
    }


class Cluster:
    """A scheduler and one worker, processes that can be killed and held.

    Args:
        folder: where the scheduler writes down its address.
    """

    def __init__(self, folder: Path) -> None:
        self.contact = folder / "scheduler.json"
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", "0")
        self.worker = self._start("worker", "--nthreads", "1", "--no-nanny")

    def _start(self, part: str, *words: str) -> subprocess.Popen[bytes]:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
        dask = [sys.executable, "-m", f"distributed.cli.dask_{part}", "--no-dashboard"]
        return subprocess.Popen([*dask, "--scheduler-file", str(self.contact), *words], **quiet)

    def address(self) -> str:
        """The address, once the worker is at work."""
        wait_for(lambda: self.contact.exists() and self.contact.read_text().rstrip().endswith("}"))
        address: str = json.loads(self.contact.read_text())["address"]
        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=PATIENCE)
        return address

    def end(self) -> None:
        """End both, however they are."""
        for process in (self.scheduler, self.worker):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path)
    yield started
    started.end()


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM], ids=lambda how: how.name)
def test_a_scheduler_that_goes_away_is_told_in_one_line(
    how: signal.Signals, cluster: Cluster, tmp_path: Path
) -> None:
    """Every wait has an end: a command that hangs on its dead scheduler fails here."""
    folder, path = write_folder(tmp_path / "digits"), tmp_path / "results.jsonl"
    words = ("--hidden", "8", "--epochs", "300", "--seeds", "50", "--dataset", folder, "--output", path)
    command = subprocess.Popen(
        [sys.executable, "-m", "mnist_ocr", "compare", *map(str, words), "--dask", cluster.address()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    wait_for(lambda: command.poll() is not None or (path.exists() and b"\n" in path.read_bytes()))
    assert command.poll() is None, command.communicate()
    cluster.scheduler.send_signal(how)
    stdout, stderr = command.communicate(timeout=PATIENCE)
    ended = path.read_bytes().count(b"\n")
    assert 0 < ended < 50
    assert (command.returncode, stdout) == (2, "")
    assert stderr.splitlines()[-1] == (
        "error: the scheduler has gone, and the runs with it; what is in --output is kept, and the same "
        "command goes on from there"
    )
    assert "Traceback" not in stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no signals on Windows")
@pytest.mark.parametrize(
    ("part", "how", "said"),
    [
        ("worker", signal.SIGKILL, "there has been no worker for 4 s"),
        ("scheduler", signal.SIGSTOP, "the scheduler has not answered for 4 s"),
    ],
    ids=["no worker left", "a frozen scheduler"],
)
def test_a_comparison_that_nobody_works_on_ends_with_what_is_finished(
    part: str, how: signal.Signals, said: str, cluster: Cluster, tmp_path: Path
) -> None:
    runs = small_grid(tmp_path, epochs=300)

    def disturb(run: Run, outcome: Result) -> None:
        if len(results.results) == 1:
            getattr(cluster, part).send_signal(how)

    address = cluster.address()
    with ResultsFile(tmp_path / "results.jsonl") as results:
        with (
            pytest.raises(InputError, match=f"^{said}; what is in --output is kept, and the same command"),
            dask_workers(address, seconds_to_connect=PATIENCE, seconds_alone=4) as workers,
        ):
            run_grid(runs, workers, results, on_outcome=disturb)
        assert 0 < len(results.results) < len(runs)
        assert len(results.path.read_bytes().splitlines()) == len(results.results)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "nonsense://127.0.0.1:9"])
def test_without_a_scheduler_there_is_one_line_soon(address: str) -> None:
    with (
        pytest.raises(InputError, match=r"no scheduler found within 0\.5 s"),
        dask_workers(address, seconds_to_connect=0.5),
    ):
        pass
