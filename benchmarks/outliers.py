"""How often a picture without any digit gets a confident answer: `python -m benchmarks.outliers`.

Pictures of no digit, each of its own size and drawn by seed, go the whole way that a person's picture goes:
through the search for ink, which refuses many of them, and then to the network, which may say that it is not
sure. Counted are those that get a confident digit all the same. Crops of photos come from the sample pictures
of scikit-learn, where that is installed.

Left out are shapes that people do read as digits: a lone upright bar is a 1, and a ring is a 0.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from mnist_ocr.graph import Network
from mnist_ocr.images import ImageError, read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import answer_to

Random = np.random.Generator
SMALLEST, LARGEST = 28, 300


def _size(random: Random) -> tuple[int, int]:
    height, width = random.integers(SMALLEST, LARGEST, 2)
    return int(height), int(width)


def _picture(grey: np.ndarray) -> Image.Image:
    return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))


def blank(random: Random) -> Image.Image:
    grain = random.normal(0, random.uniform(0, 3), _size(random))
    return _picture(random.uniform(0, 255) + grain)


def noise(random: Random) -> Image.Image:
    return _picture(random.integers(0, 256, _size(random)))


def clouds(random: Random) -> Image.Image:
    return noise(random).filter(ImageFilter.GaussianBlur(random.uniform(1, 12)))


def gradient(random: Random) -> Image.Image:
    height, width = _size(random)
    rows, columns = np.mgrid[:height, :width]
    return _picture(random.uniform(0, 255) + rows * random.uniform(-1, 1) + columns * random.uniform(-1, 1))


def stripes(random: Random) -> Image.Image:
    height, width = _size(random)
    rows, columns = np.mgrid[:height, :width]
    angle = random.uniform(0, np.pi)
    across = np.cos(angle) * columns + np.sin(angle) * rows
    period = min(height, width) / random.uniform(3, 12)
    return _picture(127 + 120 * np.sign(np.sin(2 * np.pi * across / period)))


def checks(random: Random) -> Image.Image:
    height, width = _size(random)
    field = max(3, min(height, width) // int(random.integers(3, 12)))
    rows, columns = np.mgrid[:height, :width] // field
    return _picture(((rows + columns) % 2) * random.uniform(60, 255))


def solid(random: Random) -> Image.Image:
    """A filled disc or rectangle, from square to half as wide as high."""
    height, width = _size(random)
    page = Image.new("L", (width, height), 255)
    long = random.uniform(0.3, 0.9) * min(height, width)
    short = long * random.uniform(0.5, 1)
    down, across = (long, short) if random.random() < 0.5 else (short, long)
    top, left = random.uniform(0, height - down), random.uniform(0, width - across)
    draw = ImageDraw.Draw(page)
    shape = draw.rectangle if random.random() < 0.5 else draw.ellipse
    shape((left, top, left + across, top + down), fill=int(random.integers(0, 150)))
    return page


def _photos() -> list[Image.Image]:
    spec = find_spec("sklearn")
    if spec is None or spec.origin is None:
        return []
    folder = Path(spec.origin).parent / "datasets" / "images"
    return [Image.open(path).convert("RGB") for path in sorted(folder.glob("*.jpg"))]


def photo_of(photos: list[Image.Image]) -> Callable[[Random], Image.Image]:
    def photo(random: Random) -> Image.Image:
        whole = photos[int(random.integers(len(photos)))]
        side = int(random.integers(40, min(whole.size)))
        left, top = (int(random.integers(0, length - side + 1)) for length in whole.size)
        return whole.crop((left, top, left + side, top + side))

    return photo


def draw_all(count: int) -> Iterator[tuple[str, Image.Image]]:
    """Draw `count` pictures of each kind: the kind and the picture."""
    kinds: dict[str, Callable[[Random], Image.Image]] = {
        make.__name__: make for make in (blank, noise, clouds, gradient, stripes, checks, solid)
    }
    photos = _photos()
    if photos:
        kinds["photo"] = photo_of(photos)
    for number, (name, make) in enumerate(kinds.items()):
        random = np.random.default_rng([1, number])
        for _ in range(count):
            yield name, make(random)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.outliers", description=__doc__)
    parser.add_argument("--model", default="default", help="default, strong, or a file")
    parser.add_argument("--count", type=int, default=200, help="pictures of each kind (default: 200)")
    options = parser.parse_args()
    network = Network.load(find_model(options.model))
    found: dict[str, Counter[str]] = {}
    for name, picture in draw_all(options.count):
        counts = found.setdefault(name, Counter())
        try:
            answer = answer_to(network, read_digit(picture, network))
        except ImageError:
            counts["refused"] += 1
            continue
        counts["sure" if answer.sure else "not sure"] += 1
    if "photo" not in found:
        print("no photos: scikit-learn is not installed", file=sys.stderr)
    total = sum(found.values(), Counter())
    pictures = options.count * len(found)
    print(f"{'kind':<10}{'pictures':>10}{'refused':>10}{'not sure':>10}{'sure':>10}")
    for name, counts in {**found, "all": total}.items():
        number = pictures if name == "all" else options.count
        print(f"{name:<10}{number:>10}{counts['refused']:>10}{counts['not sure']:>10}{counts['sure']:>10}")
    print(f"a confident digit for {total['sure'] / pictures:.1%} of {pictures:,} pictures without one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
