"""Checks of the chapter on batch norm."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import batch_norm as torch_batch_norm

from lib.checks.verdict import check, require, returned


@check
def batch_norm(answer: Callable[[Tensor, Tensor, Tensor], Tensor]) -> str:
    """``answer(x, scale, shift)``, (n, units), (units,), (units,) → (n, units), as in training mode."""
    random = torch.Generator().manual_seed(0)
    x = 3 + 2 * torch.randn(8, 6, generator=random) + torch.arange(6)
    x[:, 5] *= 0.0005  # nearly constant: here epsilon counts
    scale, shift = torch.rand(6, generator=random) + 0.5, torch.randn(6, generator=random)
    given, right = returned(answer(x, scale, shift), (8, 6)), torch_batch_norm(x, None, None, scale, shift, True)
    whole = ((x - x.mean()) / x.var(unbiased=False).sqrt())[:, :5]
    x, a, b = x[:, :5], scale[:5], shift[:5]

    def close(value: Tensor) -> bool:
        return torch.allclose(given[:, :5], value, atol=1e-3)

    normed = (x - x.mean(0)) / x.var(0, unbiased=False).sqrt()
    require(not close((x - x.mean(0)) / x.std(0) * a + b), "You divided by n − 1: ask for unbiased=False.")
    require(not close(normed), "Scale and shift are missing: without them every unit would have spread 1.")
    require(not close(normed * a), "The shift is missing.")
    rows = ((given - shift) / scale).mean(dim=1).abs().max() < 1e-2  # over all six units, so rows have mean 0
    require(not rows, "You normalised each row. A unit is a column: use dim=0.")
    require(not close(whole * a + b), "You used one mean for all units. Each has its own: use dim=0.")
    variance = (x - x.mean(0)) / x.var(0, unbiased=False)
    require(not close(variance * a + b), "You divided by the variance: the root is missing.")
    require(close(right[:, :5]), "The values are off: see the third hint.")
    require(torch.allclose(given, right, atol=1e-3), "A nearly constant unit is off: epsilon stands under the root.")
    return "The same as PyTorch's batch norm in training mode."


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
    require(not near(0.5, -0.5), "You divided by the distance of the two: the standard deviation is half of it.")
    require(not near(9 / 4, 1 / 4), "You divided by the standard deviation. Subtract the mean first.")
    require(not near(1, 0), "That puts the values between 0 and 1. Batch norm gives them mean 0 and spread 1.")
    require(not near(-1, 1), "The signs are turned round: 9 is above the mean.")
    require(abs(high + low) < 5e-3, "What comes out has mean 0: your two numbers should cancel.")
    require(near(1, -1), "The mean is 5 and the standard deviation 4: (9 − 5) / 4, and the same for 1.")
    return "And 6 and 5 become the same. Of two values only the order is left: the answer hangs on its neighbour."


@check
def dead_fraction(answer: Callable[[Tensor], float]) -> str:
    """``answer(activations)``, (n, units) → the fraction of units that are 0 in every row."""
    activations = torch.rand(20, 8, generator=torch.Generator().manual_seed(0))
    activations[:, [1, 4]] = 0  # two of eight are dead
    activations[::2, 0] = 0  # this one is silent half of the time
    activations[:5, 3] = 0
    given = answer(activations)
    if given is None or given is ...:
        raise NotImplementedError
    given = float(given)
    require(abs(given - 2) > 1e-6, "This is the number of dead units: divide by how many there are.")
    zeros = (activations == 0).double().mean().item()
    require(abs(given - zeros) > 1e-6, "This is the fraction of zeros. A dead unit is 0 for every image.")
    ever = (activations == 0).any(dim=0).double().mean().item()
    require(abs(given - ever) > 1e-6, "You counted units that are ever silent. Dead ones always are: all, not any.")
    require(abs(given - 0.75) > 1e-6, "This is the fraction of units that live.")
    require(abs(given) > 1e-6, "You found none. Ask over the images, dim=0: is this unit 0 for all of them?")
    require(abs(given - 0.25) < 1e-6, "Two of these eight units are 0 for all 20 images: the answer is 0.25.")
    return "Two of eight: a quarter is dead."
