"""Read a digit: `python inference.py --image-path digit.png`."""

import gc
import os
import signal
import sys

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while the program is loaded, Ctrl-C ends it without a word

# NumPy's matrix library starts a thread for each core, which takes longer than one picture needs.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# Nothing that is being loaded is garbage yet, and to look for some would take a tenth of the whole time.
gc.disable()

from mnist_ocr.commands.inference import main  # noqa: E402

gc.freeze()
gc.enable()

if __name__ == "__main__":
    sys.exit(main())
