"""The readable walk, the fast path and the definition of a derivative must come to the same numbers."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.graph import ACTIVATIONS, LOSSES, reference

SHAPES = [[3, 2], [5, 4, 3], [4, 6, 5, 2], [2, 3, 1]]
TOLERANCE = {"float64": 1e-12, "float32": 1e-6}


def combinations():
    for number, (sizes, hidden, last, loss) in enumerate(
        itertools.product(SHAPES, ACTIVATIONS, ACTIVATIONS, LOSSES)
    ):
        if LOSSES[loss].needs in (None, last):
            yield number, sizes, [hidden] * (len(sizes) - 2) + [last], loss


def random_case(seed: int, sizes: list[int], activations: list[str], loss: str, dtype: str):
    generator = np.random.default_rng(seed)
    network = Network(sizes, activations, loss, dtype=dtype, seed=generator)
    network.parameters += 0.3 * generator.standard_normal(network.parameters.size).astype(dtype)
    image = generator.random(sizes[0]).astype(dtype)
    target = generator.random(sizes[-1])
    return network, image, target / target.sum()


def arrays(network: Network) -> dict[str, np.ndarray]:
    found = {"gradients": network.gradients.copy()}
    for layer in network.layers:
        for what in ("totals", "values", "gradients", "value_gradients"):
            found[f"{layer.name}.{what}"] = getattr(layer, what).copy()
    return found


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_the_walk_and_the_fast_path_agree_on_every_array(dtype: str) -> None:
    for case in combinations():
        network, image, target = random_case(*case, dtype)
        network.forward(image)
        fast_loss = network.backward([target])
        fast = arrays(network)
        network.gradients[...] = 99
        reference.forward(network, image.tolist())
        loss = reference.backward(network, target.tolist(), to_input=True)
        assert loss == pytest.approx(fast_loss, abs=TOLERANCE[dtype], rel=TOLERANCE[dtype])
        for name, walked in arrays(network).items():
            assert walked.shape == fast[name].shape, (case, name)
            np.testing.assert_allclose(
                walked, fast[name], rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype], err_msg=f"{case} {name}"
            )


@pytest.mark.parametrize("dtype", TOLERANCE)
def test_they_agree_at_the_size_that_people_use(dtype: str) -> None:
    network, image, _ = random_case(7, [784, 128, 10], ["relu", "softmax"], "cross-entropy", dtype)
    network.parameters *= 0.2  # random_case widens the weights; keep the totals of 784 edges moderate
    one_hot = np.eye(10)[7]
    network.forward(image)
    network.backward([one_hot])
    fast = arrays(network)
    reference.forward(network, image.tolist())
    reference.backward(network, one_hot.tolist(), to_input=True)
    for name, walked in arrays(network).items():
        scale = max(1.0, float(np.abs(walked).max(initial=0)))
        np.testing.assert_allclose(walked, fast[name], rtol=0, atol=TOLERANCE[dtype] * scale, err_msg=name)
        assert name == "input.totals" or np.ptp(walked) > 0  # there is something to compare


def test_a_batch_is_the_mean_of_its_images() -> None:
    for number, sizes, activations, loss in combinations():
        network, _, target = random_case(number, sizes, activations, loss, "float64")
        images = np.random.default_rng(number).random((3, sizes[0]))
        targets = np.array([np.roll(target, place) for place in range(3)])
        singles = []
        for image, wanted in zip(images, targets, strict=True):
            network.forward(image)
            singles.append((network.backward([wanted]), arrays(network)))
        network.forward(images)
        mean_loss = network.backward(targets)
        assert mean_loss == pytest.approx(np.mean([loss for loss, _ in singles]), abs=1e-12)
        for name, found in arrays(network).items():
            each = [single[name] for _, single in singles]
            expected = np.mean(each, axis=0) if name == "gradients" else np.concatenate(each)
            np.testing.assert_allclose(found, expected, atol=1e-12, err_msg=f"{sizes} {activations} {name}")


def test_the_walk_leaves_the_input_alone_unless_it_is_asked() -> None:
    network, image, target = random_case(3, [5, 4, 3], ["tanh", "softmax"], "cross-entropy", "float64")
    reference.forward(network, image.tolist())
    reference.backward(network, target.tolist())
    assert len(network.input.gradients) == 0
    hidden = [node.gradient for node in network.layers[1].nodes]
    reference.backward(network, target.tolist(), to_input=True)
    assert hidden == [node.gradient for node in network.layers[1].nodes]
    # d loss / d input is what comes back along the outgoing edges.
    for node in network.input.nodes:
        back = sum(edge.weight * edge.target.gradient for edge in node.outgoing)
        assert node.gradient == pytest.approx(back, abs=1e-12)


def test_the_walk_refuses_images_and_targets_of_another_length() -> None:
    network, image, target = random_case(3, [5, 4, 3], ["tanh", "softmax"], "cross-entropy", "float64")
    with pytest.raises(ValueError, match=r"shorter|longer"):
        reference.forward(network, image[:-1].tolist())
    reference.forward(network, image.tolist())
    with pytest.raises(ValueError, match=r"shorter|longer"):
        reference.backward(network, target[:-1].tolist())


def test_gradients_are_the_slopes_of_the_loss() -> None:
    nudge = 1e-6
    for number, sizes, activations, loss in combinations():
        network, image, target = random_case(number, sizes, activations, loss, "float64")

        def mean_loss(network=network, image=image, target=target) -> float:
            network.forward(image)
            return float(network.losses([target]).mean())

        network.forward(image)
        network.backward([target])
        found = network.gradients.copy(), [float(g) for g in network.input.gradients[0]]
        views = [
            (view, name)
            for layer in network.layers[1:]
            for node in layer.nodes
            for view, name in [(node, "bias"), *((edge, "weight") for edge in node.incoming)]
        ]
        slopes = {}
        for view, name in views:
            number_there = float(getattr(view, name))
            setattr(view, name, number_there + nudge)
            above = mean_loss()
            setattr(view, name, number_there - nudge)
            below = mean_loss()
            setattr(view, name, number_there)
            slopes[view, name] = (above - below) / (2 * nudge)
        for number, gradient in enumerate(found[1]):
            losses = []
            for change in (nudge, -nudge):
                moved = image.copy()
                moved[number] += change
                losses.append(mean_loss(image=moved))
            slope = (losses[0] - losses[1]) / (2 * nudge)
            assert gradient == pytest.approx(slope, abs=1e-7, rel=1e-5), (activations, loss, number)
        network.gradients[...] = found[0]
        for (view, name), slope in slopes.items():
            gradient = float(view.gradient if name == "weight" else view.bias_gradient)
            assert gradient == pytest.approx(slope, abs=1e-7, rel=1e-5), (activations, loss, view)


def test_the_walk_knows_no_numpy() -> None:
    import ast
    from pathlib import Path

    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not any("numpy" in name or name == "np" for name in imported)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_survive_any_total(name: str, dtype: str) -> None:
    activation = ACTIVATIONS[name]
    totals = np.array([[1e4, -1e4, 0.0, 1.5], [-1e4, -1e4, -1e4, -1e4]], dtype)
    values = np.empty_like(totals)
    activation.forward(totals, values)
    gradients = np.empty_like(values)
    activation.backward(values, np.ones_like(values), gradients)
    assert np.isfinite(values).all()
    assert np.isfinite(gradients).all()
    for row, expected in zip(totals, values, strict=True):
        assert activation.reference(row.tolist()) == pytest.approx(expected.tolist(), abs=1e-6)


def test_activations_have_their_published_values() -> None:
    # e = 2.718281828459045: sigmoid(1) = e / (e + 1), tanh(1) = (e^2 - 1) / (e^2 + 1)
    expected = {
        "relu": [0.0, 1.0],
        "sigmoid": [0.2689414213699951, 0.7310585786300049],
        "tanh": [-0.7615941559557649, 0.7615941559557649],
        "linear": [-1.0, 1.0],
        "softmax": [0.11920292202211756, 0.8807970779778824],
    }
    assert expected.keys() == ACTIVATIONS.keys()
    for name, values in expected.items():
        found = np.empty((1, 2))
        ACTIVATIONS[name].forward(np.array([[-1.0, 1.0]]), found)
        assert found[0].tolist() == pytest.approx(values, abs=1e-15)
