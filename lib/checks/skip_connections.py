"""Checks of the chapter on skip connections."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.checks.verdict import Wrong, check, require, returned


@check
def residual(answer: Callable[[nn.Module, Tensor], Tensor]) -> str:
    """``answer(layer, x)`` → x + relu(layer(x)), (n, features); ValueError where the shapes differ."""
    torch_random = torch.Generator().manual_seed(0)
    layer, narrow = nn.Linear(6, 6), nn.Linear(6, 1)
    for weights in (*layer.parameters(), *narrow.parameters()):
        nn.init.uniform_(weights, -1, 1, torch_random)
    x = torch.randn(8, 6, generator=torch_random)
    given = returned(answer(layer, x.clone()), (8, 6))

    def close(value: Tensor) -> bool:
        return torch.allclose(given, value, atol=1e-5)

    require(not close(torch.relu(layer(x))), "The skip is missing: add x.")
    require(not close(torch.relu(layer(x) + x)), "The ReLU cuts the identity: add x after it, not before.")
    require(not close(layer(x) + x), "The ReLU is missing.")
    require(close(torch.relu(layer(x)) + x), "The values are off: x plus the ReLU of the layer.")
    try:
        answer(narrow, x.clone())
    except ValueError:
        return "The identity passes, and a shape that does not fit is told."
    except AssertionError:
        raise Wrong("An assert can be switched off: raise ValueError.") from None
    except RuntimeError as error:
        raise Wrong(f"PyTorch complained ({error}), not you: compare the shapes and raise ValueError.") from None
    raise Wrong(
        "A layer from 6 features to 1 went through: PyTorch copied its output. Do not return an error: raise it."
    )


@check
def gradient_factors(answer: dict[str, float]) -> str:
    """{"plain": 0.4^24, "residual": 1.2^24}."""
    require(isinstance(answer, dict) and set(answer) == {"plain", "residual"}, 'Keep the keys "plain", "residual".')
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    plain, identity = float(answer["plain"]), float(answer["residual"])

    def near(value: float, right: float) -> bool:
        return abs(value / right - 1) < 0.02

    require(not near(plain, 24 * 0.4), "Factors multiply: 0.4 to the power of 24, not 0.4 times 24.")
    require(not near(plain, 0.4**-24), "It shrinks: 0.4 to the power of 24 is below 1.")
    require(near(plain, 0.4**24), "The plain factor is 0.4 ** 24.")
    require(not near(identity, 24 * 1.2), "Factors multiply: 1.2 to the power of 24.")
    require(near(identity, 1.2**24), "The residual factor is 1.2 ** 24.")
    return "One loses nine orders of magnitude; the other grows nearly a hundredfold, which has a price of its own."
