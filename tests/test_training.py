import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lib import training
from lib.data import Pairs, Round, draw, generator
from lib.distort import Distortion
from lib.heads import Hard, Probability
from lib.models import Layer, Output, Pair, Siamese
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.training import Diverged, Scores, evaluate, fit, play, play_chain, pretrain_head

plan = Optimiser.plan
SIAMESE = Siamese((Layer(16, then="relu dropout0.5 norm"), Layer(10, then="")), (Layer(2, then=""),))


def trained(recipe: Recipe, round: Round, **options) -> tuple[nn.Module, list]:
    """A network and its history, from the recipe alone."""
    model = recipe.model.build(generator(round.number, "weights"))
    return model, fit(model, round, recipe, generator(round.number, "training"), **options)


def weights(model: nn.Module) -> torch.Tensor:
    """Weights and running statistics, as one vector."""
    return torch.cat([value.detach().double().flatten() for value in model.state_dict().values()])


class Watcher(nn.Module):
    """A linear network that writes down which pairs it is trained on, by the first grey value."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.batches = nn.Linear(392, 2), []

    def forward(self, images: torch.Tensor) -> Output:
        if self.training:
            self.batches.append(images[:, 0, 0, 0].tolist())
        return Output(self.linear(images.flatten(1)), None)


@pytest.fixture
def counted() -> Round:
    """A round whose pair i starts with the grey value i."""
    images = torch.zeros(10, 2, 14, 14)
    images[:, 0, 0, 0] = torch.arange(10)
    pairs = Pairs(images, torch.zeros(10, 2).long(), torch.arange(10) % 2)
    return Round(0, pairs, pairs)


# --- the loss and the optimiser ---------------------------------------------------------------------------


@pytest.mark.parametrize(("target", "weight"), [(1, 0), (1, 0.7), (0, 1), (0.5, 2)])
def test_the_loss_is_the_weighted_sum_of_the_target_and_both_digits(target, weight, round):
    output, pairs = Output(torch.randn(100, 2), torch.randn(100, 2, 10)), round.train
    first, second = (cross_entropy(output.digits[:, i], pairs.digits[:, i]) for i in (0, 1))
    expected = target * cross_entropy(output.target, pairs.target) + weight * (first + second)
    torch.testing.assert_close(Loss(target, weight)(output, pairs), expected)


def test_smoothing_gives_every_digit_a_share_of_the_truth(round):
    output, pairs = Output(torch.randn(100, 2), torch.randn(100, 2, 10)), round.train
    truth = 0.9 * nn.functional.one_hot(pairs.digits, 10) + 0.1 / 10
    by_hand = -(truth * output.digits.log_softmax(-1)).sum(-1).mean(0).sum()
    torch.testing.assert_close(Loss(0, 1, smoothing=0.1)(output, pairs), by_hand)


def test_balance_costs_nothing_when_all_digits_are_read_equally_often(round):
    digits = 50 * nn.functional.one_hot(torch.arange(200) % 10, 10).float().view(100, 2, 10)  # sure, and balanced
    plain, balanced = Loss(), Loss(balance=3)
    even, lopsided = (Output(torch.randn(100, 2), logits) for logits in (digits, digits[:1].expand(100, 2, 10)))
    torch.testing.assert_close(balanced(even, round.train), plain(even, round.train))
    used = torch.tensor([0.5, 0.5])  # of the one pair that is seen a hundred times: half 0, half 1
    price = 3 * (used * (10 * used).log()).sum()
    torch.testing.assert_close(balanced(lopsided, round.train), plain(lopsided, round.train) + price)


def test_alternating_takes_one_of_the_two_losses_by_a_toss(round, tiny):
    model = Siamese((Layer(10, then=""),), (Layer(2, then=""),)).build(generator(0, "weights"))
    output, random = model(round.train.images), torch.Generator().manual_seed(0)
    one, other = Loss(1.0, 0.0)(output, round.train).item(), Loss(0.0, 0.5)(output, round.train).item()
    seen = [Loss(1.0, 0.5, alternate=True)(output, round.train, random).item() for _ in range(40)]
    assert set(seen) == {one, other}
    assert 8 < seen.count(one) < 32


def test_the_digit_loss_needs_digit_outputs(round, tiny):
    with pytest.raises(ValueError, match="the digit loss needs a network with digit outputs"):
        trained(replace(tiny, loss=Loss(digits=1)), round)


@pytest.mark.parametrize(
    ("optimiser", "kind"),
    [
        (Optimiser(), torch.optim.Adam),
        (Optimiser("adam", 0.3), torch.optim.Adam),
        (Optimiser("sgd"), torch.optim.SGD),
        (Optimiser("adamw", decay=0.01), torch.optim.AdamW),
    ],
)
def test_an_optimiser_is_torchs_with_the_rate_and_the_decay_and_nothing_else(optimiser, kind):
    built = optimiser.build([torch.zeros(1)])
    assert type(built) is kind
    assert built.param_groups[0]["lr"] == optimiser.rate
    assert built.param_groups[0]["weight_decay"] == optimiser.decay


def test_in_one_cycle_the_rate_rises_to_its_peak_and_falls_to_nearly_nothing(round, tiny):
    optimiser, rates = Optimiser("sgd", 0.1, schedule="one cycle"), []
    built = optimiser.build([torch.zeros(1, requires_grad=True)])
    plan = optimiser.plan(built, 40)
    for _ in range(40):
        rates.append(built.param_groups[0]["lr"])
        built.step()
        plan.step()
    peak = rates.index(max(rates))
    assert max(rates) == pytest.approx(0.1) and 5 < peak < 20 and rates[-1] < 0.001
    assert rates == sorted(rates[:peak]) + sorted(rates[peak:], reverse=True)


def test_a_cycle_lasts_exactly_as_long_as_the_training(round, tiny, monkeypatch):
    planned = []
    monkeypatch.setattr(Optimiser, "plan", lambda self, built, steps: planned.append(steps) or plan(self, built, steps))
    seen = []
    trained(replace(tiny, batch=30, epochs=3), round, probes=[lambda *_: seen.append(1)])
    assert planned == [len(seen)] == [3 * 4]


def test_an_unknown_optimiser_is_refused():
    with pytest.raises(ValueError, match='unknown optimiser \'lion\': choose "adam", "adamw" or "sgd"'):
        Optimiser("lion").build([torch.zeros(1)])


def test_one_step_of_sgd_is_the_rate_times_the_gradient(round, tiny):
    recipe = replace(tiny, optimiser=Optimiser("sgd", 0.1), epochs=1, batch=100)
    by_hand = recipe.model.build(generator(3, "weights"))
    cross_entropy(by_hand(round.train.images).target, round.train.target).backward()
    expected = [p.detach() - 0.1 * p.grad for p in by_hand.parameters()]
    torch.testing.assert_close([p.detach() for p in trained(recipe, round)[0].parameters()], expected)


# --- fit --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "loss"), [(Pair((Layer(16), Layer(2, then=""))), Loss()), (SIAMESE, Loss(1, 1)), (SIAMESE, Loss(0, 1))]
)
@pytest.mark.parametrize("optimiser", [Optimiser("adam", 0.01), Optimiser("sgd", 0.1)])
def test_training_lowers_the_loss(model, loss, optimiser, round):
    recipe = Recipe(model, optimiser, epochs=8, batch=20, loss=loss)
    _, history = trained(recipe, round)
    assert history[-1]["loss"] < 0.8 * history[0]["loss"]


def test_the_history_has_one_entry_for_each_epoch(round, tiny):
    model, history = trained(replace(tiny, epochs=3), round)
    assert [entry["epoch"] for entry in history] == [1, 2, 3]
    seen, unseen = evaluate(model, round.train), evaluate(model, round.test)
    assert history[-1]["train_loss"] == seen.loss
    assert history[-1]["train_accuracy"] == seen.accuracy
    assert history[-1]["test_loss"] == unseen.loss
    assert history[-1]["test_accuracy"] == unseen.accuracy


def test_the_loss_of_an_epoch_is_the_mean_over_pairs_while_the_weights_moved(round, tiny):
    recipe, losses = replace(tiny, epochs=1, batch=70), []

    class Kept(Loss):
        def __call__(self, output, pairs, generator):
            losses.append((super().__call__(output, pairs), len(pairs)))
            return losses[-1][0]

    _, history = trained(replace(recipe, loss=Kept()), round)
    assert [n for _, n in losses] == [70, 30]
    assert history[0]["loss"] == pytest.approx(sum(n * loss.item() for loss, n in losses) / 100)


@pytest.mark.parametrize("validation", [0, 20])
@pytest.mark.parametrize("model", [SIAMESE, Pair((Layer(16), Layer(2, then="")))])
def test_training_without_curves_gives_the_same_weights_and_the_same_last_entry(model, validation, round):
    loss = Loss(digits=float(isinstance(model, Siamese)))
    recipe = Recipe(model, epochs=4, batch=30, loss=loss, protocol=Protocol(validation=validation))
    (slow, history), (fast, last) = trained(recipe, round), trained(recipe, round, curves=False)
    assert torch.equal(weights(slow), weights(fast))
    assert len(last) == 1
    assert str(last[0]) == str(history[-1])  # as text, because nan is not equal to itself


def test_training_repeats_itself_to_the_bit(round):
    recipe = Recipe(SIAMESE, epochs=2, loss=Loss(1, 1))
    assert torch.equal(weights(trained(recipe, round)[0]), weights(trained(recipe, round)[0]))


def test_training_leaves_torchs_global_random_numbers_alone(round):
    model = SIAMESE.build(generator(0, "weights"))
    before = torch.get_rng_state()
    fit(model, round, Recipe(SIAMESE, epochs=1), generator(0, "training"))
    assert torch.equal(torch.get_rng_state(), before)


def test_without_shuffling_the_pairs_keep_their_order(counted, tiny):
    model = Watcher()
    recipe = replace(tiny, batch=4, protocol=Protocol(shuffle="never"))
    fit(model, counted, recipe, generator(0, "training"))
    assert model.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 2


def test_with_shuffling_every_epoch_has_an_order_of_its_own(counted, tiny):
    model = Watcher()
    fit(model, counted, replace(tiny, batch=10), generator(0, "training"))
    first, second = model.batches
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second != sorted(second) != first


def test_pairing_anew_keeps_the_images_and_gives_every_epoch_other_pairs(digits, tiny):
    train = draw(digits, 0, 1000, 10).train
    first, second = (training.paired_anew(train, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert torch.equal(*(single(pairs)[0].sum((1, 2)).sort().values for pairs in (train, first)))
    assert torch.equal(first.target, (first.digits[:, 0] <= first.digits[:, 1]).long())
    assert not torch.equal(first.digits, second.digits) and first.target.double().mean() == pytest.approx(
        0.55, abs=0.06
    )
    label = {image.numpy().tobytes(): digit for image, digit in zip(*single(train), strict=True)}
    assert all(label[image.numpy().tobytes()] == digit for image, digit in zip(*single(first), strict=True))


def single(pairs: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
    """The 2n images one by one, and their digits."""
    return pairs.images.flatten(0, 1), pairs.digits.flatten()


def test_a_recipe_that_pairs_anew_is_shown_every_image_once_in_an_epoch(counted, tiny):
    model, seen = Watcher(), []
    both = torch.arange(20).view(10, 2).float()
    images = both[:, :, None, None].expand(10, 2, 14, 14).clone()
    round = replace(counted, train=replace(counted.train, images=images))
    model.register_forward_pre_hook(lambda model, args: seen.append(args[0][:, :, 0, 0]) if model.training else None)
    fit(model, round, replace(tiny, batch=5, pairing="anew"), generator(0, "training"))
    first, second = torch.cat(seen[:2]), torch.cat(seen[2:])
    assert first.flatten().sort().values.tolist() == second.flatten().sort().values.tolist() == list(range(20))
    assert len({tuple(pair) for epoch in (first, second) for pair in epoch.tolist()}) > 15


def test_training_images_are_distorted_anew_and_test_images_are_not(counted, tiny):
    model, seen = Watcher(), {True: [], False: []}
    images = torch.zeros(10, 2, 14, 14)
    images[:, :, 5:9, 5:9] = 1
    pairs = replace(counted.train, images=images)
    model.register_forward_pre_hook(lambda model, args: seen[model.training].append(args[0].clone()))
    fit(model, Round(0, pairs, pairs), replace(tiny, batch=10, distort=Distortion(shift=3)), generator(0, "training"))
    first, second = seen[True]
    assert not torch.equal(first, images) and not torch.equal(first, second)
    assert all(torch.equal(shown, images) for shown in seen[False])


def test_probes_are_called_after_every_step_with_the_weights_of_that_step(round, tiny):
    calls, seen = [], []

    def probe(model, epoch, step):
        calls.append((epoch, step))
        seen.append(weights(model))
        assert model.training

    model, _ = trained(replace(tiny, batch=40), round, probes=[probe, probe])
    assert calls[::2] == calls[1::2] == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    assert len({tuple(vector.tolist()) for vector in seen}) == 6
    assert torch.equal(seen[-1], weights(model))


# --- divergence -------------------------------------------------------------------------------------------


def test_a_loss_that_is_not_a_number_names_round_epoch_and_step(round, tiny):
    bad = replace(round, train=replace(round.train, images=round.train.images.clone()))
    bad.train.images[70] = float("nan")
    recipe = replace(tiny, protocol=Protocol(shuffle="never"))
    with pytest.raises(Diverged, match=r"the loss is nan in round 3, epoch 1, step 1\. .*0\.001 .*Pair"):
        trained(recipe, bad)


@pytest.mark.parametrize("batch", [20, 100])
@pytest.mark.parametrize("curves", [True, False])
def test_a_learning_rate_that_is_far_too_large_diverges(round, tiny, batch, curves):
    recipe = replace(tiny, optimiser=Optimiser("sgd", 1e20), batch=batch)
    with pytest.raises(Diverged, match=r"round 3, epoch \d, step \d\. A lower learning rate than 1e\+20"):
        trained(recipe, round, curves=curves)


def test_weights_that_break_in_the_very_last_step_are_noticed(round, tiny):
    recipe = replace(tiny, optimiser=Optimiser("sgd", 1e38), epochs=1, batch=100)
    with pytest.raises(Diverged, match="round 3, epoch 1, step 0"):
        trained(recipe, round, curves=False)


# --- validation -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accuracies", "best"), [([0.5, 0.9, 0.7, 0.1], 2), ([0.5, 0.9, 0.9, 0.1], 3), ([0.9] * 4, 4), ([0.4, 0, 0, 0], 1)]
)
def test_the_weights_of_the_best_epoch_are_kept_the_latest_among_equals(accuracies, best, round, tiny, monkeypatch):
    by_epoch = {}

    def probe(model, epoch, step):
        by_epoch[epoch] = weights(model)

    monkeypatch.setattr(
        training, "evaluate", lambda model, pairs, recipe: Scores(0.0, accuracies[len(by_epoch) - 1], float("nan"))
    )
    recipe = replace(tiny, epochs=4, protocol=Protocol(validation=20))
    model, _ = trained(recipe, round, probes=[probe], curves=False)
    assert len(by_epoch) == 4
    assert torch.equal(weights(model), by_epoch[best])


def test_the_epoch_is_chosen_on_pairs_that_are_not_trained_on(counted, tiny, monkeypatch):
    judged = []

    def watch(model, pairs, recipe):
        judged.append(pairs.images[:, 0, 0, 0].tolist())
        return Scores(0.0, 0.5, float("nan"))

    monkeypatch.setattr(training, "evaluate", watch)
    recipe = replace(tiny, batch=7, epochs=1, protocol=Protocol(validation=3))
    model = Watcher()
    fit(model, counted, recipe, generator(0, "training"), curves=False)
    assert sorted(model.batches[0]) == list(range(7))
    assert judged == [[7, 8, 9], [*range(7)], [7, 8, 9]]


@pytest.mark.parametrize("validation", [100, 150])
def test_holding_out_every_training_pair_is_refused(validation, round, tiny):
    with pytest.raises(ValueError, match=f"cannot hold out {validation} of 100 training pairs"):
        trained(replace(tiny, protocol=Protocol(validation=validation)), round)


# --- evaluate and play ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [True, False])
def test_evaluation_is_in_eval_mode_and_puts_the_mode_back(mode, round):
    model = SIAMESE.build(generator(0, "weights")).train(mode)
    before = weights(model)
    assert evaluate(model, round.test) == evaluate(model, round.test)  # dropout would differ
    assert model.training is mode
    assert all(module.training is mode for module in model.modules())
    assert torch.equal(weights(model), before)


def test_evaluation_is_the_mean_over_all_pairs(digits):
    pairs = draw(digits, 0, 10, 620).test
    model = SIAMESE.build(generator(0, "weights")).eval()
    target, logits = model(pairs.images)
    scores = evaluate(model, pairs)
    right = [(logits[i, j].argmax() == pairs.digits[i, j]).item() for i in range(620) for j in (0, 1)]
    assert scores.loss == pytest.approx(cross_entropy(target, pairs.target).item(), rel=1e-5)
    assert scores.accuracy == pytest.approx((target.argmax(dim=1) == pairs.target).double().mean().item())
    assert scores.digit_accuracy == pytest.approx(sum(right) / 1240)


def test_a_network_without_digits_has_no_digit_accuracy(round, tiny):
    scores = evaluate(tiny.model.build(generator(0, "weights")), round.test)
    assert scores.digit_accuracy != scores.digit_accuracy


def test_playing_a_round_is_drawing_building_fitting_and_judging(digits, round, tiny):
    model, history = trained(tiny, round)
    played = play(tiny, 3, digits, curves=True)
    assert str(played["history"]) == str(history)
    row = played["row"]
    assert (row["round"], row["protocol"], row["data"], row["status"]) == (3, "tiny", "sample", "done")
    assert row["parameters"] == 392 * 16 + 16 + 16 * 2 + 2
    assert row["train_accuracy"] == evaluate(model, round.train).accuracy
    assert row["test_accuracy"] == evaluate(model, round.test).accuracy


def test_a_validated_round_is_judged_on_the_test_set_with_the_chosen_weights(digits, round, tiny):
    recipe = replace(tiny, epochs=6, protocol=replace(tiny.protocol, validation=30))
    model, _ = trained(recipe, round)
    assert play(recipe, 3, digits)["row"]["test_accuracy"] == evaluate(model, round.test).accuracy


def test_a_round_that_diverges_is_a_row_without_accuracies(digits, tiny):
    played = play(replace(tiny, optimiser=Optimiser("sgd", 1e20)), 0, digits)
    row = played["row"]
    assert row["status"] == "diverged"
    assert all(row[name] != row[name] for name in ("train_accuracy", "test_accuracy", "digit_accuracy"))
    assert played["history"] == []


def test_digits_alone_can_be_trained_and_compared_by_argmax(digits):
    recipe = Recipe(
        Siamese((Layer(64), Layer(10, then="")), Hard()), Optimiser("adam", 0.01), epochs=8, loss=Loss(0, 1)
    )
    row = play(recipe, 0, digits)["row"]
    assert row["test_accuracy"] > 0.8
    assert row["digit_accuracy"] > 0.7


def test_the_running_mean_of_the_weights_is_what_is_judged_and_kept(round, tiny):
    steps = []
    recipe = replace(tiny, average=0.5)
    model, history = trained(recipe, round, probes=[lambda model, *_: steps.append(weights(model))])
    mean = steps[0]
    for step in steps[1:]:
        mean = (mean + step) / 2
    torch.testing.assert_close(weights(model), mean)
    assert history[-1]["test_accuracy"] == evaluate(model, round.test).accuracy


def test_of_several_views_the_probabilities_are_averaged(round, tiny):
    distort = Distortion(shift=2)
    recipe = replace(tiny, distort=distort, views=3)
    model, _ = trained(recipe, round)
    random, images = torch.Generator().manual_seed(0), round.test.images
    shown = [images, *(Distortion(shift=1)(images, random) for _ in range(2))]
    with torch.inference_mode():
        mean = sum(model(view).target.softmax(1) for view in shown) / 3
    expected = (mean.argmax(1) == round.test.target).double().mean().item()
    scores = evaluate(model, round.test, recipe)
    assert scores.accuracy == expected == evaluate(model, round.test, recipe).accuracy
    assert scores.loss == pytest.approx(cross_entropy(mean.log(), round.test.target).item())


def test_of_several_starts_the_one_with_the_lowest_training_loss_is_kept(digits, tiny):
    alone = play(tiny, 3, digits, curves=True)
    several = play(replace(tiny, starts=4), 3, digits, curves=True)
    random, losses = generator(3, "weights"), []
    for _ in range(4):
        model = tiny.model.build(random)
        losses.append(fit(model, draw(digits, 3, 100, 100), tiny, generator(3, "training"))[-1]["train_loss"])
    assert several["history"][-1]["train_loss"] == min(losses) < alone["history"][-1]["train_loss"] == losses[0]
    assert several["row"]["parameters"] == alone["row"]["parameters"]


# --- switches of the protocol -----------------------------------------------------------------------------


def switched(tiny, **switches):
    return replace(tiny, protocol=Protocol(train=60, test=40, **switches))


def test_own_statistics_standardise_the_test_pairs_by_themselves(digits):
    clean, own = draw(digits, 0, 60, 40), draw(digits, 0, 60, 40, own_statistics=True)
    assert torch.equal(clean.train.images, own.train.images)
    assert own.test.images.mean().item() == pytest.approx(0, abs=1e-4)
    assert own.test.images.std().item() == pytest.approx(1, abs=1e-4)
    assert abs(clean.test.images.mean().item()) > 1e-3


def test_one_dataset_keeps_the_pairs_and_changes_the_weights(digits, tiny, monkeypatch):
    seen = []
    monkeypatch.setattr(
        training, "draw", lambda digits, number, *rest: seen.append(number) or draw(digits, number, *rest)
    )
    rows = [play(switched(tiny, one_dataset=True), k, digits)["row"] for k in (0, 1)]
    assert seen == [0, 0]
    assert [row["round"] for row in rows] == [0, 1]
    assert rows[0]["train_accuracy"] != rows[1]["train_accuracy"]


def test_shuffling_once_gives_one_new_order_for_all_epochs_of_a_round(counted, tiny):
    recipe = replace(tiny, batch=4, epochs=3, protocol=Protocol(shuffle="once"))
    orders = []
    for number in (0, 1):
        model = Watcher()
        fit(model, counted, recipe, generator(number, "training"), curves=False)
        epochs = [[pair for batch in model.batches[i : i + 3] for pair in batch] for i in (0, 3, 6)]
        assert epochs[0] == epochs[1] == epochs[2] != sorted(epochs[0])
        orders.append(epochs[0])
    assert orders[0] != orders[1]


def test_without_eval_mode_the_test_is_judged_by_the_statistics_of_its_batches(round):
    recipe = Recipe(Pair((Layer(8, then="norm relu"), Layer(2, then=""))), batch=10, protocol=Protocol(eval_mode=False))
    model, _ = trained(replace(recipe, epochs=2), round)
    given = evaluate(model, round.test, recipe)
    model.train()
    with torch.no_grad():
        outputs = torch.cat([model(images).target for images in round.test.images.split(10)])
    assert given.accuracy == (outputs.argmax(1) == round.test.target).double().mean().item()
    assert given.loss != evaluate(model, round.test).loss


def test_batch_averages_count_a_small_last_batch_as_much_as_the_others(round, tiny):
    model, _ = trained(tiny, round)
    recipe = replace(tiny, batch=30, protocol=Protocol(batch_averages=True))
    pairs = round.test[:40]  # batches of 30 and 10
    with torch.no_grad():
        right = (model.eval()(pairs.images).target.argmax(1) == pairs.target).double()
    assert evaluate(model, pairs, recipe).accuracy == pytest.approx((right[:30].mean() + right[30:].mean()).item() / 2)


def test_the_best_epoch_on_test_is_at_least_as_good_there_as_the_last(digits, tiny):
    for number in range(3):
        last = play(replace(switched(tiny), epochs=6), number, digits)["row"]["test_accuracy"]
        best = play(replace(switched(tiny, best_on_test=True), epochs=6), number, digits)["row"]["test_accuracy"]
        assert best >= last


def test_the_epoch_cannot_be_chosen_on_two_sets():
    with pytest.raises(ValueError, match="not on both"):
        Protocol(validation=100, best_on_test=True)


def test_a_carried_round_starts_from_the_weights_of_the_round_before(digits, tiny):
    recipe = switched(tiny, carried=True)
    chain = play_chain(recipe, 2, digits)
    model = recipe.model.build(generator(0, "weights"))
    for number, record in enumerate(chain):
        fit(model, draw(digits, number, 60, 40), recipe, generator(number, "training"), curves=False)
        assert record["row"]["test_accuracy"] == evaluate(model, draw(digits, number, 60, 40).test).accuracy
    assert chain[0]["row"]["test_accuracy"] == play(recipe, 0, digits)["row"]["test_accuracy"]


# --- a head that is pre-trained, and frozen ------------------------------------------------------------------


@pytest.fixture
def knowing():
    """A siamese network whose head sees one-hot digits, and can learn ≤ from the true ones."""
    model = Siamese((Layer(32), Layer(10, then="")), (Layer(40), Layer(2, then="")), between="argmax")
    return Recipe(model, Optimiser("adam", 0.02), epochs=2, loss=Loss(digits=1), pretrain=30)


def test_a_pretrained_head_compares_true_digits_rightly(knowing, round):
    model, _ = trained(replace(knowing, epochs=1, freeze=True), round)
    digits = torch.nn.functional.one_hot(round.train.digits, 10).float().flatten(1)
    assert (model.head(digits).argmax(dim=1) == round.train.target).double().mean() > 0.95


def test_pretraining_touches_the_head_alone(knowing, round):
    model, fresh = (knowing.model.build(generator(round.number, "weights")) for _ in range(2))
    pretrain_head(model, round.train, knowing, generator(round.number, "training"))
    same = {name: torch.equal(a, b) for (name, a), b in zip(model.named_parameters(), fresh.parameters(), strict=True)}
    assert all(equal != name.startswith("head") for name, equal in same.items())


def test_a_frozen_head_stays_and_one_that_is_not_frozen_moves(knowing, round):
    for freeze in (True, False):
        recipe = replace(knowing, freeze=freeze)
        before = recipe.model.build(generator(round.number, "weights"))
        pretrain_head(before, round.train, recipe, generator(round.number, "training"))
        after, _ = trained(recipe, round)
        pairs = zip(before.head.parameters(), after.head.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs) == freeze
        assert not torch.equal(next(before.first.parameters()), next(after.first.parameters()))


def test_the_attribute_that_e_sets_freezes_nothing(knowing, round):
    model = knowing.model.build(generator(round.number, "weights"))
    before = [weights.clone() for weights in model.head.parameters()]
    model.head.requires_grad = False
    fit(model, round, replace(knowing, pretrain=0), generator(round.number, "training"))
    assert not any(torch.equal(a, b) for a, b in zip(before, model.head.parameters(), strict=True))


@pytest.mark.parametrize(
    ("head", "settings", "cause"),
    [
        (Probability(), {"pretrain": 5}, "only a head with weights can be pre-trained"),
        ((Layer(2, then=""),), {"freeze": True}, "a frozen head that has learned nothing is useless"),
        (Probability(), {"average": 1.0}, r"average is the share of the old weights, in \[0, 1\), not 1.0"),
        (Probability(), {"views": 4}, "4 views: choose at least 1, and a distortion for more than 1"),
        (Probability(), {"views": 0, "distort": Distortion(shift=1)}, "0 views: choose at least 1"),
        (Probability(), {"starts": 0}, "0 starts: choose at least 1"),
        (Probability(), {"starts": 2, "protocol": Protocol(carried=True)}, "no carried-over weights"),
        ((Layer(2, then="norm"),), {"batch": 1}, "batch norm cannot train on a batch of one pair"),
        (
            (Layer(2, then="norm"),),
            {"batch": 37},
            "batch norm cannot train on a batch of one pair",
        ),  # 1000 = 27 · 37 + 1
    ],
)
def test_recipes_that_cannot_train_are_refused_before_training(head, settings, cause):
    with pytest.raises(ValueError, match=cause):
        Recipe(Siamese((Layer(10, then=""),), head), **settings)


def test_batch_norm_in_the_branch_is_found_too():
    with pytest.raises(ValueError, match="batch norm cannot train"):
        Recipe(Pair((Layer(4, then="norm relu"), Layer(2, then=""))), batch=999)


# --- importing --------------------------------------------------------------------------------------------


def test_importing_lib_leaves_the_readers_random_numbers_alone():
    code = (
        "import torch, random, numpy; torch.manual_seed(7); random.seed(7); numpy.random.seed(7)\n"
        "state = lambda: (torch.get_rng_state().tolist(), random.getstate(), str(numpy.random.get_state()))\n"
        "before = state()\n"
        "import lib.data, lib.models, lib.reports, lib.training, lib.experiment, lib.compare\n"
        "assert state() == before\n"
        "print('same')"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "same\n"
