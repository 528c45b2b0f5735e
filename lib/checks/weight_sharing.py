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
    require(convolution != 16 * 9 + 1, "One bias is not enough: each of the 16 channels has its own.")
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
    _both_teach(given, right, list(branch.parameters()))
    return "One branch, used twice: both images teach it, and its gradient is the sum of theirs."


def _both_teach(given: Tensor, right: Tensor, weights: list[nn.Parameter]) -> None:
    """Wrong, unless each image's answer sends the branch the gradient that it should."""
    require(given.requires_grad, "No gradient comes back to the branch: leave out no_grad() and detach().")
    for i, (name, other) in enumerate((("first", "second"), ("second", "first"))):
        sent, wanted = (
            torch.autograd.grad(answers[:, i].square().sum(), weights, retain_graph=True, allow_unused=True)
            for answers in (given, right)
        )
        for one, its in zip(sent, wanted, strict=True):
            silent = one is None or not bool(one.any())
            require(
                not silent,
                f"The answers are right, but the {name} image teaches the branch nothing: no gradient comes back from "
                f"it. Leave out detach() and no_grad(), or only the {other} image will be learned from.",
            )
            same = torch.allclose(one, its, rtol=1e-3, atol=1e-5)
            require(same, f"The answers are right, but the gradient of the {name} image is not.")


@check
def kernel_gradient(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """Weight sharing: ``answer(image, delta)``, (14, 14) and (12, 12) → the (3, 3) gradient of the kernel."""
    random = torch.Generator().manual_seed(0)
    image, delta = torch.randn(14, 14, generator=random), torch.randn(12, 12, generator=random)
    given = returned(answer(image.clone(), delta.clone()), (3, 3)).detach()
    windows = torch.stack([image[u : u + 12, v : v + 12] for u in range(3) for v in range(3)])  # (9, 12, 12)
    right = (windows * delta).sum(dim=(1, 2)).view(3, 3)
    shifted = torch.stack([image[2 - u : 14 - u, 2 - v : 14 - v] for u in range(3) for v in range(3)])
    causes = {
        "This is the mean over the 144 places. The chain rule adds: it is their sum.": right / 144,
        "u and v are exchanged: the first index of an image is its row.": right.T,
        "The kernel is flipped: window (u, v) begins at row u and column v.": (shifted * delta)
        .sum(dim=(1, 2))
        .view(3, 3),
        "This is one place only, the first. The kernel is used at 144: add them all.": delta[0, 0] * image[:3, :3],
        "Your gradient does not depend on delta, the gradient that comes back: multiply by it.": windows.sum(
            dim=(1, 2)
        ).view(3, 3),
        "You summed the window and delta separately, then multiplied. Multiply place by place, then sum.": (
            windows.sum(dim=(1, 2)) * delta.sum()
        ).view(3, 3),
        "The sign is the wrong way round: this is the gradient, not yet a step against it.": -right,
    }
    for cause, value in causes.items():
        require(not torch.allclose(given, value, rtol=1e-3, atol=1e-4), cause)
    require(torch.allclose(given, right, rtol=1e-3, atol=1e-4), "Entry [u, v] is the sum of delta times a window.")
    return "The same as autograd's: nine weights, each with the sum of 144 gradients."
