"""What a check is: it takes a learner's answer and returns a Verdict; a failure names its likely cause."""

import functools
import html
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

EMPTY = "Nothing to check yet: put your answer in place of the ..."


@dataclass(frozen=True)
class Verdict:
    """The result of a check: ``passed``, and what to tell the learner."""

    passed: bool
    message: str

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.message}"

    def _repr_html_(self) -> str:
        kind = "passed" if self.passed else "open"
        return f'<p class="check {kind}">{html.escape(repr(self))}</p>'


class Wrong(Exception):
    """Raised inside a check; its text names the likely cause."""


def check(body: Callable[..., str]) -> Callable[..., Verdict]:
    """Turn ``body``, which returns praise or raises Wrong, into a check that always returns a Verdict."""

    @functools.wraps(body)
    def checked(answer: object) -> Verdict:
        if answer is None or answer is ...:
            return Verdict(False, EMPTY)
        try:
            return Verdict(True, body(answer))
        except Wrong as wrong:
            return Verdict(False, str(wrong))
        except NotImplementedError:
            return Verdict(False, EMPTY)
        except Exception as error:  # whatever the learner's own code raises is part of the answer
            return Verdict(False, f"Your code stopped with {type(error).__name__}: {error}")

    return checked


def require(condition: bool, cause: str) -> None:
    if not condition:
        raise Wrong(cause)


def returned(value: object, shape: tuple[int, ...]) -> Tensor:
    """``value`` as a tensor of ``shape``; an unfinished or misshapen answer is Wrong."""
    if value is None or value is ...:
        raise NotImplementedError
    if not isinstance(value, Tensor):
        raise Wrong(f"Return a tensor, not {type(value).__name__}.")
    require(value.shape == shape, f"The shape should be {shape}, but it is {tuple(value.shape)}.")
    return value
