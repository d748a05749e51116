"""Read a digit: `python inference.py --image-path digit.png`."""

import gc
import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while the program is loaded, Ctrl-C ends it without a word

# NumPy's matrix library starts a thread for each core, which takes longer than one picture needs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Python looks for garbage while it loads all this, which takes a tenth of the time and finds none.
gc.disable()

from mnist_ocr.commands.inference import main  # noqa: E402

gc.freeze()  # what is loaded stays: never look through it again
gc.enable()

if __name__ == "__main__":
    sys.exit(main())
