"""What checks have in common, and answers that no learner types on purpose. Solutions: tests/test_exercises.py."""

import copy

import pytest
import torch

from lib import checks


@pytest.mark.parametrize(
    ("name", "answer", "cause"),
    [
        ("pair_parameters", "many", "whole number"),
        ("batch_norm", lambda x, scale, shift: (x - x.mean(0)) / x.std(0, unbiased=False) * scale + shift, "epsilon"),
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


def test_a_verdict_shows_itself_escaped():
    assert "&lt;b&gt;" in checks.Verdict(False, "<b>")._repr_html_()
