"""Checks of the chapter that compares the five reports."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.checks.verdict import check, require

FLAWS = {
    1: "One line should be inside the loop: what does round 2 start from?",
    6: "One line lets the test set decide how it is standardised.",
    10: "One line lets the test set choose the epoch.",
}
SOUND = {
    4: "Line 4 is right: data are drawn afresh in every round.",
    5: "Line 5 is right: the training set may be standardised by itself.",
    9: "Line 9 is right: it trains on the training set.",
    11: "Line 11 only keeps what line 10 has already chosen.",
}


@check
def audit(answer: set[int]) -> str:
    """The line numbers of a script that depart from the clean protocol."""
    require(isinstance(answer, set | list | tuple), "Give a set of line numbers, as in {2, 3}.")
    lines = set(answer)
    for line in sorted(lines - set(FLAWS)):
        require(False, SOUND.get(line, f"Line {line} gives nothing away."))
    for line, cause in FLAWS.items():
        require(line in lines, f"{len(lines)} of 3 found. {cause}")
    return "Carried-over weights, own statistics, and the best epoch on the test set."


@check
def batch_weight(answer: float) -> str:
    """How many times as much a pair in a last batch of 8 counts as one in a batch of 32."""
    answer = float(answer)
    require(abs(answer - 0.25) > 1e-6, "It is the other way round: few share the weight of the last batch.")
    require(abs(answer - 8) > 1e-6, "That is the size of the last batch. Compare it with that of the others.")
    require(abs(answer - 32) > 1e-6, "That is the size of the other batches. Compare it with that of the last.")
    require(abs(answer - 3) > 1e-6, "Three times more is four times as much: give what it counts, not what is added.")
    require(answer not in (24, 1 / 8 - 1 / 32), "You subtracted. How many times as much is a ratio.")
    require(abs(answer - 4) < 1e-6, "A pair counts 1 / 8 of its batch there, 1 / 32 elsewhere.")
    return "Four times. Weigh batches by their size, or judge all pairs together."


class _Network:
    """What ``build()`` gives in the check below: it only counts its epochs."""

    epochs = 0


class _Bench:
    """A build, a draw, a training and a test that keep a record of how they are used."""

    SCORES = (0.5, 0.6, 0.9, 0.7, 0.8)  # after 0, 1, … epochs: the best epoch is not the last one

    def __init__(self) -> None:
        self.built: list[_Network] = []
        self.drawn: list[int] = []
        self.trained: list[Tensor] = []
        self.tested: list[tuple[Tensor, Tensor]] = []  # what was given, and what would have been right

    def build(self) -> _Network:
        self.built.append(_Network())
        return self.built[-1]

    def draw(self, round: int) -> tuple[Tensor, Tensor]:
        self.drawn.append(round)
        random = torch.Generator().manual_seed(round)
        self.train, self.test = (
            mean + spread * torch.randn(40, 2, 8, 8, generator=random) for mean, spread in ((50, 20), (80, 10))
        )
        return self.train.clone(), self.test.clone()

    def fit_one_epoch(self, model: _Network, train: Tensor) -> None:
        model.epochs += 1
        self.trained.append(train.clone())

    def accuracy(self, model: _Network, test: Tensor) -> float:
        self.tested.append((test.clone(), (self.test - self.train.mean()) / self.train.std()))
        return self.SCORES[min(model.epochs, 4)] + 0.01 * self.drawn[-1]


@check
def clean_rounds(answer: Callable[..., list[float]]) -> str:
    """``answer(build, draw, fit_one_epoch, accuracy, rounds, epochs)``: a clean experiment, one accuracy a round."""
    bench, rounds, epochs = _Bench(), 3, 4
    given = answer(bench.build, bench.draw, bench.fit_one_epoch, bench.accuracy, rounds=rounds, epochs=epochs)
    if given is None or given is ...:
        raise NotImplementedError
    require(isinstance(given, list | tuple), "Return a list with one accuracy for each round.")
    _require_rounds(bench, rounds, epochs)
    _require_standardised(bench)
    require(len(given) == rounds, f"{rounds} rounds should give {rounds} accuracies, not {len(given)}.")
    best, last = ([score + 0.01 * k for k in range(rounds)] for score in (max(bench.SCORES), bench.SCORES[epochs]))
    require(list(given) != best, "You report the best epoch on the test set. Test once, after the last epoch.")
    require(
        len(bench.tested) == rounds,
        f"You tested {len(bench.tested)} times in {rounds} rounds. Test once in each, after the last epoch.",
    )
    require(list(given) == last, "Report what accuracy() says after the last epoch of each round.")
    return "Fresh weights, the training set's numbers, one look at the test set: nothing is given away."


def _require_rounds(bench: _Bench, rounds: int, epochs: int) -> None:
    """Every round has its own data and network, and trains that for all epochs."""
    require(len(bench.drawn) != 1, "You draw once: all rounds share their data.")
    require(bench.drawn == list(range(rounds)), f"Draw once in each of the {rounds} rounds, with draw(round).")
    copies = len(bench.built) == 1 and not bench.built[0].epochs
    require(not copies, "A copy is no fresh network: all rounds start from the same weights. Build one in each.")
    require(len(bench.built) != 1, "The network is built once: round 2 starts from what round 1 has learned.")
    require(len(bench.built) != rounds * epochs, "A new network in every epoch forgets what the last one learned.")
    require(len(bench.built) == rounds, "Build one network in each round.")
    trained = [network.epochs for network in bench.built]
    require(
        trained == [epochs] * rounds, f"Train every network for all epochs. Yours had {trained}, not {epochs} each."
    )


def _require_standardised(bench: _Bench) -> None:
    """Training and test sets by the numbers of the training set."""
    scaled = all(abs(x.mean()) < 0.01 and abs(x.std() - 1) < 0.01 for x in bench.trained)
    require(scaled, "The training set should have mean 0 and standard deviation 1 when it is trained on.")
    for given, right in bench.tested:
        require(not any(torch.equal(given, train) for train in bench.trained), "You test on the training set.")
        mean = given.mean().item()
        require(abs(mean) > 0.01, "The test set decides how it is standardised: its mean became 0.")
        require(abs(mean - 80) > 1, "The test set came through as it was. Were mean and std of train 0 and 1?")
        require(torch.allclose(given, right, atol=0.05), "The test set needs the training set's mean and spread.")
