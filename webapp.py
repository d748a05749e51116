"""Read digits on a page of your own machine: `streamlit run webapp.py`."""

import sys

from mnist_ocr.modelfile import MODELS, models_folder

if __name__ == "__main__":
    try:
        from streamlit import runtime
    except ImportError:
        sys.exit(
            "error: the page needs Streamlit: pip install 'streamlit>=1.66.1', then streamlit run webapp.py"
        )
    if not runtime.exists():
        sys.exit("error: Python alone does not serve this page: start it with: streamlit run webapp.py")
    from mnist_ocr.web import show

    show(models_folder(), MODELS["default"])
