"""Checks of the chapter on the record."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from lib.checks.verdict import check, require, returned


@check
def shift(answer: Callable[[Tensor, int, int], Tensor]) -> str:
    """``answer(images, right, down)``: (n, h, w) images moved by whole pixels; what comes in is background."""
    images = torch.linspace(-0.4, 2, 2 * 6 * 8).view(2, 6, 8)  # no two pixels alike
    given = returned(answer(images.clone(), 1, 2), images.shape)
    for other, cause in (
        (_moved(images, 2, 1), "Right and down are exchanged: rows come first, (n, row, column)."),
        (_moved(images, -1, -2), "That is left and up: the other way round."),
        (_moved(images, -2, -1), "Right and down are exchanged, and both go the other way round."),
        (images.roll((2, 1), dims=(1, 2)), "torch.roll goes round in a circle: what leaves comes in again."),
    ):
        require(not torch.equal(given, other), cause)
    require(not (given == 0).any(), "Standardised images have no background of 0: fill with their lowest value.")
    require(torch.equal(given, _moved(images, 1, 2)), "With down = 2: row 0 becomes row 2, above it is background.")
    for right, down in ((-1, -2), (3, -1), (0, 2), (0, 0)):
        same = torch.equal(returned(answer(images.clone(), right, down), images.shape), _moved(images, right, down))
        require(same, f"It is right for right = 1, down = 2, but not for right = {right}, down = {down}.")
    kept = images.clone()
    answer(kept, 1, 2)
    require(torch.equal(kept, images), "Your function changes the images that it is given: make a new tensor.")
    return "An example that is new, and true: a shifted 3 is a 3."


def _moved(images: Tensor, right: int, down: int, most: int = 4) -> Tensor:
    """``images`` (n, h, w) moved by at most ``most`` pixels: a frame of background around them, and a part cut out."""
    framed = pad(images, (most,) * 4, value=images.min().item())
    top, left = most - down, most - right
    return framed[:, top : top + images.shape[1], left : left + images.shape[2]]
