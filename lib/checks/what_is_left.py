"""Checks of the chapter on what is left."""

from typing import SupportsFloat

from lib.checks.verdict import Wrong, check, require

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
    one = _number(answer["one misread"])
    require(not 1 < one <= 100, "That looks like %. Give a share, a number between 0 and 1.")
    require(abs(one - 330 / 1000) > 1e-9, "Nearly. A misread digit is one of the nine others, never itself.")
    require(
        abs(one - 0.55) > 1e-9, "That is how often the right answer is yes. How often does a misread digit change it?"
    )
    require(abs(one - 0.5) > 0.02, "A coin would be right half of the time. A 1 is ≤ 9, whatever it is read as.")
    require(abs(one - ONE) < 5e-3, "Count: for every pair of digits, for every wrong reading of the first.")
    require(abs(one - ONE) < 1e-3, "Right, but give it with three digits at least.")
    require(
        answer["pairs wrong"] not in (..., None),
        "The first is right. Now for 1 % of all digits, with two digits in each pair.",
    )
    _share_of_pairs(_number(answer["pairs wrong"]))
    return "Now try it on the record: does it fit its misread digits and its wrong pairs?"


def _number(value: object) -> float:
    """Of a float, a fraction, or a tensor with one number."""
    if not isinstance(value, SupportsFloat):
        raise Wrong("Give two numbers.")
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # an array or a tensor with several
        raise Wrong("Give two numbers.") from None


def _share_of_pairs(wrong: float) -> None:
    require(abs(wrong - 0.01 * ONE) > 1e-4, "A pair has two digits that can be misread.")
    require(abs(wrong - 2 * ONE) > 0.02, "Right, in %. Give it as a fraction.")
    require(abs(wrong - 0.02 * ONE) < 5e-4, "1 % of the digits, two in each pair, and the share of the first answer.")
    require(abs(wrong - 0.02 * ONE) < 1e-4, "Right, but give it with two more digits.")
