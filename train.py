"""Train a network: `python train.py --epochs 5`."""

import sys

from mnist_ocr.commands.train import main

if __name__ == "__main__":
    sys.exit(main())
