"""The model file: a network as JSON that a person reads in an editor and a loader checks to the last number.

    {
      "format": "mnist_ocr network",
      "version": 1,
      "about": ["how to read this file", ...],
      "training": {"...": "what it was trained on, how, and how it scored"},
      "sure_above": 0.9,
      "loss": "cross-entropy",
      "numbers": "float32",
      "layers": [
        {"name": "input", "size": 784},
        {"name": "hidden", "size": 128, "activation": "relu", "nodes": [
          {"name": "hidden[0]", "bias": 0.1, "weights": [784 numbers, 28 a line]},
          ...

`layers[k].nodes[j].weights[i]` is the weight of the edge from node i of layer k-1 to node j of layer k, and
that path is how messages name a number. At 28 numbers a line, a node above the image is written as 28 rows
of 28: row r, column c is the weight from pixel (r, c).

A number is written as the shortest text that reads back to the same float, so that loading what was saved
gives the same network to the bit, and saving what was loaded gives the same bytes.

`model.schema.json` beside this file (`SCHEMA` is its path) says the same as JSON Schema: an editor that is
pointed at it explains every key, and underlines what would be refused.
"""

from mnist_ocr.modelfile.form import LARGEST_FILE, SCHEMA, ModelFileError
from mnist_ocr.modelfile.reading import load
from mnist_ocr.modelfile.writing import save, shortest

__all__ = ["LARGEST_FILE", "SCHEMA", "ModelFileError", "load", "save", "shortest"]
