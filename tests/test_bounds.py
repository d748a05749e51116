"""What is too large, has no end or is no file is refused before memory is taken, in one line."""

from __future__ import annotations

import ast
import importlib
import json
import os
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

import mnist_ocr
from mnist_ocr import Network, grid
from mnist_ocr.__main__ import main
from mnist_ocr.data import load_dataset, pictures
from mnist_ocr.data.csv import read_table
from mnist_ocr.data.idx import IMAGES, read_idx
from mnist_ocr.data.pictures import LARGEST_LIST, MOST_COLUMNS, read_class_folders, read_labels
from mnist_ocr.errors import InputError
from mnist_ocr.files import read_ordinary
from mnist_ocr.images import load_picture
from mnist_ocr.images.load import MAX_BYTES
from mnist_ocr.images.read import read_file
from mnist_ocr.modelfile import LARGEST_FILE, MOST_LAYERS, MOST_PARTS
from mnist_ocr.training import checkpoint
from mnist_ocr.training.checkpoint import read_checkpoint
from tests.fuzzing import checkpoints
from tests.fuzzing.sandbox import FORBIDDEN, guarded
from tests.model_documents import small_document, written

LOAD = Network.load

READERS: dict[str, Callable[[Path], object]] = {
    "model": Network.load,
    "checkpoint": read_checkpoint,
    "image": load_picture,
    "idx": lambda path: read_idx(path, IMAGES),
    "csv": read_table,
    "labels": read_labels,
}
"""Everything that reads a file that somebody named."""

pytestmark = pytest.mark.timeout(300)  # what waits for a pipe waits for ever

PACKAGE = Path(mnist_ocr.__file__).parent

A_MEGABYTE = 1 << 20


def refusal(read: Callable[[Path], object], path: Path, most_memory: int = A_MEGABYTE) -> str:
    """The one line that a path is refused with, at the cost of little memory."""
    with pytest.raises(InputError):  # what is imported late is imported now
        read(path)
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            read(path)
        assert tracemalloc.get_traced_memory()[1] < most_memory
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pipe", "a pipe or a device, expected an ordinary file"),
        ("device", "a pipe or a device, expected an ordinary file"),
        ("folder", "folder|no file|Is a directory"),
        ("loop", "[Ss]ymbolic"),
        ("a\0b", "no file can have this name"),
        ("x" * 5000, "File name too long"),
    ],
)
def test_what_is_no_file_is_not_waited_for(reader: str, name: str, said: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    assert re.search(said, refusal(READERS[reader], tmp_path / name))


@pytest.mark.parametrize(
    "words",
    ["train --validation", "train --test", "train --data-dir", "train --dataset", "evaluate --data-dir"],
)
def test_a_name_that_no_file_can_have_is_refused_as_an_option(
    words: str, idx_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = [] if "--d" in words else ["--dataset", str(idx_folder)]
    assert main([*words.split(), 5000 * "x", *dataset]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_network_is_not_trained_that_could_not_be_read_again(
    idx_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--dataset", str(idx_folder), "--output", str(tmp_path / "model.json")]
    assert main(["train", *words, "--hidden", "8000", "6000"]) == 2
    assert (
        "a network of 54,346,010 weights and biases; expected at most 50,000,000" in capsys.readouterr().err
    )
    assert not any(tmp_path.glob("*.json"))


@pytest.mark.parametrize(
    "address", ["http://localhost:9/digit.png", "https://example.org/a", "file:///etc/passwd"]
)
@pytest.mark.parametrize(
    "words",
    [
        "inference --image-path",
        "inference --image-path a.png --model",
        "evaluate --dataset",
        "evaluate --folder",
        "evaluate --labels",
        "evaluate --data-dir",
        "train --resume",
        "explore --dataset",
        "view",
    ],
)
def test_an_address_is_not_opened(
    words: str,
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with guarded(tmp_path):
        assert main([*words.split(), address]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert re.match("error: .*this is an address, and only files are opened: download it first", line)


@pytest.mark.parametrize(
    ("reader", "largest", "beginning"),
    [
        ("model", LARGEST_FILE, b"{"),
        ("checkpoint", checkpoint.LARGEST, b"mnist_ocr checkpoint 2\n"),
        ("image", MAX_BYTES, b"\x89PNG\r\n\x1a\n"),
        ("labels", LARGEST_LIST, b"file,label\n"),
    ],
)
def test_a_file_that_is_too_large_is_not_read(
    reader: str, largest: int, beginning: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(beginning)
    os.truncate(path, largest + 1)  # sparse: takes no room on the disk
    assert re.search(f"at most {largest:,}|longer than {largest // 10**6} MB", refusal(READERS[reader], path))


def test_results_that_are_too_large_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.touch()
    os.truncate(path, grid.LARGEST_FILE + 1)
    said = refusal(grid.ResultsFile, path)
    assert f"expected at most {grid.LARGEST_FILE:,} bytes of results" in said


def test_a_damaged_checkpoint_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.checkpoint"
    path.write_bytes(checkpoints.seeds(tmp_path)[0])
    os.truncate(path, 40 * A_MEGABYTE)
    assert "damaged" in refusal(read_checkpoint, path, 4 * A_MEGABYTE)


def test_a_checkpoint_that_is_written_to_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "changing.checkpoint"
    path.write_bytes(checkpoints.seeds(tmp_path)[0])
    verify = checkpoint._verify

    def verify_and_change(*arguments) -> None:
        verify(*arguments)
        path.write_bytes(path.read_bytes()[:-1] + b"\1")

    monkeypatch.setattr(checkpoint, "_verify", verify_and_change)
    with pytest.raises(InputError, match="damaged"):
        read_checkpoint(path)


def test_lists_without_an_end_are_counted_before_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text('{"about": [' + "[]," * MOST_PARTS + "[]]}")
    said = refusal(LOAD, path, 3 * path.stat().st_size)  # for the text; the lists would take 22 times as much
    assert f"at most {MOST_PARTS:,} lists, objects and keys, found {MOST_PARTS + 4:,}" in said


@pytest.mark.parametrize("start", ["[", '{"a":', '{"layers":['])
def test_a_million_brackets_are_no_model(start: str, tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    path.write_text(start * 10**6)
    assert "nested too deeply" in refusal(LOAD, path, 6 * path.stat().st_size)  # Python 3.14 goes deeper


def test_layers_are_counted_before_they_are_made(tmp_path: Path) -> None:
    document = small_document()
    document["layers"] += [document["layers"][1]] * (MOST_LAYERS - 1)
    path = written(tmp_path, document)
    assert "layers: expected at most 1,000 layers, found 1,001" in refusal(LOAD, path, 40 * A_MEGABYTE)
    with pytest.raises(ValueError, match="more than 1,000 layers: not saved"):
        Network([1] * (MOST_LAYERS + 1)).save(tmp_path / "deep.json")
    assert not (tmp_path / "deep.json").exists()


def test_a_key_that_is_there_twice_is_found_among_a_hundred_thousand(tmp_path: Path) -> None:
    """Compared each with each, they would take ten thousand million comparisons."""
    path = tmp_path / "keys.json"
    keys = [f'"{number}": 0' for number in range(100_000)]
    path.write_text("{" + ", ".join([*keys, keys[-1]]) + "}")
    assert "key '99999': expected once in an object, found 2 times" in refusal(LOAD, path, 80 * A_MEGABYTE)


def test_a_message_is_no_longer_for_a_long_key(tmp_path: Path) -> None:
    for document in (
        {"x" * 10**6: 1},
        {**small_document(), "\x1b" * 10**6: 1},
        {str(i): 1 for i in range(10**4)},
    ):
        assert len(refusal(LOAD, written(tmp_path, document), 80 * A_MEGABYTE)) < 600 + len(str(tmp_path))


def test_columns_and_pictures_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "list.csv"
    table.write_text("file,label" + "".join(f",{column}" for column in range(MOST_COLUMNS)))
    assert f"expected at most {MOST_COLUMNS} columns, found {MOST_COLUMNS + 2}" in refusal(read_labels, table)
    table.write_text("file,label\n" + "a.png,7\n" * 6)
    (tmp_path / "digits" / "7").mkdir(parents=True)
    for number in range(6):
        (tmp_path / "digits" / "7" / f"{number}.png").touch()
    assert len(read_labels(table)) == len(read_class_folders(tmp_path / "digits")[0]) == 6
    monkeypatch.setattr(pictures, "MOST_PICTURES", 5)
    assert "expected at most 5 pictures, found more" in refusal(read_labels, table)
    assert "expected at most 5 pictures, found more" in refusal(read_class_folders, tmp_path / "digits")


def test_a_file_that_grows_or_shrinks_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "changing"
    path.write_bytes(b"whole")
    measure = os.fstat

    def measure_and(change: Callable[[], object]) -> Callable[[int], os.stat_result]:
        def measured(descriptor: int) -> os.stat_result:
            found = measure(descriptor)
            if measured.times == 1:
                change()
            measured.times += 1
            return found

        measured.times = 0
        return measured

    monkeypatch.setattr(os, "fstat", measure_and(lambda: os.truncate(path, 100)))
    assert read_ordinary(path, 10) == b"whole"
    path.write_bytes(b"whole")
    monkeypatch.setattr(os, "fstat", measure_and(lambda: os.truncate(path, 2)))
    assert read_ordinary(path, 10) == b"wh"


def test_pictures_of_a_list_may_lie_anywhere_and_are_not_written_to(tmp_path: Path) -> None:
    """Whoever hands in a table says what is read; a name such as ../7.png is what it says."""
    table = tmp_path / "lists" / "list.csv"
    table.parent.mkdir()
    table.write_text(f"file,label\n../7.png,7\n{tmp_path / '7.png'},7\nhttp://localhost:9/7.png,7\n")
    (tmp_path / "7.png").write_bytes(b"no picture")
    run = [sys.executable, "-m", "mnist_ocr", "evaluate", "--labels", str(table)]
    done = subprocess.run(run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "7.png").read_bytes() == b"no picture"
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["7.png", "list.csv", "lists"]


def test_why_a_picture_is_none_is_said_without_its_name(tmp_path: Path) -> None:
    for name in ("nothing.png", "a\0\n\x1b[31mb.png"):
        assert read_file(tmp_path / name)[1] in (
            "no such file",
            "cannot be read (no file can have this name)",
        )


def test_a_folder_of_digits_may_be_a_link(tmp_path: Path, idx_folder: Path) -> None:
    (tmp_path / "link").symlink_to(idx_folder)
    assert len(load_dataset(str(tmp_path / "link")).training) == 30


FORBIDDEN_MODULES = {
    "pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "yaml",
    "code",
}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
NUMPY_FILES = {"load", "save", "savez", "fromfile", "memmap"}
"""What reads objects back, runs text, or reads arrays that may hold objects."""


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_nothing_is_unpickled_or_evaluated(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = set()
        if isinstance(node, ast.Import):
            names = {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
        assert not names & FORBIDDEN_MODULES, f"{path}:{node.lineno}"
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Name) and ast.unparse(node) != "exec('')":  # an empty text does nothing
                assert called.id not in FORBIDDEN_CALLS, f"{path}:{node.lineno}"
            if isinstance(called, ast.Attribute) and ast.unparse(called.value) in ("np", "numpy"):
                assert called.attr not in NUMPY_FILES, f"{path}:{node.lineno}"
            assert not any(word.arg == "allow_pickle" for word in node.keywords), f"{path}:{node.lineno}"


IMPORT_EVERYTHING = """
import importlib, json, os, pkgutil, sys
import numpy, PIL.Image, mnist_ocr
touched = []
def listen(event, arguments):
    if event.startswith(tuple(sys.argv[1:])):
        touched.append(event)
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
        touched.append(str(arguments[0]))
sys.addaudithook(listen)
for room in pkgutil.iter_modules(mnist_ocr.__path__, "mnist_ocr."):
    if room.name.endswith((".web", ".sklearn", ".onnx", "__main__")):
        continue  # an extra's library reads what it likes
    inside = importlib.import_module(room.name)
    for module in pkgutil.walk_packages(getattr(inside, "__path__", ()), room.name + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
print(json.dumps([touched, [name for name in sys.modules if name.startswith("mnist_ocr.")]]))
"""


def test_importing_the_program_reads_nothing_but_code(tmp_path: Path) -> None:
    run = [sys.executable, "-B", "-c", IMPORT_EVERYTHING, *FORBIDDEN, "os.mkdir", "os.remove", "os.rename"]
    done = subprocess.run(
        run,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
    )
    touched, imported = json.loads(done.stdout)
    assert touched == []
    assert {"mnist_ocr.commands.train", "mnist_ocr.data.idx", "mnist_ocr.page"} <= set(imported)


BOUNDS = PACKAGE.parent / "docs" / "reliability.md"


def test_the_table_of_bounds_is_that_of_the_program() -> None:
    rows = re.findall(
        r"^\|[^|]+\| ([\d,]+) [^|]*\| `([\w.]+)\.(\w+)` \|", BOUNDS.read_text(encoding="utf-8"), re.M
    )
    assert len(rows) >= 15
    for number, module, name in rows:
        found = getattr(importlib.import_module(f"mnist_ocr.{module}"), name)
        assert f"{found:,}" == number, f"{module}.{name}"
