"""Five ways in which people train a network on MNIST, each as one command: `python -m benchmarks.five_ways`.

They are those of five public projects: what they do, as far as it can be told from them, and a usual choice
where it cannot. Each command runs once, for real, as a process; the table says what it printed and how long
it took, in docs/five-ways.md. The CSV table has the form and the size of the competition "Digit Recognizer",
made from the first 42,000 images of MNIST; the folders hold all of MNIST's images as PNG.
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from mnist_ocr.data import load_mnist

from .csv_reading import write_tables
from .field import mnist_folder
from .machine import describe
from .report import fill, table
from .rounds import run_python

PAGE = Path(__file__).resolve().parent.parent / "docs" / "five-ways.md"

COLUMNS = ["", "what the project does", "what it reports", "measured here", "process", "comment"]

COMPARED = ["256,128,64", "128,64", "64", "32"]


@dataclass(frozen=True)
class Way:
    """One way to train.

    Attributes:
        title: what the project does.
        reports: what it says came of it.
        command: ours, with names for the data that `prepare` makes.
        comment: what explains the difference.
    """

    title: str
    reports: str
    command: str
    comment: str


WAYS = [
    Way(
        "two hidden layers, softmax, one image at a time",
        "no figure",
        "train.py --hidden 128 64 --optimizer sgd --batch-size 1 --learning-rate 0.005 --schedule constant "
        "--augment none --epochs 5",
        "A constant rate leaves the noise of single images in the weights; `--schedule linear` lets it "
        "settle and reads 97.6 %.",
    ),
    Way(
        "a framework's workflow: 50,000 / 10,000 split, two relu layers, RMSprop",
        "no figure",
        "train.py --hidden 256 128 --optimizer rmsprop --learning-rate 0.001 --schedule constant "
        "--batch-size 128 --validation 10000 --augment none --epochs 10 --curves",
        "The training loss keeps falling while validation stays where it is: the network learns by heart. "
        "Shifted images and a falling rate, both the default here, read 98.5 %.",
    ),
    Way(
        "from scratch, CSV, 80/20 split, full-batch gradient descent for 150 iterations, four architectures",
        "83 % to 92 % (validation)",
        "-m mnist_ocr compare --dataset train.csv --validation 0.2 "
        + " ".join(f"--hidden {sizes}" for sizes in COMPARED)
        + " --batch-size full --schedule constant --augment none --epochs 150 --seeds 1",
        "150 steps are few: with 50 images each they are a fifth of an epoch. With `--optimizer adam "
        "--learning-rate 0.01` the smallest reads 94.7 %.",
    ),
    Way(
        "folders of PNG files, one layer of ten sigmoid nodes, SGD at 0.01",
        "no figure",
        "train.py --dataset digits --hidden --output-activation sigmoid --loss squared-error --optimizer sgd "
        "--learning-rate 0.01 --batch-size 1 --schedule constant --augment none --epochs 5",
        "A single layer can only weigh pixels. Squared error through a sigmoid learns slowly; softmax and "
        "cross-entropy (`--hidden --epochs 5`) read 92.4 %.",
    ),
    Way(
        "Node, Edge, Layer and Network objects, 784-128-10, JSON",
        "95 %; about 50 ms an image",
        "train.py --epochs 5",
        "The objects are views of arrays: the objects are for looking and changing, the arrays for learning.",
    ),
]


def prepare(folder: Path) -> None:
    """Write MNIST as a table and as folders of pictures."""
    write_tables(mnist_folder(), folder)
    digits = load_mnist(mnist_folder(), progress=False)
    for name, part in (("train", digits.training), ("test", digits.test)):
        for digit in range(10):
            (folder / "digits" / name / str(digit)).mkdir(parents=True)
        for number, (image, label) in enumerate(zip(part.images, part.labels, strict=True)):
            Image.fromarray(image).save(folder / "digits" / name / str(label) / f"{number:05}.png")


def measure(number: int, way: Way, folder: Path) -> list[str]:
    """Run the command of one way; a row of the table."""
    words = shlex.split(way.command)
    asked = [str(folder / word) if word in ("train.csv", "digits") else word for word in words]
    if words[0] == "train.py":
        process = run_python([*asked, "--quiet", "--output", str(folder / "model.json"), "--overwrite"])
        (accuracy,) = re.findall(r"test +([\d.]+)% of", process.output)
        found = f"{accuracy} % (test)"
    else:
        process = run_python([*asked, "--quiet", "--json"])
        rows = json.loads(process.output)["rows"]
        accuracies = {",".join(map(str, row["settings"]["hidden"])): row["accuracy"]["mean"] for row in rows}
        found = ", ".join(f"{sizes}: {accuracies[sizes]:.1%}" for sizes in COMPARED)
    return [str(number), way.title, way.reports, found, f"{process.seconds:.0f} s", way.comment]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.five_ways", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"also put the table into docs/{PAGE.name}")
    options = parser.parse_args(arguments)
    machine = describe()
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        rows = [measure(number, way, Path(folder)) for number, way in enumerate(WAYS, 1)]
    report = f"{machine}\n\n{table(COLUMNS, rows, numbers=False)}"
    print(report)
    if options.write:
        fill(PAGE, "benchmarks.five_ways", report)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
