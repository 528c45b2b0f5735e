"""Layers: what stands before and after their weights, skips, and dropout."""

import math

import pytest
import torch
from torch import nn

from lib.layers import Block, Dropout, Layer, Stack
from lib.models import PairNetwork


def block(layer: Layer, *shape: int) -> Block:
    return Block(layer, shape, math.prod(shape), torch.Generator())


def test_an_identity_skip_adds_what_came_in():
    layer, x = block(Layer(5, skip="identity"), 5), torch.randn(3, 5)
    torch.testing.assert_close(layer(x, x), layer.weights(x).relu() + x)


def test_an_input_skip_adds_a_projection_of_the_networks_input():
    x = torch.randn(3, 7)
    network = Stack((Layer(6), Layer(4, then="tanh", skip="input")), (7,), torch.Generator())
    first, second = network.blocks
    torch.testing.assert_close(network(x), second.weights(first(x, x)).tanh() + second.project(x).relu())
    assert second.project.in_features == 7


def test_an_input_skip_fits_a_convolution():
    x = torch.randn(3, 2, 6, 6)
    layer = block(Layer(4, kernel=3, then="pool2", skip="input"), 2, 6, 6)
    expected = nn.functional.max_pool2d(layer.weights(x), 2) + layer.project(x.flatten(1)).relu().view(3, 4, 2, 2)
    torch.testing.assert_close(layer(x, x), expected)


def test_a_layer_applied_three_times_uses_the_same_weights():
    layer, x = block(Layer(5, times=3), 5), torch.randn(3, 5)
    expected = layer.weights(layer.weights(layer.weights(x).relu()).relu()).relu()
    torch.testing.assert_close(layer(x, x), expected)


def test_words_act_in_the_order_in_which_they_are_written():
    layer, x = block(Layer(3, before="tanh relu", then="sigmoid softmax"), 4), torch.randn(2, 4)
    torch.testing.assert_close(layer(x, x), layer.weights(x.tanh().relu()).sigmoid().softmax(dim=1))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (Layer(4, kernel=3), (4, 6, 6)),
        (Layer(4, kernel=3, padding=1), (4, 8, 8)),
        (Layer(4, kernel=3, then="relu pool2"), (4, 3, 3)),
        (Layer(4, kernel=2, then="pool2"), (4, 3, 3)),
        (Layer(4, kernel=8), (4, 1, 1)),
        (Layer(4, before="pool2"), (4,)),
        (Layer(4), (4,)),
    ],
)
def test_a_layer_knows_the_shape_of_what_it_gives(layer, shape):
    made, x = block(layer, 2, 8, 8), torch.randn(3, 2, 8, 8)
    assert made.shape == shape == made(x, x).shape[1:]


@pytest.mark.parametrize("word", ["relu", "tanh", "sigmoid", "selu", "softmax", "norm", "pool2", "dropout0.5"])
def test_every_word_of_the_documentation_is_known(word, random):
    images = torch.randn(6, 2, 14, 14, generator=random)
    network = PairNetwork((Layer(4, kernel=3, then=word), Layer(2, then=""))).build(random)
    assert network(images).target.shape == (6, 2)


@pytest.mark.parametrize("words", [{"then": "relu swish"}, {"before": "swish"}])
def test_an_unknown_word_is_refused(words):
    with pytest.raises(ValueError, match="unknown word 'swish': choose from 'relu', 'tanh'"):
        Layer(4, **words)


@pytest.mark.parametrize("word", ["dropout", "dropout1", "dropout1.5", "dropout-0.1"])
def test_a_dropout_rate_outside_0_to_1_is_refused(word):
    with pytest.raises(ValueError, match=r"a dropout rate lies in \[0, 1\), as in dropout0\.5"):
        Layer(4, then=word)


@pytest.mark.parametrize("word", ["pool", "pool0", "pool1.5"])
def test_a_pool_without_a_size_is_refused(word):
    with pytest.raises(ValueError, match="say over how many pixels to pool, as in pool2"):
        Layer(4, kernel=3, then=word)


@pytest.mark.parametrize("layer", [Layer(4, skip="identity"), Layer(5, kernel=3, skip="identity")])
def test_an_identity_skip_between_shapes_that_do_not_fit_is_refused(layer):
    shape = (5, 8, 8) if layer.kernel else (5,)
    with pytest.raises(ValueError, match=r"the skip of .* does not fit: \(5,.*\) comes in, .* goes out"):
        block(layer, *shape)


@pytest.mark.parametrize("layer", [Layer(4, times=2), Layer(5, kernel=3, times=3)])
def test_a_layer_that_changes_the_shape_cannot_be_applied_twice(layer):
    shape = (5, 8, 8) if layer.kernel else (5,)
    with pytest.raises(ValueError, match=r"cannot be applied twice: \(5,.*\) comes in, .* goes out"):
        block(layer, *shape)


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"kernel=15.* does not fit: nothing would be left"):
        PairNetwork((Layer(4, kernel=15),)).build(torch.Generator())


def test_a_pool_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"pool4.* does not fit: nothing would be left"):
        PairNetwork((Layer(4, kernel=13, then="pool4"), Layer(2, then=""))).build(torch.Generator())


# --- dropout ----------------------------------------------------------------------------------------------


def test_dropout_does_nothing_when_the_network_is_judged():
    x = torch.randn(5, 5)
    assert torch.equal(Dropout(0.5, torch.Generator()).eval()(x), x)


def test_dropout_of_rate_0_does_nothing():
    x = torch.randn(5, 5)
    assert torch.equal(Dropout(0.0, torch.Generator())(x), x)


@pytest.mark.parametrize("rate", [0.2, 0.5, 0.8])
def test_dropout_zeroes_its_rate_and_keeps_the_mean(rate, random):
    y = Dropout(rate, random)(torch.ones(100_000))
    assert (y == 0).double().mean().item() == pytest.approx(rate, abs=0.01)
    assert y.mean().item() == pytest.approx(1, abs=0.03)
    torch.testing.assert_close(y[y != 0], torch.full_like(y[y != 0], 1 / (1 - rate)))


def test_dropout_masks_the_gradient_as_it_masked_the_values(random):
    x = torch.ones(50, requires_grad=True)
    y = Dropout(0.5, random)(x)
    y.sum().backward()
    assert torch.equal(x.grad, y.detach())


def test_dropout_repeats_itself_with_its_generator():
    first, again, other = (Dropout(0.5, torch.Generator().manual_seed(s))(torch.ones(100)) for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_dropout_draws_a_new_mask_every_time(random):
    dropout = Dropout(0.5, random)
    assert not torch.equal(dropout(torch.ones(100)), dropout(torch.ones(100)))


def test_dropout_leaves_torchs_global_random_numbers_alone(random):
    before = torch.get_rng_state()
    Dropout(0.5, random)(torch.ones(100))
    assert torch.equal(torch.get_rng_state(), before)
