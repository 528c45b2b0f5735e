"""Checks of the chapter on batch norm."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from lib.checks.verdict import Wrong, check, require, returned


@check
def batch_norm(answer: Callable[[int], Any]) -> str:
    """``answer(channels)`` is a module for (n, channels, h, w), with scale, shift, and running mean and variance."""
    ours, theirs = answer(3), nn.BatchNorm2d(3)
    scale, shift = torch.tensor([0.5, 1.5, 2.0]), torch.tensor([1.0, 0.0, -2.0])
    with torch.no_grad():
        for mine, its, value in ((ours.scale, theirs.weight, scale), (ours.shift, theirs.bias, shift)):
            mine.copy_(value), its.copy_(value)
    random = torch.Generator().manual_seed(0)
    batches = [3 + 2 * torch.randn(4, 3, 5, 5, generator=random) for _ in range(3)]
    batches[2][:, 1] = 1 + 1e-3 * torch.randn(4, 5, 5, generator=random)  # nearly constant: here epsilon counts
    for x in batches[:2]:
        _normalised(returned(ours(x), x.shape), x, theirs(x), scale, shift)
    _running(ours, theirs, batches)
    given, right = returned(ours(batches[2]), batches[2].shape), theirs(batches[2])
    require(
        torch.allclose(given, right, atol=1e-3),
        "A nearly constant channel is off: epsilon, 1e-5, stands under the root.",
    )
    _gradient(ours, theirs, batches[0])
    ours.eval(), theirs.eval()
    before = ours.mean.clone()
    given, right = returned(ours(batches[0]), batches[0].shape), theirs(batches[0])
    require(
        torch.allclose(given, right, atol=1e-3),
        "In eval mode the running averages take the place of the batch's: ask self.training.",
    )
    require(torch.equal(before, ours.mean), "The running averages moved in eval mode, too.")
    return "The same as PyTorch's, in training and in eval mode, and so is the gradient."


def _normalised(given: Tensor, x: Tensor, right: Tensor, scale: Tensor, shift: Tensor) -> None:
    """Is ``given`` what training mode makes of x? Each typical mistake has a message of its own."""

    def like(mean: Tensor, variance: Tensor, a: Tensor = scale, b: Tensor = shift) -> bool:
        value = (x - mean) / (variance + 1e-5).sqrt() * a.view(-1, 1, 1) + b.view(-1, 1, 1)
        return torch.allclose(given, value, atol=1e-3)

    axes = (0, 2, 3)
    mean, variance = x.mean(axes, keepdim=True), x.var(axes, unbiased=False, keepdim=True)
    one, zero = torch.ones(3), torch.zeros(3)
    require(not like(mean, x.var(axes, keepdim=True)), "You divided by n − 1: ask for unbiased=False.")
    require(
        not like(mean, variance, one, zero),
        "Scale and shift are missing: without them every channel would have spread 1.",
    )
    require(not like(mean, variance, scale, zero), "The shift is missing.")
    require(not like(x.mean(), x.var(unbiased=False)), "You used one mean for all channels. Each has its own.")
    places = x.mean(0, keepdim=True), x.var(0, unbiased=False, keepdim=True)
    require(
        not like(*places), "You normalised each place by itself. A channel has one mean, over all images and places."
    )
    images = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
    require(not like(*images), "You normalised each image by itself: the mean goes over the images, too.")
    require(not like(mean, variance**2), "You divided by the variance: the root is missing.")
    require(torch.allclose(given, right, atol=1e-3), "The values in training mode are off: compare with the formula.")


def _running(ours: Any, theirs: nn.BatchNorm2d, batches: list[Tensor]) -> None:
    """Have the running averages moved as PyTorch's have, over two batches?"""
    mean, variance = torch.as_tensor(ours.mean).flatten(), torch.as_tensor(ours.variance).flatten()
    assert theirs.running_mean is not None and theirs.running_var is not None
    require(not torch.equal(mean, torch.zeros(3)), "The running averages did not move: they do in each training step.")
    last = batches[1].mean((0, 2, 3))
    require(not torch.allclose(mean, last, atol=1e-4), "You kept the last batch's mean: move a tenth of the way to it.")
    turned = 0.1 * 0.9 * batches[0].mean((0, 2, 3)) + 0.9 * last
    require(
        not torch.allclose(mean, turned, atol=1e-4),
        "You kept a tenth of the old and nine tenths of the new: it is the other way round.",
    )
    require(torch.allclose(mean, theirs.running_mean, atol=1e-4), "The running mean is off: old + 0.1 · (new − old).")
    biased = 0.81 + 0.09 * batches[0].var((0, 2, 3), unbiased=False) + 0.1 * batches[1].var((0, 2, 3), unbiased=False)
    require(
        not torch.allclose(variance, biased, atol=1e-4),
        "The running variance divides by n − 1, as an estimate for new data.",
    )
    require(
        torch.allclose(variance, theirs.running_var, atol=1e-4), "The running variance is off: old + 0.1 · (new − old)."
    )


def _gradient(ours: Any, theirs: nn.BatchNorm2d, x: Tensor) -> None:
    """Does the gradient reach scale, shift and input, and flow through the mean and the variance of the batch?"""
    weights = torch.linspace(-1, 1, x.numel()).view(x.shape) ** 3
    leaves = [x.clone().requires_grad_() for _ in range(2)]
    for module, leaf in zip((ours, theirs), leaves, strict=True):
        out = (module(leaf) * weights).sum()
        require(out.requires_grad, "The outputs are right, but no gradient goes back: .data and .detach() cut it off.")
        out.backward()
    for name, mine, its in (
        ("scale", ours.scale.grad, theirs.weight.grad),
        ("shift", ours.shift.grad, theirs.bias.grad),
    ):
        assert its is not None
        require(
            mine is not None and torch.allclose(mine, its, atol=1e-3, rtol=1e-3),
            f"The outputs are right, but {name} cannot learn: its gradient is missing or off.",
        )
    given, right = (leaf.grad for leaf in leaves)
    if given is None or right is None:
        raise Wrong("No gradient reaches the input.")
    cause = "The outputs are right, the gradient is not: it flows through mean and variance, so do not detach them."
    require(torch.allclose(given, right, atol=1e-4), cause)
    require(
        not any(torch.as_tensor(kept).requires_grad for kept in (ours.mean, ours.variance)),
        "The running averages hold on to the graph, and with it to every mini-batch: move them under torch.no_grad().",
    )


@check
def neighbours(answer: dict[str, float]) -> str:
    """{"9 becomes": …, "1 becomes": …}: a batch of two values, normalised in training mode."""
    keys = ("9 becomes", "1 becomes")
    require(isinstance(answer, dict) and set(answer) == {*keys}, 'Keep the keys "9 becomes" and "1 becomes".')
    if any(answer[key] is ... or answer[key] is None for key in keys):
        raise NotImplementedError
    high, low = (float(answer[key]) for key in keys)

    def near(first: float, second: float) -> bool:
        return abs(high - first) + abs(low - second) < 5e-3

    require(not near(4, -4), "You subtracted the mean. Now divide by the standard deviation.")
    require(not near(0.25, -0.25), "You divided by the variance, 16: take its root.")
    require(not near(0.5**0.5, -(0.5**0.5)), "You divided by n − 1: batch norm takes the mean of the squares, over n.")
    require(not near(0.5, -0.5), "You divided by the distance between the two: the standard deviation is half of it.")
    require(not near(9 / 4, 1 / 4), "You divided by the standard deviation. Subtract the mean first.")
    require(not near(1, 0), "That puts the values between 0 and 1. Batch norm gives them mean 0 and spread 1.")
    require(not near(-1, 1), "The signs are reversed: 9 is above the mean.")
    require(abs(high + low) < 5e-3, "What comes out has mean 0: your two numbers should cancel.")
    require(near(1, -1), "The mean is 5 and the standard deviation 4: (9 − 5) / 4, and the same for 1.")
    return "And 6 and 5 become the same. Of two values only the order is left: each answer depends on its neighbour."


@check
def dead_fraction(answer: Callable[[Tensor], float]) -> str:
    """``answer(activations)``, (n, units) → the fraction of units that are 0 in every row."""
    activations = torch.rand(20, 8, generator=torch.Generator().manual_seed(0))
    activations[:, [1, 4]] = 0  # two of eight are dead
    activations[::2, 0] = 0  # this one is silent half of the time
    activations[:5, 3] = 0
    activations[:, 6], activations[7, 6] = 0, 1e-4  # this one fires once, weakly
    given = answer(activations)
    if given is None or given is ...:
        raise NotImplementedError
    require(
        not isinstance(given, Tensor) or given.numel() == 1,
        "Return one number: the fraction of the units for which it is true.",
    )
    given = float(given)
    require(abs(given - 2) > 1e-6, "This is the number of dead units: divide by how many there are.")
    zeros = (activations == 0).double().mean().item()
    require(abs(given - zeros) > 1e-6, "This is the fraction of zeros. A dead unit is 0 for every image.")
    ever = (activations == 0).any(dim=0).double().mean().item()
    require(
        abs(given - ever) > 1e-6, "You counted units that are silent once or more. Dead ones always are: all, not any."
    )
    require(abs(given - 0.75) > 1e-6, "This is the fraction of units that are alive.")
    require(
        abs(given - 0.375) > 1e-6, "One of the units that you counted fires once, weakly. Ask for exactly 0, each time."
    )
    require(abs(given) > 1e-6, "You found none. Ask over the images, dim=0: is this unit 0 for all of them?")
    require(abs(given - 0.25) < 1e-6, "Two of these eight units are 0 for all 20 images: the answer is 0.25.")
    return "Two of eight: a quarter is dead."
