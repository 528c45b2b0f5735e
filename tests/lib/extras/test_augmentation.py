"""Distorted images, new pairs, and several views of what is judged."""

import math
from dataclasses import replace

import pytest
import torch
from helpers import Watcher, trained
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy

from lib.data import Pairs, Round, draw, generator
from lib.extras.augmentation import Distortion, NewPairs, Views, paired_again
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.training import evaluate, fit

EVERYTHING = Distortion(rotation=10, scale=0.1, shear=0.15, shift=1, elastic=0.6)


def fresh(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def blob(x: float, y: float, size: int = 14) -> torch.Tensor:
    """(1, 1, size, size): a soft spot at column x and row y, on a background of −1."""
    rows, columns = torch.meshgrid(torch.arange(size), torch.arange(size), indexing="ij")
    return (2 * torch.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 4) - 1)[None, None]


def centre(images: torch.Tensor) -> torch.Tensor:
    """(n, 2): column and row of the centre of mass of each image above its background."""
    mass = images[:, 0] + 1
    size = torch.arange(images.shape[-1], dtype=mass.dtype)
    x, y = (mass.sum(1) * size).sum(1), (mass.sum(2) * size).sum(1)
    return torch.stack([x, y], dim=1) / mass.sum((1, 2))[:, None]


def test_no_distortion_leaves_an_image_as_it_is(round):
    assert torch.allclose(Distortion()(round.train.images, fresh()), round.train.images, atol=1e-5)


def test_shape_dtype_and_memory_format_stay(round):
    images = round.train.images.contiguous(memory_format=torch.channels_last)
    distorted = EVERYTHING(images, fresh())
    assert distorted.shape == images.shape and distorted.dtype == images.dtype
    assert distorted.is_contiguous(memory_format=torch.channels_last)


def test_both_images_of_a_pair_are_distorted_on_their_own():
    pair = blob(7, 7).repeat(1, 2, 1, 1)
    first, second = EVERYTHING(pair, fresh())[0]
    assert (first - second).abs().max() > 0.1


def test_the_same_generator_gives_the_same_distortions(round):
    images = round.train.images
    assert torch.equal(EVERYTHING(images, fresh(3)), EVERYTHING(images, fresh(3)))
    assert not torch.equal(EVERYTHING(images, fresh(3)), EVERYTHING(images, fresh(4)))


def test_the_global_generator_is_left_alone(round):
    before = torch.get_rng_state()
    EVERYTHING(round.train.images, fresh())
    assert torch.equal(torch.get_rng_state(), before)


def test_what_comes_in_from_outside_is_background():
    bright = torch.full((20, 1, 14, 14), 1.0)
    bright[:, :, 0, 0] = -1.0  # the darkest value is the background
    moved = Distortion(shift=5)(bright, fresh())
    assert moved.min() == pytest.approx(-1) and (moved < 0).double().mean() > 0.1


@given(st.floats(0.5, 3))
def test_a_shift_moves_by_at_most_so_many_pixels(shift):
    moved = centre(Distortion(shift=shift)(blob(6.5, 6.5).repeat(200, 1, 1, 1), fresh())) - 6.5
    assert moved.abs().max() <= shift + 0.05
    assert moved.abs().max() > 0.8 * shift and moved.mean(0).abs().max() < 0.25 * shift  # in all directions


def test_a_rotation_moves_a_spot_on_a_circle():
    angles = []
    for x, y in centre(Distortion(rotation=30)(blob(10.0, 6.5).repeat(300, 1, 1, 1), fresh())) - 6.5:
        assert math.hypot(x, y) == pytest.approx(3.5, abs=0.2)
        angles.append(math.degrees(math.atan2(y, x)))
    assert max(map(abs, angles)) < 31 and min(angles) < -20 and max(angles) > 20


def test_a_scale_moves_a_spot_outwards_or_inwards():
    distances = (centre(Distortion(scale=0.2)(blob(10.0, 6.5).repeat(300, 1, 1, 1), fresh())) - 6.5)[:, 0]
    assert 2.6 < distances.min() < 3.0 and 3.9 < distances.max() < 4.4


def test_an_elastic_distortion_bends_neighbours_alike():
    """Displacements are smooth: two spots close together move alike, two far apart do not."""
    places = {"here": (4.0, 4.0), "near": (5.0, 4.0), "far": (10.0, 10.0)}
    moved = {
        name: centre(Distortion(elastic=1.0)(blob(*place).repeat(300, 1, 1, 1), fresh())) - torch.tensor(place)
        for name, place in places.items()
    }

    def alike(other: str) -> float:
        return torch.corrcoef(torch.stack([moved["here"][:, 0], moved[other][:, 0]]))[0, 1].item()

    assert alike("near") > 0.9 and abs(alike("far")) < 0.3


def test_a_milder_distortion_has_half_of_everything():
    assert EVERYTHING.milder() == Distortion(rotation=5, scale=0.05, shear=0.075, shift=0.5, elastic=0.3)


@pytest.mark.parametrize("name", ["rotation", "scale", "shear", "shift", "elastic"])
def test_a_negative_distortion_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} must not be negative, but is -1"):
        Distortion(**{name: -1})


def test_training_images_are_distorted_anew_and_test_images_are_not(counted, tiny):
    model, seen = Watcher(), {True: [], False: []}
    images = torch.zeros(10, 2, 14, 14)
    images[:, :, 5:9, 5:9] = 1
    pairs = replace(counted.train, images=images)
    model.register_forward_pre_hook(lambda model, args: seen[model.training].append(args[0].clone()))
    fit(model, Round(0, pairs, pairs), replace(tiny, batch=10, extras=(Distortion(shift=3),)), generator(0, "training"))
    first, second = seen[True]
    assert not torch.equal(first, images) and not torch.equal(first, second)
    assert all(torch.equal(shown, images) for shown in seen[False])


# --- new pairs --------------------------------------------------------------------------------------------


def test_new_pairs_keep_the_images_and_give_every_epoch_other_pairs(digits):
    train = draw(digits, 0, 1000, 10).train
    first, second = (paired_again(train, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert torch.equal(*(single(pairs)[0].sum((1, 2)).sort().values for pairs in (train, first)))
    assert torch.equal(first.target, (first.labels[:, 0] <= first.labels[:, 1]).long())
    assert not torch.equal(first.labels, second.labels) and first.target.double().mean() == pytest.approx(
        0.55, abs=0.06
    )
    label = {image.numpy().tobytes(): digit for image, digit in zip(*single(train), strict=True)}
    assert all(label[image.numpy().tobytes()] == digit for image, digit in zip(*single(first), strict=True))


def single(pairs: Pairs) -> tuple[torch.Tensor, torch.Tensor]:
    """The 2n images one by one, and their digits."""
    return pairs.images.flatten(0, 1), pairs.labels.flatten()


def test_a_recipe_that_pairs_anew_is_shown_every_image_once_in_an_epoch(counted, tiny):
    model, seen = Watcher(), []
    both = torch.arange(20).view(10, 2).float()
    images = both[:, :, None, None].expand(10, 2, 14, 14).clone()
    round = replace(counted, train=replace(counted.train, images=images))
    model.register_forward_pre_hook(lambda model, args: seen.append(args[0][:, :, 0, 0]) if model.training else None)
    fit(model, round, replace(tiny, batch=5, extras=(NewPairs(),)), generator(0, "training"))
    first, second = torch.cat(seen[:2]), torch.cat(seen[2:])
    assert first.flatten().sort().values.tolist() == second.flatten().sort().values.tolist() == list(range(20))
    assert len({tuple(pair) for epoch in (first, second) for pair in epoch.tolist()}) > 15


# --- views ------------------------------------------------------------------------------------------------


def test_of_several_views_the_probabilities_are_averaged(round, tiny):
    distortion = Distortion(shift=2)
    recipe = replace(tiny, extras=(distortion, Views(3, distortion.milder())))
    model, _ = trained(recipe, round)
    random, images = torch.Generator().manual_seed(0), round.test.images
    shown = [images, *(Distortion(shift=1)(images, random) for _ in range(2))]
    with torch.inference_mode():
        mean = sum(model(view).target.softmax(1) for view in shown) / 3
    expected = (mean.argmax(1) == round.test.target).double().mean().item()
    scores = evaluate(model, round.test, recipe)
    assert scores.accuracy == expected == evaluate(model, round.test, recipe).accuracy
    assert scores.loss == pytest.approx(cross_entropy(mean.log(), round.test.target).item())


def test_the_digits_of_several_views_are_averaged_too(round, tiny):
    recipe = replace(tiny, model=SiameseNetwork((Layer(10, then=""),), (Layer(2, then=""),)))
    model = recipe.fresh(0)
    scores = evaluate(model, round.test, replace(recipe, extras=(Views(2, Distortion()),)))  # two equal views
    assert scores.digit_accuracy == evaluate(model, round.test).digit_accuracy > 0


@pytest.mark.parametrize("count", [-1, 0, 1])
def test_fewer_than_two_views_are_refused(count, tiny):
    with pytest.raises(ValueError, match=f"{count} views: choose at least 2, or leave the views out"):
        replace(tiny, extras=(Views(count, Distortion(shift=1)),))


def test_views_without_a_distortion_are_refused():
    with pytest.raises(ValueError, match="unknown distortion None of Views: choose from Distortion"):
        Views(8, None)
