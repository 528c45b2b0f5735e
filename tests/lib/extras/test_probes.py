"""Probes, on networks whose inside is known."""

import pandas as pd
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from lib import course, data, training
from lib.course import ladder, reports
from lib.extras import probes
from lib.heads import Hard
from lib.layers import Layer
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Recipe


@pytest.fixture
def round():
    return data.draw(data.load(), 0, train=60, test=20)


def dense(*widths: int) -> PairNetwork:
    return PairNetwork((*(Layer(width) for width in widths), Layer(2, then="")))


def test_layers_of_a_pair_network_are_counted_from_one(random):
    assert list(probes.blocks(dense(8, 6).build(random))) == ["layer 1", "layer 2", "layer 3"]


def test_layers_of_a_siamese_network_are_named_by_their_part(random):
    network = reports.c_mlp(shared=True, digit_head=True).build(random)
    assert list(probes.blocks(network)) == [f"branch {i}" for i in (1, 2, 3, 4)] + ["digit head 1", "head 1"]
    hard = SiameseNetwork((Layer(10, then=""),), Hard()).build(random)
    assert list(probes.blocks(hard)) == ["branch 1"]


def test_known_dead_units_are_found(random, round):
    network = dense(8, 4).build(random)
    first, second = (block.weights[1] for block in network.layers.blocks[:2])
    with torch.no_grad():
        first.bias.fill_(1000.0)  # all alive
        first.bias[:2] = -1000.0  # two of eight are dead
        second.weight.fill_(-1.0)
        second.bias.fill_(0.0)  # what comes in is positive, so nothing comes out
    assert probes.dead_units(network, round.train.images) == {"layer 1": 0.25, "layer 2": 1.0}


def test_a_unit_that_fires_once_is_not_dead(random, round):
    network = dense(1).build(random)
    linear = network.layers.blocks[0].weights[1]
    values = (round.train.images.flatten(1) @ linear.weight.T).flatten().sort(descending=True).values
    with torch.no_grad():
        linear.bias.fill_(-(values[0] + values[1]) / 2)  # above zero for one image only
    assert probes.dead_units(network, round.train.images) == {"layer 1": 0.0}


def test_a_dead_channel_of_a_convolution_counts_as_one_unit(random, round):
    network = PairNetwork((Layer(4, kernel=3, then="relu pool2"), Layer(2, then=""))).build(random)
    with torch.no_grad():
        network.layers.blocks[0].weights.bias[3] = -1000.0
    assert probes.dead_units(network, round.train.images)["layer 1"] >= 0.25


def test_a_shared_branch_must_be_silent_for_both_digits(random, round):
    network = course.dense_siamese().model.build(random)
    with torch.no_grad():
        network.first.blocks[0].weights[1].bias.fill_(-1000.0)
    assert probes.dead_units(network, round.train.images)["branch 1"] == 1.0


def test_gradient_norms_are_those_of_autograd(random, round):
    network = dense(8).build(random)
    network(round.train.images).target.sum().backward()
    linear = network.layers.blocks[0].weights[1]
    expected = torch.cat([linear.weight.grad.flatten(), linear.bias.grad]).norm().item()
    assert probes.gradient_norms(network)["layer 1"] == pytest.approx(expected)


def test_no_gradient_is_zero(random):
    assert set(probes.gradient_norms(dense(8).build(random)).values()) == {0.0}


def test_probes_see_every_step_and_change_nothing(round):
    recipe = Recipe(reports.d_baseline(), epochs=2, batch=20)

    def weights(*watching):
        network = recipe.model.build(data.generator(0, "weights"))
        training.fit(network, round, recipe, data.generator(0, "training"), watching)
        return torch.cat([value.flatten().double() for value in network.state_dict().values()])

    gradients, dead = probes.Gradients(), probes.DeadUnits(round.train.images, every=2)
    assert torch.equal(weights(), weights(gradients, dead))
    assert gradients.table()["batch"].max() == 6
    assert list(gradients.table().columns) == ["batch", "layer", "norm"]
    assert sorted(dead.table()["batch"].unique()) == [2, 4, 6]


def test_a_probe_that_saw_nothing_has_an_empty_table(round):
    for probe in (probes.Gradients(), probes.DeadUnits(round.train.images)):
        assert isinstance(probe.table(), pd.DataFrame) and probe.table().empty


def test_activations_are_what_each_layer_passes_on(random, round):
    network = course.siamese(auxiliary=1).model.build(random).eval()
    images = round.test.images
    seen = probes.activations(network, images)
    assert list(seen) == list(probes.blocks(network))
    assert seen["branch 1"].shape == (40, 16, 6, 6) and (seen["branch 1"] >= 0).all()
    with torch.inference_mode():
        output = network(images)
    assert seen["branch 4"].view(20, 2, 10).equal(output.digits)
    assert seen["head 2"].flatten().equal(output.target[:, 1])


def test_of_two_branches_activations_are_the_first_digits(random, round):
    network = course.siamese("partly", own=True).model.build(random).eval()
    seen = probes.activations(network, round.test.images)
    with torch.inference_mode():
        first = network.first(round.test.images[:, :1])
    assert seen["branch 4"].equal(first)


def test_looking_at_activations_leaves_the_network_as_it_was(random, round):
    network = course.siamese(dropout=0.5).model.build(random).train()
    dice = random.get_state()
    probes.activations(network, round.test.images)
    assert network.training and random.get_state().equal(dice)
    assert not any(block._forward_hooks for block in probes.blocks(network).values())


def test_largest_outputs_count_every_digit_and_leave_the_mode_alone(random, round):
    network = course.dense_siamese(auxiliary=1).model.build(random).train()
    counts = probes.largest_outputs(network, round.test)
    assert counts.shape == (10, 10) and network.training
    assert torch.equal(counts.sum(dim=1), round.test.labels.flatten().bincount(minlength=10))


@pytest.mark.parametrize("mode", [True, False])
def test_whoever_looks_inside_puts_the_mode_back_also_after_an_error(mode, random, round):
    network = course.dense_siamese(auxiliary=1).model.build(random).train(mode)
    wrong = round.test.images[:, :, :7]  # half of each image
    looks = [
        lambda: probes.dead_units(network, wrong),
        lambda: probes.activations(network, wrong),
        lambda: probes.largest_outputs(network, data.Pairs(wrong, round.test.labels, round.test.target)),
    ]
    for look in looks:
        with pytest.raises(RuntimeError):
            look()
        assert network.training is mode
    assert not any(block._forward_hooks for block in probes.blocks(network).values())


def test_multiply_adds_are_those_of_the_layers(random):
    network = dense(8, 4).build(random)
    assert probes.multiply_adds(network) == 392 * 8 + 8 * 4 + 4 * 2


@pytest.mark.parametrize("name", ["pair network", "+ one shared branch", "− one shared branch", "+ 8 views"])
def test_multiply_adds_are_half_of_what_torch_counts(name):
    model = ladder.everything()[name].fresh(0).eval()
    with FlopCounterMode(display=False) as counter:
        model(torch.zeros(1, 2, 14, 14))
    assert probes.multiply_adds(model) == counter.get_total_flops() / 2
