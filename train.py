"""Train a network: `python train.py --epochs 5`."""

import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while the program is loaded, Ctrl-C ends it without a word

from mnist_ocr.commands.train import main

if __name__ == "__main__":
    sys.exit(main())
