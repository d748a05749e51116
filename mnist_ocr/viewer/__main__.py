"""`python -m mnist_ocr.viewer FILE.html`: write the page without a model, as it lies in the checkout."""

import sys
from pathlib import Path

from mnist_ocr.viewer import page

if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(page().encode())
