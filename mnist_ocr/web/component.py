"""The viewer's sheet and its network as parts of a Streamlit page, and what travels to them and back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.report.answer import CONFIDENCE_THRESHOLD
from mnist_ocr.viewer import script, style

_PNG = "data:image/png;base64,"

MOST_LETTERS = 2_000_000
"""Of a drawing on its way: a sheet of 336 x 336 pixels has less than a tenth of them, however wild."""

_LOOK = """
.viewer > div { display: grid; gap: 16px; }
.viewer .inspector .actions, .viewer .edge > button { display: none; }
.viewer .edge input { border-color: transparent; background: none; padding-inline: 0; }
"""
"""Where the parts stand alone, one below the other; and nothing is changed in a network that Python owns."""


def _part(name: str) -> Any:
    """A module of this folder whose default export Streamlit calls, with what it takes from the viewer."""
    return st.components.v2.component(
        f"mnist_ocr_{name}",
        html='<div class="viewer"></div>',
        css=style() + _LOOK,
        js=Path(__file__).with_name("place.js").read_text(encoding="utf-8")
        + script(f"../web/{name}_part.js"),
    )


_sheet, _network = _part("sheet"), _part("network")


def draw_sheet() -> bytes | None:
    """Show the sheet.

    Returns:
        What is drawn on it just now, as a PNG file, or None while it is empty.

    Raises:
        InputError: what came from the browser is no drawing.
    """
    return drawing_of(_sheet(key="sheet", on_drawing_change=_nothing).drawing)


def draw_network(network: Network, key: str, pixels: npt.NDArray[np.uint8] | None) -> None:
    """Show a network, and what it does with a picture.

    Args:
        network: 784 inputs and ten outputs.
        key: other networks have other keys, as has this one once its numbers are others.
        pixels: (28, 28), 0 background, 255 full ink; None for no picture.
    """
    has = st.session_state.get("network", {}).get("has")
    data = {
        "key": key,
        "has": has,
        "network": None if has == key else as_numbers(network),
        "pixels": None if pixels is None else _base64(pixels),
    }
    _network(key="network", data=data, on_has_change=_nothing)


def drawing_of(sent: object) -> bytes | None:
    """The file in what a browser sent for a drawing, which can be anything.

    Raises:
        InputError: it is no PNG in Base64, or far too long for one of the sheet.
    """
    if sent is None:
        return None
    if isinstance(sent, str) and sent.startswith(_PNG) and len(sent) <= MOST_LETTERS:
        try:
            return base64.b64decode(sent.removeprefix(_PNG), validate=True)
        except (binascii.Error, ValueError):  # ValueError: letters that are not ASCII
            pass
    raise InputError("the drawing did not arrive whole: clear the sheet and draw it again")


def as_numbers(network: Network) -> Mapping[str, Any]:
    """All that a browser needs to build the same network; `network_part.js` has the other end."""
    precision = network.dtype.name
    # Not `network.parameters`: there the weights of one source are neighbours, here those of one node are.
    owned = [numbers.ravel() for layer in network.layers[1:] for numbers in (layer.weights, layer.biases)]
    return {
        "loss": network.loss.name,
        "numbers": precision,
        "sureAbove": network.metadata.get("sure_above", CONFIDENCE_THRESHOLD),
        "layers": [
            {
                "name": layer.name,
                "size": layer.size,
                "activation": layer.activation.name,
                "names": {str(index): name for index, name in layer.node_names.items()},
            }
            for layer in network.layers
        ],
        "parameters": _base64(np.concatenate(owned, dtype="<f4" if precision == "float32" else "<f8")),
    }


def _base64(numbers: npt.NDArray[np.generic]) -> str:
    return base64.b64encode(numbers.tobytes()).decode()


def _nothing() -> None:
    """Streamlit keeps only those states of a part that somebody listens to; the page is run again anyway."""
