"""Checks of the chapter on the record."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, nll_loss, one_hot, pad

from lib.checks.verdict import check, require, returned


@check
def shift(answer: Callable[[Tensor, int, int], Tensor]) -> str:
    """``answer(images, right, down)``: (n, h, w) images moved by whole pixels; what comes in is background."""
    images = torch.linspace(-0.4, 2, 2 * 6 * 8).view(2, 6, 8)  # no two pixels alike
    given = returned(answer(images.clone(), 1, 2), images.shape)
    for other, cause in (
        (_moved(images, 2, 1), "Right and down are exchanged: rows come first, (n, row, column)."),
        (_moved(images, -1, -2), "That is left and up: the other way round."),
        (_moved(images, -2, -1), "Right and down are exchanged, and both go the other way round."),
        (
            torch.cat([_moved(image[None], 1, 2) for image in images]),
            "Each image got its own lowest value: background is the lowest value of all images.",
        ),
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


@check
def smoothed(answer: type[nn.Module] | nn.Module) -> str:
    """``answer()``, a module: logits (n, 10) and labels (n,) → cross-entropy to labels of which 5 % is spread."""
    loss = answer() if isinstance(answer, type) else answer
    require(isinstance(loss, nn.Module), "Hand in a class: class SmoothedLoss(nn.Module).")
    logits, labels = 2 * torch.randn(7, 10, generator=torch.Generator().manual_seed(0)), torch.arange(7)
    given, gradient = _given_and_sent(loss, logits, labels)
    _require_smoothed(given, logits, labels)
    require(not list(loss.parameters()), "The value is right, but this loss has weights: there is nothing to learn.")
    require(bool(gradient.abs().max() > 1e-6), "The value is right, but no gradient passes: what cuts it?")
    right = _given_and_sent(_smoothed, logits, labels)[1]
    reaches = torch.allclose(gradient, right, atol=1e-6)
    require(
        reaches, "The value is right, but the gradient is not softmax − smoothed label, divided by n: what cuts it?"
    )
    return _praise(loss)


def _praise(loss: nn.Module) -> str:
    """What there is to say about a right loss: how it takes a network that is very sure."""
    sure, label = torch.full((1, 10), -200.0).index_fill(1, torch.tensor([3]), 200.0), torch.tensor([3])
    given = _given_and_sent(loss, sure, label)[0]
    if not given.isfinite():
        return "Right. (For a very sure network it is not finite: log_softmax is, and the log of a softmax is not.)"
    if not torch.allclose(given, _smoothed(sure, label), rtol=1e-3):
        return (
            "Right. (For a very sure network it is too small, and its gradient is lost: that is what a tiny number "
            "or a bound under the logarithm does. log_softmax needs neither.)"
        )
    return "Right: the gradient is 0 where the network is as sure as the label, and no surer."


def _given_and_sent(loss: Callable[[Tensor, Tensor], Tensor], logits: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """What ``loss`` gives, a number, and the gradient that it sends back: zeros where none passes."""
    logits = logits.clone().requires_grad_()
    given = returned(loss(logits, labels), ())
    if given.requires_grad:
        given.backward()
    return given.detach(), torch.zeros_like(logits) if logits.grad is None else logits.grad


def _smoothed(logits: Tensor, labels: Tensor) -> Tensor:
    return cross_entropy(logits, labels, label_smoothing=0.05)


def _require_smoothed(given: Tensor, logits: Tensor, labels: Tensor) -> None:
    """That the value is right, or the likely cause why it is not."""
    right, truth, logarithms = _smoothed(logits, labels), one_hot(labels, 10).float(), logits.log_softmax(dim=1)

    def toward(target: Tensor) -> Tensor:
        return -(target * logarithms).sum(dim=1).mean()

    for other, cause in (
        (cross_entropy(logits, labels), "That is the plain cross-entropy: the labels are not smoothed."),
        (toward(0.95 * truth + 0.05), "Your labels add up to 1.45: the 5 % are shared by ten digits, 0.5 % each."),
        (toward(0.95 * truth + 0.05 / 9 * (1 - truth)), "All ten digits share the 5 %, the right one among them."),
        (toward(truth + 0.005), "Your labels add up to 1.05: the right digit must give up 5 %."),
        (toward(0.05 * truth + 0.095), "You exchanged the two: 95 % stay with the right digit, 5 % are spread."),
        (_smoothed(logits.softmax(dim=1), labels), "A softmax too many: cross-entropy takes logits and has its own."),
        (
            nll_loss((0.95 * logarithms.exp() + 0.005).log(), labels),
            "You smoothed the prediction. Smooth the label.",
        ),
        (right * len(logits), "You added up over the batch: take the mean over the examples."),
        (right / 10, "You took the mean over the digits, too: add up over digits, then the mean over examples."),
        (-right, "The sign is wrong: this grows as the network gets better."),
        (toward(truth * 0.95), "The right digit gives up 5 %, but no digit gets it: add 0.5 % to all ten."),
    ):
        require(not torch.allclose(given, other, atol=1e-5), cause)
    require(
        torch.allclose(given, right, atol=1e-5),
        "The value is off: −Σ yᵢ log pᵢ, yᵢ = 0.005, and 0.955 for the right digit; then the mean.",
    )


def _moved(images: Tensor, right: int, down: int, most: int = 4) -> Tensor:
    """``images`` (n, h, w) moved by at most ``most`` pixels: a frame of background around them, and a part cut out."""
    framed = pad(images, (most,) * 4, value=images.min().item())
    top, left = most - down, most - right
    return framed[:, top : top + images.shape[1], left : left + images.shape[2]]
