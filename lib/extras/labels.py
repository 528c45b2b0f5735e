"""Other labels than the digits', for a second task that is not to read."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from torch import Tensor

from lib.data import Digits, Pairs, Round
from lib.recipes import Protocol


def digits(pairs: Pairs) -> Tensor:
    """The labels as they are, (n, 2)."""
    return pairs.labels


@dataclass(frozen=True)
class Relabelled(Protocol):
    """The clean protocol, but the images have the labels that ``label`` gives: Pairs → (n, 2), classes from 0 to 9.

    The digit losses leave out an image whose class is −100. The comparison's targets stay as they are.
    """

    label: Callable = digits

    def draw(self, digits: Digits, number: int) -> Round:
        drawn = super().draw(digits, number)
        train, test = (replace(pairs, labels=self.label(pairs)) for pairs in (drawn.train, drawn.test))
        return replace(drawn, train=train, test=test)
