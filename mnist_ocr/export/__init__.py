"""A network in the words of other programs, so that it can be asked where there is no mnist_ocr."""

from mnist_ocr.export.onnx_file import onnx_model, require_onnx, save_onnx

__all__ = ["onnx_model", "require_onnx", "save_onnx"]
