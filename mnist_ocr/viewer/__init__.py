"""A network to look at and to touch, as one web page that needs nothing but a browser."""

from mnist_ocr.viewer.assemble import page, script, style

__all__ = ["page", "script", "style"]
