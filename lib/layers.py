"""Layers as values, and the modules that they build: a Block for one layer, a Stack for several."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from lib.values import Value, one_of

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "selu": nn.SELU}


@dataclass(frozen=True)
class Layer(Value):
    """One layer with weights, what happens before it and what follows.

    ``out`` counts channels where there is a ``kernel`` (a convolution), else units (fully connected).
    ``before`` and ``then`` are words in the order in which they act: relu, tanh, sigmoid, selu,
    softmax, norm (batch norm), pool2 (max-pooling 2×2), dropout0.5.
    ``skip`` adds "identity" (what came into the layer) or "input" (a learned projection of the
    stack's own input, through a ReLU) to what the layer gives. ``times`` applies the layer that often
    with the same weights. ``own`` gives each digit of a siamese network its own copy of this layer.
    """

    out: int
    kernel: int = 0
    padding: int = 0
    before: str = ""
    then: str = "relu"
    skip: Literal["", "identity", "input"] = ""
    times: int = 1
    own: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for word in f"{self.before} {self.then}".split():
            check_word(word)


Layers = tuple[Layer, ...]


def check_word(word: str) -> None:
    """Raises ValueError when ``word`` names nothing that can stand before or after a layer's weights."""
    kind = word.rstrip("0123456789.-")
    one_of("word", kind, (*ACTIVATIONS, "softmax", "norm", "pool", "dropout"))
    number = word.removeprefix(kind)
    if kind == "pool" and not (number.isdigit() and int(number)):
        raise ValueError(f"{word!r}: say over how many pixels to pool, as in pool2")
    if kind == "dropout" and not (number and 0 <= float(number) < 1):
        raise ValueError(f"{word!r}: a dropout rate lies in [0, 1), as in dropout0.5")
    if number and kind not in ("pool", "dropout"):
        raise ValueError(f"{word!r}: {kind} takes no number")


class Stack(nn.Module):
    """Layers one after the other: (n, *shape) → (n, *self.shape). ``generator`` gives the dropout masks."""

    def __init__(self, layers: Layers, shape: tuple[int, ...], generator: torch.Generator) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        source = math.prod(shape)
        for layer in layers:
            block = Block(layer, shape, source, generator)
            self.blocks.append(block)
            shape = block.shape
        self.shape = shape

    def forward(self, x: Tensor) -> Tensor:
        source = x
        for block in self.blocks:
            x = block(x, source)
        return x


class Block(nn.Module):
    """One Layer at work. ``shape`` is what comes in, ``source`` the size of the network's input."""

    def __init__(self, layer: Layer, shape: tuple[int, ...], source: int, generator: torch.Generator) -> None:
        super().__init__()
        self.times, self.skip, came = layer.times, layer.skip, shape
        self.before, shape = follow(layer.before, shape, generator)
        if layer.kernel:
            self.weights: nn.Module = nn.Conv2d(shape[0], layer.out, layer.kernel, padding=layer.padding)
            shape = (layer.out, *(side + 2 * layer.padding - layer.kernel + 1 for side in shape[1:]))
        else:
            self.weights = nn.Sequential(nn.Flatten(), nn.Linear(math.prod(shape), layer.out))
            shape = (layer.out,)
        if min(shape) < 1:
            raise ValueError(f"{layer} does not fit: nothing would be left of the image, {shape}")
        self.then, self.shape = follow(layer.then, shape, generator)
        if layer.times > 1 and self.shape != came:
            raise ValueError(f"{layer} cannot be applied twice: {came} comes in, {self.shape} goes out")
        if layer.skip == "identity" and self.shape != came:
            raise ValueError(f"the skip of {layer} does not fit: {came} comes in, {self.shape} goes out")
        if layer.skip == "input":
            self.project = nn.Linear(source, math.prod(self.shape))

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        for _ in range(self.times):
            y = self.then(self.weights(self.before(x)))
            if self.skip == "identity":
                y = y + x
            elif self.skip == "input":
                y = y + torch.relu(self.project(source.flatten(1))).view_as(y)
            x = y
        return x


def follow(words: str, shape: tuple[int, ...], generator: torch.Generator) -> tuple[nn.Sequential, tuple[int, ...]]:
    """The modules that ``words`` (of a Layer, and so checked) name, and the shape of what comes out of them."""
    modules: list[nn.Module] = []
    for word in words.split():
        if word in ACTIVATIONS:
            modules.append(ACTIVATIONS[word]())
        elif word == "softmax":
            modules.append(nn.Softmax(dim=1))
        elif word == "norm":
            modules.append(nn.BatchNorm2d(shape[0]) if len(shape) == 3 else nn.BatchNorm1d(shape[0]))
        elif word.startswith("pool"):
            size = int(word.removeprefix("pool"))
            modules.append(nn.MaxPool2d(size))
            shape = (shape[0], *(side // size for side in shape[1:]))
            if min(shape) < 1:
                raise ValueError(f"{word} does not fit: nothing would be left of the image, {shape}")
        else:
            modules.append(Dropout(float(word.removeprefix("dropout")), generator))
    return nn.Sequential(*modules), shape


class Dropout(nn.Module):
    """Dropout that takes its masks from a generator of its own, so that a round can be repeated."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.rate, self.generator = rate, generator

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.rate, generator=self.generator)
        return x * keep / (1 - self.rate)  # scaled, so that the mean stays what it was

    def extra_repr(self) -> str:
        return f"rate={self.rate}"
