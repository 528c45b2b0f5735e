"""Checks of the chapter on choosing."""

from collections.abc import Callable

import pandas as pd

from lib.checks.verdict import check, require


@check
def false_alarms(answer: dict[str, float]) -> str:
    """{"average": …, "at least one": …} for 40 independent 95 % intervals around nothing."""
    require(
        isinstance(answer, dict) and set(answer) == {"average", "at least one"},
        'Keep the keys "average", "at least one".',
    )
    if answer["average"] in (..., None):
        raise NotImplementedError
    average = float(answer["average"])
    require(abs(average - 38) > 1e-6, "That is how many are right. How many are wrong?")
    require(abs(average - 2) < 1e-6, "Each of the 40 intervals is wrong with a chance of 0.05.")
    require(answer["at least one"] not in (..., None), "The average is right. Now the chance of at least one.")
    chance = float(answer["at least one"])
    require(abs(chance - 100 * (1 - 0.95**40)) > 0.5, "Right, in %. Give the chance as a number between 0 and 1.")
    require(chance <= 1, "A chance is at most 1: the chances of 40 events cannot simply be added.")
    require(abs(chance - 0.95**40) > 1e-3, "That is the chance of no false alarm at all.")
    require(abs(chance - 0.05) > 1e-3, "0.05 is the chance of one interval. There are 40.")
    require(abs(chance - (1 - 0.05**40)) > 1e-3, "0.05 to the power of 40 is the chance that all of them are wrong.")
    require(abs(chance - (1 - 0.95**40)) < 5e-3, "At least one is wrong, unless all 40 are right: 0.95 each.")
    return "Two on average, and none in one case of eight. Forty comparisons are forty chances to be fooled."


@check
def honest_winner(answer: Callable[[pd.DataFrame, list[int]], tuple[str, float]]) -> str:
    """``answer(scores, choose)``: the best in the rounds ``choose``, and its mean over the other rounds."""
    scores = pd.DataFrame({"a": [80.0, 81, 70, 72, 71], "b": [78.0, 79, 98, 79, 81], "c": [60.0, 82, 82, 82, 83]})
    given = answer(scores.copy(), [0, 1])
    if given is None or given is ...:
        raise NotImplementedError
    require(isinstance(given, tuple | list) and len(given) == 2, "Return two things: the name, and the mean.")
    require(isinstance(given[0], str), "First the name of the winner, then its mean.")
    require(pd.api.types.is_number(given[1]), "Of all the means, return the winner's alone: one number.")
    name, mean = given[0], float(given[1])
    require(name != "b", "You chose by all rounds, or by the others: those that report must not choose.")
    require(name == "a", f"Your choice is {name!r}. Which candidate has the best mean in the rounds 0 and 1?")
    require(mean != 80.5, "You report the rounds that chose it: that number has the luck in it.")
    require(mean != scores["a"].mean(), "You report all rounds. Leave out those that chose.")
    require(mean != 86, "You took the best of the other rounds: the winner is chosen only once.")
    require(abs(mean - 71) < 1e-9, "Report the winner's own mean over the rounds that did not choose it.")
    other = answer(scores.copy(), [2, 3, 4])
    require(
        other[0] != "c", "In the rounds 2, 3 and 4 the best mean is b's. Choose by the mean, not the middle or worst."
    )
    require(tuple(other) == ("b", 78.5), "It works for one choice of rounds only: use `choose`, not fixed numbers.")
    return "An honest winner: the rounds that chose it showed 9.5 points more than the others."


@check
def rounds_needed(answer: float) -> str:
    """How many rounds make a 95 % interval ± 0.4 points, at a standard deviation of 1.2 and t = 2."""
    answer = float(answer)

    def near(value: float) -> bool:
        return abs(answer - value) < 0.01

    require(not near(6), "That is √n. Square it.")
    require(not near(9), "t is missing: ± sd / √n holds the true mean only in two of three cases.")
    require(not near(18), "The factor t is squared, too: it stands outside the root.")
    require(not near(14.4), "0.4 must be squared, like the rest.")
    require(not near(72), "72 would be for rounds that are not paired: 1.2 is the spread of the differences already.")
    require(not (near(34.57) or near(35)), "That is with 1.96, which is t for very many rounds: take t = 2.")
    require(not near(144), "The interval is 0.4 to each side. You planned for 0.4 from end to end.")
    require(near(36), "√n = 2 · 1.2 / 0.4.")
    return "36. If the true difference is 0.4 itself, even these 36 show it only every other time."
