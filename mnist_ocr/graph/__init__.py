"""The network itself: nodes, edges, layers. It knows nothing of digits, pictures or training."""

from mnist_ocr.graph.activations import ACTIVATIONS, Activation
from mnist_ocr.graph.edge import Edge
from mnist_ocr.graph.layer import Layer
from mnist_ocr.graph.losses import LOSSES, Loss
from mnist_ocr.graph.network import Network
from mnist_ocr.graph.node import Node

__all__ = ["ACTIVATIONS", "LOSSES", "Activation", "Edge", "Layer", "Loss", "Network", "Node"]
