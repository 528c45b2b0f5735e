"""The loop that trains one network on one round, and what judges it."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from lib.data import Digits, Pairs, Round, draw, generator, load_once
from lib.heads import DIGITS
from lib.models import two_logits
from lib.recipes import Protocol, Recipe

EVALUATION_BATCH = 250  # pairs; small enough to stay in the processor's cache
Probe = Callable[[nn.Module, int, int], None]  # called with the model, the epoch and the step, after each step
History = list[dict[str, float]]  # one entry for each recorded epoch, with the keys ENTRIES
ENTRIES = ["epoch", "loss", "train_loss", "test_loss", "train_accuracy", "test_accuracy", "digit_accuracy"]
SCORES = ENTRIES[4:]


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
    schedule = recipe.optimiser.plan(optimiser, recipe.epochs * math.ceil(len(train) / recipe.batch))
    mean = running_mean(model, recipe.average) if recipe.average else None
    judged = mean.module if mean else model
    history, best = [], None
    for epoch in range(1, recipe.epochs + 1):
        model.train()
        total = 0.0
        for step, pairs in enumerate(_batches(train, recipe, generator)):
            loss = recipe.loss(model(pairs.images), pairs, generator)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            if mean:
                mean.update_parameters(model)
            total += _finite(loss.item(), recipe, round, epoch, step) * len(pairs)
            for probe in probes:
                probe(model, epoch, step)
        if recipe.protocol.validation or recipe.protocol.best_on_test:
            best = _better(best, evaluate(judged, judge, recipe).accuracy, judged)
        if curves or epoch == recipe.epochs:
            history.append(_entry(judged, epoch, total / len(train), train, judge, recipe))
    _finite(history[-1]["test_loss"], recipe, round, epoch, step)  # the last step may have broken it, too
    if best or mean:
        model.load_state_dict(best[1] if best else judged.state_dict())
    return history


def running_mean(model: nn.Module, share: float) -> AveragedModel:
    """A copy whose weights follow those of ``model`` as a running mean; ``share`` is that of the old at each step."""
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(share), use_buffers=True)


def paired_anew(pairs: Pairs, generator: torch.Generator) -> Pairs:
    """The same 2n images in n other pairs, with the targets that their digits give."""
    order = torch.randperm(2 * len(pairs), generator=generator)
    images, digits = pairs.images.flatten(0, 1)[order], pairs.digits.flatten()[order].view(-1, 2)
    return Pairs(images.view(pairs.images.shape), digits, (digits[:, 0] <= digits[:, 1]).long())


def pretrain_head(model: nn.Module, train: Pairs, recipe: Recipe, generator: torch.Generator) -> None:
    """Teach the head of a siamese network to compare the true digits of ``train``, and freeze it if asked to."""
    optimiser = recipe.optimiser.build(model.head.parameters())
    for _ in range(recipe.pretrain):
        for pairs in _batches(train, recipe, generator):
            truth = one_hot(pairs.digits, DIGITS).float().flatten(1)  # (n, 20)
            loss = cross_entropy(two_logits(model.head(truth)), pairs.target)
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
        target, digits = _answers(model, pairs.images, size, recipe)
    model.train(mode)
    right = target.argmax(dim=1) == pairs.target
    parts = right.split(size) if protocol.batch_averages else [right]
    return Scores(
        loss=cross_entropy(target, pairs.target).item(),
        accuracy=sum(_fraction(part) for part in parts) / len(parts),
        digit_accuracy=float("nan") if digits is None else _fraction(digits.argmax(dim=2) == pairs.digits),
    )


def mistakes(model: nn.Module, pairs: Pairs, recipe: Recipe | None = None) -> list[list[int]]:
    """The pairs that ``model`` answers wrongly, in eval mode: their indices, each with the two digits that it reads.

    Where the network has no digit outputs, the index stands alone.
    """
    mode = model.training
    model.eval()
    with torch.inference_mode():
        target, digits = _answers(model, pairs.images, EVALUATION_BATCH, recipe)
    model.train(mode)
    wrong = (target.argmax(dim=1) != pairs.target).nonzero()  # (m, 1)
    return (wrong if digits is None else torch.cat([wrong, digits.argmax(dim=2)[wrong[:, 0]]], dim=1)).tolist()


def _answers(model: nn.Module, images: Tensor, size: int, recipe: Recipe | None) -> tuple[Tensor, Tensor | None]:
    """The answers to all pairs, (n, 2) and (n, 2, 10) or None: logits, or, of several views, mean log-probabilities."""
    random, views = torch.Generator().manual_seed(0), recipe.views if recipe else 1
    targets, digits = [], []
    for view in range(views):
        seen = recipe.distort.milder()(images, random) if view else images  # the first view is the image as it is
        outputs = [model(batch) for batch in seen.split(size)]
        targets.append(torch.cat([output.target for output in outputs]))
        digits.append(None if outputs[0].digits is None else torch.cat([output.digits for output in outputs]))
    if views == 1:
        return targets[0], digits[0]
    mean = [None if part[0] is None else torch.stack(part).softmax(-1).mean(0).log() for part in (targets, digits)]
    return mean[0], mean[1]


def play(recipe: Recipe, number: int, digits: Digits, curves: bool = False, model: nn.Module | None = None) -> dict:
    """One whole round, from the draw to the test: {"row": the numbers of a table, "history": by epoch, "wrong": pairs}.

    "wrong" is what ``mistakes`` finds in the test set. Without ``model`` the round starts from fresh weights. A run
    that diverges is a row with status "diverged" and no accuracies, not an error.
    """
    protocol = recipe.protocol
    drawn = 0 if protocol.one_dataset else number
    round = replace(draw(digits, drawn, protocol.train, protocol.test, protocol.own_statistics), number=number)
    random = generator(number, "weights")
    built = [model or recipe.model.build(random), *(recipe.model.build(random) for _ in range(recipe.starts - 1))]
    row = {"round": number, "protocol": protocol.name, "data": digits.name}
    row["parameters"] = sum(weights.numel() for weights in built[0].parameters())
    start = perf_counter()
    try:
        model, history = best_start(built, round, recipe, curves)
    except Diverged:
        nothing = dict.fromkeys(SCORES, float("nan"))
        row |= {"seconds": perf_counter() - start, "status": "diverged"} | nothing
        return {"row": row, "history": [], "wrong": []}
    row |= {"seconds": perf_counter() - start, "status": "done"} | _scores(model, round, recipe, history)
    return {"row": row, "history": history, "wrong": mistakes(model, round.test, recipe)}


def best_start(built: list[nn.Module], round: Round, recipe: Recipe, curves: bool) -> tuple[nn.Module, History]:
    """Train all of ``built``; the one with the lowest loss on the training pairs, and its history."""
    number = round.number
    histories = [fit(model, round, recipe, generator(number, "training"), curves=curves) for model in built]
    best = min(range(len(built)), key=lambda i: histories[i][-1]["train_loss"])
    return built[best], histories[best]


def _scores(model: nn.Module, round: Round, recipe: Recipe, history: History) -> dict[str, float]:
    """The accuracies of the weights that were kept: those of the last entry, unless an epoch was chosen."""
    if not recipe.protocol.validation and not recipe.protocol.best_on_test:
        return {name: history[-1][name] for name in SCORES}
    train, test = evaluate(model, round.train, recipe), evaluate(model, round.test, recipe)
    return dict(zip(SCORES, (train.accuracy, test.accuracy, test.digit_accuracy), strict=True))


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


def _batches(train: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Pairs]:
    """One epoch: all pairs in batches, ordered, paired and distorted as the recipe says."""
    shuffle = recipe.protocol.shuffle
    if recipe.pairing == "anew":
        train = paired_anew(train, generator)
    if shuffle == "once":  # the same state every time, so the same order, until the next round brings another
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(generator.initial_seed()))
    else:
        order = torch.arange(len(train)) if shuffle == "never" else torch.randperm(len(train), generator=generator)
    for batch in order.split(recipe.batch):
        pairs = train[batch]
        yield replace(pairs, images=recipe.distort(pairs.images, generator)) if recipe.distort else pairs


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
