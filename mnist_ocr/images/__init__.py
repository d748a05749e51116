"""From a person's picture to the 28 x 28 pixels that the network sees.

Each step is one file: `load` (makes a small, upright, grey picture), `ink` (finds what is darker than the
paper around it), `components` (connected components, without ruled lines), `segment` (which components form
which digit), `normalise` (stroke width, size and position as in MNIST), `read` (all steps, with a record of
every decision). A number is read by `rows`, from pieces that `cuts` makes of lines of writing, joined along
`paths`, after `forms` has removed boxes and underlines.
"""

from mnist_ocr.images.load import BlankPictureError, ImageError, Picture, load_picture
from mnist_ocr.images.read import Reading, Stages, read_digit, read_digits
from mnist_ocr.images.rows import Rows, read_rows

__all__ = [
    "BlankPictureError",
    "ImageError",
    "Picture",
    "Reading",
    "Rows",
    "Stages",
    "load_picture",
    "read_digit",
    "read_digits",
    "read_rows",
]
