"""What can be wrong with a picture, told to the person who gave it."""

from __future__ import annotations

from mnist_ocr.errors import InputError


class ImageError(InputError):
    """A picture cannot be used; the message says in one line why, and what would help."""


class BlankPictureError(ImageError):
    """The picture was read, but there is nothing on it that looks like ink."""
