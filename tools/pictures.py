"""Draw the README's pictures: the logo, the terminal while the program trains and reads, charts.

    python tools/pictures.py

Everything is made from the program itself: the logo from a network's own layout, the terminal from what the
commands really print.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
GIT = ROOT / "git"
sys.path.insert(0, str(ROOT))

INK, FOR, AGAINST, PAPER = "#1b2a41", "#0072b2", "#d55e00", "#f7f5ef"
"""Blue for and orange against: apart for every kind of colour vision (Okabe and Ito, 2008)."""

CELL, LINE, FONT = 7.25, 16.0, 12
"""Width of a character, distance of lines and size of the letters in the terminal's picture."""

MISSES_HEIGHT = 880
"""Pixels of the sheet of misses that are shown: three rows."""

WIDEST = 1760
"""Pixels: two for each that a README's column has."""

CURVES = "--hidden 256 128 --optimizer rmsprop --validation 10000 --epochs 20 --curves"
COMPARISON = "--hidden 32 --hidden 128 --hidden 256,128,64 --optimizer sgd adam --seeds 3"
"""The options of the README's examples."""

ESCAPE = re.compile(r"\x1b\[([0-9;]*)m")


def mark() -> str:
    """A seven whose strokes are edges: three layers of nodes, and the way through them lit up."""
    inputs = [(40, 30 + 35 * i) for i in range(5)]
    hidden = [(120, 30 + 70 * i) for i in range(3)]
    outputs = [(200, 30 + 35 * i) for i in range(5)]
    edges = [(a, b) for one, two in ((inputs, hidden), (hidden, outputs)) for a in one for b in two]
    shapes = [
        f'<line x1="{a[0]}" y1="{a[1]}" x2="{b[0]}" y2="{b[1]}" stroke="{INK}" stroke-opacity=".16"/>'
        for a, b in edges
    ]
    # Along the top to the right, then straight down to the left.
    seven = (inputs[0], hidden[0], outputs[0], hidden[1], inputs[4])
    way = " ".join(f"{x},{y}" for x, y in seven)
    shapes.append(
        f'<polyline points="{way}" fill="none" stroke="{AGAINST}" stroke-width="9" '
        'stroke-linecap="round" stroke-linejoin="round"/>'
    )
    for x, y in [*inputs, *hidden, *outputs]:
        shapes.append(f'<circle cx="{x}" cy="{y}" r="9" fill="{PAPER}" stroke="{INK}" stroke-width="3"/>')
    for x, y in seven:
        shapes.append(f'<circle cx="{x}" cy="{y}" r="9" fill="{AGAINST}" stroke="{INK}" stroke-width="3"/>')
    return "".join(shapes)


def logo() -> str:
    """The mark and the name beside it."""
    words = (
        f'<text x="250" y="112" font-family="Georgia, serif" font-size="56" fill="{INK}">mnist_ocr</text>'
        f'<text x="252" y="146" font-family="Georgia, serif" font-size="19" fill="{INK}">'
        "a neural network that you can take in your hands</text>"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 680 200" role="img" '
        'aria-label="mnist_ocr: a neural network that you can take in your hands">'
        f'<rect width="680" height="200" rx="16" fill="{PAPER}"/>{mark()}{words}</svg>\n'
    )


def icon() -> str:
    """The mark alone, in a square."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -20 240 240">'
        f'<rect y="-20" width="240" height="240" rx="24" fill="{PAPER}"/>{mark()}</svg>\n'
    )


def run(*words: str) -> str:
    """What a command prints on a terminal with colours."""
    done = subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "FORCE_COLOR": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def terminal(text: str) -> str:
    """Terminal output as a picture; half blocks in colours become rectangles, which no font can tear."""
    lines = text.rstrip("\n").split("\n")
    shapes: list[str] = []
    widest = 0
    for row, line in enumerate(lines):
        column, front, back = 0, "", ""
        for place, piece in enumerate(ESCAPE.split(line)):
            if place % 2:  # between the texts, the codes
                front, back = _colours(piece, front, back)
            elif front and set(piece) == {"▀"}:
                x, y = 16 + column * CELL, 16 + row * LINE
                for part, colour in enumerate((front, back)):
                    top = y + part * LINE / 2
                    size = f'width="{len(piece) * CELL + 0.3:.2f}" height="{LINE / 2 + 0.3}"'
                    shapes.append(f'<rect x="{x:.2f}" y="{top:.1f}" {size} fill="{colour}"/>')
                column += len(piece)
            else:
                # Word by word, each at its own place: fonts differ in width, and SVG folds spaces.
                for word in re.finditer(r"\S+", piece):
                    x, y = 16 + (column + word.start()) * CELL, 16 + row * LINE + 12
                    fitted = f'textLength="{len(word[0]) * CELL:.2f}" lengthAdjust="spacingAndGlyphs"'
                    shapes.append(f'<text x="{x:.2f}" y="{y:.1f}" {fitted}>{escape(word[0])}</text>')
                column += len(piece)
        widest = max(widest, column)
    width, height = 32 + widest * CELL, 32 + len(lines) * LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" font-family="ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace" '
        f'font-size="{FONT}" fill="#e8e6e3">'
        f'<rect width="100%" height="100%" rx="8" fill="#14171c"/>{"".join(shapes)}</svg>\n'
    )


def _colours(codes: str, front: str, back: str) -> tuple[str, str]:
    numbers = [int(code or 0) for code in codes.split(";")]
    if numbers == [0]:
        return "", ""
    while numbers:
        kind, _, index, *numbers = numbers
        grey = "#" + 3 * f"{8 + 10 * (index - 232):02x}"  # the 24 greys of a terminal with 256 colours
        front, back = (grey, back) if kind == 38 else (front, grey)
    return front, back


def handwritten_seven() -> Image.Image:
    """A seven on squared paper in blue ink, drawn with the program's own strokes."""
    from mnist_ocr.data.synthetic import draw_digits

    images, labels = draw_digits(200, seed=7)
    ink = Image.fromarray(images[np.flatnonzero(labels == 7)[1]]).resize((220, 220), Image.Resampling.BICUBIC)
    paper = np.full((360, 320, 3), (244, 242, 235), np.uint8)
    paper[::32] = paper[:, ::32] = (196, 214, 226)
    page = Image.fromarray(paper)
    page.paste((28, 48, 130), (46, 64), ink)
    return page


def draw_explanation() -> None:
    """Why the shipped network says that it is a seven."""
    run("inference.py", "--image-path", "git/seven.png", "--explain", "git/explanation.png", "--overwrite")


def draw_evaluation() -> None:
    """The first rows of the sheet of drawn digits that the shipped network gets wrong, and its weights."""
    with tempfile.TemporaryDirectory() as folder:
        run("-m", "mnist_ocr", "evaluate", "--dataset", "synthetic", "--report", folder)
        with Image.open(f"{folder}/contact-sheet.png") as sheet:
            save(sheet.crop((0, 0, sheet.width, MISSES_HEIGHT)), "misses.png")
        save(Image.open(f"{folder}/weights.png"), "weights.png")


def draw_charts() -> None:
    """How a training went, networks compared, and what is in a data set; that one is drawn, so it is ours."""
    with tempfile.TemporaryDirectory() as folder:
        run("train.py", *shlex.split(CURVES), "--output", f"{folder}/model.json")
        save(Image.open(f"{folder}/model-curves.png"), "curves.png")
        run("-m", "mnist_ocr", "compare", *shlex.split(COMPARISON), "--picture", f"{folder}/comparison.png")
        save(Image.open(f"{folder}/comparison.png"), "comparison.png")
        run("-m", "mnist_ocr", "explore", "--dataset", "synthetic", "--output", folder)
        save(Image.open(f"{folder}/samples.png"), "samples.png")


def save(picture: Image.Image, name: str) -> None:
    """Write a PNG in 256 colours, a third of the bytes, and no wider than a README shows it twice."""
    width = min(picture.width, WIDEST)
    smaller = picture.convert("RGB").resize((width, round(picture.height * width / picture.width)))
    smaller.quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
        GIT / name, optimize=True
    )


def draw_reading() -> None:
    """The terminal after reading the seven."""
    read = run("inference.py", "--image-path", "git/seven.png")
    shown = "$ python inference.py --image-path git/seven.png\n" + read
    (GIT / "inference.svg").write_text(terminal(shown), encoding="utf-8")


def main() -> None:
    (GIT / "logo.svg").write_text(logo(), encoding="utf-8")
    (GIT / "icon.svg").write_text(icon(), encoding="utf-8")
    page = handwritten_seven()
    page.save(GIT / "seven.png", optimize=True)
    with tempfile.TemporaryDirectory() as folder:
        trained = run("train.py", "--epochs", "5", "--output", f"{folder}/my-784-128-10.json")
    trained = trained.replace(folder, "models")
    trained = re.sub(r"MNIST from \S+", "MNIST from data", trained)
    (GIT / "train.svg").write_text(terminal("$ python train.py --epochs 5\n" + trained), encoding="utf-8")
    draw_reading()
    draw_explanation()
    draw_evaluation()
    draw_charts()


if __name__ == "__main__":
    main()
