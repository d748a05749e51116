"""`viewer.html`: one HTML file that shows a network, reads drawings and trains in the browser.

Its source is the folder `page/` of the project, whose README says how it is built; `npm run build` there
ends with

    python -m mnist_ocr.page          puts the default network and 3,000 synthetic digits into what Vite made

The page has three places for data, script elements of a type that no browser runs: `model` and `digits`, a
gzip file in Base64 each, and `reading`, JSON. `page` fills them with other data: no Node is needed to open a
network of your own.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import html
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_ocr.data.glyphs import Glyph, load_glyphs
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import Reading
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.explanation_picture import preprocessing_steps

_HERE = Path(__file__).resolve().parent
_CHECKOUT = _HERE.parent

DIGITS, SEED, WAYS = 3000, 0, 2
"""How many digits the page has, and of how many ways of writing each: enough to learn within seconds."""


def find_page() -> Path:
    """`viewer.html`, which an installed package has inside and a checkout beside it."""
    inside = _HERE / "viewer.html"
    return inside if inside.is_file() else _CHECKOUT / "viewer.html"


def page(
    model: str,
    name: str = "",
    *,
    reading: dict[str, Any] | None = None,
    digits: tuple[NDArray[np.uint8], NDArray[np.uint8]] | None = None,
) -> str:
    """The page with other data in it.

    Args:
        model: the text of a model file that reads digits, which the page shows.
        name: of that file, for display.
        reading: a picture that it opens with, from `reading_object`; {} for an empty sheet.
        digits: (count, 28, 28) and (count,), images and labels to train on; None for the synthetic ones.
    """
    document = find_page().read_text(encoding="utf-8")
    document = _fill(document, "model", _pack(model.encode()), name)
    if reading is not None:
        # In JSON, "<" occurs only within a string, where it can be written as an escape.
        document = _fill(document, "reading", json.dumps(reading).replace("<", "\\u003c"))
    if digits is not None:
        document = _fill(document, "digits", _pack(_digit_bytes(*digits)), "MNIST")
    return document


def reading_object(reading: Reading, name: str) -> dict[str, Any]:
    """What Python read on a picture and how, as the page shows it."""
    steps = []
    for step in preprocessing_steps(reading):
        file = io.BytesIO()
        Image.fromarray(step.colours).save(file, "png")
        picture = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
        steps.append({"heading": step.heading, "note": step.note, "picture": picture})
    return {
        "name": name,
        "pixels": reading.pixels.ravel().tolist(),
        "decisions": list(reading.decisions),
        "steps": steps,
    }


def build(made: str, before: str) -> str:
    """What Vite made, with the default network, the digits, and a policy that forbids it to load anything.

    Args:
        made: the HTML of `page/dist/index.html`.
        before: the page of until now. What it holds is taken from there where it means the same: another zlib
            packs the same bytes differently, and other processors round a grey differently.
    """
    policy = f'<meta http-equiv="Content-Security-Policy" content="{_policy(made)}">'
    made = made.replace("<head>", f"<head>\n{policy}", 1)
    model = find_model("default")
    text = model.read_text(encoding="utf-8").encode()  # with the same ends of lines everywhere
    document = _fill(made, "model", _again(before, "model", text, 0), model.name)
    digits = _digit_bytes(*draw_digits(DIGITS, SEED, glyphs=_usual_glyphs()))
    return _fill(document, "digits", _again(before, "digits", digits, 1), "synthetic digits")


def _usual_glyphs() -> list[Glyph]:
    """The most usual ways of writing each digit."""
    by_weight = sorted(load_glyphs(), key=lambda glyph: -glyph.weight)
    return [glyph for digit in range(10) for glyph in [one for one in by_weight if one.digit == digit][:WAYS]]


def _digit_bytes(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    """The labels, one byte each, and then the images."""
    return labels.astype(np.uint8).tobytes() + images.astype(np.uint8).tobytes()


def _policy(document: str) -> str:
    """Script and style are allowed by their hashes: no other script can run in the page."""

    def hashes(tag: str, inside: str) -> str:
        texts = re.findall(rf"<{tag}\b{inside}[^>]*>(.*?)</{tag}>", document, re.DOTALL)
        digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts)
        return " ".join(f"'sha256-{digest}'" for digest in digests)

    script, style = hashes("script", " type=.module."), hashes("style", "")
    return (
        f"default-src 'none'; script-src {script}; style-src {style}; "
        "img-src data: blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
    )


def _slot(name: str) -> re.Pattern[str]:
    return re.compile(rf'(<script type="[a-z/]+" id="{name}")(?: data-name="[^"]*")?>([^<]*)</script>')


def _fill(document: str, slot: str, content: str, name: str = "") -> str:
    named = f' data-name="{html.escape(name)}"' if name else ""
    filled, places = _slot(slot).subn(lambda found: f"{found[1]}{named}>{content}</script>", document)
    if places != 1:
        raise ValueError(f"the page has {places} places for its {slot}: expected one")
    return filled


def _pack(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()


def _again(before: str, slot: str, content: bytes, tolerance: int) -> str:
    """The packed content, or what the page has already where no byte differs by more than the tolerance."""
    found = _slot(slot).search(before)
    if found and found[2]:
        old = np.frombuffer(gzip.decompress(base64.b64decode(found[2])), np.uint8).astype(int)
        new = np.frombuffer(content, np.uint8)
        if old.shape == new.shape and int(abs(old - new).max()) <= tolerance:
            return found[2]
    return _pack(content)


def main() -> int:
    """Write `viewer.html`, or see whether it is what it would be."""
    parser = argparse.ArgumentParser(prog="python -m mnist_ocr.page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare; 1 if viewer.html is old")
    options = parser.parse_args()
    path = _CHECKOUT / "viewer.html"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    built = build((_CHECKOUT / "page" / "dist" / "index.html").read_text(encoding="utf-8"), before)
    if not options.check:
        path.write_bytes(built.encode())
        print(f"written  {path.name} ({len(built) / 1e6:.2f} MB)")
    elif built != before:
        print(f"{path.name} is not what page/ makes: run npm run build in page/", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
