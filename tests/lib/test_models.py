"""Networks: their values, weight sharing, heads, and the weights that they start from."""

import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from lib.course import reports
from lib.heads import Hard
from lib.layers import Layer
from lib.models import PairNetwork, SiameseNetwork, two_logits, words_of

SMALL = (Layer(20), Layer(10, then=""))
HEAD = (Layer(8), Layer(2, then=""))


@pytest.fixture
def images(random):
    return torch.randn(6, 2, 14, 14, generator=random)


# --- networks as values -----------------------------------------------------------------------------------


def test_networks_are_values_that_compare_hash_and_print():
    assert reports.d_siamese() == reports.d_siamese() != reports.d_siamese("unshared")
    assert len({reports.e_tail(), reports.e_tail(), reports.e_tail("argmax")}) == 2
    assert eval(repr(reports.c_convnet())) == reports.c_convnet()


def test_words_of_finds_every_word_of_branch_head_and_digit_head():
    model = SiameseNetwork((Layer(4, then="norm"),), (Layer(1, before="tanh", then=""),), (Layer(10, then="selu"),))
    assert sorted(words_of(model)) == ["norm", "selu", "tanh"]
    assert list(words_of(SiameseNetwork(SMALL, Hard()))) == ["relu"]


# --- logits -----------------------------------------------------------------------------------------------


def test_cross_entropy_of_a_one_logit_head_is_binary_cross_entropy(images, random):
    target = torch.tensor([0, 1, 1, 0, 1, 0])
    network = PairNetwork((Layer(5), Layer(1, then=""))).build(random)
    logit = network.layers(images).squeeze(1)
    ours = cross_entropy(network(images).target, target)
    torch.testing.assert_close(ours, binary_cross_entropy_with_logits(logit, target.float()))


def test_two_logits_stay_as_they_are():
    logits = torch.randn(4, 2)
    assert two_logits(logits) is logits


# --- sharing ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [reports.b_siamese(), reports.c_convnet(shared=True), reports.e_fc_aux()])
def test_a_shared_branch_gives_swapped_features_for_swapped_images(model, images, random):
    network = model.build(random).eval()
    torch.testing.assert_close(network.features(images.flip(1)), network.features(images).flip(1))


@pytest.mark.parametrize("sharing", ["partly", "unshared"])
def test_branches_that_do_not_share_give_other_features_for_swapped_images(sharing, images, random):
    network = SiameseNetwork((Layer(20), Layer(10, then="", own=True)), HEAD, sharing=sharing).build(random)
    difference = network.features(images.flip(1)) - network.features(images).flip(1)
    assert difference.abs().max() > 0.01


def test_a_shared_network_has_one_branch():
    network = SiameseNetwork(SMALL, HEAD).build(torch.Generator())
    assert network.second is network.first


def test_partly_shared_branches_hold_the_same_layers_but_for_their_own():
    network = reports.b_siamese("partly").build(torch.Generator())
    same = [a is b for a, b in zip(network.first.blocks, network.second.blocks, strict=True)]
    assert same == [True, False, True, False, True]


def test_unshared_branches_share_no_weight(random):
    network = SiameseNetwork(SMALL, HEAD, sharing="unshared").build(random)
    first, second = ({id(p) for p in branch.parameters()} for branch in (network.first, network.second))
    assert len(first) == len(second) == 4
    assert not first & second
    weights, others = (branch.blocks[0].weights[1].weight for branch in (network.first, network.second))
    assert not torch.equal(weights, others)


def test_each_branch_of_an_unshared_network_reads_its_own_image(images, random):
    network = SiameseNetwork(SMALL, HEAD, sharing="unshared").build(random)
    before, changed = network.features(images), images.clone()
    changed[:, 1] += 1
    after = network.features(changed)
    assert torch.equal(after[:, 0], before[:, 0])
    assert not torch.equal(after[:, 1], before[:, 1])


@pytest.mark.parametrize(
    "sharing",
    ["shared", "unshared"],
)
def test_a_branch_may_end_in_a_convolution_of_many_pixels(sharing, images, random):
    model = SiameseNetwork((Layer(4, kernel=3, then="pool2"),), HEAD, digit_head=None, sharing=sharing)
    assert model.build(random)(images).target.shape == (6, 2)


# --- heads ------------------------------------------------------------------------------------------------


def test_an_empty_digit_head_reads_the_digits_off_the_branch(images, random):
    network = SiameseNetwork(SMALL, HEAD).build(random)
    assert torch.equal(network(images).digits, network.features(images))


@pytest.mark.parametrize("digit_head", [(), (Layer(9, then=""),)])
def test_digits_that_are_not_read_off_ten_outputs_are_refused(digit_head):
    network = SiameseNetwork((Layer(20),), HEAD, digit_head=digit_head)
    with pytest.raises(ValueError, match=r"read off (20|9) outputs, not 10.*digit_head=None"):
        network.build(torch.Generator())


def test_a_digit_head_of_its_own_reads_each_digits_features(images, random):
    network = SiameseNetwork((Layer(20),), HEAD, digit_head=(Layer(10, then=""),)).build(random)
    linear, features = network.digit_head.blocks[0].weights[1], network.features(images)
    torch.testing.assert_close(network(images).digits, torch.stack([linear(features[:, 0]), linear(features[:, 1])], 1))


def test_the_head_reads_both_digits_side_by_side(images, random):
    network = SiameseNetwork(SMALL, (Layer(2, then=""),)).build(random)
    linear, features = network.head.blocks[0].weights[1], network.features(images)
    expected = linear(torch.cat([features[:, 0], features[:, 1]], dim=1))
    torch.testing.assert_close(network(images).target, expected)


def test_between_softmax_gives_the_head_probabilities(images, random):
    network = SiameseNetwork(SMALL, (Layer(2, then=""),), between="softmax").build(random)
    output, linear = network(images), network.head.blocks[0].weights[1]
    torch.testing.assert_close(output.target, linear(output.digits.softmax(dim=2).flatten(1)))


def test_between_argmax_gives_the_head_ones_and_zeros_and_no_gradient_to_the_branch(images, random):
    network = SiameseNetwork(SMALL, (Layer(2, then=""),), between="argmax").build(random)
    output, linear = network(images), network.head.blocks[0].weights[1]
    ones = torch.zeros(6, 2, 10).scatter(2, output.digits.argmax(dim=2, keepdim=True), 1)
    torch.testing.assert_close(output.target, linear(ones.flatten(1)))
    output.target.sum().backward()
    assert linear.weight.grad is not None
    assert all(weights.grad is None for weights in network.first.parameters())


# --- initialisation ---------------------------------------------------------------------------------------

BOUNDS = {
    "default": lambda fan_in, fan_out: (1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in)),
    "xavier": lambda fan_in, fan_out: (math.sqrt(6 / (fan_in + fan_out)), 0),
    "he": lambda fan_in, fan_out: (math.sqrt(6 / fan_in), 0),
}


@pytest.mark.parametrize("scheme", BOUNDS)
@pytest.mark.parametrize(("layer", "fan_in", "fan_out"), [(Layer(500), 392, 500), (Layer(300, kernel=3), 18, 300 * 9)])
def test_weights_fill_the_range_of_their_scheme(scheme, layer, fan_in, fan_out, random):
    module = PairNetwork((layer, Layer(2, then="")), scheme).build(random).layers.blocks[0].weights
    module = module[1] if isinstance(module, nn.Sequential) else module
    weight, bias = BOUNDS[scheme](fan_in, fan_out)
    assert 0.95 * weight < module.weight.max() <= weight + 1e-6
    assert -weight - 1e-6 <= module.weight.min() < -0.95 * weight
    assert 0.95 * bias <= module.bias.abs().max() <= bias + 1e-6


@pytest.mark.parametrize("torchs", [nn.Linear(392, 500), nn.Conv2d(2, 300, 3)])
def test_the_default_bounds_are_those_of_torch(torchs):
    bound = BOUNDS["default"](torchs.weight[0].numel(), None)[0]
    for values in (torchs.weight, torchs.bias):
        assert 0.95 * bound < values.abs().max() <= bound


def test_an_unknown_scheme_is_refused():
    with pytest.raises(
        ValueError, match="unknown init 'orthogonal' of PairNetwork: choose from 'default', 'xavier', 'he'"
    ):
        PairNetwork(HEAD, "orthogonal")


@pytest.mark.parametrize("scheme", BOUNDS)
def test_the_generator_alone_decides_the_weights(scheme):
    def weights(seed: int, outside: int) -> torch.Tensor:
        torch.manual_seed(outside)
        network = SiameseNetwork((Layer(8, kernel=3, then="relu norm"), *SMALL), HEAD, init=scheme)
        return nn.utils.parameters_to_vector(network.build(torch.Generator().manual_seed(seed)).parameters())

    with torch.random.fork_rng():
        assert torch.equal(weights(1, outside=1), weights(1, outside=2))
        assert not torch.equal(weights(1, outside=1), weights(2, outside=1))
