"""How long a person waits for the answer: inference.py as a whole process, and the file that it reads."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median

from PIL import Image, ImageDraw

from mnist_ocr.graph import Network
from mnist_ocr.modelfile import MODELS, models_folder

from .report import Section, Target, spreads
from .rounds import SHORT, milliseconds, run_python, take_turns


def measure_inference(rounds: int) -> Section:
    """`inference.py` against the two imports that no program of its kind can do without."""
    imports = "import numpy, PIL.Image"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        picture = _draw_seven(folder / "seven.png")
        model = _model_file(folder)
        arguments = ["inference.py", "--image-path", str(picture), "--model", str(model)]
        results, failures = take_turns(
            rounds * SHORT,
            {
                "inference.py": lambda: run_python(arguments).seconds,
                imports: lambda: run_python(["-c", imports]).seconds,
            },
        )
    section = Section(
        "Reading one picture as a whole process",
        "`python inference.py --image-path seven.png`, from the start of Python to the printed answer, and "
        f'`python -c "{imports}"`, which is the least that opening a picture and calculating with it takes. '
        "The picture is a 7 of 280 × 280 pixels, drawn with a thick pen.",
        ["process", "median, s", "fastest, s", "slowest, s"],
    )
    section.rows = spreads(results, failures, ".3f")
    section.targets = [Target("inference.py / its imports alone", _ratio(results), 1.7, "times")]
    return section


def measure_model_file(rounds: int) -> Section:
    """The size of a model file, and what all the checks of the loader cost on top of parsing it."""
    with tempfile.TemporaryDirectory() as name:
        model = _model_file(Path(name))
        size = model.stat().st_size / 1e6
        results, failures = take_turns(
            rounds * SHORT,
            {
                "Network.load": lambda: milliseconds(lambda: Network.load(model)),
                "json.load": lambda: milliseconds(lambda: json.loads(model.read_text(encoding="utf-8"))),
            },
        )
    section = Section(
        "The model file",
        f"The file of 784-128-10 has {size:.2f} MB. Loading it into a network, with every check, and parsing "
        "the same file with the standard library's json, in one process that has done both before.",
        ["call", "median, ms", "fastest, ms", "slowest, ms"],
    )
    section.rows = spreads(results, failures, ".1f")
    section.targets = [
        Target("model file: size", size, 1.5, "MB"),
        Target("model file: Network.load / json.load", _ratio(results), 2, "times"),
    ]
    return section


def _draw_seven(path: Path) -> Path:
    picture = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(picture).line([(70, 60), (210, 60), (120, 230)], fill=0, width=22, joint="curve")
    picture.save(path)
    return path


def _model_file(folder: Path) -> Path:
    """The shipped model; in a checkout without one, an untrained network, whose file is as long."""
    shipped = models_folder() / MODELS["default"]
    if shipped.exists():
        return shipped
    Network([784, 128, 10]).save(folder / "model.json")
    return folder / "model.json"


def _ratio(results: dict[str, list[float]]) -> float | None:
    """The first of two medians divided by the second."""
    if len(results) < 2:
        return None
    first, second = map(median, results.values())
    return first / second
