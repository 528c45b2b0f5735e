"""Real handwritten digits, and the pairs that every experiment is made of."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lib.store import sources
from lib.values import one_of

STREAMS = ("data", "weights", "training")


@dataclass(frozen=True)
class Digits:
    """Single digits: ``images`` (N, 28, 28) uint8, ``labels`` (N,) int64, ``test`` (N,) bool.

    ``test`` marks the pool that test pairs come from. ``name`` stands in every table made from
    these digits. Raises ValueError when a shape, a type or a label is not as said here.
    """

    images: Tensor
    labels: Tensor
    test: Tensor
    name: str = "custom"

    def __post_init__(self) -> None:
        count = len(self.images)
        if self.images.shape != (count, 28, 28) or self.images.dtype != torch.uint8:
            raise ValueError(
                f"images must be (N, 28, 28) uint8, not {tuple(self.images.shape)} {self.images.dtype}: "
                "give the digits at MNIST's own size; draw() shrinks them to 14×14"
            )
        if self.labels.shape != (count,) or self.test.shape != (count,) or self.test.dtype != torch.bool:
            raise ValueError(
                f"labels and test must be ({count},), one label and one bool for each image, "
                f"not {tuple(self.labels.shape)} and {tuple(self.test.shape)} {self.test.dtype}"
            )
        if self.labels.dtype != torch.int64:
            raise ValueError(f"labels must be int64, not {self.labels.dtype}: call labels.long()")
        wrong = self.labels[(self.labels < 0) | (self.labels > 9)]
        if len(wrong):
            raise ValueError(f"labels must lie in 0 to 9, but {len(wrong)} do not, the first is {int(wrong[0])}")


@dataclass(frozen=True)
class Pairs:
    """Pairs of digits: ``images`` (n, 2, 14, 14) float32, ``labels`` (n, 2) int64, ``target`` (n,) int64.

    ``labels`` says which digits they are, ``target`` whether the first is less than or equal to the second.
    """

    images: Tensor
    labels: Tensor
    target: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, index: Tensor | slice) -> "Pairs":
        return Pairs(self.images[index], self.labels[index], self.target[index])


@dataclass(frozen=True)
class Round:
    """One draw of the experiment. ``number`` is its seed; ``train`` and ``test`` share no image."""

    number: int
    train: Pairs
    test: Pairs


def generator(number: int, stream: str) -> torch.Generator:
    """The random numbers of the round of this number for one purpose: "data", "weights" or "training".

    Separate streams, so that a network with more weights still sees the same batches. Raises ValueError for an unknown
    one.
    """
    one_of("stream", stream, STREAMS)
    return torch.Generator().manual_seed(10 * number + STREAMS.index(stream))


def load(source: str = "sample", root: str | Path | None = None) -> Digits:
    """Load digits: "sample" (5000, offline), "mnist" (all 70,000, downloaded once), "development", or "pool 0", ….

    "pool 7" is another draw of 5000 digits, from MNIST's training digits. "development" is MNIST's 60,000 training
    digits alone, one half of them in the place of the test digits: whoever chooses a recipe by these has not looked at
    the test digits.
    ``root`` is the folder of the full MNIST, in torchvision's layout; without it, the environment
    variable LIB_MNIST, else the user's cache folder. Raises ValueError for an unknown source,
    FileNotFoundError when the digits cannot be had, with what to do about it.
    """
    name, _, number = source.partition(" ")
    if source == "sample":
        images, labels = sources.sample()
    elif name == "pool" and number.isdigit():
        images, labels = sources.pool(int(number), root)
    elif source in ("mnist", "development"):
        images, labels, training = sources.mnist(root)
        if source == "mnist":
            return Digits(images, labels, torch.arange(len(labels)) >= training, source)
        images, labels = images[:training], labels[:training]
    else:
        raise ValueError(
            f'unknown source "{source}": choose "sample" (5000 digits, offline), "mnist" (70,000), "development", '
            'or "pool 0", "pool 1", … (5000 of MNIST\'s)'
        )
    return Digits(images, labels, half_of_each_class(labels), source)


@cache
def load_once(source: str) -> Digits:
    """As ``load``, but the second call in a process returns the same digits."""
    return load(source)


def digits_of(data: str | Digits) -> Digits:
    """Digits that are given by value or by source."""
    return data if isinstance(data, Digits) else load_once(data)


def half_of_each_class(labels: Tensor) -> Tensor:
    """(N,) bool: half of every class, chosen at random, but always the same half."""
    random = torch.Generator().manual_seed(0)
    test = torch.zeros(len(labels), dtype=torch.bool)
    for digit in range(10):
        members = (labels == digit).nonzero().squeeze(1)
        test[members[torch.randperm(len(members), generator=random)[: len(members) // 2]]] = True
    return test


def draw(digits: Digits, number: int, train: int = 1000, test: int = 1000, own_statistics: bool = False) -> Round:
    """Draw the round of pairs of this number, exactly as the course does, from disjoint pools.

    Images are average-pooled to 14×14 and standardised by one mean and one standard deviation, those of the
    training pairs; with ``own_statistics`` the test pairs by their own. No image is used twice within a set.
    target = 1 if digit 0 ≤ digit 1, else 0.
    Raises ValueError when a pool has fewer than 2 images for each pair, or ``train`` is below 1.
    Source: F. Fleuret, EE-559, ``generate_pair_sets``.
    """
    random = generator(number, "data")
    train_pairs = grey_pairs(digits, ~digits.test, train, random, "training")
    test_pairs = grey_pairs(digits, digits.test, test, random, "test")
    measured = test_pairs if own_statistics else train_pairs
    return Round(number, standardised(train_pairs, train_pairs), standardised(test_pairs, measured))


def grey_pairs(digits: Digits, pool: Tensor, n: int, random: torch.Generator, name: str) -> Pairs:
    """``n`` pairs from the digits where ``pool`` (N,) is true; grey values 0 to 255."""
    members = pool.nonzero().squeeze(1)  # (M,)
    if n < 1 or 2 * n > len(members):
        raise ValueError(
            f"cannot draw {n} {name} pairs: the {name} pool of {digits.name!r} holds {len(members)} images, "
            f'so choose between 1 and {len(members) // 2} pairs, or load("mnist") for more digits'
        )
    chosen = members[torch.randperm(len(members), generator=random)[: 2 * n]]
    images = avg_pool2d(digits.images[chosen].float().unsqueeze(1), 2)  # (2n, 1, 14, 14)
    labels = digits.labels[chosen].view(n, 2)
    return Pairs(images.view(n, 2, 14, 14), labels, (labels[:, 0] <= labels[:, 1]).long())


def standardised(pairs: Pairs, measured: Pairs) -> Pairs:
    """``pairs`` with the mean of ``measured`` subtracted, divided by its standard deviation."""
    mean, std = measured.images.mean(), measured.images.std()
    return Pairs((pairs.images - mean) / std, pairs.labels, pairs.target)
