"""Networks for two digits, as values that build modules: one for the pair, or a branch for each image and a head."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

from lib.heads import DIGITS, Hard, Probability, Score, one_hot_argmax
from lib.layers import Layers, Stack
from lib.values import Value

IMAGE = (14, 14)
BETWEEN: dict[str, Callable[[Tensor], Tensor]] = {
    "": nn.Identity(),
    "softmax": nn.Softmax(dim=2),
    "argmax": one_hot_argmax,
}
Initialisation = Literal["default", "xavier", "he"]


class Output(NamedTuple):
    """What every network returns."""

    target: Tensor  # (n, 2) logits of "first > second" and "first ≤ second"
    digits: Tensor | None  # (n, 2, 10) logits of the two digits, where the network has them


@dataclass(frozen=True)
class Network(Value):
    """What a PairNetwork and a SiameseNetwork have in common."""

    def build(self, generator: torch.Generator) -> nn.Module:
        """A fresh module. ``generator`` gives the weights, and later the dropout masks."""
        raise NotImplementedError

    def size(self) -> int:
        """The number of trainable weights; a weight that is used twice counts once."""
        return sum(weights.numel() for weights in self.build(torch.Generator()).parameters())


@dataclass(frozen=True)
class PairNetwork(Network):
    """One network for both images, which enter as two channels: (n, 2, 14, 14) → Output without digits."""

    layers: Layers
    init: Initialisation = "default"

    def build(self, generator: torch.Generator) -> nn.Module:
        return initialised(PairModule(self, generator), self.init, generator)


@dataclass(frozen=True)
class SiameseNetwork(Network):
    """A branch for each image and a head that compares.

    ``head`` reads what both branches give, side by side, as it is or through ``between``: "softmax"
    or "argmax" (one-hot; no gradient passes). It is made of layers, or has no weights (lib.heads).
    ``digit_head`` reads the ten digit logits off the branch: () where the branch itself ends in them,
    None where there are none.
    ``sharing`` "shared" is one branch used twice; "unshared" is two branches, which may still share
    every layer but those marked ``own``: that is "partly".
    """

    branch: Layers
    head: Layers | Hard | Probability | Score
    digit_head: Layers | None = ()
    between: Literal["", "softmax", "argmax"] = ""
    sharing: Literal["shared", "partly", "unshared"] = "shared"
    init: Initialisation = "default"

    def build(self, generator: torch.Generator) -> nn.Module:
        return initialised(SiameseModule(self, generator), self.init, generator)


def words_of(network: Network) -> Iterator[str]:
    """Every word that stands before or after any layer of ``network``."""
    for field in fields(network):
        stack = getattr(network, field.name)
        for layer in stack if isinstance(stack, tuple) else ():
            yield from f"{layer.before} {layer.then}".split()


class PairModule(nn.Module):
    """A PairNetwork at work."""

    def __init__(self, network: PairNetwork, generator: torch.Generator) -> None:
        super().__init__()
        self.layers = Stack(network.layers, (2, *IMAGE), generator)

    def forward(self, images: Tensor) -> Output:
        return Output(two_logits(self.layers(images)), None)


class SiameseModule(nn.Module):
    """A SiameseNetwork at work."""

    def __init__(self, network: SiameseNetwork, generator: torch.Generator) -> None:
        super().__init__()
        self.first = Stack(network.branch, (1, *IMAGE), generator)
        self.second = self._second(network, generator)
        features = self.first.shape
        self.digit_head = None if network.digit_head is None else Stack(network.digit_head, features, generator)
        read = DIGITS if self.digit_head is None else math.prod(self.digit_head.shape)
        if read != DIGITS:
            raise ValueError(
                f"the digits are read off {read} outputs, not {DIGITS}: let the branch or the digit_head end in "
                "Layer(10, then=''), or set digit_head=None"
            )
        self.between = BETWEEN[network.between]
        self.head = self._head(network.head, math.prod(features), generator)

    def _second(self, network: SiameseNetwork, generator: torch.Generator) -> Stack:
        """The second digit's branch: the first itself, or a new one that borrows the layers it shares."""
        if network.sharing == "shared":
            return self.first
        second = Stack(network.branch, (1, *IMAGE), generator)
        for i, layer in enumerate(network.branch):
            if network.sharing == "partly" and not layer.own:
                second.blocks[i] = self.first.blocks[i]  # the same object, twice: this is weight sharing
        return second

    def _head(self, head: Layers | Hard | Probability | Score, size: int, generator: torch.Generator) -> nn.Module:
        if isinstance(head, tuple):
            return Stack(head, (2 * size,), generator)
        needed = 1 if isinstance(head, Score) else DIGITS
        if size != needed:
            raise ValueError(f"{head} reads {needed} outputs of each branch, but the branch gives {size}")
        return head.build()

    def features(self, images: Tensor) -> Tensor:
        """(n, 2, 14, 14) → (n, 2, features). A shared branch sees both digits as one batch of 2n images."""
        if self.second is self.first:
            both: Tensor = self.first(images.reshape(-1, 1, *IMAGE))
            return both.flatten(1).view(len(images), 2, -1)
        return torch.stack([self.first(images[:, :1]), self.second(images[:, 1:])], dim=1).flatten(2)

    def forward(self, images: Tensor) -> Output:
        features = self.features(images)  # (n, 2, features)
        digits = None
        if self.digit_head is not None:
            digits = self.digit_head(features.flatten(0, 1)).view(len(images), 2, DIGITS)
        return Output(two_logits(self.head(self.between(features).flatten(1))), digits)


def two_logits(x: Tensor) -> Tensor:
    """(n, 2) → itself; (n, 1) → (n, 2) as (0, z), which makes cross-entropy equal to BCE on z."""
    if x.shape[1:] not in ((1,), (2,)):
        raise ValueError(
            f"a comparison needs one or two outputs, not {tuple(x.shape[1:])}: end in Layer(1) or Layer(2)"
        )
    return x if x.shape[1] == 2 else torch.cat([torch.zeros_like(x), x], dim=1)


def initialised(module: nn.Module, scheme: Initialisation, generator: torch.Generator) -> nn.Module:
    """``module`` with all weights drawn: "default" (PyTorch's own), "xavier" or "he" (uniform, biases 0)."""
    for part in module.modules():
        if not isinstance(part, nn.Linear | nn.Conv2d):
            continue
        assert part.bias is not None  # all layers here have biases
        if scheme == "default":
            bound = part.weight[0].numel() ** -0.5  # 1 / √(inputs of one unit)
            nn.init.uniform_(part.weight, -bound, bound, generator)
            nn.init.uniform_(part.bias, -bound, bound, generator)
            continue
        nn.init.zeros_(part.bias)
        if scheme == "xavier":
            nn.init.xavier_uniform_(part.weight, generator=generator)
        else:
            nn.init.kaiming_uniform_(part.weight, nonlinearity="relu", generator=generator)
    # 1.3 to 2 times faster on a CPU. PyTorch's types forget that modules have memory formats.
    module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return module
