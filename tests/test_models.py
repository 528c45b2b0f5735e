import math

import pytest
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from lib import reports
from lib.heads import Hard
from lib.models import Block, Dropout, Layer, Network, Pair, Siamese, parameters, two_logits, words_of

D_BRANCH = Siamese(reports.d_layers(10), Hard())
SMALL = (Layer(20), Layer(10, then=""))
HEAD = (Layer(8), Layer(2, then=""))


@pytest.fixture
def images(random):
    return torch.randn(6, 2, 14, 14, generator=random)


def block(layer: Layer, *shape: int) -> Block:
    return Block(layer, shape, math.prod(shape), torch.Generator())


# --- the published networks -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "published"),
    [
        pytest.param(reports.a_pair(), 153_410, id="A pair"),
        pytest.param(reports.a_pair(norm=False), 153_026, id="A pair without batch norm"),
        pytest.param(reports.a_pair(skip=True), 1_084_034, id="A pair with skips"),
        pytest.param(reports.a_siamese(), 153_396, id="A siamese 2"),
        pytest.param(reports.a_siamese(norm=False), 153_012, id="A siamese 2 without batch norm"),
        pytest.param(reports.a_siamese(skip=True), 619_892, id="A siamese 2 with skips"),
        pytest.param(reports.b_siamese(), 115_147, id="B siamese"),
        pytest.param(reports.b_siamese("partly"), 128_555, id="B reduced weight sharing"),
        pytest.param(reports.b_mlp(), 11_177_227, id="B MLP"),
        pytest.param(reports.c_mlp(), 69_345, id="C MLP"),
        pytest.param(reports.c_mlp(shared=True, digits=True), 47_083, id="C MLP shared, auxiliary loss"),
        pytest.param(reports.c_convnet(), 44_737, id="C ConvNet"),
        pytest.param(reports.c_convnet(shared=True, digits=True), 82_859, id="C ConvNet shared, auxiliary loss"),
        pytest.param(reports.d_baseline(), 69_530, id="D baseline"),
        pytest.param(D_BRANCH, 70_242, id="D branch alone"),
        pytest.param(reports.d_siamese(), 71_119, id="D siamese shared"),
        pytest.param(reports.d_siamese("unshared"), 141_361, id="D siamese unshared"),
        pytest.param(reports.e_fc_baseline(), 70_722, id="E FCBaseline"),
        pytest.param(reports.e_fc_aux(), 72_112, id="E FCAux"),
        pytest.param(reports.e_digits(), 72_226, id="E Digits"),
        pytest.param(reports.e_convnet(), 72_268, id="E ConvNet"),
        pytest.param(reports.e_tail(), 83_300, id="E ConvTail"),
        pytest.param(reports.e_tail("softmax"), 83_300, id="E ConvSoftMax"),
        pytest.param(reports.e_tail("argmax"), 83_300, id="E ConvArgMax"),
    ],
)
def test_every_published_parameter_count_is_met_to_the_unit(model, published):
    assert parameters(model) == published


@pytest.mark.parametrize(
    ("model", "has_digits"),
    [
        (reports.a_pair(16, 16, 16, skip=True), False),
        (reports.a_siamese(16, 16, 16, skip=True), True),
        (reports.a_siamese(16, 16, 16, compare="hard"), True),
        (reports.b_siamese("partly"), True),
        (reports.c_mlp(dropout=0.2), False),
        (reports.c_mlp(shared=True), False),
        (reports.c_mlp(shared=True, digits=True), True),
        (reports.c_convnet(norm=True), False),
        (reports.c_convnet(shared=True), False),
        (reports.c_convnet(shared=True, digits=True), True),
        (reports.d_baseline(norm=False, dropout=False, last="softmax"), False),
        (reports.d_siamese("unshared", "softmax", "softmax"), True),
        (reports.e_fc_baseline(), False),
        (reports.e_fc_aux(), True),
        (reports.e_convnet(), True),
        (reports.e_digits(), True),
        (reports.e_tail("softmax"), True),
        (reports.e_tail("argmax"), True),
    ],
)
def test_every_network_returns_two_logits_and_ten_for_each_digit(model, has_digits, images, random):
    output = model.build(random)(images)
    assert output.target.shape == (6, 2)
    assert torch.isfinite(output.target).all()
    if has_digits:
        assert output.digits.shape == (6, 2, 10)
    else:
        assert output.digits is None


def test_networks_are_values_that_compare_hash_and_print():
    assert reports.d_siamese() == reports.d_siamese() != reports.d_siamese("unshared")
    assert len({reports.e_tail(), reports.e_tail(), reports.e_tail("argmax")}) == 2
    assert eval(repr(reports.c_convnet())) == reports.c_convnet()


# --- logits -----------------------------------------------------------------------------------------------


def test_cross_entropy_of_a_one_logit_head_is_binary_cross_entropy(images, random):
    target = torch.tensor([0, 1, 1, 0, 1, 0])
    network = Pair((Layer(5), Layer(1, then=""))).build(random)
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
    network = Siamese((Layer(20), Layer(10, then="", own=True)), HEAD, sharing=sharing).build(random)
    difference = network.features(images.flip(1)) - network.features(images).flip(1)
    assert difference.abs().max() > 0.01


def test_a_shared_network_has_one_branch():
    network = Siamese(SMALL, HEAD).build(torch.Generator())
    assert network.second is network.first


def test_partly_shared_branches_hold_the_same_layers_but_for_their_own():
    network = reports.b_siamese("partly").build(torch.Generator())
    same = [a is b for a, b in zip(network.first.blocks, network.second.blocks, strict=True)]
    assert same == [True, False, True, False, True]


def test_unshared_branches_share_no_weight(random):
    network = Siamese(SMALL, HEAD, sharing="unshared").build(random)
    first, second = ({id(p) for p in branch.parameters()} for branch in (network.first, network.second))
    assert len(first) == len(second) == 4
    assert not first & second
    weights, others = (branch.blocks[0].weights[1].weight for branch in (network.first, network.second))
    assert not torch.equal(weights, others)


def test_each_branch_of_an_unshared_network_reads_its_own_image(images, random):
    network = Siamese(SMALL, HEAD, sharing="unshared").build(random)
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
    model = Siamese((Layer(4, kernel=3, then="pool2"),), HEAD, digit_head=None, sharing=sharing)
    assert model.build(random)(images).target.shape == (6, 2)


# --- heads ------------------------------------------------------------------------------------------------


def test_an_empty_digit_head_reads_the_digits_off_the_branch(images, random):
    network = Siamese(SMALL, HEAD).build(random)
    assert torch.equal(network(images).digits, network.features(images))


def test_a_digit_head_of_its_own_reads_each_digits_features(images, random):
    network = Siamese((Layer(20),), HEAD, digit_head=(Layer(10, then=""),)).build(random)
    linear, features = network.digit_head.blocks[0].weights[1], network.features(images)
    torch.testing.assert_close(network(images).digits, torch.stack([linear(features[:, 0]), linear(features[:, 1])], 1))


def test_the_head_reads_both_digits_side_by_side(images, random):
    network = Siamese(SMALL, (Layer(2, then=""),)).build(random)
    linear, features = network.head.blocks[0].weights[1], network.features(images)
    expected = linear(torch.cat([features[:, 0], features[:, 1]], dim=1))
    torch.testing.assert_close(network(images).target, expected)


def test_between_softmax_gives_the_head_probabilities(images, random):
    network = Siamese(SMALL, (Layer(2, then=""),), between="softmax").build(random)
    output, linear = network(images), network.head.blocks[0].weights[1]
    torch.testing.assert_close(output.target, linear(output.digits.softmax(dim=2).flatten(1)))


def test_between_argmax_gives_the_head_ones_and_zeros_and_no_gradient_to_the_branch(images, random):
    network = Siamese(SMALL, (Layer(2, then=""),), between="argmax").build(random)
    output, linear = network(images), network.head.blocks[0].weights[1]
    ones = torch.zeros(6, 2, 10).scatter(2, output.digits.argmax(dim=2, keepdim=True), 1)
    torch.testing.assert_close(output.target, linear(ones.flatten(1)))
    output.target.sum().backward()
    assert linear.weight.grad is not None
    assert all(weights.grad is None for weights in network.first.parameters())


# --- layers -----------------------------------------------------------------------------------------------


def test_an_identity_skip_adds_what_came_in():
    layer, x = block(Layer(5, skip="identity"), 5), torch.randn(3, 5)
    torch.testing.assert_close(layer(x, x), layer.weights(x).relu() + x)


def test_an_input_skip_adds_a_projection_of_the_networks_input():
    x = torch.randn(3, 7)
    network = Network((Layer(6), Layer(4, then="tanh", skip="input")), (7,), torch.Generator())
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
def test_every_word_of_the_documentation_is_known(word, images, random):
    network = Pair((Layer(4, kernel=3, then=word), Layer(2, then=""))).build(random)
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


def test_words_of_finds_every_word_of_branch_head_and_digit_head():
    model = Siamese((Layer(4, then="norm"),), (Layer(1, before="tanh", then=""),), (Layer(10, then="selu"),))
    assert sorted(words_of(model)) == ["norm", "selu", "tanh"]
    assert list(words_of(Siamese(SMALL, Hard()))) == ["relu"]


def test_a_kernel_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"kernel=15.* does not fit: nothing would be left"):
        Pair((Layer(4, kernel=15),)).build(torch.Generator())


def test_a_pool_larger_than_the_image_is_refused():
    with pytest.raises(ValueError, match=r"pool4.* does not fit: nothing would be left"):
        Pair((Layer(4, kernel=13, then="pool4"), Layer(2, then=""))).build(torch.Generator())


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


# --- initialisation ---------------------------------------------------------------------------------------

BOUNDS = {
    "default": lambda fan_in, fan_out: (1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in)),
    "xavier": lambda fan_in, fan_out: (math.sqrt(6 / (fan_in + fan_out)), 0),
    "he": lambda fan_in, fan_out: (math.sqrt(6 / fan_in), 0),
}


@pytest.mark.parametrize("scheme", BOUNDS)
@pytest.mark.parametrize(("layer", "fan_in", "fan_out"), [(Layer(500), 392, 500), (Layer(300, kernel=3), 18, 300 * 9)])
def test_weights_fill_the_range_of_their_scheme(scheme, layer, fan_in, fan_out, random):
    module = Pair((layer, Layer(2, then="")), scheme).build(random).layers.blocks[0].weights
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
    with pytest.raises(ValueError, match="unknown initialisation 'orthogonal': choose"):
        Pair(HEAD, "orthogonal").build(torch.Generator())


@pytest.mark.parametrize("scheme", BOUNDS)
def test_the_generator_alone_decides_the_weights(scheme):
    def weights(seed: int, outside: int) -> torch.Tensor:
        torch.manual_seed(outside)
        network = Siamese((Layer(8, kernel=3, then="relu norm"), *SMALL), HEAD, init=scheme)
        return nn.utils.parameters_to_vector(network.build(torch.Generator().manual_seed(seed)).parameters())

    with torch.random.fork_rng():
        assert torch.equal(weights(1, outside=1), weights(1, outside=2))
        assert not torch.equal(weights(1, outside=1), weights(2, outside=1))
