"""The training loop, and what judges a network."""

from dataclasses import replace

import pytest
import torch
from helpers import Watcher, trained, weights
from torch.nn.functional import cross_entropy

from lib.data import draw, generator
from lib.extras.protocols import Published
from lib.extras.wrappers import BestEpoch
from lib.layers import Layer
from lib.models import Output, PairNetwork, SiameseNetwork
from lib.recipes import Extra, Loss, Optimiser, Recipe
from lib.rounds import play
from lib.training import Diverged, evaluate, fit, judge, judging, one_thread, wrong_answers

PAIR = PairNetwork((Layer(16), Layer(2, then="")))
SIAMESE = SiameseNetwork((Layer(16, then="relu dropout0.5 norm"), Layer(10, then="")), (Layer(2, then=""),))


# --- fit --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "loss"),
    [(PAIR, Loss()), (SIAMESE, Loss(1, 1)), (SIAMESE, Loss(0, 1))],
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


@pytest.mark.parametrize("extras", [(), (BestEpoch(validation=20),)], ids=["the last epoch", "the best epoch"])
@pytest.mark.parametrize("model", [SIAMESE, PAIR])
def test_training_without_curves_gives_the_same_weights_and_the_same_last_entry(model, extras, round):
    loss = Loss(auxiliary=float(isinstance(model, SiameseNetwork)))
    recipe = Recipe(model, epochs=4, batch=30, loss=loss, extras=extras)
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
    recipe = replace(tiny, batch=4, protocol=Published(shuffle="never"))
    fit(model, counted, recipe, generator(0, "training"))
    assert model.batches == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]] * 2


def test_with_shuffling_every_epoch_has_an_order_of_its_own(counted, tiny):
    model = Watcher()
    fit(model, counted, replace(tiny, batch=10), generator(0, "training"))
    first, second = model.batches
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second != sorted(second) != first


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
    recipe = replace(tiny, protocol=Published(shuffle="never"))
    with pytest.raises(Diverged, match=r"the loss is nan in round 3, epoch 1, step 1\. .*0\.001 .*PairNetwork"):
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


# --- evaluate ---------------------------------------------------------------------------------------------


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
    right = [(logits[i, j].argmax() == pairs.labels[i, j]).item() for i in range(620) for j in (0, 1)]
    assert scores.loss == pytest.approx(cross_entropy(target, pairs.target).item(), rel=1e-5)
    assert scores.accuracy == pytest.approx((target.argmax(dim=1) == pairs.target).double().mean().item())
    assert scores.digit_accuracy == pytest.approx(sum(right) / 1240)


def test_a_network_without_digits_has_no_digit_accuracy(round, tiny):
    scores = evaluate(tiny.model.build(generator(0, "weights")), round.test)
    assert scores.digit_accuracy != scores.digit_accuracy


class Fails(torch.nn.Module):
    """A network that cannot be used."""

    def forward(self, images: torch.Tensor) -> Output:
        raise RuntimeError("no answer")


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("training", [True, False])
def test_judging_sets_the_mode_and_puts_it_back_also_after_an_error(mode, training):
    model = SIAMESE.build(generator(0, "weights")).train(mode)
    with judging(model, training=training):
        assert all(module.training is training for module in model.modules())
        assert torch.is_inference_mode_enabled()
    with pytest.raises(RuntimeError), judging(model, training=training):
        raise RuntimeError
    assert all(module.training is mode for module in model.modules())
    assert not torch.is_inference_mode_enabled()


@pytest.mark.parametrize("mode", [True, False])
@pytest.mark.parametrize("recipe", [None, Recipe(SIAMESE, protocol=Published(eval_mode=False))])
@pytest.mark.parametrize("asked", [evaluate, judge, wrong_answers])
def test_whoever_judges_puts_the_mode_back_also_after_an_error(asked, recipe, mode, round):
    model = Fails().train(mode)
    with pytest.raises(RuntimeError, match="no answer"):
        asked(model, round.test, recipe)
    assert model.training is mode


@pytest.mark.parametrize("mode", [True, False])
def test_wrong_answers_are_found_in_eval_mode_with_what_is_read(mode, round):
    model = SIAMESE.build(generator(0, "weights")).train(mode)
    found = wrong_answers(model, round.test)
    assert model.training is mode
    target, digits = model.eval()(round.test.images)
    wrong = (target.argmax(1) != round.test.target).nonzero().flatten().tolist()
    assert found == [[i, *digits[i].argmax(1).tolist()] for i in wrong] != []


def test_wrong_answers_without_digit_outputs_are_places_alone(round, tiny):
    found = wrong_answers(tiny.fresh(0), round.test)
    assert 0 < len(found) < 100 and all(len(answer) == 1 for answer in found)


# --- extras -----------------------------------------------------------------------------------------------


class Written(Extra):
    """Writes down when it is entered and left."""

    log: list = []  # noqa: RUF012 (shared by all on purpose)

    def note(self, method, inner, *rest, **options):
        self.log.append(f"{method} {type(self).__name__}")
        return inner(*rest, **options)

    def fit(self, *words, **options):
        return self.note("fit", *words, **options)

    def batches(self, *words):
        return self.note("batches", *words)

    def answers(self, *words):
        return self.note("answers", *words)


class Outer(Written):
    pass


class Inner(Written):
    pass


def test_the_first_extra_stands_around_the_others(round, tiny, monkeypatch):
    monkeypatch.setattr(Written, "log", [])
    trained(replace(tiny, epochs=1, extras=(Outer(), Inner())), round, curves=False)
    both = ("Outer", "Inner")
    judged = [f"answers {name}" for name in both] * 2  # on the training pairs, and on the test pairs
    assert Written.log == [f"{method} {name}" for method in ("fit", "batches") for name in both] + judged


def test_an_extra_that_does_nothing_changes_nothing(round, tiny):
    plain, extra = (trained(recipe, round)[0] for recipe in (tiny, replace(tiny, extras=(Extra(),))))
    assert torch.equal(weights(plain), weights(extra))


# --- threads ----------------------------------------------------------------------------------------------


@pytest.fixture
def threads(monkeypatch):
    """Three threads to find again; torch's own number comes back after the test."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield torch.get_num_threads
    torch.set_num_threads(before)


class Counting(torch.nn.Module):
    """A linear network that writes down how many threads it runs with, and fails if it is told to."""

    def __init__(self, error: type[Exception] | None = None) -> None:
        super().__init__()
        self.linear, self.seen, self.error = torch.nn.Linear(392, 2), [], error

    def forward(self, images: torch.Tensor) -> Output:
        self.seen.append(torch.get_num_threads())
        if self.error:
            raise self.error
        return Output(self.linear(images.flatten(1)), None)


def work(digits, recipe):
    """What runs on one thread, each as a function of a network."""
    round = recipe.protocol.draw(digits, 0)
    return {
        "fit": lambda model: fit(model, round, recipe, generator(0, "training")),
        "evaluate": lambda model: evaluate(model, round.test),
        "play": lambda model: play(recipe, 0, digits, model=model),
    }


@pytest.mark.parametrize("name", ["fit", "evaluate", "play"])
def test_networks_run_on_one_thread_and_the_number_is_put_back(name, digits, tiny, threads):
    model = Counting()
    work(digits, tiny)[name](model)
    assert set(model.seen) == {1} and threads() == 3


@pytest.mark.parametrize("name", ["fit", "evaluate", "play"])
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_the_number_of_threads_is_put_back_after_an_error_too(name, error, digits, tiny, threads):
    with pytest.raises(error):
        work(digits, tiny)[name](Counting(error))
    assert threads() == 3


def test_one_thread_can_stand_inside_itself(threads):
    with one_thread():
        with one_thread():
            assert threads() == 1
        assert threads() == 1
    assert threads() == 3
