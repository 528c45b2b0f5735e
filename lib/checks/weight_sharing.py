"""Checks of the chapter on weight sharing."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.checks.verdict import check, require, returned
from lib.layers import Layer, Stack


@check
def convolution_parameters(answer: dict[str, int]) -> str:
    """Weight sharing: {"convolution": …, "dense": …}, both from 1×14×14 to 16×12×12."""
    require(
        isinstance(answer, dict) and set(answer) == {"convolution", "dense"}, 'Keep the keys "convolution", "dense".'
    )
    convolution, dense = answer["convolution"], answer["dense"]
    if convolution in (..., None):
        raise NotImplementedError
    require(convolution != 16 * 9, "The convolution also has biases, one for each channel.")
    require(convolution != 16 * 12 * 12 * 10, "The kernel is the same at all 144 places: count it once.")
    require(convolution == 16 * (9 + 1), "The convolution has 16 kernels of 3 × 3 weights, each with a bias.")
    require(dense not in (..., None), "The convolution is right. Now the dense layer.")
    require(dense != 196 * 16 * 144, "The dense layer has biases too, one for each of its 16 · 12 · 12 outputs.")
    require(dense == 197 * 16 * 144, "Every one of the 16 · 12 · 12 outputs sees all 14 · 14 inputs and a bias.")
    return f"{dense // convolution} times fewer weights, for the same number of outputs."


@check
def share(answer: Callable[[nn.Module, Tensor], Tensor]) -> str:
    """Weight sharing: ``answer(branch, images)``, (n, 2, 14, 14) → (n, 2, 10), one branch for both images."""
    random = torch.Generator().manual_seed(0)
    branch = Stack((Layer(4, kernel=3), Layer(10, then="")), (1, 14, 14), random)
    images = torch.randn(5, 2, 14, 14, generator=random)
    seen: list[tuple[int, ...]] = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if module is branch:  # a copy has this hook, too
            seen.append(tuple(inputs[0].shape))

    branch.register_forward_pre_hook(note)
    try:
        given = returned(answer(branch, images), (5, 2, 10))
    finally:
        require(all(len(shape) == 4 and shape[1] == 1 for shape in seen), f"The branch wants (m, 1, 14, 14): {seen}")
    through = sum(shape[0] for shape in seen)
    require(through > 0, "Use the branch that is given, itself: a copy shares nothing.")
    right = torch.stack([branch(images[:, :1]), branch(images[:, 1:])], dim=1)

    def close(a: Tensor, b: Tensor) -> bool:
        return torch.allclose(a, b, atol=1e-5)

    copied = through == len(images) and close(given, right)
    require(not copied, "Only one image of each pair went through the branch that is given: a copy shares nothing.")
    require(not close(given[:, 0], given[:, 1]), "Both outputs are the same: did you use the same image twice?")
    require(not close(given, right.flip(1)), "The two digits are exchanged.")
    mixed = branch(images.transpose(0, 1).reshape(-1, 1, 14, 14)).view(5, 2, 10)
    require(not close(given, mixed), "Pairs are mixed up: stack along dimension 1, not 0.")
    require(close(given, right), "Output [i, j] should be the branch's answer for image j of pair i.")
    return "One branch, used twice: exchange the images, and the outputs exchange."
