"""Every field of everything that can stand in a recipe refuses what it cannot mean, and says what it can."""

import importlib
import pkgutil
from dataclasses import fields, is_dataclass, replace
from typing import Literal, get_args, get_origin

import numpy as np
import pytest

from lib import extras
from lib.course import ladder, reports
from lib.heads import Hard, Probability, Score
from lib.layers import Layer
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Recipe
from lib.values import Value, choices, fits, hints, one_of

for module in pkgutil.iter_modules(extras.__path__):
    importlib.import_module(f"lib.extras.{module.name}")

MISTYPED = "batchnrom"
FREE = {("Protocol", "name"), ("Relabelled", "name"), ("Published", "name")}  # any text
WORDS = {("Layer", "before"), ("Layer", "then")}  # several words in one text


def kinds(base: type = Value) -> list[type]:
    """All kinds of values in lib, those that others inherit from included."""
    below = [kind for child in base.__subclasses__() for kind in kinds(child)]
    return [kind for kind in dict.fromkeys([*base.__subclasses__(), *below]) if kind.__module__.startswith("lib.")]


def examples() -> dict[type, Value]:
    """A value of every kind: what has no defaults is found in the course's recipes, or made here."""
    made = [SiameseNetwork((Layer(10),), (Layer(2),)), PairNetwork((Layer(2),)), Hard(), Probability(), Score()]
    made += [extras.Pretrain(1), extras.RunningMean(0.9), extras.Starts(2), extras.Views(2, extras.Distortion())]
    found = {type(value): value for value in [Layer(4), Recipe(made[1]), *made]}
    return {kind: found.get(kind) or kind() for kind in kinds()}


EXAMPLES = examples()
FIELDS = [(kind, field.name) for kind in EXAMPLES for field in fields(kind)]


def test_all_that_stands_in_a_recipe_is_a_value_that_these_tests_walk_over():
    waiting, seen = [*ladder.everything().values(), *(row.published for row in reports.systems())], set()
    while waiting:
        part = waiting.pop()
        if is_dataclass(part):
            seen.add(type(part))
            waiting += [getattr(part, field.name) for field in fields(part)]
        elif isinstance(part, tuple):
            waiting += part
    assert seen <= set(EXAMPLES)


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_a_mistyped_word_is_refused_and_the_choices_are_named(kind, name):
    if (kind.__name__, name) in FREE:
        assert getattr(replace(EXAMPLES[kind], **{name: MISTYPED}), name) == MISTYPED
        return
    with pytest.raises(ValueError, match=f"'{MISTYPED}'") as caught:
        replace(EXAMPLES[kind], **{name: MISTYPED})
    message = str(caught.value)
    if (kind.__name__, name) in WORDS:
        assert all(f"'{word}'" in message for word in ("relu", "tanh", "sigmoid", "selu", "softmax", "norm", "pool"))
        return
    assert message.startswith(f"unknown {name} ") and kind.__name__ in message
    hint = hints(kind)[name]
    if get_origin(hint) is Literal:
        assert all(repr(word) in message for word in get_args(hint))


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_a_value_of_another_kind_is_refused_too(kind, name):
    with pytest.raises(ValueError, match=f"unknown {name} "):
        replace(EXAMPLES[kind], **{name: object()})


@pytest.mark.parametrize("kind", EXAMPLES, ids=lambda kind: kind.__name__)
def test_a_value_can_be_compared_hashed_and_printed(kind):
    value = EXAMPLES[kind]
    assert value == replace(value) and hash(value) == hash(replace(value))
    assert repr(value).startswith(f"{kind.__name__}(")
    with pytest.raises(AttributeError):
        value.anything = 1


@pytest.mark.parametrize(
    ("value", "hint", "fitting"),
    [
        (1, float, True),
        (1.5, int, False),
        (np.float64(0.5), float, True),
        (np.int64(3), int, True),
        (True, int, False),
        (True, float, False),
        (True, bool, True),
        (1, bool, False),
        (None, float, False),
        (None, float | None, True),
        ((1, 2), tuple[int, ...], True),
        ((1, "2"), tuple[int, ...], False),
        ([1, 2], tuple[int, ...], False),
        ((), tuple[int, ...], True),
        ("a", Literal["a", "b"], True),
        ("c", Literal["a", "b"], False),
        ("a", str | int, True),
        (Hard(), Hard | Score, True),
        (Probability(), Hard | Score, False),
    ],
)
def test_a_value_fits_its_type_or_not(value, hint, fitting):
    assert fits(value, hint) is fitting


def test_choices_are_told_in_words():
    assert choices(Literal["a", "b"]) == "'a', 'b'"
    assert choices(tuple[Layer, ...] | None) == "a tuple of Layer, None"


def test_a_word_that_is_none_of_the_known_is_refused():
    one_of("colour", "red", ["red", "blue"])
    with pytest.raises(ValueError, match="unknown colour 'rde': choose from 'red', 'blue'"):
        one_of("colour", "rde", ["red", "blue"])
