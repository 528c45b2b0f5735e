"""Checks of the chapter on reading without labels."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.checks.verdict import check, require, returned


@check
def balance(answer: type[nn.Module] | nn.Module) -> str:
    """``answer()``, a module: (n, 10) logits → the sum of u·log(10·u), where u (10,) is their mean reading."""
    term = answer() if isinstance(answer, type) else answer
    require(isinstance(term, nn.Module), "Hand in a class: class Balance(nn.Module).")
    random = torch.Generator().manual_seed(0)
    logits = 2 * torch.randn(7, 10, generator=random) + torch.linspace(-1, 2, 10)
    given, gradient = _given_and_sent(term, logits)
    _require_value(given, logits)
    require(not list(term.parameters()), "The value is right, but this term has weights: there is nothing to learn.")
    require(
        bool(gradient.abs().max() > 1e-6),
        "The value is right, but no gradient passes: a detach, item or no_grad cuts it.",
    )
    right = _given_and_sent(_right, logits)[1]
    require(
        torch.allclose(gradient, right, atol=1e-6),
        "The value is right, but the gradient is not: it must reach the mean and the logarithm. What cuts it?",
    )
    never = torch.zeros(7, 10).index_fill(1, torch.tensor([3]), -200.0)  # output 3 is read with probability 0
    given, gradient = _given_and_sent(term, never)
    if given.isfinite() and gradient.isfinite().all():
        return "Right, and finite for an output that nobody uses: its gradient says which way the digits are pulled."
    what = "its gradient is nan" if given.isfinite() else "it gives nan, 0 · log 0"
    return f"Right. (For an output with probability 0 {what}: a tiny number added under the logarithm helps.)"


def _given_and_sent(term: Callable[[Tensor], Tensor], logits: Tensor) -> tuple[Tensor, Tensor]:
    """What ``term`` gives, a number, and the gradient that it sends back: zeros where none passes."""
    logits = logits.clone().requires_grad_()
    given = returned(term(logits), ())
    if given.requires_grad:
        given.backward()
    return given.detach(), torch.zeros_like(logits) if logits.grad is None else logits.grad


def _uneven(used: Tensor) -> Tensor:
    """KL(used ‖ uniform) over the last dimension, 0 · log 0 being 0."""
    return torch.xlogy(used, 10 * used).sum(dim=-1)


def _right(logits: Tensor) -> Tensor:
    return _uneven(logits.softmax(dim=1).mean(dim=0))


def _require_value(given: Tensor, logits: Tensor) -> None:
    """That the value is right, or the likely cause why it is not."""

    def near(value: Tensor) -> bool:
        return torch.allclose(given, value, atol=1e-5)

    right, read = _right(logits), logits.softmax(dim=1)
    used, hard = read.mean(dim=0), torch.eye(10)[logits.argmax(dim=1)].mean(dim=0)
    each = _uneven(read)
    for other, cause in (
        (each.mean(), "You ask each image by itself to be undecided. Average over the images first, then compare."),
        (each.sum(), "You ask each image by itself to be undecided, and add up. Average over the images first."),
        (_uneven(logits.mean(dim=0).softmax(dim=0)), "You averaged logits: let each image's softmax come first."),
        (_uneven(logits.softmax(dim=0).mean(dim=1)), "Your softmax runs over the images, and so does not read any."),
        (_uneven(logits.softmax(dim=0).mean(dim=0)), "Your softmax runs over the images: dim=1 is the outputs."),
        (_uneven(hard), "You count largest outputs: an argmax lets no gradient pass. Average the probabilities."),
        (-right, "The sign is wrong: this is largest when all outputs are used alike."),
        (right - torch.log(torch.tensor(10.0)), "Right up to log 10: where all outputs are used alike it should be 0."),
        (-(10 * used).log().mean(), "That is the other way round, the mean of −log(10·u): weigh each output by u."),
        (right / 10, "You took the mean over the outputs: it is a sum."),
        (right * len(logits), "You added up over the images: u is a mean, whose ten numbers add up to 1."),
        (right / torch.log(torch.tensor(2.0)), "That is in bits, with a logarithm to base 2: take the natural one."),
        ((used - 0.1).square().sum(), "A sum of squares asks for the same, but pulls differently: use the formula."),
        (
            (used - 0.1).square().mean(),
            "A mean of squares asks for the same, but pulls differently: use the formula.",
        ),
    ):
        require(not near(other), cause)
    require(
        near(right), "The value is off: u = mean over the images of their softmax, then the sum of u · log(10 · u)."
    )
