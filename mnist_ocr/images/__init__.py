"""From a person's picture to the 28 x 28 pixels that the network sees.

Each step is one file: `load` (makes a small, upright, grey picture), `ink` (finds what is darker than the
paper around it), `components` (connected components, without ruled lines), `segment` (which components form
which digit), `normalise` (stroke width, size and position as in MNIST), `read` (all steps, with a record of
every decision). A number is read by `rows`: `forms` removes boxes and underlines, `lines` and `cuts` divide
the ink into pieces, `paths` joins them.
"""

from mnist_ocr.images.load import BlankPictureError, ImageError, Picture, load_picture
from mnist_ocr.images.read import Reading, Stages, read_digit

__all__ = [
    "BlankPictureError",
    "ImageError",
    "Picture",
    "Reading",
    "Stages",
    "load_picture",
    "read_digit",
]
