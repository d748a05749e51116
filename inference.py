"""Read a digit: `python inference.py --image-path digit.png`."""

import sys

from mnist_ocr.commands.inference import main

if __name__ == "__main__":
    sys.exit(main())
