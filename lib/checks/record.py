"""Checks of the chapter on the record."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import pad

from lib.checks.verdict import check, require, returned

ONE = 11 / 30  # 330 of the 900 wrong readings of the first digit change the answer


@check
def flips(answer: dict[str, float]) -> str:
    """{"one misread": …, "pairs wrong": …}: how often one misread digit changes the answer, and what 1 % of them do."""
    require(
        isinstance(answer, dict) and set(answer) == {"one misread", "pairs wrong"},
        'Keep the keys "one misread", "pairs wrong".',
    )
    if answer["one misread"] in (..., None):
        raise NotImplementedError
    require(
        all(value in (..., None) or isinstance(value, (int, float)) for value in answer.values()), "Give two numbers."
    )
    one = float(answer["one misread"])
    require(not 1 < one <= 100, "That looks like %. Give a share, a number between 0 and 1.")
    require(abs(one - 330 / 1000) > 1e-9, "Nearly. A misread digit is one of the nine others, never itself.")
    require(abs(one - 0.5) > 0.02, "A coin would be right half of the time. A misread 1 is still ≤ 9 most of the time.")
    require(abs(one - ONE) < 5e-3, "Count: for every pair of digits, for every wrong reading of the first.")
    require(abs(one - ONE) < 1e-3, "Right, but give it with three digits at least.")
    require(answer["pairs wrong"] not in (..., None), "The first is right. Now 1 % of all digits, two digits a pair.")
    _share_of_pairs(float(answer["pairs wrong"]))
    return "Now try it on the record: does it fit its misread digits and its wrong pairs?"


def _share_of_pairs(wrong: float) -> None:
    require(abs(wrong - 0.01 * ONE) > 1e-4, "A pair has two digits that can be misread.")
    require(abs(wrong - 2 * ONE) > 0.02, "Right, in %. Give it as a fraction.")
    require(abs(wrong - 0.02 * ONE) < 5e-4, "1 % of the digits, two in each pair, and the share of the first answer.")
    require(abs(wrong - 0.02 * ONE) < 1e-4, "Right, but give it with two digits more.")


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
