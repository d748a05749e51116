"""A neural network that you can take in your hands.

>>> from mnist_ocr import Network
>>> network = Network.load("models/mnist-784-128-10.json")
>>> print(network)
>>> network.layers[1].nodes[17].incoming[406].weight = 0
"""

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Edge, Layer, Network, Node

__version__ = "1.0.0"
__all__ = ["Edge", "InputError", "Layer", "Network", "Node", "__version__"]
