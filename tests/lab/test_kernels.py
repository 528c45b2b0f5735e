"""The compiled loops, one by one, against torch; and that they are what their source compiles to."""

import math
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
import wasmtime
from torch.nn import functional

FOLDER = Path("book/lab")
FILES = ["kernels.wasm", "kernels-fused.wasm"]  # with and without an instruction that multiplies and adds at once
START = 1 << 16  # behind the stack


class Kernels:
    """The kernels in a memory of their own. Arrays go in, and come back changed."""

    def __init__(self, file: str) -> None:
        self.store = wasmtime.Store()
        self.memory = wasmtime.Memory(self.store, wasmtime.MemoryType(wasmtime.Limits(256, None)))
        module = wasmtime.Module.from_file(self.store.engine, str(FOLDER / file))
        self.exports = wasmtime.Instance(self.store, module, [self.memory]).exports(self.store)

    def __call__(self, name: str, *given: float | int | np.ndarray) -> list[np.ndarray]:
        """Call a kernel; arrays among its arguments are passed by their place. All arrays, as they are afterwards."""
        place, placed, arguments = START, [], []
        for value in given:
            if isinstance(value, np.ndarray):
                self.memory.write(self.store, value.tobytes(), place)
                arguments.append(place)
                placed.append((value, place))
                place += (value.nbytes + 15) & ~15
            else:
                arguments.append(value)
        self.exports[name](self.store, *arguments)
        return [
            np.frombuffer(self.memory.read(self.store, at, at + array.nbytes), array.dtype).reshape(array.shape)
            for array, at in placed
        ]


@pytest.fixture(scope="module", params=FILES)
def kernels(request):
    return Kernels(request.param)


@pytest.fixture
def drawn():
    """drawn(*shape) → a float32 array of normal numbers."""
    random = np.random.default_rng(0)
    return lambda *shape: random.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("sizes", [(4, 8, 5), (7, 13, 300), (1, 1, 1), (50, 10, 128)])
@pytest.mark.parametrize("add", [0, 1])
def test_gemm_is_a_matrix_product(kernels, drawn, sizes, add):
    rows, columns, inner = sizes
    a, b, c = drawn(rows, inner), drawn(inner, columns), drawn(rows, columns)
    found = kernels("gemm", rows, columns, inner, a, inner, 1, b, columns, c, columns, add)[2]
    np.testing.assert_allclose(found, a @ b + add * c, rtol=1e-4, atol=1e-4)
    transposed = np.ascontiguousarray(a.T)  # the same matrix, stored the other way round
    again = kernels("gemm", rows, columns, inner, transposed, 1, rows, b, columns, c, columns, add)[2]
    np.testing.assert_allclose(again, found, rtol=1e-4, atol=1e-4)


def test_transposing_and_rows(kernels, drawn):
    a, b = drawn(5, 7), drawn(7)
    np.testing.assert_array_equal(kernels("transpose", 5, 7, a, np.zeros((7, 5), np.float32))[1], a.T)
    np.testing.assert_array_equal(kernels("rows_set", 5, 7, b, a)[1], np.tile(b, (5, 1)))
    np.testing.assert_allclose(kernels("rows_sum", 5, 7, a, b)[1], b + a.sum(axis=0), rtol=1e-5)


def test_functions_of_single_values(kernels, drawn):
    x, y = drawn(37), drawn(37)
    x[3] = math.nan
    np.testing.assert_array_equal(kernels("relu", 37, x, y)[1], torch.from_numpy(x).relu().numpy())
    g = drawn(37)
    np.testing.assert_allclose(kernels("relu_back", 37, y, g, x)[2], x + g * (y > 0), rtol=1e-6)
    np.testing.assert_allclose(kernels("add", 37, y, g)[1], y + g, rtol=1e-6)
    np.testing.assert_allclose(kernels("add_product", 37, y, g, x)[2], x + y * g, rtol=1e-5)
    assert not kernels("zero", 37, y)[0].any()


@pytest.mark.parametrize(("kernel", "padding"), [(3, 0), (3, 1), (2, 0)])
def test_patches_are_torchs_unfold_and_go_back_as_its_fold(kernels, drawn, kernel, padding):
    images = drawn(2, 6, 5, 3)
    side = [length + 2 * padding - kernel + 1 for length in (6, 5)]
    shape = (2 * side[0] * side[1], kernel * kernel * 3)
    found = kernels("im2col", 2, 6, 5, 3, kernel, padding, images, np.zeros(shape, np.float32))[1]
    channels_first = torch.from_numpy(images).permute(0, 3, 1, 2)
    unfolded = functional.unfold(channels_first, kernel, padding=padding)  # (2, c · k · k, positions)
    ours = unfolded.view(2, 3, kernel * kernel, -1).permute(0, 3, 2, 1).reshape(shape)
    np.testing.assert_array_equal(found, ours.numpy())
    back = kernels("col2im", 2, 6, 5, 3, kernel, padding, found, np.zeros_like(images))[1]
    folded = functional.fold(unfolded, (6, 5), kernel, padding=padding).permute(0, 2, 3, 1)
    np.testing.assert_allclose(back, folded.numpy(), rtol=1e-5)


def test_pooling_takes_the_largest_and_gives_the_gradient_back_to_it(kernels, drawn):
    images = drawn(2, 7, 6, 3)  # the seventh row falls away
    shape = (2, 3, 3, 3)
    _, pooled, at = kernels("pool", 2, 7, 6, 3, 2, images, np.zeros(shape, np.float32), np.zeros(shape, np.int32))
    x = torch.from_numpy(images).permute(0, 3, 1, 2).requires_grad_()
    y = functional.max_pool2d(x, 2)
    np.testing.assert_array_equal(pooled, y.detach().permute(0, 2, 3, 1).numpy())
    y.sum().backward()
    back = kernels("pool_back", at.size, at, np.ones(shape, np.float32), np.zeros_like(images))[2]
    np.testing.assert_array_equal(back, x.grad.permute(0, 2, 3, 1).numpy())


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.AdamW])
def test_adam_is_torchs(kernels, drawn, kind):
    weights, gradients = drawn(40), [drawn(40) for _ in range(3)]
    theirs = torch.nn.Parameter(torch.from_numpy(weights.copy()))
    optimiser = kind([theirs], lr=0.01, weight_decay=0.1, eps=1e-6)
    w, m, q = weights, np.zeros(40, np.float32), np.zeros(40, np.float32)
    added, shrink = (0.1, 0.0) if kind is torch.optim.Adam else (0.0, 0.001)
    for step, gradient in enumerate(gradients, 1):
        theirs.grad = torch.from_numpy(gradient)
        optimiser.step()
        length, root = 0.01 / (1 - 0.9**step), math.sqrt(1 - 0.999**step)
        w, _, m, q = kernels("adam", 40, w, gradient, m, q, length, root, added, shrink, 0.9, 1e-6)
        np.testing.assert_allclose(w, theirs.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_sgd_is_torchs(kernels, drawn):
    weights, gradient = drawn(40), drawn(40)
    theirs = torch.nn.Parameter(torch.from_numpy(weights.copy()))
    theirs.grad = torch.from_numpy(gradient)
    torch.optim.SGD([theirs], lr=0.1, weight_decay=0.01).step()
    found = kernels("sgd", 40, weights, gradient, 0.1, 0.01)[0]
    np.testing.assert_allclose(found, theirs.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_the_committed_binary_is_what_its_source_compiles_to(tmp_path):
    if not (shutil.which("clang-19") and shutil.which("wasm-ld-19")):
        pytest.skip("no clang for WebAssembly: on Debian, apt install clang-19 lld-19")
    subprocess.run(["make", "kernels", f"OUT={tmp_path}"], check=True, capture_output=True)
    for file in FILES:
        assert (tmp_path / file).read_bytes() == (FOLDER / file).read_bytes(), "run make kernels, and commit the files"
