"""Checks of the chapter on dropout."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.checks.verdict import check, require, returned


@check
def dropout(answer: Callable[[Tensor, Tensor, float], Tensor]) -> str:
    """``answer(x, keep, rate)``, (n, units) each → (n, units), scaled so that the mean stays."""
    random = torch.Generator().manual_seed(0)
    x = torch.rand(40, 6, generator=random) + 0.5
    keep = torch.empty_like(x).bernoulli_(0.25, generator=random)
    given = returned(answer(x.clone(), keep.clone(), 0.75), (40, 6))

    def close(value: Tensor) -> bool:
        return torch.allclose(given, value, atol=1e-5)

    require(not close(x * keep), "Nothing is scaled: the next layer would see a quarter of the mean.")
    require(not close(x * keep / 0.75), "You divided by the rate. It is the share that stays which counts: 1 − rate.")
    require(not close(x * keep * 0.25), "You multiplied. Those that stay must grow: divide by 1 − rate.")
    require(not close(x * (1 - keep) / 0.25), "You kept the wrong ones: keep is 1 for a unit that stays.")
    require(close(x * keep / 0.25), "The values are off: the third hint has the whole line.")
    other = torch.empty_like(x).bernoulli_(0.5, generator=random)
    half = returned(answer(x.clone(), other.clone(), 0.5), (40, 6))
    require(torch.allclose(half, x * other / 0.5, atol=1e-5), "Right for rate 0.75 only: use the rate that is given.")
    return "The mean stays, whatever the rate."


@check
def dropout_noise(answer: dict[str, float]) -> str:
    """{"mean": …, "standard deviation": …} of a unit of value 1 under dropout of rate 0.8."""
    keys = {"mean", "standard deviation"}
    require(isinstance(answer, dict) and set(answer) == keys, 'Keep the keys "mean" and "standard deviation".')
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    mean, spread = float(answer["mean"]), float(answer["standard deviation"])
    require(abs(mean - 0.2) > 1e-6, "0.2 would be the mean without scaling; what stays is divided by 0.2.")
    require(abs(mean - 1) < 1e-6, "The mean is 0.2 · 5 + 0.8 · 0: scaling is there to keep it.")
    require(abs(spread - 4) > 1e-3, "That is the variance: take its root.")
    require(abs(spread - 5**0.5) > 1e-3, "That is the root of the mean square: subtract the squared mean first.")
    require(abs(spread - 0.4) > 1e-3, "That is the spread without scaling.")
    require(abs(spread - 2) < 1e-3, "The variance is 0.2 · 5² − 1².")
    return "Mean 1, standard deviation 2: the noise is twice the signal."
