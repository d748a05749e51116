"""The whole of learning, one node and one edge at a time.

This is the textbook's arithmetic in plain Python: no array, no library, one image. It walks the same
Node and Edge objects that people look at, reads and writes their numbers, and must come to the same
answers as the fast path in the layers; a test compares every one of them.

    >>> forward(network, pixels)
    >>> loss = backward(network, [0, 0, 0, 0, 0, 0, 0, 1, 0, 0])    # it was a 7
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mnist_ocr.graph.network import Network


def forward(network: Network, image: Sequence[float]) -> list[float]:
    """Send one image through: every node adds up, bends and passes on. Returns the output values."""
    for layer in network.layers:
        layer.allocate(1)
    for node, pixel in zip(network.input.nodes, image, strict=True):
        node.value = pixel

    values = [float(pixel) for pixel in image]
    for layer in network.layers[1:]:
        totals = []
        for node in layer.nodes:
            total = float(node.bias)
            for edge, value in zip(node.incoming, values, strict=True):
                total += float(edge.weight) * value
            node.total = total
            totals.append(total)
        values = layer.activation.reference(totals)
        for node, value in zip(layer.nodes, values, strict=True):
            node.value = value
    return values


def backward(network: Network, target: Sequence[float], *, to_input: bool = False) -> float:
    """Send the gradients back for the image of the last `forward`. Returns its loss.

    A node's gradient is d loss / d total. An edge's gradient is the value that came in times the
    gradient where it arrived; a bias's is its node's. The d loss / d value of a node one layer earlier is
    the sum over its outgoing edges of weight times gradient at the far end; the slope of its activation
    turns that into its own gradient. With `to_input` the values at both ends, the pixels and the answers,
    get theirs too, which no step needs.
    """
    output = network.output
    values = [float(node.value) for node in output.nodes]
    totals = [float(node.total) for node in output.nodes]
    gradients = network.loss.reference_backward(output.activation, values, list(target))
    output.allocate_gradients(of_values=to_input)
    if to_input:
        value_gradients = network.loss.reference_value_gradients(values, list(target))
        for node, gradient in zip(output.nodes, value_gradients, strict=True):
            node.value_gradient = gradient

    for layer in network.layers[:0:-1]:
        assert layer.previous is not None
        signals = [float(node.value) for node in layer.previous.nodes]
        for node, gradient in zip(layer.nodes, gradients, strict=True):
            node.gradient = gradient
            node.bias_gradient = gradient
            for edge, signal in zip(node.incoming, signals, strict=True):
                edge.gradient = signal * gradient
        if layer.index == 1 and not to_input:
            break
        layer.previous.allocate_gradients()
        value_gradients = []
        for node in layer.previous.nodes:
            arriving = zip(node.outgoing, gradients, strict=True)
            value_gradients.append(sum(float(edge.weight) * gradient for edge, gradient in arriving))
            node.value_gradient = value_gradients[-1]
        gradients = layer.previous.activation.reference_backward(signals, value_gradients)

    if to_input:
        for node, gradient in zip(network.input.nodes, gradients, strict=True):
            node.gradient = gradient
    return network.loss.reference(totals, values, list(target))
