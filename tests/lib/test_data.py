import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import avg_pool2d

from lib import data
from lib.data import Digits, draw, generator, half_of_each_class, load, load_once


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
        assert (pairs.labels.shape, pairs.labels.dtype) == ((n, 2), torch.int64)
        assert (pairs.target.shape, pairs.target.dtype) == ((n,), torch.int64)


def test_a_round_has_1000_and_1000_pairs_unless_told_otherwise(digits):
    round = draw(digits, 0)
    assert (len(round.train), len(round.test)) == (1000, 1000)


def test_pairs_can_be_sliced_and_indexed(round):
    index = torch.tensor([4, 2])
    assert torch.equal(round.train[index].images, round.train.images[index])
    assert torch.equal(round.train[:7].labels, round.train.labels[:7])
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
    first, second = pairs.labels.unbind(dim=1)
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
    assert pairs.labels.flatten().tolist() == [number % 10 for number in numbers_in(pairs)]


def test_the_pairs_are_those_of_the_courses_five_lines(digits):
    round, random = draw(digits, 6, 50, 40), generator(6, "data")
    train = course_pairs(digits.images[~digits.test], digits.labels[~digits.test], 50, random)
    test = course_pairs(digits.images[digits.test], digits.labels[digits.test], 40, random)
    mean, std = train[0].mean(), train[0].std()
    for pairs, (images, classes, target) in ((round.train, train), (round.test, test)):
        assert torch.equal(pairs.labels, classes)
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
    with pytest.raises(ValueError, match="unknown stream 'dropout': choose from 'data', 'weights', 'training'"):
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


def test_the_test_half_of_a_class_is_drawn_at_random_and_not_in_the_files_order(digits):
    """Of what comes first in the file about a half is for testing, and of what comes last; neighbours are mixed."""
    for digit in range(10):
        chosen = digits.test[digits.labels == digit]  # (500,), in the file's order
        assert 90 < chosen[:250].sum() < 160  # 125 on average, with a standard deviation of 5.6
        assert 90 < chosen[::2].sum() < 160
        assert 200 < (chosen[1:] != chosen[:-1]).sum() < 300


def test_every_class_has_a_draw_of_its_own_and_the_same_one_every_time():
    labels = torch.arange(400) % 10
    halves = half_of_each_class(labels)
    assert torch.equal(halves, half_of_each_class(labels))
    assert len({tuple(halves[labels == digit].tolist()) for digit in range(10)}) == 10


def test_an_odd_member_of_a_class_is_for_training():
    assert half_of_each_class(torch.tensor([4, 4, 4, 7])).tolist().count(True) == 1


def test_digits_are_loaded_once_in_a_process(digits):
    assert load_once("sample") is load_once("sample")
    assert torch.equal(load_once("sample").images, digits.images)


def test_the_samples_images_are_images(digits):
    """Ink in the middle, none at the border: the grey values are neither shifted nor cut."""
    assert digits.images.max() == 255
    assert digits.images[:, 0].float().mean() < 1 < 80 < digits.images[:, 10:18, 10:18].float().mean()


@pytest.mark.parametrize("source", ["cifar", "pool", "pool one", "pool -1", "poool 1"])
def test_an_unknown_source_is_refused_and_the_known_ones_named(source):
    known = r'choose "sample" .*, "mnist" .*, "development", or "pool 0"'
    with pytest.raises(ValueError, match=rf'unknown source "{source}": {known}'):
        load(source)
