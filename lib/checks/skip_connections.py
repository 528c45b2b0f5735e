"""Checks of the chapter on skip connections."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.checks.verdict import Wrong, check, require, returned

IN, OUT = 6, 4  # features that come in, and that go out where the width changes


@check
def residual_module(answer: Callable[[int, int], nn.Module]) -> str:
    """Skip connections: ``answer(inputs, outputs)`` is a module, (n, inputs) → (n, outputs).

    It computes x + relu(linear(x)); where the widths differ, a projection without a bias takes the place of x.
    """
    x = torch.randn(8, IN, generator=torch.Generator().manual_seed(0))
    layer, matrices, bias, given = _built(answer, IN, IN, x)
    require(
        len(matrices) == 1,
        "Equal widths need no projection: the identity has no weights. Yours has some, as A's skips have.",
    )
    _diagnose_identity(given, x, matrices[0], bias)
    _same_gradients(layer, x, lambda x: x + torch.relu(x @ matrices[0].T + bias), [*matrices, bias])
    layer, matrices, bias, given = _built(answer, IN, OUT, x)
    require(
        len(matrices) == 2,
        "Where the width changes, the skip needs a projection with weights of its own: nn.Linear(…, bias=False).",
    )
    right = _diagnose_projection(given, x, matrices, bias)
    _same_gradients(layer, x, right, [*matrices, bias])
    return "Values and gradients are right, with the identity and with the projection."


def _built(
    answer: Callable[[int, int], nn.Module], inputs: int, outputs: int, x: Tensor
) -> tuple[nn.Module, list[Tensor], Tensor, Tensor]:
    """The module for these widths, its matrices, its bias, and what it gives for x; Wrong if they do not fit."""
    layer = answer(inputs, outputs)
    if layer is None or layer is ...:
        raise NotImplementedError
    require(isinstance(layer, nn.Module), "Give the class, which should begin with class Residual(nn.Module).")
    try:
        given = layer(x)
    except RuntimeError as error:
        if inputs == outputs:
            raise
        raise Wrong(
            f"With {inputs} features in and {outputs} out, PyTorch stopped: x and f(x) have different widths ({error})."
        ) from None
    given = returned(given, (len(x), outputs))
    weights = list(layer.parameters())
    require(
        bool(weights),
        "The module has no weights: make the layers in __init__, as attributes, so that PyTorch sees them.",
    )
    matrices: list[Tensor] = [weight for weight in weights if weight.dim() == 2]
    biases: list[Tensor] = [weight for weight in weights if weight.dim() == 1]
    require(
        all(weight.shape == (outputs, inputs) for weight in matrices),
        f"Each matrix should lead from {inputs} features to {outputs}.",
    )
    require(bool(biases), "The linear layer of f has a bias.")
    require(len(biases) == 1, "The projection should have no bias: that of the layer is enough.")
    require(torch.equal(given, layer(x)), "Two calls give two answers: make the layers in __init__, not in forward.")
    return layer, matrices, biases[0], given


def _diagnose_identity(given: Tensor, x: Tensor, weight: Tensor, bias: Tensor) -> None:
    """Wrong, unless the module gives x + relu(linear(x))."""
    z = x @ weight.T + bias
    causes = {
        "The skip is missing: add x.": torch.relu(z),
        "The ReLU cuts the identity: add x after it, not before.": torch.relu(z + x),
        "The ReLU is missing: without it, x + Wx + b is one linear layer.": z + x,
        "The bias is not used.": x + torch.relu(x @ weight.T),
        "You added the linear layer's output, not x: the identity is x as it came in.": z + torch.relu(z),
        "Subtracted? The skip is added.": torch.relu(z) - x,
    }
    for cause, value in causes.items():
        require(not torch.allclose(given, value, atol=1e-5), cause)
    require(torch.allclose(given, x + torch.relu(z), atol=1e-5), "The values are off: x plus the ReLU of the layer.")


def _diagnose_projection(given: Tensor, x: Tensor, matrices: list[Tensor], bias: Tensor) -> Callable[[Tensor], Tensor]:
    """What the module should compute, with its two matrices in the order that fits; Wrong, if neither does."""
    for project, weight in (matrices, matrices[::-1]):
        p, z = x @ project.T, x @ weight.T + bias
        causes = {
            "The projection is there, but not added.": torch.relu(z),
            "A put a ReLU behind its projection. Leave it out: it cuts off what is below 0.": torch.relu(p)
            + torch.relu(z),
            "The ReLU cuts the projection: add it after the ReLU.": torch.relu(p + z),
            "The ReLU of the layer is missing.": p + z,
        }
        for cause, value in causes.items():
            require(not torch.allclose(given, value, atol=1e-5), cause)
        if torch.allclose(given, p + torch.relu(z), atol=1e-5):
            return lambda x, project=project, weight=weight: x @ project.T + torch.relu(x @ weight.T + bias)  # type: ignore[misc]
    raise Wrong("The values are off where the width changes: the projection of x, plus the ReLU of the layer.")


def _same_gradients(layer: nn.Module, x: Tensor, right: Callable[[Tensor], Tensor], weights: list[Tensor]) -> None:
    """Wrong, unless the module's gradients, of what comes in and of the weights, are those of ``right``."""
    wanted = [x.clone().requires_grad_(), *weights]
    expected = torch.autograd.grad(right(wanted[0]).square().sum(), wanted)
    given = layer(wanted[0])
    require(given.requires_grad, "No gradient comes back: leave out detach() and no_grad().")
    found = torch.autograd.grad(given.square().sum(), wanted, allow_unused=True)
    same = [
        one is not None and torch.allclose(one, other, atol=1e-4) for one, other in zip(found, expected, strict=True)
    ]
    require(
        all(same[1:]),
        "The values are right, but some weights do not get their gradient: leave out detach() and no_grad().",
    )
    require(same[0], "The values are right, but the skip passes no gradient to what came in: leave out detach().")


ASKED = ("paths", "through three", "growth", "mean length")


@check
def path_counts(answer: dict[str, float]) -> str:
    """Skip connections: ten residual layers, each J with the factor 1/6 in the mean square."""
    require(isinstance(answer, dict) and set(answer) == {*ASKED}, f"Keep the keys {', '.join(ASKED)}.")
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    paths, three, growth, length = (float(answer[key]) for key in ASKED)

    def near(value: float, right: float) -> bool:
        return abs(value / right - 1) < 0.025  # two digits will do

    require(not near(paths, 20), "Two ways at each layer multiply, they do not add: 2 · 2 · … · 2.")
    require(not near(paths, 100), "That is 10 to the power of 2. Each of ten layers doubles the number of paths.")
    require(paths != 1023, "One path is missing: it may go around all ten layers, too.")
    require(paths == 1024, "Each path goes through a layer or around it, ten times: how many choices are there?")
    require(
        not near(three, 720), "You counted the order in which the three are chosen. The layers have an order already."
    )
    require(not near(three, 30), "Choose three of ten layers: a binomial coefficient, not 3 · 10.")
    require(three == 120, "How many ways are there to choose three of ten layers?")
    require(not near(growth, 6.0**-10), "That is what the path through all ten carries. There are 1023 others.")
    require(not near(growth, 1 + 10 / 6), "You added up the layers. Each multiplies what all earlier ones have made.")
    require(
        not near(growth, (7 / 6) ** 5), "That is the factor of the size, its square root. The mean square is asked."
    )
    require(
        near(growth, (7 / 6) ** 10), "In each layer the identity keeps 1 and J adds 1/6. What do ten such layers make?"
    )
    require(not near(length, 5), "That is the mean over all paths alike. Weight each by what it carries.")
    require(not near(length, 10 / 6), "Almost: the weights do not add up to 1 yet. Divide by their sum.")
    require(
        near(length, 10 / 7), "Weight the length of each path by what it carries, (1/6) to the power of its length."
    )
    return "Right. The mean path has five layers, but what arrives came through one or two of them, in the mean."
