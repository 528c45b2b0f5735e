"""More from the same images: distorted, in new pairs, or looked at several times when they are judged."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, grid_sample, interpolate

from lib.data import Pairs
from lib.models import Output
from lib.recipes import Answers, Batches, Extra, Recipe

COARSE = 4  # elastic displacements are drawn on a grid of 4×4 points and smoothed in between


@dataclass(frozen=True)
class Distortion(Extra):
    """The largest random change of a training image: every image gets its own, another one each time it is seen.

    A digit that is turned, stretched or bent a little is still the same digit. ``rotation`` in degrees; ``scale`` and
    ``shear`` as fractions; ``shift`` and ``elastic`` in pixels of a 14×14 image.
    Raises ValueError for a negative value.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, value in vars(self).items():
            if value < 0:
                raise ValueError(f"{name} must not be negative, but is {value}")

    def milder(self, share: float = 0.5) -> "Distortion":
        """The same kinds of change, each with ``share`` of its strength."""
        return Distortion(*(share * value for value in vars(self).values()))

    def batches(self, inner: Batches, train: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Pairs]:
        for pairs in inner(train, recipe, generator):
            yield replace(pairs, images=self(pairs.images, generator))

    def __call__(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """(n, c, h, w) → (n, c, h, w), each of the n · c images distorted on its own; outside is background."""
        single = images.reshape(-1, 1, *images.shape[-2:])  # (n · c, 1, h, w)
        grid = affine_grid(self._affine(single, generator), list(single.shape), align_corners=False)
        if self.elastic:
            grid = grid + self._bend(single, generator)
        background = single.amin()  # grid_sample pads with 0, but the background of standardised images is not 0
        moved = grid_sample(single - background, grid, padding_mode="zeros", align_corners=False) + background
        return moved.view(images.shape).contiguous(memory_format=torch.channels_last)

    def _affine(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """(m, 2, 3): where each output pixel comes from, in coordinates from −1 to 1."""
        spread = torch.tensor([math.radians(self.rotation), self.scale, self.scale, self.shear, self.shift, self.shift])
        drawn = spread * (2 * torch.rand(len(images), 6, generator=generator) - 1)
        angle, wide, high, shear, right, down = drawn.unbind(dim=1)
        cos, sin = angle.cos(), angle.sin()
        wide, high = 1 / (1 + wide), 1 / (1 + high)
        rows = [cos * wide, (shear - sin) * high, 2 * right / images.shape[-1]]
        rows += [sin * wide, cos * high, 2 * down / images.shape[-2]]
        return torch.stack(rows, dim=1).view(-1, 2, 3)

    def _bend(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """(m, h, w, 2): smooth displacements, in coordinates from −1 to 1."""
        size = torch.tensor([images.shape[-1], images.shape[-2]])
        coarse = 2 * torch.rand(len(images), 2, COARSE, COARSE, generator=generator) - 1
        smooth = interpolate(coarse, size=images.shape[-2:], mode="bicubic", align_corners=True)
        return smooth.permute(0, 2, 3, 1) * (2 * self.elastic / size)


@dataclass(frozen=True)
class NewPairs(Extra):
    """In every epoch the same 2n training images make n other pairs, with the targets that their digits give."""

    def batches(self, inner: Batches, train: Pairs, recipe: Recipe, generator: torch.Generator) -> Iterator[Pairs]:
        return inner(paired_again(train, generator), recipe, generator)


def paired_again(pairs: Pairs, generator: torch.Generator) -> Pairs:
    """The same 2n images in n other pairs, with the targets that their digits give."""
    order = torch.randperm(2 * len(pairs), generator=generator)
    images, labels = pairs.images.flatten(0, 1)[order], pairs.labels.flatten()[order].view(-1, 2)
    return Pairs(images.view(pairs.images.shape), labels, (labels[:, 0] <= labels[:, 1]).long())


@dataclass(frozen=True)
class Views(Extra):
    """A judged image is looked at ``count`` times, and the answers are averaged, as probabilities.

    The first look is at the image as it is, each other at one with a ``distortion`` of its own. (Known as test-time
    augmentation.) The answers are then logarithms of mean probabilities. Raises ValueError for fewer than two looks.
    """

    count: int
    distortion: Distortion

    def check(self, recipe: Recipe) -> None:
        if self.count < 2:
            raise ValueError(f"{self.count} views: choose at least 2, or leave the views out")

    def answers(self, inner: Answers, model: nn.Module, images: Tensor, size: int) -> Output:
        random = torch.Generator().manual_seed(0)
        others = [inner(model, self.distortion(images, random), size) for _ in range(self.count - 1)]
        outputs = [inner(model, images, size), *others]
        target, digits = zip(*outputs, strict=True)
        return Output(mean_answer(target), None if digits[0] is None else mean_answer(digits))


def mean_answer(logits: tuple[Tensor, ...]) -> Tensor:
    """Logarithms of the mean of the probabilities that ``logits`` mean, each (n, …, classes)."""
    return torch.stack(logits).softmax(-1).mean(0).log()
