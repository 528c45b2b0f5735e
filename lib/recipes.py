"""Recipes: everything that changes a result, as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lib.data import Pairs
from lib.distort import Distortion
from lib.heads import Hard
from lib.models import Output, Pair, Siamese, words_of


@dataclass(frozen=True)
class Optimiser:
    """How weights move. ``rate`` is the learning rate, ``decay`` the weight decay.

    ``schedule`` "one cycle" lets the rate rise to ``rate`` and fall to nearly 0 once in a training (Smith 2018).
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    rate: float = 0.001
    decay: float = 0.0
    schedule: Literal["", "one cycle"] = ""

    def build(self, weights: Iterable[Tensor]) -> torch.optim.Optimizer:
        """Raises ValueError for an unknown name."""
        if self.name == "adam":
            return torch.optim.Adam(weights, lr=self.rate, weight_decay=self.decay, fused=True)
        if self.name == "adamw":
            return torch.optim.AdamW(weights, lr=self.rate, weight_decay=self.decay, fused=True)
        if self.name == "sgd":
            return torch.optim.SGD(weights, lr=self.rate, weight_decay=self.decay, fused=True)
        raise ValueError(f'unknown optimiser {self.name!r}: choose "adam", "adamw" or "sgd"')

    def plan(self, optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
        """The learning rate over a training of ``steps`` steps; one cycle moves Adam's first moment against it."""
        if self.schedule == "one cycle":
            return torch.optim.lr_scheduler.OneCycleLR(optimiser, self.rate, steps)
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)


@dataclass(frozen=True)
class Loss:
    """Weights of the losses: ``target`` for the comparison, ``digits`` for each of the two digits.

    With digits = 0 there is no auxiliary loss. ``alternate`` takes for every batch one of the two, by a toss.
    ``smoothing`` of the digit loss gives that share of the truth to all ten digits alike. ``balance`` weighs a term
    that needs no label: the ten digits are about equally frequent, so a batch's mean reading should be uniform.
    """

    target: float = 1.0
    digits: float = 0.0
    alternate: bool = False
    smoothing: float = 0.0
    balance: float = 0.0

    def __call__(self, output: Output, pairs: Pairs, generator: torch.Generator | None = None) -> Tensor:
        """The weighted sum, averaged over pairs: a scalar. Raises ValueError if the network has no digits.

        ``generator`` tosses the coin of ``alternate``.
        """
        comparison = self.target * cross_entropy(output.target, pairs.target)
        if (self.digits or self.balance) and output.digits is None:
            raise ValueError("the digit loss needs a network with digit outputs: give it a digit_head")
        if self.balance:
            used = output.digits.softmax(dim=2).mean(dim=(0, 1))  # (10,): how often each digit is read
            comparison = (
                comparison + self.balance * (used * (10 * used + 1e-9).log()).sum()
            )  # KL(used ‖ uniform), finite at 0
        if not self.digits:
            return comparison
        logits, labels = output.digits.flatten(0, 1), pairs.digits.flatten()  # (2n, 10), (2n,)
        auxiliary = 2 * self.digits * cross_entropy(logits, labels, label_smoothing=self.smoothing)  # mean over 2n
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
    ``distort`` distorts the training images, and ``pairing`` "anew" pairs them anew in every epoch: the same 2n
    images, and for the new pairs the target that their digits give. ``average`` keeps a running mean of the weights,
    with that share of the old at each step, and judges it instead of the last weights. ``views`` is the number of
    versions of each test image whose answers are averaged: the image as it is, and others that are distorted half as
    much as in training. ``starts`` networks are trained, from different weights; the one with the lowest loss on the
    training pairs is kept.
    """

    model: Pair | Siamese
    optimiser: Optimiser = field(default=Optimiser())
    epochs: int = 25
    batch: int = 100
    loss: Loss = field(default=Loss())
    protocol: Protocol = field(default=Protocol())
    pretrain: int = 0
    freeze: bool = False
    distort: Distortion | None = None
    pairing: Literal["fixed", "anew"] = "fixed"
    average: float = 0.0
    views: int = 1
    starts: int = 1

    def __post_init__(self) -> None:
        head = getattr(self.model, "head", None)
        if isinstance(head, Hard) and not self.loss.digits:
            raise ValueError("the hard comparison cannot learn: train its digits, with Loss(target=0, digits=1)")
        if self.pretrain and not isinstance(head, tuple):
            raise ValueError("only a head with weights can be pre-trained: this network has none")
        if self.freeze and not self.pretrain:
            raise ValueError("a frozen head that has learned nothing is useless: set pretrain, too")
        if not 0 <= self.average < 1:
            raise ValueError(f"average is the share of the old weights, in [0, 1), not {self.average}")
        if self.views < 1 or (self.views > 1 and not self.distort):
            raise ValueError(f"{self.views} views: choose at least 1, and a distortion for more than 1")
        if self.starts < 1 or (self.starts > 1 and self.protocol.carried):
            raise ValueError(f"{self.starts} starts: choose at least 1, and no carried-over weights for more than 1")
        lonely = (self.protocol.train - self.protocol.validation) % self.batch == 1 or self.batch == 1
        if lonely and "norm" in words_of(self.model):
            raise ValueError("batch norm cannot train on a batch of one pair: choose another batch size")
