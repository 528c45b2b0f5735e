"""Plausible wrong answers to the exercise on balance, and what the check says. More of them: book/solutions."""

import pytest
import torch
from torch import nn

from lib import checks


def term(forward):
    """A class of modules that do what ``forward`` does."""
    return type("Term", (nn.Module,), {"forward": lambda self, logits: forward(logits)})


def uneven(used):
    return torch.xlogy(used, 10 * used).sum(dim=-1)


class WithWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, logits):
        return self.scale * uneven(logits.softmax(1).mean(0))


def first_image_detached(logits):
    p = logits.softmax(1)
    return uneven(torch.cat([p[:1].detach(), p[1:]]).mean(0))


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (term(lambda logits: uneven(logits.softmax(1)).mean()), "each image by itself"),
        (term(lambda logits: uneven(logits.softmax(1)).sum()), "and add up"),
        (term(lambda logits: uneven(logits.mean(0).softmax(0))), "averaged logits"),
        (term(lambda logits: uneven(logits.softmax(0).mean(0))), "dim=1 is the outputs"),
        (term(lambda logits: -uneven(logits.softmax(1).mean(0))), "The sign is wrong"),
        (term(lambda logits: uneven(logits.softmax(1).mean(0)) / 10), "it is a sum"),
        (term(lambda logits: len(logits) * uneven(logits.softmax(1).mean(0))), "u is a mean"),
        (term(lambda logits: uneven(logits.softmax(1).mean(0)) / 0.69314718), "in bits"),
        (term(lambda logits: (logits.softmax(1).mean(0) - 0.1).square().sum()), "sum of squares"),
        (term(lambda logits: (logits.softmax(1).mean(0) - 0.1).square().mean()), "mean of squares"),
        (term(lambda logits: uneven(logits.softmax(1).mean(0)).detach()), "no gradient passes"),
        (term(lambda logits: torch.tensor(uneven(logits.softmax(1).mean(0)).item())), "no gradient passes"),
        (term(first_image_detached), "the gradient is not"),
        (term(lambda logits: uneven(logits.softmax(1).sum(0))), "The value is off"),
        (term(lambda logits: logits.softmax(1).mean(0)), "The shape should be ()"),
        (WithWeights, "has weights"),
        (lambda logits: uneven(logits.softmax(1).mean(0)), "class Balance"),
    ],
)
def test_a_wrong_term_is_told_its_cause(answer, cause):
    verdict = checks.balance(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_a_term_that_is_nan_for_an_unused_output_passes_and_is_told_so():
    naive = checks.balance(term(lambda logits: (u := logits.softmax(1).mean(0)) @ (10 * u).log()))
    half = checks.balance(term(lambda logits: uneven(logits.softmax(1).mean(0))))  # xlogy: its value alone is finite
    careful = checks.balance(term(lambda logits: (u := logits.softmax(1).mean(0)) @ (10 * u + 1e-9).log()))
    assert naive.passed and "it gives nan, 0 · log 0" in naive.message
    assert half.passed and "its gradient is nan" in half.message
    assert careful.passed and "finite for an output" in careful.message
