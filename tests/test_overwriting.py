"""No command writes over what it was told to read, by any spelling, nor over a person's file unasked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.__main__ import main
from mnist_ocr.commands.checkpoints import CheckpointManager, checkpoint_of
from mnist_ocr.errors import InputError

ROOT = Path(__file__).resolve().parent.parent
SEVEN = ROOT / "git" / "seven.png"

pytestmark = pytest.mark.timeout(300)


def by_link(path: Path) -> Path:
    link = path.with_name(f"link-{path.name}")
    link.symlink_to(path.name)
    return link


def by_hard_link(path: Path) -> Path:
    link = path.with_name(f"hard-{path.name}")
    os.link(path, link)
    return link


SPELLINGS: dict[str, Callable[[Path], Path]] = {
    "same": lambda path: path,
    "dots": lambda path: path.parent / ".." / path.parent.name / path.name,
    "link": by_link,
    "hard link": by_hard_link,
}


@pytest.fixture
def here(tmp_path: Path, idx_folder: Path) -> Path:
    """A folder with one of everything that can be named to be read."""
    folder = tmp_path / "here"
    (folder / "digits" / "7").mkdir(parents=True)
    shutil.copy(SEVEN, folder / "seven.png")
    shutil.copy(SEVEN, folder / "digits" / "7" / "confusion.png")
    (folder / "predictions.csv").write_text("file,label\nseven.png,7\n")
    Network([784, 4, 10], seed=1).save(folder / "model.json")
    Network([784, 4, 10], seed=1).save(folder / "model.png")
    idx_folder.rename(folder / "images")
    rng = np.random.default_rng(0)
    rows = [[n % 10, *rng.integers(0, 256, 784)] for n in range(40)]
    (folder / "table.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    (folder / "classes.png").write_bytes((folder / "table.csv").read_bytes())
    return folder


def line_of(words: str, **places: Path) -> list[str]:
    """The words of a command, with the places where their names stand; a path may contain spaces."""
    line = words.split()
    for name, path in places.items():
        line = [word.replace(name, str(path)) for word in line]
    return line


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("inference --image-path HERE/seven.png --explain FILE", "seven.png"),
        ("inference --image-path HERE/seven.png --model HERE/model.png --explain FILE", "model.png"),
        ("inference --image-path HERE/seven.png --model HERE/model.json --trace FILE", "model.json"),
        ("view HERE/model.json --no-open --output FILE", "model.json"),
        ("train --dataset HERE/table.csv --epochs 1 --hidden 4 --output FILE", "table.csv"),
        ("train --dataset HERE/images --test HERE/table.csv --epochs 1 --output FILE", "table.csv"),
        ("train --dataset HERE/images --epochs 1 --output FILE", "images/train-images-idx3-ubyte.gz"),
        ("train --dataset HERE/images --from HERE/model.json --epochs 1 --output FILE", "model.json"),
        ("compare --dataset HERE/table.csv --picture FILE", "table.csv"),
    ],
)
def test_what_is_read_is_never_written_over(
    words: str, read: str, spelling: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    path = SPELLINGS[spelling](here / read)
    assert main([*line_of(words, HERE=here, FILE=path), "--overwrite"]) == 2
    assert "this command reads that file: choose another name" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in kept} == kept


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("evaluate --labels HERE/predictions.csv --report HERE", "predictions.csv"),
        ("evaluate --folder HERE/digits --report HERE/digits/7", "confusion.png"),
        ("evaluate --dataset HERE/classes.png --report HERE", None),
        ("explore --dataset HERE/classes.png --output HERE", "classes.png"),
    ],
)
def test_a_report_does_not_replace_what_it_is_about(
    words: str, name: str | None, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {path: path.read_bytes() for path in here.rglob("*") if path.is_file()}
    code = main([*line_of(words, HERE=here), "--overwrite"])
    if name:
        assert code == 2
        assert f"{name}: this command reads that file: choose another name" in capsys.readouterr().err
    changed = {path.name for path, content in kept.items() if path.read_bytes() != content}
    assert changed <= ({"predictions.csv"} if name is None else set())


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("inference --image-path HERE/seven.png --explain OUT/precious.png", "precious.png"),
        ("inference --image-path HERE/seven.png --trace OUT/precious.json", "precious.json"),
        ("evaluate --dataset HERE/images --model HERE/model.json --report OUT", "weights.png"),
        ("explore --dataset HERE/images --output OUT", "ink.png"),
        (
            "compare --dataset HERE/images --epochs 1 --hidden 4 --seeds 1 --workers 1 --picture OUT/a.png",
            "a.png",
        ),
        ("view HERE/model.json --no-open --output OUT/page.html", "page.html"),
    ],
)
def test_a_persons_file_is_replaced_only_on_request(
    words: str, name: str, here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    precious = tmp_path / "out" / name
    precious.parent.mkdir()
    precious.write_bytes(b"precious")
    line = line_of(words, HERE=here, OUT=tmp_path / "out")
    assert main(line) == 2
    assert f"{name}: exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    assert precious.read_bytes() == b"precious"
    assert [path.name for path in precious.parent.iterdir()] == [name]
    assert main([*line, "--overwrite"]) == 0
    assert precious.read_bytes() != b"precious"


def test_a_network_may_lie_among_the_images(here: Path) -> None:
    line = [
        "train",
        "--dataset",
        str(here / "images"),
        "--epochs",
        "1",
        "--hidden",
        "4",
        "--curves",
        "--quiet",
    ]
    line += ["--output", str(here / "images" / "mine.json"), "--overwrite"]
    assert main(line) == 0
    assert main(line) == 0


def test_two_links_to_one_network_are_one_training(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    for name in ("a.json", "b.json"):
        (tmp_path / name).symlink_to(tmp_path / "models" / "real.json")
    manager = CheckpointManager(tmp_path / "a.json")
    try:
        assert manager.output == tmp_path / "models" / "real.json"
        assert manager.path == checkpoint_of(tmp_path / "b.json") == tmp_path / "models" / "real.checkpoint"
        for name in ("b.json", "models/real.json"):
            with pytest.raises(InputError, match="another training is writing it"):
                CheckpointManager(tmp_path / name)
    finally:
        manager.close(done=False)


def test_pipes_links_and_folders_among_pictures_are_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "digits" / "7"
    folder.mkdir(parents=True)
    shutil.copy(SEVEN, folder / "seven.png")
    (folder / "good.png").symlink_to(folder / "seven.png")
    os.mkfifo(folder / "pipe.png")
    (folder / "zero.png").symlink_to("/dev/zero")
    (folder / "gone.png").symlink_to("nowhere")
    (folder / "inner.png").mkdir()
    assert main(["evaluate", "--folder", str(tmp_path / "digits")]) == 0
    out, err = capsys.readouterr()
    assert "2 images" in out
    assert "left out because they are not pictures: 7/gone.png, 7/inner.png, 7/pipe.png and 1 more" in err
