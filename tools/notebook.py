"""Run the notebook from top to bottom and store what its cells print and draw.

    python tools/notebook.py                   # into notebook.ipynb itself
    python tools/notebook.py COPY.ipynb        # into another file
    python tools/notebook.py COPY.ipynb mnist  # with MNIST, whose images are not ours to keep in the project

The cells stay as they are. Stored is what a reader sees and nothing of the machine: no times, no versions, no
names of folders. Needs `pip install -e '.[notebook]'`.
"""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

NOTEBOOK = ROOT / "notebook.ipynb"

DATASET = "synthetic"
"""What the stored notebook learns from."""

SECONDS = 300
"""A cell that takes longer has got stuck."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(notebook: nbformat.NotebookNode) -> None:
    """Run all cells in the project's folder, with the Python that runs this.

    Raises:
        CellExecutionError: a cell raised; the message shows which, and what.
    """
    # Without folders to search, there is no other kernel of that name that could be meant.
    specifications = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)
    NotebookClient(
        notebook,
        km=AsyncKernelManager(kernel_name="python3", kernel_spec_manager=specifications),
        timeout=SECONDS,
        resources={"metadata": {"path": str(ROOT)}},
        extra_arguments=["--log-level=ERROR"],  # it warns of traffic that never leaves the machine
        record_timing=False,
        coalesce_streams=True,
    ).execute()


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Leave nothing that another machine would have otherwise, nor anything that is larger than need be."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = in_few_colours(output.data["image/png"])
                output.data.pop("image/jpeg", None)  # the same picture again, blurred


def in_few_colours(text: str) -> str:
    """A PNG, as base64, in 256 colours: a third of the bytes, and nobody sees the difference."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
        # Not the usual way to choose them, which turns a rare orange into brown.
        few = picture.convert("RGB").quantize(method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)
    return base64.b64encode(file.getvalue()).decode()


def main(output: str | Path = NOTEBOOK, dataset: str = DATASET) -> None:
    from mnist_ocr.files import whole_file

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace(f'DATASET = "{DATASET}"', f'DATASET = "{dataset}"')
    execute(notebook)
    tidy(notebook)
    nbformat.validate(notebook)
    with whole_file(Path(output)) as file:
        file.write(f"{nbformat.writes(notebook)}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
