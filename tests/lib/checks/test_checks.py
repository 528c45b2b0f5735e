"""What checks have in common, and answers that no learner types on purpose. Solutions: tests/test_exercises.py."""

import copy
from fractions import Fraction

import numpy as np
import pytest
import torch

from lib import checks


@pytest.mark.parametrize(
    ("name", "answer", "cause"),
    [
        ("pair_parameters", "many", "whole number"),
        (
            "share",
            lambda branch, images: torch.stack([copy.deepcopy(branch)(x) for x in images.split(1, 1)], 1),
            "itself",
        ),
        ("honest_winner", lambda scores, choose: ("a", 71.0), "use `choose`"),
    ],
)
def test_an_unusual_answer_is_told_its_cause(name, answer, cause):
    verdict = getattr(checks, name)(answer)
    assert not verdict.passed
    assert cause in verdict.message


def test_a_right_answer_may_be_rounded_or_a_list():
    assert checks.false_alarms({"average": 2, "at least one": 0.87}).passed

    def honest_winner(scores, choose):
        name = scores.loc[choose].mean().idxmax()
        return [name, scores.drop(choose)[name].mean()]

    assert checks.honest_winner(honest_winner).passed


def test_a_right_answer_may_change_the_table_that_it_is_given():
    def honest_winner(scores, choose):
        name = scores.loc[choose].mean().idxmax()
        scores.drop(choose, inplace=True)
        return name, scores[name].mean()

    assert checks.honest_winner(honest_winner).passed


@pytest.mark.parametrize("one", [11 / 30, Fraction(330, 900), torch.tensor(11 / 30), np.float32(11 / 30)])
def test_a_share_may_be_a_fraction_or_a_tensor(one):
    assert checks.flips({"one misread": one, "pairs wrong": one / 50}).passed


def test_a_verdict_shows_itself_escaped():
    assert "&lt;b&gt;" in checks.Verdict(False, "<b>")._repr_html_()


def edges(images, right, down):
    """What comes in repeats the edge."""
    rows = (torch.arange(images.shape[1]) - down).clamp(0, images.shape[1] - 1)
    columns = (torch.arange(images.shape[2]) - right).clamp(0, images.shape[2] - 1)
    return images[:, rows][:, :, columns]


def in_place(images, right, down):
    padded = torch.nn.functional.pad(images, (3,) * 4, value=images.min().item())
    return images.copy_(padded[:, 3 - down : 9 - down, 3 - right : 11 - right])


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (edges, "row 0 becomes row 2"),
        (in_place, "make a new tensor"),
        (lambda images, right, down: images.roll((-2, -1), (1, 2)), "row 0 becomes row 2"),
    ],
)
def test_a_shift_that_is_nearly_right_is_told_so(answer, cause):
    assert cause in checks.shift(answer).message


@pytest.mark.parametrize(
    ("one", "pairs", "cause"),
    [
        (36.67, ..., "%"),
        (0.37, ..., "three digits"),
        ("11/30", ..., "two numbers"),
        (torch.tensor([0.3, 0.4]), ..., "two numbers"),
        (11 / 30, "0.0073", "two numbers"),
        (11 / 30, 0.007, "two more digits"),
    ],
)
def test_shares_in_other_shapes_are_told_so(one, pairs, cause):
    assert cause in checks.flips({"one misread": one, "pairs wrong": pairs}).message
