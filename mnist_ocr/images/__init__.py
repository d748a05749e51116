"""A person's picture -> the ink -> the 28 x 28 picture that the network sees.

The way, one file a step: `load` (a small upright grey picture of whatever was given), `ink` (darker than
the paper around it), `components` (what is connected, without the paper's own lines), `segment` (which of
it is which digit), `normalise` (the thickness of MNIST's pen, its box and its centre of mass), `read` (the
whole way, every decision said).
"""

from mnist_ocr.images.load import BlankPictureError, ImageError, Picture, load_picture
from mnist_ocr.images.read import Reading, Stages, read_digit, read_digits

__all__ = [
    "BlankPictureError",
    "ImageError",
    "Picture",
    "Reading",
    "Stages",
    "load_picture",
    "read_digit",
    "read_digits",
]
