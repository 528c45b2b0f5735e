"""Checks of the chapter on the record."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.checks.verdict import check, require, returned


@check
def flips(answer: dict[str, float]) -> str:
    """{"one misread": …, "pairs wrong": …}: how often one misread digit changes the answer, and what 1 % of them do."""
    require(
        isinstance(answer, dict) and set(answer) == {"one misread", "pairs wrong"},
        'Keep the keys "one misread", "pairs wrong".',
    )
    if answer["one misread"] in (..., None):
        raise NotImplementedError
    one = float(answer["one misread"])
    require(abs(one - 0.33) > 1e-9, "Nearly. A misread digit is one of the nine others, never itself.")
    require(abs(one - 0.5) > 0.02, "A coin would be right half of the time. A misread 1 is still ≤ 9 most of the time.")
    require(abs(one - 11 / 30) < 2e-3, "Count: for every pair of digits, for every wrong reading of the first.")
    require(answer["pairs wrong"] not in (..., None), "The first is right. Now 1 % of all digits, two digits a pair.")
    wrong = float(answer["pairs wrong"])
    require(abs(wrong - 0.01 * 11 / 30) > 1e-4, "A pair has two digits that can be misread.")
    require(abs(wrong - 0.73) > 0.02, "Right, in %. Give it as a fraction.")
    require(
        abs(wrong - 2 * 0.01 * 11 / 30) < 2e-4,
        "1 % of the digits, two in each pair, and the share of the first answer.",
    )
    return "So one digit in a hundred costs three quarters of a point: reading better is nearly all that is left."


@check
def shift(answer: Callable[[Tensor, int, int], Tensor]) -> str:
    """``answer(images, right, down)``: (n, h, w) images moved by whole pixels; what comes in is background."""
    images = torch.full((2, 6, 6), -0.4)
    images[:, 2, 2], images[1, 5, 5] = 2.0, 1.0
    given = returned(answer(images.clone(), 1, 2), images.shape)
    places = [tuple(place) for place in (given[0] > 1).nonzero().tolist()]
    require(places != [(3, 4)], "Right and down are exchanged: rows come first, (n, row, column).")
    require(places not in ([(0, 1)], [(1, 0)]), "That is left and up: the other way round.")
    require(
        not (given[1] == 1).any(), "What leaves on one side comes in on the other: torch.roll goes round in a circle."
    )
    require(not (given == 0).any(), "Standardised images have no background of 0: fill with their lowest value.")
    require(places == [(4, 3)], f"The spot in row 2, column 2 should be in row 4, column 3, but is in {places}.")
    require(torch.equal(answer(images.clone(), 0, 0), images), "A shift by nothing changes the images.")
    back = answer(images.clone(), -1, -2)
    require(back.shape == images.shape and back[0, 0, 1] == 2, "It does not work for negative numbers, left and up.")
    require(torch.equal(back[1, 3, 4], torch.tensor(1.0)), "It does not work for negative numbers, left and up.")
    return "An example that is new, and true: a shifted 3 is a 3."
