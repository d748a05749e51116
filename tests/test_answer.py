"""What an answer is made of, for networks of every kind."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_ocr import InputError, Network
from mnist_ocr.report.answer import Answer, ask, ask_all, percent

PIXELS = np.full((28, 28), 255, np.uint8)


def one_layer(activation: str, biases: list[float]) -> Network:
    network = Network.zeros([784, 10], [activation])
    network.output.biases = biases
    return network


def test_softmax_answers_are_the_output_values() -> None:
    network = one_layer("softmax", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    answer = ask(network, PIXELS)
    assert answer.digit == 9
    # 1 / (1 + e^-1 + ... + e^-9) = (1 - e^-1) / (1 - e^-10)
    assert answer.confidence == pytest.approx((1 - np.exp(-1)) / (1 - np.exp(-10)), rel=1e-6)
    assert [digit for digit, _ in answer.ranking()] == list(range(9, -1, -1))
    assert ask_all(network, PIXELS[np.newaxis])[0].probabilities == pytest.approx(answer.probabilities)


def test_other_outputs_are_shares_of_their_sum() -> None:
    answer = ask(one_layer("linear", [3, 1, 0, -5, 0, 0, 0, 0, 0, 0]), PIXELS)
    assert answer.probabilities == pytest.approx((0.75, 0.25) + (0,) * 8)


@pytest.mark.parametrize("activation", ["linear", "relu"])
def test_outputs_that_speak_for_nothing_are_no_certainty(activation: str) -> None:
    answer = ask(one_layer(activation, [-1.0] * 10), PIXELS)
    assert answer.confidence == pytest.approx(0.1)
    assert not answer.sure


def test_an_answer_is_sure_from_its_threshold_on() -> None:
    sure = [Answer(3, confidence, (), 0.9).sure for confidence in (0.9, np.nextafter(0.9, 0), 1.0)]
    assert sure == [True, False, True]


def test_weights_that_overflow_are_told_and_no_traceback() -> None:
    network = one_layer("softmax", [0.0] * 10)
    network.output.weights = np.full((10, 784), 3e38)
    with pytest.raises(InputError, match="no number any more"):
        ask(network, PIXELS)
    with pytest.raises(InputError, match="no number any more"):
        ask_all(network, PIXELS[np.newaxis])


def test_percent_never_claims_a_certainty_that_is_none() -> None:
    shown = [percent(part) for part in (1, 0.9996, 0.5, 0.0004, 0)]
    assert shown == ["100.0 %", "> 99.9 %", "50.0 %", "< 0.1 %", "0.0 %"]
