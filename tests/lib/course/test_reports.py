"""The five reports' networks and numbers, as values."""

import itertools

import pytest
import torch

from lib.course import reports, reproduce
from lib.course.reports.c import convnet_weights, mlp_weights
from lib.extras.wrappers import BestEpoch
from lib.heads import Hard
from lib.models import SiameseNetwork
from lib.recipes import Protocol

D_BRANCH = SiameseNetwork(reports.d_layers(10), Hard())


@pytest.fixture
def images(random):
    return torch.randn(6, 2, 14, 14, generator=random)


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
        pytest.param(reports.c_mlp(shared=True, digit_head=True), 47_083, id="C MLP shared, auxiliary loss"),
        pytest.param(reports.c_convnet(), 44_737, id="C ConvNet"),
        pytest.param(reports.c_convnet(shared=True, digit_head=True), 82_859, id="C ConvNet shared, auxiliary loss"),
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
    assert model.size() == published


@pytest.mark.parametrize(
    ("model", "has_digits"),
    [
        (reports.a_pair(16, 16, 16, skip=True), False),
        (reports.a_siamese(16, 16, 16, skip=True), True),
        (reports.a_siamese(16, 16, 16, compare="hard"), True),
        (reports.b_siamese("partly"), True),
        (reports.c_mlp(dropout=0.2), False),
        (reports.c_mlp(shared=True), False),
        (reports.c_mlp(shared=True, digit_head=True), True),
        (reports.c_convnet(norm=True), False),
        (reports.c_convnet(shared=True), False),
        (reports.c_convnet(shared=True, digit_head=True), True),
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


def test_every_system_has_a_name_of_its_own_and_a_published_accuracy():
    systems = reports.systems()
    assert len({row.name for row in systems}) == len(systems)
    assert all(0.5 < row.mean < 1 for row in systems)
    assert {letter: len(list(group)) for letter, group in itertools.groupby(systems, lambda row: row.report)} == {
        "A": 5,
        "B": 6,
        "C": 38,
        "D": 6,
        "E": 10,
    }


@pytest.mark.parametrize(
    ("name", "mean", "std", "parameters"),
    [
        ("siamese 10", 0.98, 0.006, 153_354),
        ("RWS", 0.8393, 0.01303, 128_555),
        ("ConvNet aux 0.8", 0.9142, 0.0076, 82_859),
        ("MLP final", 0.8843, 0.0045, 47_083),
        ("shared aux", 0.9774, 0.00455, 71_119),
        ("ConvSoftMax", 0.9464, 0.0312, 83_300),
    ],
)
def test_published_numbers_are_those_of_the_reports(name, mean, std, parameters):
    (row,) = reproduce.choose(system=name)
    assert (row.mean, row.std, row.clean.model.size()) == (mean, std, parameters)


def test_clean_recipes_are_clean_and_published_ones_say_so():
    for row in reports.systems():
        assert row.clean.protocol == Protocol() and row.published.protocol.name == "published"
        assert BestEpoch() not in row.clean.extras  # which would choose on the test pairs
        last = row.clean.model.head if isinstance(row.clean.model, SiameseNetwork) else row.clean.model.layers
        assert not isinstance(last, tuple) or last[-1].then == "", f"{row.name} does not end in plain logits"


def test_cs_search_is_the_55_mlps_and_27_convnets_of_its_rule():
    mlps, convnets = reports.c_search()
    assert (len(mlps), len(convnets)) == (55, 27)
    assert (128, 64, 32, 256) in mlps and (32, 64, 32, 512) in convnets  # the winners
    for size in (mlps[0], mlps[-1]):  # C counts a digit head that the network for the pair does not have
        assert mlp_weights(*size) == reports.c_mlp(widths=size).size() + 10 * (size[3] + 1)
    for *channels, hidden in (convnets[0], convnets[-1]):
        network = reports.c_convnet(channels=tuple(channels), hidden=hidden)
        unused = (channels[2] + 1) * hidden + 10 * (hidden + 1)
        assert convnet_weights(*channels, hidden) == network.size() + unused


def test_as_grid_has_1280_configurations_each_a_recipe_of_its_own():
    grid = reports.a_grid()
    assert len(grid) == 1280
    assert len({reports.a_configured("pair", **chosen) for chosen in grid}) == 1280
    best = {"c1": 64, "c2": 64, "hidden": 64, "rate": 0.25, "norm": True, "skip": False}
    assert best in grid
    assert reports.a_configured("siamese 10", **best) == reproduce.choose(system="siamese 10")[0].published
