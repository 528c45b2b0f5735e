"""Probes: what goes on inside a network while it trains.

``training.fit(..., probes=[probe])`` calls each of them after every step, with the model, the epoch and the step.
A probe only looks. ``table()`` gives what it saw, one row for each layer and look.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from lib.data import Pairs
from lib.layers import Block
from lib.models import PairModule
from lib.training import judging


def blocks(model: nn.Module) -> dict[str, Block]:
    """The layers of a network by name: "layer 1", … for a pair, "branch 1", …, "head 1", … for a siamese network.

    Of two branches it is the first digit's.
    """
    parts: dict[str, Any]  # Stacks, heads without weights, and None
    if isinstance(model, PairModule):
        parts = {"layer": model.layers}
    else:
        parts = {"branch": model.first, "digit head": model.digit_head, "head": model.head}
    stacks = {name: part.blocks for name, part in parts.items() if hasattr(part, "blocks")}
    return {f"{name} {i}": block for name, stack in stacks.items() for i, block in enumerate(stack, 1)}


class Gradients:
    """The size of the gradient that each layer's weights have just followed: the norm over weights and biases."""

    def __init__(self) -> None:
        self.calls = 0
        self.rows: list[dict] = []

    def __call__(self, model: nn.Module, epoch: int, step: int) -> None:
        self.calls += 1
        norms = gradient_norms(model)
        self.rows += [{"batch": self.calls, "layer": layer, "norm": norm} for layer, norm in norms.items()]

    def table(self) -> pd.DataFrame:
        """Columns: batch (steps counted from 1), layer, norm."""
        return pd.DataFrame(self.rows, columns=["batch", "layer", "norm"])


class DeadUnits:
    """For each layer with a ReLU, the fraction of units that give 0 for every one of ``images`` (n, 2, 14, 14)."""

    def __init__(self, images: Tensor, every: int = 1) -> None:
        self.images, self.every, self.calls = images, every, 0
        self.rows: list[dict] = []

    def __call__(self, model: nn.Module, epoch: int, step: int) -> None:
        self.calls += 1
        if self.calls % self.every == 0:
            dead = dead_units(model, self.images)
            self.rows += [{"batch": self.calls, "layer": layer, "dead": share} for layer, share in dead.items()]

    def table(self) -> pd.DataFrame:
        """Columns: batch (steps counted from 1), layer, dead."""
        return pd.DataFrame(self.rows, columns=["batch", "layer", "dead"])


def gradient_norms(model: nn.Module) -> dict[str, float]:
    """The norm of the gradient in each layer, by its name; 0 where no gradient has arrived."""
    norms = {}
    for name, block in blocks(model).items():
        gradients = [weights.grad.flatten() for weights in block.weights.parameters() if weights.grad is not None]
        norms[name] = torch.cat(gradients).norm().item() if gradients else 0.0
    return norms


def dead_units(model: nn.Module, images: Tensor) -> dict[str, float]:
    """The fraction of dead units in each layer that has a ReLU. A channel counts as one unit.

    A unit is dead when its ReLU gives 0 on all of ``images``: no gradient passes it, so it cannot learn its way back.
    """
    seen: dict[str, list[Tensor]] = {}

    def note(name: str, out: Tensor) -> None:  # which units are silent on the whole batch: (units,) bool
        seen.setdefault(name, []).append((out == 0).transpose(0, 1).flatten(1).all(dim=1))

    relus = [(name, part) for name, block in blocks(model).items() for part in block.then if isinstance(part, nn.ReLU)]
    with _watch(relus, note), judging(model):
        model(images)
    return {name: torch.stack(silent).all(dim=0).double().mean().item() for name, silent in seen.items()}


def activations(model: nn.Module, images: Tensor) -> dict[str, Tensor]:
    """What each layer gives for ``images`` (n, 2, 14, 14), by its name, in eval mode.

    A shared branch gives (2n, …), the two images of a pair one after the other; of two branches it is the first
    digit's: (n, …).
    """
    seen: dict[str, Tensor] = {}

    def note(name: str, out: Tensor) -> None:
        seen.setdefault(name, out)  # a layer that two branches share is called twice

    with _watch(blocks(model).items(), note), judging(model):
        model(images)
    return seen


@contextmanager
def _watch(modules: Iterable[tuple[str, nn.Module]], note: Callable[[str, Tensor], None]) -> Iterator[None]:
    """While it lasts, ``note`` gets what each of the named modules gives."""
    handles = [
        module.register_forward_hook(lambda module, ins, out, name=name: note(name, out)) for name, module in modules
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def largest_outputs(model: nn.Module, pairs: Pairs) -> Tensor:
    """(10, 10) counts: the true digit in rows, its largest output in columns. Judged in eval mode, which is put back.

    The model has digit outputs; their largest need not mean the digit of its number.
    """
    with judging(model):
        outputs = model(pairs.images).digits.argmax(dim=2)  # (n, 2)
    return (10 * pairs.labels + outputs).flatten().bincount(minlength=100).view(10, 10)


def multiply_adds(model: nn.Module) -> int:
    """How often a weight is multiplied, and the product added, when ``model`` answers for one pair.

    Counted in convolutions and linear layers: for each number that a layer gives, all the weights behind it. FLOP are
    twice as many.
    """
    counts: list[int] = []

    def note(module: nn.Module, ins: tuple[Tensor, ...], out: Tensor) -> None:
        counts.append(
            out.numel() * module.get_parameter("weight")[0].numel()
        )  # (outputs, …): what lies behind the first one

    layers = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    handles = [layer.register_forward_hook(note) for layer in layers]
    try:
        with judging(model):
            model(torch.zeros(1, 2, 14, 14))
    finally:
        for handle in handles:
            handle.remove()
    return sum(counts)
