"""Plausible wrong answers to the exercises on choosing, and what the checks say. More of them: book/solutions."""

import pandas as pd
import pytest

from lib import checks


@pytest.mark.parametrize(
    ("average", "chance", "cause"),
    [
        (38, 0.87, "How many are wrong"),
        (0.05, 0.87, "Each of the 40"),
        (2, 2.0, "cannot simply be added"),
        (2, 87.1, "between 0 and 1"),
        (2, 0.95**40, "no false alarm at all"),
        (2, 1 - 0.05**40, "all of them are wrong"),
        (2, 0.05, "one interval"),
        (2, 0.95, "unless all 40 are right"),
        (2, ..., "Now the chance"),
    ],
)
def test_false_alarms_that_are_counted_wrongly_are_told_why(average, chance, cause):
    verdict = checks.false_alarms({"average": average, "at least one": chance})
    assert not verdict.passed
    assert cause in verdict.message


def test_the_praise_for_false_alarms_says_how_often_there_is_none():
    none = 0.95**40
    verdict = checks.false_alarms({"average": 2, "at least one": 1 - none})
    assert verdict.passed
    assert round(1 / none) == 8
    assert "none in one case of eight" in verdict.message


@pytest.mark.parametrize(
    ("rounds", "cause"),
    [
        (2 * 1.2 / 0.4, "Square it"),
        ((1.2 / 0.4) ** 2, "t is missing"),
        (2 * (1.2 / 0.4) ** 2, "t is squared"),
        ((2 * 1.2) ** 2 / 0.4, "0.4 must be squared"),
        ((2 * 1.2 / 0.2) ** 2, "from end to end"),
        (2 * (2 * 1.2 / 0.4) ** 2, "not paired"),
        ((1.96 * 1.2 / 0.4) ** 2, "take t = 2"),
        (35, "take t = 2"),
        (1.2 / 0.4, "√n = 2"),
    ],
)
def test_rounds_that_are_planned_wrongly_are_told_why(rounds, cause):
    verdict = checks.rounds_needed(rounds)
    assert not verdict.passed
    assert cause in verdict.message


def chosen_by(rate, report=lambda scores, choose, name: scores.drop(choose)[name].mean()):
    """A search that takes the candidate with the largest ``rate`` of its scores."""

    def honest_winner(scores, choose):
        name = rate(scores.loc[choose]).idxmax()
        return name, report(scores, choose, name)

    return honest_winner


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (chosen_by(pd.DataFrame.max), "best mean"),
        (chosen_by(pd.DataFrame.median), "Choose by the mean"),
        (chosen_by(pd.DataFrame.min), "Choose by the mean"),
        (
            lambda scores, choose: chosen_by(pd.DataFrame.mean)(scores, list(scores.index.drop(choose))),
            "must not choose",
        ),
        (chosen_by(pd.DataFrame.mean, lambda scores, choose, name: scores.loc[choose, name].mean()), "luck in it"),
        (chosen_by(pd.DataFrame.mean, lambda scores, choose, name: scores[name].mean()), "Leave out"),
        (chosen_by(pd.DataFrame.mean, lambda scores, choose, name: scores.drop(choose).mean().max()), "only once"),
        (chosen_by(pd.DataFrame.mean, lambda scores, choose, name: scores.drop(choose)[name].max()), "own mean"),
        (chosen_by(pd.DataFrame.mean, lambda scores, choose, name: scores.drop(choose).mean()), "one number"),
        (lambda scores, choose: chosen_by(pd.DataFrame.mean)(scores, choose)[::-1], "First the name"),
        (lambda scores, choose: chosen_by(pd.DataFrame.mean)(scores, [0, 1]), "use `choose`"),
    ],
)
def test_a_search_that_fools_itself_is_told_how(answer, cause):
    verdict = checks.honest_winner(answer)
    assert not verdict.passed
    assert cause in verdict.message
