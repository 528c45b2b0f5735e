"""Recipes: everything that changes a result, as plain values."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lib.data import Digits, Pairs, Round, digits_of, draw, generator
from lib.heads import Hard
from lib.models import Network, Output, words_of
from lib.values import Value

OPTIMISERS: dict[str, Callable[..., torch.optim.Optimizer]] = {  # fused: one call for all weights, faster
    "adam": partial(torch.optim.Adam, fused=True),
    "adamw": partial(torch.optim.AdamW, fused=True),
    "sgd": partial(torch.optim.SGD, fused=True),
}


@dataclass(frozen=True)
class Optimiser(Value):
    """How weights move. ``rate`` is the learning rate, ``decay`` the weight decay."""

    name: Literal["adam", "adamw", "sgd"] = "adam"
    rate: float = 0.001
    decay: float = 0.0

    def build(self, weights: Iterable[Tensor], steps: int = 0) -> torch.optim.Optimizer:
        """PyTorch's, for ``steps`` steps; their number matters where the rate follows a plan (lib.extras.schedules)."""
        return OPTIMISERS[self.name](weights, lr=self.rate, weight_decay=self.decay)


@dataclass(frozen=True)
class Loss(Value):
    """Weights of the losses: ``target`` for the comparison, ``auxiliary`` for each of the two digits.

    With auxiliary = 0 the digits' labels are not used. ``smoothing`` of the digit losses gives that share of the truth
    to all ten digits alike.
    """

    target: float = 1.0
    auxiliary: float = 0.0
    smoothing: float = 0.0

    def __call__(self, output: Output, pairs: Pairs, generator: torch.Generator | None = None) -> Tensor:
        """The weighted sum, averaged over pairs: a scalar. Raises ValueError if the network has no digits.

        ``generator`` is for losses with something random in them (lib.extras.losses).
        """
        comparison = self.comparison(output, pairs)
        return comparison + self.digits(output, pairs) if self.auxiliary else comparison

    def comparison(self, output: Output, pairs: Pairs) -> Tensor:
        """The weighted cross-entropy of "first ≤ second"."""
        return self.target * cross_entropy(output.target, pairs.target)

    def digits(self, output: Output, pairs: Pairs) -> Tensor:
        """The weighted sum of both digits' cross-entropies."""
        if output.digits is None:
            raise ValueError("the digit loss needs a network with digit outputs: give it a digit_head")
        logits, labels = output.digits.flatten(0, 1), pairs.labels.flatten()  # (2n, 10), (2n,)
        return 2 * self.auxiliary * cross_entropy(logits, labels, label_smoothing=self.smoothing)  # a mean over 2n


@dataclass(frozen=True)
class Protocol(Value):
    """How a round is drawn, ordered and judged: fresh data, a new order in every epoch, eval mode at the test.

    This is the clean protocol; those of the reports depart from it (lib.extras.protocols). ``train`` and ``test`` count
    pairs. ``carried``: a round starts from the weights of the round before, so round k is the end of a chain 0 … k.
    """

    name: str = "clean"
    train: int = 1000
    test: int = 1000
    carried: bool = False

    def draw(self, digits: Digits, number: int) -> Round:
        return draw(digits, number, self.train, self.test)

    def order(self, count: int, generator: torch.Generator) -> Tensor:
        """The order of ``count`` pairs in one epoch, (count,)."""
        return torch.randperm(count, generator=generator)

    def evaluate(self, judge: Callable[..., Any], model: nn.Module, pairs: Pairs, recipe: "Recipe | None") -> Any:
        """What ``judge`` makes of ``model``. It is ``training.judge``, handed over because training imports recipes."""
        return judge(model, pairs, recipe)


Probe = Callable[[nn.Module, int, int], None]  # called with the model, the epoch and the step, after each step
History = list[dict[str, float]]  # one entry for each judged epoch, with the keys training.ENTRIES


@dataclass(frozen=True)
class Watch:
    """How a training is watched, which changes nothing in it.

    ``probes`` are called after each step. Without ``curves`` only the last epoch is judged. ``judged`` is the network
    to judge in the place of the trained one, if another is.
    """

    probes: Sequence[Probe] = ()
    curves: bool = True
    judged: nn.Module | None = None


Fit = Callable[[nn.Module, Round, "Recipe", torch.Generator, Watch], History]
Batches = Callable[[Pairs, "Recipe", torch.Generator], Iterator[Pairs]]
Answers = Callable[[nn.Module, Tensor, int], Output]


@dataclass(frozen=True)
class Extra(Value):
    """What a training may have beyond the plain loop, as a value; lib.extras has those of this book.

    Each method stands around one thing that lib.training does: it gets the plain function as ``inner``, and decides
    what happens before and after it. Here nothing does. (Read ``training`` first, then come back.)
    """

    def check(self, recipe: "Recipe") -> None:
        """Raise ValueError where the extra and the rest of the recipe do not go together."""

    def held_out(self) -> int:
        """How many of the training pairs are kept from the training."""
        return 0

    def chooses(self) -> bool:
        """Whether other weights may be kept than those of the last step."""
        return False

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: "Recipe", generator: torch.Generator, watch: Watch
    ) -> History:
        """Around ``training.loop``."""
        return inner(model, round, recipe, generator, watch)

    def batches(self, inner: Batches, train: Pairs, recipe: "Recipe", generator: torch.Generator) -> Iterator[Pairs]:
        """Around ``training.batches``, once an epoch."""
        return inner(train, recipe, generator)

    def answers(self, inner: Answers, model: nn.Module, images: Tensor, size: int) -> Output:
        """Around ``training.answers``."""
        return inner(model, images, size)


@dataclass(frozen=True)
class Recipe(Value):
    """Everything that changes a result. ``batch`` counts pairs; of ``extras`` the first stands around the others.

    Raises ValueError for what cannot be trained or makes no sense.
    """

    model: Network
    optimiser: Optimiser = Optimiser()
    epochs: int = 25
    batch: int = 100
    loss: Loss = Loss()
    protocol: Protocol = Protocol()
    extras: tuple[Extra, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.epochs < 1 or self.batch < 1:
            raise ValueError(f"{self.epochs} epochs of batches of {self.batch}: both must be at least 1")
        if isinstance(getattr(self.model, "head", None), Hard) and not self.loss.auxiliary:
            raise ValueError("the hard comparison cannot learn: train its digits, with Loss(target=0, auxiliary=1)")
        if len({type(extra) for extra in self.extras}) < len(self.extras):
            raise ValueError(f"two extras are of one kind: {self.extras}")
        for extra in self.extras:
            extra.check(self)
        lonely = (self.protocol.train - sum(extra.held_out() for extra in self.extras)) % self.batch == 1
        if (lonely or self.batch == 1) and "norm" in words_of(self.model):
            raise ValueError("batch norm cannot train on a batch of one pair: choose another batch size")

    def draw(self, number: int, data: str | Digits = "sample") -> Round:
        """The pairs of the round of this number."""
        return self.protocol.draw(digits_of(data), number)

    def fresh(self, number: int) -> nn.Module:
        """The network with the weights from which the round of this number starts."""
        return self.model.build(generator(number, "weights"))
