"""What every part of a recipe is: a value that can be printed, compared, stored, and that refuses unknown words."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

NUMBERS = {float: Real, int: Integral}  # 1 is a float here, and numpy's numbers are numbers


@dataclass(frozen=True)
class Value:
    """Base of all that stands in a recipe. Raises ValueError for a field that does not hold what its type says.

    A number of numpy's becomes Python's own, so that it can be stored.
    """

    def __post_init__(self) -> None:
        kind: type = type(self)
        for name, hint in hints(kind).items():
            value = getattr(self, name)
            if not fits(value, hint):
                raise ValueError(f"unknown {name} {value!r} of {kind.__name__}: choose from {choices(hint)}")
            if isinstance(value, np.generic):
                object.__setattr__(self, name, value.item())  # the dataclass is frozen


@cache
def hints(kind: type) -> dict[str, Any]:
    """The types of a dataclass's fields, by name."""
    types = get_type_hints(kind)
    return {field.name: types[field.name] for field in fields(kind)}


def fits(value: object, hint: Any) -> bool:
    """Whether ``value`` is of the type ``hint``: a class, words in a Literal, a union, or a tuple of one type."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return value in parts
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in parts)
    if origin is tuple:
        return isinstance(value, tuple) and all(fits(item, parts[0]) for item in value)
    if isinstance(value, bool):  # which Python takes for a number
        return hint is bool
    return isinstance(value, NUMBERS.get(hint, hint))


def choices(hint: Any) -> str:
    """What a field of the type ``hint`` may hold, in words."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin is Literal:
        return ", ".join(map(repr, parts))
    if origin in (Union, UnionType):
        return ", ".join(choices(part) for part in parts)
    if origin is tuple:
        return f"a tuple of {choices(parts[0])}"
    return "None" if hint is NoneType else hint.__name__


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Raises ValueError, naming the choices, when the word ``value`` is none of them."""
    if value not in known:
        raise ValueError(f"unknown {name} {value!r}: choose from {', '.join(map(repr, known))}")
