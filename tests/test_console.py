"""What every command prints: no name steers a terminal, and nothing is lost where nobody reads."""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tqdm import tqdm

from mnist_ocr.__main__ import COMMANDS, main
from mnist_ocr.commands.inference import main as inference_main
from mnist_ocr.commands.streams import Lasting
from mnist_ocr.commands.train import main as train_main

ROOT = Path(__file__).resolve().parent.parent
SEVEN = ROOT / "git" / "seven.png"

EVIL = "\x1b]0;title\x07\r\x1b[2K\u202e"
SHOWN = r"\x1b]0;title\x07\r\x1b[2K\u202e"

pytestmark = pytest.mark.timeout(300)


def steering(text: str) -> list[str]:
    """The characters that a terminal would act on, beside ends of lines and what a progress bar does."""
    bar = re.sub(r"\r(?=[^\x00-\x1f]*(\r|$|\n))", "", text, flags=re.M)
    return [character for character in bar if not character.isprintable() and character != "\n"]


@pytest.fixture
def evil(tmp_path: Path) -> Path:
    """A folder whose name, files, cells and columns hold characters that steer a terminal."""
    folder = tmp_path / EVIL
    (folder / "digits" / "7").mkdir(parents=True)
    shutil.copy(SEVEN, folder / "digits" / "7" / f"{EVIL}.png")
    shutil.copy(SEVEN, folder / "seven.png")
    (folder / "digits" / "7" / f"{EVIL}.txt").touch()
    (folder / "digits" / "7" / f"{EVIL}.gif").write_bytes(b"no picture")
    rows = f"seven.png,7,{EVIL}\nseven.png,1,{EVIL}\n{EVIL}.png,7,b\nseven.png,7,b\n".replace("\r", "")
    (folder / "list.csv").write_bytes(f"file,label,{EVIL}\n".replace("\r", "").encode() + rows.encode() * 3)
    shutil.copytree(ROOT / "models", folder / "models")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        "inference --image-path {}/seven.png",
        "inference --image-path {}/seven.png --model {}/models/mnist-784-128-10.json",
        "inference --image-path {}/seven.png --explain {}/why.png --trace {}/trace.json",
        "inference --image-path {}/seven.png --multi",
        "inference --image-path {}/nothing.png",
        "inference --image-path {}/seven.png --{}",
        "inference --image-path {}/seven.png {}",
        "evaluate --folder {}/digits --report {}/report",
        "evaluate --labels {}/list.csv",
        "evaluate --dataset {}/images",
        "evaluate --dataset {}/images --index 3",
        "explore --dataset {}/images --output {}/drawn",
        "train --dataset {}/images --epochs 1 --hidden 4 --output {}/mine.json",
        "train --dataset {}/images --epochs 1 --hidden 4 --output {}/mine.json --{}",
        "compare --dataset {}/images --epochs 1 --hidden 4 --seeds 1 --workers 1 --output {}/r.jsonl "
        "--picture {}/size.png",
        "view {}/models/mnist-784-128-10.json --no-open --output {}/page.html",
        "{}",
    ],
)
def test_no_name_steers_the_terminal(
    words: str, evil: Path, idx_folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    idx_folder.rename(evil / "images")
    main([word.replace("{}", str(evil)) for word in words.split(" ")])
    found = capfd.readouterr()
    assert found.out + found.err
    assert steering(found.out) == []
    assert steering(found.err) == []
    assert SHOWN.replace(r"\r", "") in (found.out + found.err).replace(r"\r", "")


def test_the_greys_of_a_picture_still_reach_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert inference_main(["--image-path", str(SEVEN)]) == 0
    assert len(re.findall("\x1b\\[38;5;\\d+;48;5;\\d+m▀", capfd.readouterr().out)) == 28 * 14


def test_a_progress_bar_is_shown_as_it_is() -> None:
    plain, through = io.StringIO(), io.StringIO()
    for stream in (plain, Lasting(through)):
        with tqdm(total=3, file=stream, ncols=60, bar_format="{n}/{total} {bar}", mininterval=0) as bar:
            inner = tqdm(total=2, file=stream, ncols=60, bar_format="{n}/{total}", mininterval=0, position=1)
            inner.update()
            bar.update()
            inner.close()
    assert through.getvalue() == plain.getvalue()
    assert "\x1b[A" in plain.getvalue()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(
    "words",
    [
        "inference --image-path SEVEN",
        "inference --image-path SEVEN --json",
        "evaluate --dataset IDX",
        "explore --dataset IDX",
        "train --dataset IDX --epochs 1 --hidden 4 --output OUT.json --quiet",
        "compare --dataset IDX --epochs 1 --hidden 4 --seeds 1 --workers 1 --quiet",
        "view --no-open --output OUT.html",
        "--help",
        "train --help",
    ],
)
def test_a_full_disk_under_the_result_is_one_line(words: str, idx_folder: Path, tmp_path: Path) -> None:
    names = {"SEVEN": SEVEN, "IDX": idx_folder, "OUT": tmp_path / "out"}
    line = [re.sub("SEVEN|IDX|OUT", lambda found: str(names[found[0]]), word) for word in words.split()]
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run(
            [sys.executable, "-m", "mnist_ocr", *line],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            check=False,
        )
    last = done.stderr.splitlines()[-1]
    assert last == "error: the output cannot be written: No space left on device"
    assert "Traceback" not in done.stderr
    assert done.returncode == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind on Windows")
@pytest.mark.parametrize("gone", ["stdout", "stderr"])
def test_the_exit_code_does_not_depend_on_who_reads(gone: str, idx_folder: Path, tmp_path: Path) -> None:
    line = ["compare", "--dataset", str(idx_folder), "--picture", str(tmp_path / "size.png")]
    line += ["--epochs", "1", "--hidden", "4", "--seeds", "1", "--workers", "1"]
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, gone: writer}
    done = subprocess.run(
        [sys.executable, "-u", "-m", "mnist_ocr", *line], text=True, cwd=ROOT, check=False, **streams
    )
    os.close(writer)
    assert done.returncode == 0
    assert "Traceback" not in (done.stderr or "")
    if gone == "stderr":
        assert "784-4-10" in done.stdout or "hidden 4" in done.stdout
    assert (tmp_path / "size.png").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_option_is_one_line(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    needed = {
        "inference": ["--image-path", "7.png"],
        "predict": ["7.png"],
        "diff": ["a.json", "b.json"],
        "export": ["--onnx", "a.onnx"],
    }.get(command, [])
    assert main([command, *needed, "--nonsense"]) == 2
    said = f"error: unrecognized arguments: --nonsense; mnist_ocr {command} --help shows all options\n"
    assert capsys.readouterr() == ("", said)


@pytest.mark.parametrize(
    ("run", "words", "said"),
    [
        (main, [], "the following arguments are required: COMMAND; mnist_ocr --help shows all options"),
        (
            train_main,
            ["--epochs", "x"],
            "argument --epochs: x: expected .*; train.py --help shows all options",
        ),
        (inference_main, [], "the following arguments are required: --image-path; inference.py --help .*"),
        (main, ["nonsense"], "argument COMMAND: invalid choice: 'nonsense' .*; mnist_ocr --help .*"),
    ],
)
def test_a_wrong_command_line_is_one_line(
    run, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(f"error: {said}\n", err)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals of this kind on Windows")
@pytest.mark.parametrize("module", ["mnist_ocr.errors", "numpy"])
def test_ctrl_c_while_the_program_is_loaded_ends_it_without_a_word(module: str) -> None:
    run = [sys.executable, "-X", "importtime", "-m", "mnist_ocr", "inference", "--image-path", str(SEVEN)]
    with subprocess.Popen(
        run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as loading:
        assert loading.stderr is not None
        for line in loading.stderr:
            if line.split("|")[-1].strip() == module:
                loading.send_signal(signal.SIGINT)
                break
        rest = loading.stderr.read()
    assert loading.returncode in (-signal.SIGINT, 130)
    assert "Traceback" not in rest
    assert "KeyboardInterrupt" not in rest


def ended_with(tmp_path: Path, *lines: str) -> tuple[int, str, str]:
    """The exit code, stdout and stderr of a program whose command has the given lines."""
    (tmp_path / "program.py").write_text(
        "import signal, sys, time, weakref\n"
        "from mnist_ocr.commands import console\n"
        "from mnist_ocr.data.folders import with_a_bar\n"
        "def press():\n"
        "    signal.raise_signal(signal.SIGINT)\n"
        "def bad():\n"
        "    raise console.InputError('bad')\n"
        "def command(_):\n"
        + "".join(f"    {line}\n" for line in lines)
        + "sys.exit(console.ends_cleanly(command, None))\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    done = subprocess.run(
        [sys.executable, "-m", "program"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


STOPPED = 130, "", "stopped\n"

LOSE = (
    "thing = type('Thing', (), {})()",
    "seen = weakref.ref(thing, lambda _: press())",
    "del thing",  # in the callback, no exception can be raised
)


def test_ctrl_c_while_a_module_makes_a_named_tuple_is_a_quiet_end(tmp_path: Path) -> None:
    assert ended_with(tmp_path, "eval('press()')") == STOPPED


def test_a_command_that_handles_such_a_ctrl_c_itself_ends_with_its_own_code(tmp_path: Path) -> None:
    lines = "try:", "    eval('press()')", "except KeyboardInterrupt:", "    return 7"
    assert ended_with(tmp_path, *lines) == (7, "", "")


def test_ctrl_c_while_an_object_is_deleted_is_not_lost(tmp_path: Path) -> None:
    assert ended_with(tmp_path, *LOSE, "time.sleep(600)") == STOPPED


def test_ctrl_c_while_the_last_object_is_deleted_changes_nothing(tmp_path: Path) -> None:
    assert ended_with(tmp_path, "print('answer')", *LOSE, "return 0") == (0, "answer\n", "")


@pytest.mark.parametrize(("seconds", "said"), [(60, "cleared up\n"), (0, "")])
def test_ctrl_c_does_nothing_for_a_moment_after_ctrl_c(tmp_path: Path, seconds: int, said: str) -> None:
    lines = "try:", "    press()", "finally:", "    press()", "    print('cleared up')"
    ended = ended_with(tmp_path, f"console.SECONDS_TO_CLEAR_UP = {seconds}", *lines)
    assert ended == (130, said, "stopped\n")


def test_a_bar_that_ctrl_c_left_open_ends_its_line_before_the_last_word(tmp_path: Path) -> None:
    code, out, err = ended_with(tmp_path, "bar = with_a_bar(range(3))", "press()")
    assert (code, out) == (130, "")
    assert err.endswith("pictures/s]\nstopped\n")


@pytest.mark.parametrize(("end", "code", "last"), [("press()", 130, "stopped"), ("bad()", 2, "error: bad")])
def test_the_last_word_has_a_line_of_its_own(tmp_path: Path, end: str, code: int, last: str) -> None:
    said = ended_with(tmp_path, "sys.stderr.write('half of a bar')", end)
    assert said == (code, "", f"half of a bar\n{last}\n")
