"""A person's picture -> the ink -> the 28 x 28 picture that the network sees.

The way, one file a step: `source` (bytes), `picture` (upright, small), `grey` (one brightness a pixel),
`ink` (darker than the paper around it), `rules` (lines of the paper), `pieces` (what is connected),
`candidates` (what could be a digit), `grouping` (what is the same digit), `digits` (all of that),
`stroke` (the thickness of MNIST's pen), `normalise` (box and centre of mass), `reading` (the whole way).
"""

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
