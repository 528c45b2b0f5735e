"""Plausible wrong answers to the exercise on smoothed labels, and what the check says. More: book/solutions."""

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy, one_hot

from lib import checks


def loss(forward):
    """A class of modules that do what ``forward`` does."""
    return type("It", (nn.Module,), {"forward": lambda self, logits, labels: forward(logits, labels)})


def toward(smooth):
    """Cross-entropy to the labels that ``smooth`` makes of one-hot ones."""
    return loss(lambda logits, labels: cross_entropy(logits, smooth(one_hot(labels, 10).float())))


class WithWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, logits, labels):
        return self.scale * cross_entropy(logits, labels, label_smoothing=0.05)


def half_detached(logits, labels):
    y = 0.95 * one_hot(labels, 10) + 0.005
    log_p = logits.log_softmax(1)
    return -(y[:, :5] * log_p[:, :5].detach()).sum(1).mean() - (y[:, 5:] * log_p[:, 5:]).sum(1).mean()


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (loss(cross_entropy), "the plain cross-entropy"),
        (toward(lambda y: 0.95 * y + 0.05), "add up to 1.45"),
        (toward(lambda y: 0.95 * y + 0.05 / 9 * (1 - y)), "the right one among them"),
        (toward(lambda y: y + 0.005), "add up to 1.05"),
        (toward(lambda y: 0.05 * y + 0.095), "exchanged the two"),
        (toward(lambda y: 0.95 * y), "no digit gets it"),
        (toward(lambda y: 0.9 * y + 0.01), "The value is off"),
        (loss(lambda z, y: cross_entropy(z, y, label_smoothing=0.05, reduction="sum")), "You added up over the batch"),
        (loss(lambda z, y: cross_entropy(z, y, label_smoothing=0.05) / 10), "over the digits"),
        (loss(lambda z, y: -cross_entropy(z, y, label_smoothing=0.05)), "The sign is wrong"),
        (loss(lambda z, y: cross_entropy(z.softmax(1), y, label_smoothing=0.05)), "A softmax too many"),
        (loss(lambda z, y: cross_entropy(z, y, label_smoothing=0.05).detach()), "no gradient passes"),
        (loss(half_detached), "the gradient is not"),
        (loss(lambda z, y: cross_entropy(z, y, label_smoothing=0.05, reduction="none")), "The shape should be ()"),
        (WithWeights, "has weights"),
    ],
)
def test_a_wrong_loss_is_told_its_cause(answer, cause):
    verdict = checks.smoothed(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_the_logarithm_of_a_softmax_passes_and_is_told_what_it_lacks():
    naive = loss(lambda z, y: -((0.95 * one_hot(y, 10) + 0.005) * z.softmax(1).log()).sum(1).mean())
    careful = loss(lambda z, y: cross_entropy(z, y, label_smoothing=0.05))
    assert checks.smoothed(naive).passed and "not finite" in checks.smoothed(naive).message
    assert checks.smoothed(careful).passed and "no surer" in checks.smoothed(careful).message


@pytest.mark.parametrize("bounded", [lambda p: p + 1e-12, lambda p: p.clamp_min(1e-9)])
def test_a_bound_under_the_logarithm_passes_and_is_told_what_it_costs(bounded):
    given = loss(lambda z, y: -((0.95 * one_hot(y, 10) + 0.005) * bounded(z.softmax(1)).log()).sum(1).mean())
    assert checks.smoothed(given).passed and "its gradient is lost" in checks.smoothed(given).message
