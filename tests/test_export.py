"""`export` where the library that it needs is not installed, which the other tests cannot see."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_a_missing_library_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "model.onnx"
    without = "import sys; sys.modules['onnx'] = None; from mnist_ocr.__main__ import main; sys.exit(main())"
    words = [sys.executable, "-c", without, "export", "--onnx", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "error: export --onnx needs the onnx library: pip install 'onnx>=1.21'\n"
    assert not path.parent.exists()


def test_the_way_to_get_it_is_the_extra_itself() -> None:
    assert '"onnx>=1.21"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
