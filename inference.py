"""Read a digit: `python inference.py --image-path digit.png`."""

import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while the program is loaded, Ctrl-C ends it without a word

# NumPy's matrix library starts a thread for each core, which takes longer than one picture needs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from mnist_ocr.commands.inference import main

if __name__ == "__main__":
    sys.exit(main())
