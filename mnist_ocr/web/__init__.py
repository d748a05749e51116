"""The page of `streamlit run webapp.py`: a picture in, the answer out, and everything in between to look at.

Python does the reading and asks the network. What is drawn and what the network looks like are parts of the
viewer's page, mounted into this one.
"""

from mnist_ocr.web.page import show

__all__ = ["show"]
