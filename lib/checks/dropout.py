"""Checks of the chapter on dropout."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

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
    require(not close(x * keep / keep.mean()), "You divided by the share that stayed by chance: it should be 1 − rate.")
    require(close(x * keep / 0.25), "The values are off: by how much must a unit that stays grow to keep the mean?")
    other = torch.empty_like(x).bernoulli_(0.5, generator=random)
    half = returned(answer(x.clone(), other.clone(), 0.5), (40, 6))
    require(torch.allclose(half, x * other / 0.5, atol=1e-5), "Right for rate 0.75 only: use the rate that is given.")
    leaf = x.clone().requires_grad_()
    gradient = _gradient(answer(leaf, keep.clone(), 0.75), leaf)
    require(
        torch.allclose(gradient, keep / 0.25, atol=1e-5),
        "The values are right, but the gradient is not: it should be cut where a unit goes, and scaled where it stays.",
    )
    return "The mean stays, whatever the rate, and the gradient goes where the values went."


def _gradient(given: Tensor, x: Tensor) -> Tensor:
    """The gradient of the sum of ``given`` at ``x``; Wrong, if none passes."""
    require(given.requires_grad, "The values are right, but no gradient passes: a detach, data or no_grad cuts it.")
    return torch.autograd.grad(given.sum(), x)[0]


@check
def channel_dropout(answer: Callable[[float], nn.Module]) -> str:
    """``answer(rate)``, a module: (n, channels, height, width) → the same; in training whole channels go."""
    require(not isinstance(answer, nn.Module), "Hand in the class itself, ChannelDropout, not a module made from it.")
    with torch.random.fork_rng(devices=[]):  # the learner's own generator goes on as if nothing had been drawn
        torch.manual_seed(0)
        _require_channel_dropout(answer)
    return "Whole channels go, the mean stays, and the gradient is cut and scaled like the values."


def _require_channel_dropout(answer: Callable[[float], nn.Module]) -> None:
    module = answer(0.25)
    require(isinstance(module, nn.Module), "Hand in a class that begins with class ChannelDropout(nn.Module).")
    x = torch.rand(400, 6, 3, 3, generator=torch.Generator().manual_seed(0)) + 0.5
    _require_eval_leaves_alone(module, x)
    module.train()
    leaf = x.clone().requires_grad_()
    y = returned(module(leaf), tuple(x.shape))
    _require_whole_channels(y.detach() == 0)
    _require_scaled(y.detach() / x, 0.25)
    again = module(x)
    require(not torch.equal(again == 0, y == 0), "Two calls drop the same channels: draw a new mask in each forward.")
    gradient = _gradient(y, leaf)
    require(not gradient[y == 0].any(), "The values are right, but a dropped channel still gets a gradient.")
    stays = gradient[y != 0]
    right = torch.allclose(stays, torch.full_like(stays, 1 / 0.75), atol=1e-4)
    require(right, "The values are right, but the gradient of what stays is not scaled as the values are.")
    smaller = x[:100, :4, :, :2]
    ratio = answer(0.6).train()(smaller) / smaller
    kept = ratio[ratio != 0]
    only = "Right for rate 0.25 only: use the rate that the module was made with."
    require(torch.allclose(kept, torch.full_like(kept, 2.5), atol=1e-4), only)


def _require_eval_leaves_alone(module: nn.Module, x: Tensor) -> None:
    y = returned(module.eval()(x.clone()), tuple(x.shape))
    require(not (y == 0).any(), "In eval mode it still drops: ask self.training.")
    original = "In eval mode you scale. That is dropout's original form; here the scaling belongs in training."
    require(torch.allclose(y, x), original)


def _require_whole_channels(gone: Tensor) -> None:
    """Where zeros are, (400, 6, 3, 3): in whole channels, drawn for each image alone, a quarter of them."""
    require(bool(gone.any()), "In training nothing is dropped.")
    whole, part = gone.flatten(2).all(2), gone.flatten(2).any(2)
    require(
        torch.equal(whole, part), "You drop single pixels: one number for each channel should decide for all of them."
    )
    images = torch.equal(whole.any(1), whole.all(1))
    require(not images, "You drop whole images: draw one number for each channel of each image.")
    same = torch.equal(whole, whole[:1].expand_as(whole))
    require(not same, "All images of the batch lose the same channels: draw for each image.")
    share = whole.double().mean().item()
    require(abs(share - 0.75) > 0.06, "At rate 0.25 three quarters go: you keep a channel with the probability rate.")
    require(abs(share - 0.25) < 0.06, f"At rate 0.25 a quarter of the channels should go, not {100 * share:.0f} %.")


def _require_scaled(ratio: Tensor, rate: float) -> None:
    """``ratio`` of what comes out to what came in: 1 / (1 − rate) where a channel stays."""
    stays = ratio[ratio != 0]

    def close(value: float) -> bool:
        return torch.allclose(stays, torch.full_like(stays, value), atol=1e-4)

    require(not close(1.0), "Nothing is scaled: the mean falls by a quarter.")
    require(not close(1 / rate), "You divided by the rate. It is the share that stays which counts: 1 − rate.")
    require(not close(1 - rate), "You multiplied. What stays must grow: divide by 1 − rate.")
    realised = len(stays) / ratio.numel()
    require(not close(1 / realised), "You divided by the share that stayed by chance: it should be 1 − rate.")
    require(close(1 / (1 - rate)), "What stays has the wrong size: by how much must it grow to keep the mean?")


@check
def dropout_noise(answer: dict[str, float]) -> str:
    """{"mean": …, "standard deviation": …} of a unit of value 1 under dropout of rate 0.8."""
    keys = {"mean", "standard deviation"}
    require(isinstance(answer, dict) and set(answer) == keys, 'Keep the keys "mean" and "standard deviation".')
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    mean, spread = float(answer["mean"]), float(answer["standard deviation"])
    require(abs(mean - 0.2) > 1e-6, "0.2 would be the mean without scaling; what stays is divided by 0.2.")
    require(abs(mean - 5) > 1e-6, "5 is its value if it stays, which happens in one case of five.")
    require(abs(mean - 1) < 1e-6, "The mean is 0.2 · 5 + 0.8 · 0: scaling is there to keep it.")
    require(abs(spread - 4) > 1e-3, "That is the variance: take its root.")
    require(abs(spread - 5**0.5) > 1e-3, "That is the root of the mean square: subtract the squared mean first.")
    require(abs(spread - 0.4) > 1e-3, "That is the spread without scaling.")
    require(abs(spread - 0.5) > 1e-3, "That is the spread at rate 0.2. At rate 0.8 a share of 0.2 stays.")
    require(abs(spread - 2) < 1e-3, "The variance is 0.2 · 5² − 1².")
    return "Mean 1, standard deviation 2: the noise is twice the signal."
