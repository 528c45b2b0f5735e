"""Checks of the chapter on a first network."""

from collections.abc import Callable

import torch
from scipy.stats import t as student
from scipy.stats import ttest_1samp, ttest_ind
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lib.checks.verdict import check, require, returned
from lib.layers import Layer
from lib.models import PairNetwork


@check
def pair_parameters(answer: int) -> str:
    """A first network: the weights of 392 → 100 → 2, counted by hand."""
    require(isinstance(answer, int), "Give a whole number.")
    right = PairNetwork((Layer(100), Layer(2, then=""))).size()
    require(answer != right - 102, "You left out the biases: every unit has one.")
    require(answer != 196 * 100 + 100 + 202, "The network sees both images: 2 × 14 × 14 inputs, not 14 × 14.")
    require(answer != 101 * 393, "Count the two layers one after the other: 392 → 100, then 100 → 2.")
    require(answer != 393 * 100, "That is the first layer. Now add the second, 100 → 2.")
    require(
        answer not in (right - 2, right - 100),
        "One of the two layers is missing its biases, or has one for all its units: every unit has its own.",
    )
    require(answer != 392 * 100 * 2, "You multiplied the sizes of all layers. Count the layers one by one, then add.")
    require(answer == right, "Each layer has (inputs + 1) × outputs weights, the 1 for the bias. Add both layers.")
    return f"{right} it is; PyTorch counts the same."


@check
def paired_interval(answer: Callable[[Tensor, Tensor], tuple[float, float]]) -> str:
    """A first network: ``answer(a, b)``, two (n,) tensors of accuracies → a 95 % interval of the mean of a − b."""
    a = torch.tensor([80.0, 84, 79, 86, 82, 83], dtype=torch.float64)
    b = torch.tensor([78.5, 81, 78, 83, 80.5, 80], dtype=torch.float64)
    result = answer(a, b)
    if result is None or result is ...:
        raise NotImplementedError
    given = torch.tensor([float(bound) for bound in result], dtype=torch.float64)
    require(given.shape == (2,), "Return two numbers: the lower and the upper bound.")
    width, centre = float(given[1] - given[0]), given.mean()
    require(width > 0, "The lower bound comes first. Return mean − …, mean + …, not a mean and a half width.")
    require(bool((centre + (a - b).mean()).abs() > 1e-6), "The sign is the wrong way round: the difference is a − b.")
    require(bool((centre - (a - b).mean()).abs() < 1e-6), "The interval should have the mean of a − b in its middle.")
    for cause, half in _wrong_halves(a, b).items():
        require(abs(width / (2 * half) - 1) > 1e-4, cause)
    low, high = ttest_1samp((a - b).numpy(), 0).confidence_interval(0.95)  # the exercise asks for 95 %
    require(abs(width - (high - low)) < 1e-6, "The middle is right, but the width is off. It has three parts.")
    return "The same interval as compare.paired gives."


def _wrong_halves(a: Tensor, b: Tensor) -> dict[str, float]:
    """Half the width of the interval after typical mistakes, by what to say of them."""
    n, sd = len(a), float((a - b).std())
    error, t = sd / n**0.5, float(student.ppf(0.975, n - 1))
    one_sided = float(student.ppf(0.95, n - 1))
    apart = float((a.var() + b.var()) ** 0.5) / n**0.5
    welch = ttest_ind(a.numpy(), b.numpy(), equal_var=False).confidence_interval(0.95)
    unrelated = "You treated a and b as unrelated. Take the differences first"
    return {
        "The factor t is missing.": error,
        "You divided by n: divide by the root of n.": t * sd / n,
        "Divide the standard deviation by √n: this is an interval of the mean.": t * sd,
        "You used 1.96. With few rounds, take Student's t with n − 1 degrees of freedom.": 1.96 * error,
        "You took the quantile 0.95. An interval of 95 % leaves out 2.5 % on either side.": one_sided * error,
        "Student's t has n − 1 degrees of freedom here, not n.": float(student.ppf(0.975, n)) * error,
        "The standard deviation should divide by n − 1, as PyTorch's does.": t * error * ((n - 1) / n) ** 0.5,
        f"{unrelated}.": t * apart,
        f"{unrelated}: n differences have n − 1 degrees of freedom.": float(student.ppf(0.975, 2 * n - 2)) * apart,
        f"{unrelated}: this is Welch's interval.": (welch[1] - welch[0]) / 2,
    }


SIZES = (150, 64, 32, 2)


@check
def dense_module(answer: type[nn.Module] | nn.Module) -> str:
    """A first network: the dense network as an nn.Module, (n, 2, 14, 14) → (n, 2)."""
    model = answer() if isinstance(answer, type) else answer
    require(isinstance(model, nn.Module), "Give the class, which should begin with class Dense(nn.Module).")
    images = torch.randn(30, 2, 14, 14, generator=torch.Generator().manual_seed(0))
    first = returned(model(images), (30, 2))
    require(
        torch.equal(first, model(images)),
        "Two calls give two answers. If forward makes the layers, make them in __init__.",
    )
    found = list(model.parameters())
    require(
        bool(found), "The module has no weights: a plain list hides layers from PyTorch. Use self.… = nn.Linear(…)."
    )
    right = PairNetwork((*map(Layer, SIZES[:-1]), Layer(SIZES[-1], then=""))).build(torch.Generator().manual_seed(0))
    wanted = {tuple(weight.shape): weight for weight in right.parameters()}
    _same_weights(found, wanted)
    output, expected = model(images), right(images).target
    _diagnose(output, images, [weight.detach() for weight in wanted.values()])
    require(torch.allclose(output, expected, atol=1e-5), "With the same weights, your logits are not the recipe's.")
    require(output.requires_grad, "No gradient comes back: leave out detach() and no_grad().")
    _same_gradients(output, found, expected, wanted)
    count = sum(weight.numel() for weight in found)
    return f"With the same {count:,} weights it gives the recipe's logits and gradients."


def _same_weights(found: list[nn.Parameter], wanted: dict[tuple[int, ...], nn.Parameter]) -> None:
    """Copy the weights in ``wanted``, by shape, into ``found``; what does not fit is Wrong."""
    shapes = [tuple(weight.shape) for weight in found]
    told = ", ".join(f"{shape[1]} → {shape[0]}" for shape in shapes if len(shape) == 2)
    require(any(len(shape) == 1 for shape in shapes), "The biases are missing.")
    require(
        sorted(shapes) == sorted(wanted), f"The layers should be 392 → 150 → 64 → 32 → 2, with biases. Yours: {told}."
    )
    with torch.no_grad():
        for weight in found:
            weight.copy_(wanted[tuple(weight.shape)])


def _same_gradients(
    output: Tensor, found: list[nn.Parameter], expected: Tensor, wanted: dict[tuple[int, ...], nn.Parameter]
) -> None:
    """Wrong, unless the gradients of the loss are those of the recipe's module."""
    target = torch.arange(len(output)) % 2
    given = torch.autograd.grad(cross_entropy(output, target), found, allow_unused=True)
    right = torch.autograd.grad(cross_entropy(expected, target), list(wanted.values()))
    by_shape = {tuple(gradient.shape): gradient for gradient in right}
    for gradient in given:
        require(gradient is not None, "Some weights get no gradient: leave out detach() and no_grad().")
        same = torch.allclose(gradient, by_shape[tuple(gradient.shape)], atol=1e-6)
        require(same, "The logits are right, but the gradients are not.")


def _diagnose(output: Tensor, images: Tensor, weights: list[Tensor]) -> None:
    """Wrong, if the network does a typical wrong thing between or after its layers."""

    def run(*between: Callable[[Tensor], Tensor]) -> Tensor:
        x = images.flatten(1)
        for weight, bias, after in zip(weights[::2], weights[1::2], between, strict=True):
            x = after(x @ weight.T + bias)
        return x

    def close(*between: Callable[[Tensor], Tensor]) -> bool:
        return torch.allclose(output, run(*between), atol=1e-5)

    relu, nothing = torch.relu, torch.clone
    softmax, log_softmax = torch.nn.Softmax(dim=1), torch.nn.LogSoftmax(dim=1)
    for last in (softmax, log_softmax):
        require(not close(relu, relu, relu, last), "Return logits: cross_entropy applies the softmax itself.")
    require(not close(relu, relu, relu, relu), "Nothing follows the last layer: after a ReLU no logit is below 0.")
    require(
        not close(nothing, nothing, nothing, nothing),
        "Without a ReLU between them, four linear layers are no more than one.",
    )
    for i in range(3):
        between = [nothing if i == place else relu for place in range(3)]
        require(not close(*between, nothing), f"The ReLU after layer {i + 1} is missing.")
    for name, other in {"sigmoid": torch.sigmoid, "tanh": torch.tanh}.items():
        require(not close(other, other, other, nothing), f"Between the layers comes a ReLU, not a {name}.")
