"""Distortions: a digit that is turned, stretched or bent a little is still the same digit."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

COARSE = 4  # elastic displacements are drawn on a grid of 4×4 points and smoothed in between


@dataclass(frozen=True)
class Distortion:
    """The largest random change of an image: every image gets its own, anew each time it is seen.

    ``rotation`` in degrees; ``scale`` and ``shear`` as fractions; ``shift`` and ``elastic`` in pixels of a 14×14 image.
    Raises ValueError for a negative value.
    """

    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift: float = 0.0
    elastic: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 0:
                raise ValueError(f"{name} must not be negative, but is {value}")

    def milder(self, share: float = 0.5) -> "Distortion":
        """The same kinds of change, each with ``share`` of its strength."""
        return Distortion(*(share * value for value in vars(self).values()))

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
