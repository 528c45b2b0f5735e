"""Recipes, and the loop that trains one network on one round."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot

from lib.data import Digits, Pairs, Round, draw, generator, load_once
from lib.heads import DIGITS, Hard
from lib.models import Output, Pair, Siamese, two_logits, words_of

EVALUATION_BATCH = 250  # pairs; small enough to stay in the processor's cache
Probe = Callable[[nn.Module, int, int], None]  # called with the model, the epoch and the step, after each step
History = list[dict[str, float]]  # one entry for each recorded epoch, with the keys ENTRIES
ENTRIES = ["epoch", "loss", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "digit_accuracy"]


@dataclass(frozen=True)
class Optimiser:
    """How weights move. ``rate`` is the learning rate."""

    name: Literal["adam", "sgd"] = "adam"
    rate: float = 0.001

    def build(self, weights: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Raises ValueError for an unknown name."""
        if self.name == "adam":
            return torch.optim.Adam(weights, lr=self.rate, fused=True)
        if self.name == "sgd":
            return torch.optim.SGD(weights, lr=self.rate, fused=True)
        raise ValueError(f'unknown optimiser {self.name!r}: choose "adam" or "sgd"')


@dataclass(frozen=True)
class Loss:
    """Weights of the losses: ``target`` for the comparison, ``digits`` for each of the two digits.

    With digits = 0 there is no auxiliary loss. ``alternate`` takes for every batch one of the two, by a toss.
    """

    target: float = 1.0
    digits: float = 0.0
    alternate: bool = False

    def __call__(self, output: Output, pairs: Pairs, generator: torch.Generator | None = None) -> Tensor:
        """The weighted sum, averaged over pairs: a scalar. Raises ValueError if the network has no digits.

        ``generator`` tosses the coin of ``alternate``.
        """
        comparison = self.target * cross_entropy(output.target, pairs.target)
        if not self.digits:
            return comparison
        if output.digits is None:
            raise ValueError("the digit loss needs a network with digit outputs: give it a digit_head")
        logits, labels = output.digits.flatten(0, 1), pairs.digits.flatten()  # (2n, 10), (2n,)
        auxiliary = 2 * self.digits * cross_entropy(logits, labels)  # the mean over 2n, for two digits
        if self.alternate:
            return comparison if torch.rand((), generator=generator) < 0.5 else auxiliary
        return comparison + auxiliary


@dataclass(frozen=True)
class Protocol:
    """How a round is drawn, trained and judged. The defaults are the clean protocol; each switch departs from it.

    ``train`` and ``test`` count pairs. ``validation`` of the training pairs are held out, and the weights
    of the epoch that does best on them are kept (ties: the latest); with 0, those of the last epoch.
    """

    name: str = "clean"
    train: int = 1000
    test: int = 1000
    validation: int = 0
    shuffle: Literal["every epoch", "once", "never"] = "every epoch"  # "once": one new order for each round
    one_dataset: bool = False  # all rounds use the pairs of round 0
    own_statistics: bool = False  # the test pairs are standardised by themselves
    eval_mode: bool = True  # False: nobody calls eval(), and the test is judged in training mode, batch by batch
    batch_averages: bool = False  # accuracy is the mean over batches, a last, smaller one counting as much
    best_on_test: bool = False  # the weights of the epoch that does best on the test pairs are kept
    carried: bool = False  # a round starts from the weights of the round before: round k is the end of a chain 0 … k

    def __post_init__(self) -> None:
        if self.validation and self.best_on_test:
            raise ValueError("the epoch is chosen on validation pairs or on test pairs, not on both")


@dataclass(frozen=True)
class Recipe:
    """Everything that changes a result, as plain values. ``batch`` counts pairs.

    ``pretrain`` is the number of epochs in which a siamese network's head learns alone, from the true digits as
    one-hot vectors, before the ``epochs`` of the whole network begin. With ``freeze`` the head then stays as it is.
    """

    model: Pair | Siamese
    optimiser: Optimiser = field(default=Optimiser())
    epochs: int = 25
    batch: int = 100
    loss: Loss = field(default=Loss())
    protocol: Protocol = field(default=Protocol())
    pretrain: int = 0
    freeze: bool = False

    def __post_init__(self) -> None:
        head = getattr(self.model, "head", None)
        if isinstance(head, Hard) and not self.loss.digits:
            raise ValueError("the hard comparison cannot learn: train its digits, with Loss(target=0, digits=1)")
        if self.pretrain and not isinstance(head, tuple):
            raise ValueError("only a head with weights can be pre-trained: this network has none")
        if self.freeze and not self.pretrain:
            raise ValueError("a frozen head that has learned nothing is useless: set pretrain, too")
        lonely = (self.protocol.train - self.protocol.validation) % self.batch == 1 or self.batch == 1
        if lonely and "norm" in words_of(self.model):
            raise ValueError("batch norm cannot train on a batch of one pair: choose another batch size")


@dataclass(frozen=True)
class Scores:
    """A network on a set of pairs: mean cross-entropy of the comparison, and two fractions of right answers."""

    loss: float
    accuracy: float
    digit_accuracy: float  # of the 2n single digits; nan where the network has no digit outputs


class Diverged(ArithmeticError):
    """The loss is no longer a finite number."""


def fit(
    model: nn.Module,
    round: Round,
    recipe: Recipe,
    generator: torch.Generator,
    probes: Iterable[Probe] = (),
    curves: bool = True,
) -> History:
    """Train ``model`` in place on ``round.train``; return its history, one entry an epoch.

    ``generator`` gives the order of the pairs. Without ``curves`` only the last epoch is judged, which
    saves a third of the time and changes nothing else. Raises Diverged when the loss is not finite.
    """
    train, judge = _hold_out(round, recipe.protocol.validation)
    if recipe.pretrain:
        pretrain_head(model, train, recipe, generator)
    optimiser = recipe.optimiser.build(model.parameters())
    history, best = [], None
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total = 0.0
        for step, batch in enumerate(_batches(len(train), recipe, generator)):
            pairs = train[batch]
            loss = recipe.loss(model(pairs.images), pairs, generator)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += _finite(loss.item(), recipe, round, epoch, step) * len(pairs)
            for probe in probes:
                probe(model, epoch, step)
        if recipe.protocol.validation or recipe.protocol.best_on_test:
            best = _better(best, evaluate(model, judge, recipe).accuracy, model)
        if curves or epoch == recipe.epochs:
            history.append(_entry(model, epoch, total / len(train), train, judge, recipe))
    _finite(history[-1]["test_loss"], recipe, round, epoch, step)  # the last step may have broken it, too
    if best:
        model.load_state_dict(best[1])
    return history


def pretrain_head(model: nn.Module, train: Pairs, recipe: Recipe, generator: torch.Generator) -> None:
    """Teach the head of a siamese network to compare the true digits of ``train``, and freeze it if asked to."""
    truth = one_hot(train.digits, DIGITS).float().flatten(1)  # (n, 20)
    optimiser = recipe.optimiser.build(model.head.parameters())
    for _ in range(recipe.pretrain):
        for batch in _batches(len(train), recipe, generator):
            loss = cross_entropy(two_logits(model.head(truth[batch])), train.target[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    model.head.requires_grad_(not recipe.freeze)


def evaluate(model: nn.Module, pairs: Pairs, recipe: Recipe | None = None) -> Scores:
    """Judge ``model`` on ``pairs``, in eval mode. The model's mode is put back afterwards.

    ``recipe`` says if its protocol judges in another way: in training mode, or by averages over batches.
    """
    protocol = recipe.protocol if recipe else Protocol()
    size = EVALUATION_BATCH if protocol.eval_mode and not protocol.batch_averages else recipe.batch
    mode = model.training
    model.train(not protocol.eval_mode)
    with torch.inference_mode():
        outputs = [model(images) for images in pairs.images.split(size)]
    model.train(mode)
    target = torch.cat([output.target for output in outputs])  # (n, 2)
    digits = None if outputs[0].digits is None else torch.cat([output.digits for output in outputs])  # (n, 2, 10)
    right = target.argmax(dim=1) == pairs.target
    parts = right.split(size) if protocol.batch_averages else [right]
    return Scores(
        loss=cross_entropy(target, pairs.target).item(),
        accuracy=sum(_fraction(part) for part in parts) / len(parts),
        digit_accuracy=float("nan") if digits is None else _fraction(digits.argmax(dim=2) == pairs.digits),
    )


def play(recipe: Recipe, number: int, digits: Digits, curves: bool = False, model: nn.Module | None = None) -> dict:
    """One whole round, from the draw to the test: {"row": the numbers of a table, "history": by epoch}.

    Without ``model`` the round starts from fresh weights. A run that diverges is a row with status "diverged" and
    no accuracies, not an error.
    """
    protocol = recipe.protocol
    drawn = 0 if protocol.one_dataset else number
    round = replace(draw(digits, drawn, protocol.train, protocol.test, protocol.own_statistics), number=number)
    model = model or recipe.model.build(generator(number, "weights"))
    row = {"round": number, "protocol": protocol.name, "data": digits.name}
    row["parameters"] = sum(weights.numel() for weights in model.parameters())
    start = perf_counter()
    try:
        history = fit(model, round, recipe, generator(number, "training"), curves=curves)
    except Diverged:
        nothing = dict.fromkeys(["train_accuracy", "test_accuracy", "digit_accuracy"], float("nan"))
        return {"row": row | {"seconds": perf_counter() - start, "status": "diverged"} | nothing, "history": []}
    row |= {"seconds": perf_counter() - start, "status": "done"}
    if protocol.validation or protocol.best_on_test:  # then the last entry is not of the weights that are kept
        train, test = evaluate(model, round.train, recipe), evaluate(model, round.test, recipe)
        scores = {
            "train_accuracy": train.accuracy,
            "test_accuracy": test.accuracy,
            "digit_accuracy": test.digit_accuracy,
        }
    else:
        scores = {name: history[-1][name] for name in ("train_accuracy", "test_accuracy", "digit_accuracy")}
    return {"row": row | scores, "history": history}


def play_chain(recipe: Recipe, last: int, digits: Digits, curves: bool = False) -> list[dict]:
    """Rounds 0 to ``last`` of a carried-over protocol: one network, built once, goes through all of them."""
    model = recipe.model.build(generator(0, "weights"))
    return [play(recipe, number, digits, curves, model) for number in range(last + 1)]


def play_task(recipe: Recipe, keys: dict[int, str], data: str | Digits, curves: bool) -> dict[str, dict]:
    """``play`` as a worker process is asked to: the record of every round in ``keys``, by its key.

    ``data`` is digits by value or by source. It stands here and not in lib.experiment so that a worker starts
    without pandas.
    """
    digits = data if isinstance(data, Digits) else load_once(data)
    if recipe.protocol.carried:
        chain = play_chain(recipe, max(keys), digits, curves)
        return {key: chain[number] for number, key in keys.items()}
    return {key: play(recipe, number, digits, curves) for number, key in keys.items()}


def _hold_out(round: Round, validation: int) -> tuple[Pairs, Pairs]:
    """The pairs to train on and the pairs to judge every epoch by: the test set, or held-out training pairs."""
    if not validation:
        return round.train, round.test
    if validation >= len(round.train):
        raise ValueError(f"cannot hold out {validation} of {len(round.train)} training pairs: nothing would be left")
    return round.train[:-validation], round.train[-validation:]


def _batches(n: int, recipe: Recipe, generator: torch.Generator) -> Iterator[Tensor]:
    """The indices 0 to n − 1 in batches, in a new order every epoch unless the protocol says otherwise."""
    shuffle = recipe.protocol.shuffle
    if shuffle == "once":  # the same state every time, so the same order, until the next round brings another
        generator = torch.Generator().manual_seed(generator.initial_seed())
    order = torch.arange(n) if shuffle == "never" else torch.randperm(n, generator=generator)
    return iter(order.split(recipe.batch))


def _finite(value: float, recipe: Recipe, round: Round, epoch: int, step: int) -> float:
    if value - value == 0:  # false for nan and for both infinities
        return value
    raise Diverged(
        f"the loss is {value} in round {round.number}, epoch {epoch}, step {step}. A lower learning rate than "
        f"{recipe.optimiser.rate} usually helps. The recipe: {recipe}"
    )


def _better(best: tuple[float, dict] | None, accuracy: float, model: nn.Module) -> tuple[float, dict]:
    if best and best[0] > accuracy:
        return best
    return accuracy, {name: value.clone() for name, value in model.state_dict().items()}


def _entry(model: nn.Module, epoch: int, loss: float, train: Pairs, judge: Pairs, recipe: Recipe) -> dict[str, float]:
    """``loss`` is the training loss, averaged while the weights moved."""
    seen, unseen = evaluate(model, train, recipe), evaluate(model, judge, recipe)
    accuracies = (seen.accuracy, unseen.accuracy, unseen.digit_accuracy)
    return dict(zip(ENTRIES, (epoch, loss, seen.loss, unseen.loss, *accuracies), strict=True))


def _fraction(right: Tensor) -> float:
    return right.double().mean().item()
