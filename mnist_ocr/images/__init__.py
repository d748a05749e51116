"""A person's picture -> the ink -> the 28 x 28 picture that the network sees."""

from mnist_ocr.images.errors import BlankPictureError, ImageError
from mnist_ocr.images.normalise import normalise
from mnist_ocr.images.picture import Picture, load_picture
from mnist_ocr.images.reading import Reading, Stages, read_digit, read_digits

__all__ = [
    "BlankPictureError",
    "ImageError",
    "Picture",
    "Reading",
    "Stages",
    "load_picture",
    "normalise",
    "read_digit",
    "read_digits",
]
