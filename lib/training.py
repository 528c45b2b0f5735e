"""The loop that trains one network on one round, and what judges it."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lib.data import Pairs, Round
from lib.models import Output
from lib.recipes import History, Probe, Protocol, Recipe, Watch

EVALUATION_BATCH = 250  # pairs; small enough to stay in the processor's cache
SCORES = ["train_accuracy", "test_accuracy", "digit_accuracy"]
ENTRIES = ["epoch", "loss", "train_loss", "test_loss", *SCORES]
T = TypeVar("T")  # what a function returns, with or without extras around it


@dataclass(frozen=True)
class Scores:
    """A network on a set of pairs: mean cross-entropy of the comparison, and two fractions of right answers."""

    loss: float
    accuracy: float
    digit_accuracy: float  # of the 2n single digits; nan where the network has no digit outputs


class Diverged(ArithmeticError):
    """The loss is no longer a finite number."""


@contextmanager
def one_thread() -> Iterator[None]:
    """One thread for PyTorch while it lasts; as a decorator, too.

    Networks this small run faster on one thread than on two, and a round's numbers must not depend on the number of
    cores. Rounds run side by side instead (lib.store.workers).
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def judging(model: nn.Module, training: bool = False) -> Iterator[None]:
    """Eval mode while it lasts, and no gradients; then the mode is put back. ``training``: training mode instead."""
    mode = model.training
    model.train(training)
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(mode)


@one_thread()
def fit(
    model: nn.Module,
    round: Round,
    recipe: Recipe,
    generator: torch.Generator,
    probes: Sequence[Probe] = (),
    curves: bool = True,
) -> History:
    """Train ``model`` in place on ``round.train``; return its history, one entry an epoch.

    ``generator`` gives the order of the pairs, and what else is random in the recipe. Without ``curves`` only the last
    epoch is judged, which saves a third of the time and changes nothing else. Raises Diverged when the loss is not
    finite. This is ``loop``, inside the extras of the recipe.
    """
    return within(recipe, "fit", loop)(model, round, recipe, generator, Watch(probes, curves))


def loop(model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch) -> History:
    """The training loop. It trains ``model`` in place."""
    optimiser = recipe.optimiser.build(model.parameters(), recipe.epochs * steps(round.train, recipe))
    epoch_batches = within(recipe, "batches", batches)
    history = []
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total = 0.0
        for step, pairs in enumerate(epoch_batches(round.train, recipe, generator)):
            loss = recipe.loss(model(pairs.images), pairs, generator)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += finite(loss.item(), recipe, round, epoch, step) * len(pairs)
            for probe in watch.probes:
                probe(model, epoch, step)
        if watch.curves or epoch == recipe.epochs:
            history.append(entry(watch.judged or model, round, recipe, epoch, total / len(round.train)))
    finite(history[-1]["test_loss"], recipe, round, epoch, step)  # the last step may have broken it, too
    return history


def within(recipe: Recipe | None, name: str, plain: Callable[..., T]) -> Callable[..., T]:
    """``plain`` inside the method ``name`` of every extra; the first extra stands around all others."""
    for extra in reversed(recipe.extras if recipe else ()):
        plain = partial(getattr(extra, name), plain)
    return plain


def steps(train: Pairs, recipe: Recipe) -> int:
    """How many steps an epoch has: one for each batch, and the last may be smaller."""
    return math.ceil(len(train) / recipe.batch)


def batches(train: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Pairs]:
    """One epoch: all pairs in batches, in the order of the protocol."""
    order = recipe.protocol.order(len(train), generator)
    for batch in order.split(recipe.batch):
        yield train[batch]


def entry(model: nn.Module, round: Round, recipe: Recipe, epoch: int, loss: float) -> dict[str, float]:
    """What the history says of one epoch; ``loss`` is the training loss, averaged while the weights moved."""
    seen, unseen = evaluate(model, round.train, recipe), evaluate(model, round.test, recipe)
    accuracies = (seen.accuracy, unseen.accuracy, unseen.digit_accuracy)
    return dict(zip(ENTRIES, (epoch, loss, seen.loss, unseen.loss, *accuracies), strict=True))


@one_thread()
def evaluate(model: nn.Module, pairs: Pairs, recipe: Recipe | None = None) -> Scores:
    """Judge ``model`` on ``pairs``, in eval mode. The model's mode is put back afterwards.

    ``recipe`` says if its protocol judges, or one of its extras answers, in another way.
    """
    protocol = recipe.protocol if recipe else Protocol()
    judged: Scores = protocol.evaluate(judge, model, pairs, recipe)
    return judged


def judge(model: nn.Module, pairs: Pairs, recipe: Recipe | None = None) -> Scores:
    """As ``evaluate``, but always in eval mode, over all pairs alike."""
    with judging(model):
        output = within(recipe, "answers", answers)(model, pairs.images, EVALUATION_BATCH)
    return scores(output, pairs)


def answers(model: nn.Module, images: Tensor, size: int) -> Output:
    """The model's output for all ``images`` (n, 2, 14, 14), ``size`` pairs at a time."""
    outputs = [model(batch) for batch in images.split(size)]
    digits = None if outputs[0].digits is None else torch.cat([output.digits for output in outputs])
    return Output(torch.cat([output.target for output in outputs]), digits)


def scores(output: Output, pairs: Pairs) -> Scores:
    """What ``output`` is worth as an answer to ``pairs``."""
    digits = float("nan") if output.digits is None else fraction(output.digits.argmax(dim=2) == pairs.labels)
    return Scores(cross_entropy(output.target, pairs.target).item(), fraction(right_answers(output, pairs)), digits)


def right_answers(output: Output, pairs: Pairs) -> Tensor:
    """(n,) bool: which comparisons are right."""
    return output.target.argmax(dim=1) == pairs.target


def wrong_answers(model: nn.Module, pairs: Pairs, recipe: Recipe | None = None) -> list[list[int]]:
    """The pairs that ``model`` answers wrongly, in eval mode: their indices, each with the two digits that it reads.

    Where the network has no digit outputs, the index stands alone.
    """
    with judging(model):
        output = within(recipe, "answers", answers)(model, pairs.images, EVALUATION_BATCH)
    wrong = (~right_answers(output, pairs)).nonzero()  # (m, 1)
    if output.digits is None:
        return wrong.tolist()
    return torch.cat([wrong, output.digits.argmax(dim=2)[wrong[:, 0]]], dim=1).tolist()


def finite(value: float, recipe: Recipe, round: Round, epoch: int, step: int) -> float:
    """``value``, a loss. Raises Diverged, with the place and what may help, where it is not finite."""
    if math.isfinite(value):
        return value
    raise Diverged(
        f"the loss is {value} in round {round.number}, epoch {epoch}, step {step}. A lower learning rate than "
        f"{recipe.optimiser.rate} usually helps. The recipe: {recipe}"
    )


def fraction(right: Tensor) -> float:
    return right.double().mean().item()
