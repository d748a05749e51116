"""A neural network that you can take in your hands.

>>> from mnist_ocr import Network
>>> network = Network.load("models/mnist-784-128-10.json")
>>> print(network)
>>> network.layers[1].nodes[17].incoming[406].weight = 0
"""

import signal
import sys

# While the program is loaded, Ctrl-C ends it without a word. So this comes before all other imports.
if (
    ("-m", "mnist_ocr") in zip(sys.orig_argv, sys.orig_argv[1:], strict=False)
    or any(word.endswith(("mnist-ocr", "mnist-ocr.exe")) for word in sys.orig_argv[:2])
) and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Edge, Layer, Network, Node

__version__ = "1.0.0"
__all__ = ["Edge", "InputError", "Layer", "Network", "Node", "__version__"]
