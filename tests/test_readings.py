"""A picture has several readings, and the network decides between them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from test_images import FIVE, ONE, drawn, grey_page, on_page, saved

from mnist_ocr.commands.inference import main
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.graph import Network
from mnist_ocr.images import load_picture, read_digit
from mnist_ocr.images.gate import (
    AMONG_SEVERAL,
    BELIEF,
    CERTAIN,
    Candidates,
    Gate,
    belief_features,
    judge,
    less_believed,
    sharpened,
    shipped_gate,
)
from mnist_ocr.images.hypotheses import find_hypotheses, selections
from mnist_ocr.images.ink import otsu
from mnist_ocr.images.read import read_file
from mnist_ocr.report.answer import answer_to

PIXELS, LABELS = draw_digits(40, seed=5)
ALONE = np.arange(2)
"""The partners of two hypotheses that have none."""


def network_that_says(*rows: list[float]) -> tuple[Network, np.ndarray]:
    """A network without weights but for one pixel per picture, and pictures of which it says these rows."""
    network = Network.zeros([784, 10])
    pictures = np.zeros((len(rows), 28, 28), np.uint8)
    for place, row in enumerate(rows):
        pictures[place, 0, place] = 255
        network.layers[1].weights[:, place] = np.log(row)
    return network, pictures


def spread(digit: int, probability: float) -> list[float]:
    return [probability if d == digit else (1 - probability) / 9 for d in range(10)]


# The gate.


def test_the_weights_of_all_readings_and_of_none_of_them_add_up() -> None:
    gate = Gate({"a": 2.0, BELIEF[0]: 1.5})
    beliefs = np.array([spread(3, 0.8), spread(5, 0.4)])
    priors = np.array([gate.prior({"a": 0.5, "unknown": 9.0}), gate.prior({})])
    assert priors.tolist() == [1.0, 0.0]
    # exp(1) * 0.8^1.5, exp(0) * 0.4^1.5, and exp(0) for "none of these"
    odds = np.array([np.e * 0.8**1.5, 0.4**1.5, 1.0])
    assert gate.weigh(priors, beliefs) == pytest.approx((odds / odds.sum())[:2])


def test_huge_priors_do_not_overflow() -> None:
    gate = Gate({})
    beliefs = np.array([spread(3, 0.8)] * 2)
    assert gate.weigh(np.array([5000.0, 4000.0]), beliefs).tolist() == [1.0, 0.0]
    assert gate.weigh(np.array([-5000.0, -4000.0]), beliefs).tolist() == [0.0, 0.0]


def test_belief_is_high_where_the_network_is_sure() -> None:
    sure, unsure, nothing = belief_features(np.array([spread(1, 0.9999), spread(1, 0.6), [0.1] * 10]))
    assert (sure >= unsure).all()
    assert (unsure >= nothing).all()


def test_a_cut_is_believed_as_much_as_its_worse_half() -> None:
    gate = Gate({BELIEF[0]: 1.0})
    beliefs = np.array([spread(3, 0.9), spread(5, 0.3), spread(8, 0.9)])
    assert less_believed(beliefs, np.array([1, 0, 2])).tolist() == [1, 1, 2]
    weights = gate.weigh(np.zeros(3), beliefs, np.array([1, 0, 2]))
    assert weights[0] == pytest.approx(weights[1])
    assert weights[2] == pytest.approx(3 * weights[0])


def test_a_certain_reading_is_what_the_network_says_and_nothing_else() -> None:
    network, pictures = network_that_says(spread(4, 0.7))
    verdict = judge(network, [Candidates(pictures, np.array([CERTAIN]), np.array([False]), ALONE[:1])])[0]
    assert verdict.probabilities == pytest.approx(spread(4, 0.7), abs=1e-6)
    assert verdict.weights.tolist() == [1.0]


def test_readings_that_disagree_make_no_sure_answer() -> None:
    network, pictures = network_that_says(spread(4, 0.999), spread(9, 0.999))
    same, other = np.array([2.0, 2.0]), np.zeros(2, bool)
    agree = judge(network, [Candidates(pictures[[0, 0]], same, other, ALONE)])[0]
    differ = judge(network, [Candidates(pictures, same, other, ALONE)])[0]
    assert agree.probabilities[4] > 0.95
    assert differ.probabilities.max() < 0.55
    assert agree.probabilities.sum() == pytest.approx(1)
    assert differ.probabilities.sum() == pytest.approx(1)


def test_a_digit_among_several_is_not_the_digit_of_the_picture() -> None:
    network, pictures = network_that_says(spread(4, 0.999))
    verdict = judge(network, [Candidates(pictures, np.array([3.0]), np.array([True]), ALONE[:1])])[0]
    assert verdict.digit_count == 2
    assert verdict.probabilities.argmax() == 4
    assert verdict.probabilities.max() < 2 * AMONG_SEVERAL + 0.2


def test_pictures_are_judged_alike_alone_and_together() -> None:
    network, pictures = network_that_says(spread(4, 0.9), spread(9, 0.8), spread(1, 0.7))
    first = Candidates(pictures[:2], np.array([1.0, 0.5]), np.zeros(2, bool), ALONE)
    second = Candidates(pictures[2:], np.array([0.0]), np.zeros(1, bool), ALONE[:1])
    together = judge(network, [first, second])
    for picture, verdict in zip((first, second), together, strict=True):
        assert verdict.probabilities == pytest.approx(judge(network, [picture])[0].probabilities)
    assert judge(network, []) == []


def test_a_lower_temperature_is_surer() -> None:
    row = np.array([spread(2, 0.6)])
    assert sharpened(row, 1.0) == pytest.approx(row)
    assert sharpened(row, 0.5)[0, 2] > 0.6
    assert sharpened(row, 0.5).sum() == pytest.approx(1)


def test_every_weight_in_the_file_belongs_to_a_feature() -> None:
    known = set(BELIEF)
    row = np.concatenate([drawn(FIVE), drawn(ONE), np.pad(drawn(side=60), (0, 60))[:120]], axis=1)
    pages = (grey_page(), Image.fromarray(PIXELS[0]).crop((5, 5, 23, 23)), 1 - np.pad(row, 30), scrap())
    for page in pages:
        for selection in selections(load_picture(page), (True, False)):
            known |= set(selection.features)
    assert set(shipped_gate().weights) <= known


# Hypotheses.


def scrap() -> np.ndarray:
    """A digit, and a piece of its neighbour at the edge of the crop."""
    ink = np.pad(drawn(), ((4, 4), (4, 40)))
    ink[20:100, -12:] = 1
    return 1 - ink


def test_otsu_divides_two_classes() -> None:
    grey = np.repeat(np.float32([20, 200]), [30, 70]).reshape(10, 10)
    found = otsu(grey)
    assert 20 < found.value < 200
    assert (found.dark, found.light) == (20, 200)
    assert found.separability == pytest.approx(1)
    assert found.dark_share == pytest.approx(0.3)


def test_an_even_change_of_light_is_less_separable_than_ink() -> None:
    ramp = np.tile(np.linspace(0, 255, 200, dtype=np.float32), (50, 1))
    assert otsu(ramp).separability == pytest.approx(0.75, abs=0.01)
    assert otsu(255 * (1 - on_page().astype(np.float32))).separability > 0.9


def test_a_neighbours_scrap_can_be_left_out() -> None:
    found = [hypothesis.selection for hypothesis in find_hypotheses(load_picture(scrap()), (True,))]
    assert any(selection.mask[:, :130].any() and not selection.mask[:, -12:].any() for selection in found)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("side", [16, 32])
@pytest.mark.parametrize("bilevel", [False, True])
def test_digits_cut_out_tightly_are_read(dark: bool, side: int, bilevel: bool) -> None:
    known = Network.load("default").predict(PIXELS.reshape(-1, 784) / 255) == LABELS
    assert known.sum() >= 30
    right = 0
    for pixels, label in zip(PIXELS[known], LABELS[known].tolist(), strict=True):
        image = Image.fromarray(pixels)
        crop = np.asarray(ImageOps.pad(image.crop(image.getbbox()), (side, side), Image.Resampling.BICUBIC))
        crop = np.where(crop > 110, 255, 0).astype(np.uint8) if bilevel else crop
        reading = read_digit(255 - crop if dark else crop)
        right += int(reading.probabilities.argmax()) == label
    assert right >= known.sum() - 3


def test_an_image_of_mnist_is_answered_as_the_network_answers_it() -> None:
    network = Network.load("default")
    for pixels in PIXELS[:5]:
        reading = read_digit(saved(Image.fromarray(pixels)), network)
        assert reading.probabilities == pytest.approx(network.predict_proba(pixels / 255)[0], abs=1e-7)
        assert (reading.weight, reading.alternatives) == (1.0, ())


def test_the_reading_that_is_shown_speaks_for_the_answer() -> None:
    network = Network.load("default")
    for pixels in PIXELS[:10]:
        crop = Image.fromarray(pixels).crop((4, 4, 24, 24))
        reading = read_digit(crop, network)
        own = network.predict_proba(reading.pixels / 255)[0]
        assert own[reading.probabilities.argmax()] >= own.max() / 2
        assert 0 < reading.weight + sum(other.weight for other in reading.alternatives) <= 1 + 1e-9


# What people and programs are told.


def test_the_alternatives_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "seven.png"
    grey_page(drawn([(0.2, 0.08), (0.8, 0.08), (0.45, 0.95)])).save(path)
    assert main(["--image-path", str(path), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["digit"] == 7
    assert said["alternatives"]
    for other in said["alternatives"]:
        assert set(other) == {"reading", "weight", "digit", "belief"}
    assert main(["--image-path", str(path)]) == 0
    text = capsys.readouterr().out
    assert f"{said['alternatives'][0]['reading']}: {said['alternatives'][0]['digit']}, believed" in text


def test_the_confidence_is_that_of_all_readings_together() -> None:
    network = Network.load("default")
    reading = read_digit(grey_page(), network)
    answer = answer_to(network, reading)
    assert answer.confidence == reading.probabilities.max()
    assert answer.digit == 5


def test_ink_as_wide_as_two_digits_may_be_two_that_touch() -> None:
    row = np.concatenate([drawn(FIVE), drawn(ONE)[:, 38:]], axis=1)
    row[55:62, 85:130] = 1  # a stroke from one to the other
    found = [
        hypothesis.selection for hypothesis in find_hypotheses(load_picture(1 - np.pad(row, 30)), (True,))
    ]
    halves = [selection for selection in found if selection.pieces == "half"]
    whole = found[0].mask if found[0].pieces == "joined" else halves[0].mask | halves[1].mask
    assert len(halves) == 2
    assert not (halves[0].mask & halves[1].mask).any()
    assert np.array_equal(halves[0].mask | halves[1].mask, whole)


def test_one_narrow_stroke_is_not_cut() -> None:
    found = find_hypotheses(load_picture(grey_page(drawn(ONE))), (True, False))
    assert "half" not in {
        hypothesis.selection.pieces for hypothesis in found if hypothesis.selection.dark_ink
    }


def test_a_picture_is_of_several_digits_for_every_command_alike(tmp_path: Path) -> None:
    several = 0
    for index in range(0, 40, 2):
        first, second = (pixels[:, pixels.any(axis=0)] for pixels in PIXELS[index : index + 2])
        touching = np.pad(np.hstack([first, second]), 8)
        path = tmp_path / "pair.png"
        Image.fromarray(255 - touching).resize((touching.shape[1] * 4, 176)).save(path)
        candidates, _ = read_file(path)
        assert candidates is not None
        (verdict,) = judge(Network.load("default"), [candidates])
        assert (read_digit(path).digit_count > 1) == (verdict.digit_count > 1)
        several += verdict.digit_count > 1
    assert several > 5
