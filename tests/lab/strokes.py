"""Ten hands that draw digits as people do: thick, thin, small, slanted, off the middle."""

import math
from dataclasses import dataclass

FIELD = 168
Point = tuple[float, float]


def arc(x: float, y: float, width: float, height: float, start: float, end: float) -> list[Point]:
    """Part of an ellipse about (x, y); angles in degrees, from the right, clockwise, since y goes down."""
    angles = [math.radians(start + (end - start) * i / 24) for i in range(25)]
    return [(x + width * math.cos(a), y + height * math.sin(a)) for a in angles]


# Strokes in a box of 0 to 1, y going down. Some digits are written in two ways.
ZERO = [arc(0.5, 0.5, 0.32, 0.5, -90, 270)]
ONE = [[(0.5, 0), (0.5, 1)]]
FLAGGED = [[(0.3, 0.2), (0.52, 0), (0.52, 1)]]
TWO = [[*arc(0.5, 0.28, 0.34, 0.28, -170, 40), (0.15, 1), (0.87, 1)]]
LOOPED = [[*arc(0.5, 0.27, 0.32, 0.27, -160, 60), (0.3, 0.85), *arc(0.26, 0.9, 0.12, 0.1, -60, -300), (0.9, 0.98)]]
THREE = [[*arc(0.45, 0.26, 0.33, 0.26, -150, 90), *arc(0.45, 0.75, 0.37, 0.25, -90, 150)]]
OPEN = [[(0.25, 0), (0.15, 0.58), (0.88, 0.58)], [(0.7, 0.2), (0.66, 1)]]
FOUR = [[(0.7, 1), (0.7, 0), (0.12, 0.66), (0.95, 0.66)]]
FIVE = [[(0.85, 0), (0.25, 0), (0.2, 0.45), *arc(0.45, 0.68, 0.36, 0.31, -120, 150)]]
SIX = [[*arc(0.9, 0.6, 0.72, 0.6, -110, -180), *arc(0.5, 0.72, 0.32, 0.28, 180, 540)]]
SEVEN = [[(0.12, 0.02), (0.85, 0.02), (0.4, 1)]]
BARRED = [*SEVEN, [(0.35, 0.5), (0.85, 0.5)]]
EIGHT = [[*arc(0.5, 0.25, 0.26, 0.25, 90, 450), *arc(0.5, 0.75, 0.32, 0.25, -90, 270)]]
NINE = [[*arc(0.48, 0.28, 0.31, 0.28, 0, 360), (0.79, 0.28), (0.68, 1)]]
CURLED = [[*arc(0.5, 0.27, 0.3, 0.27, 0, 360), (0.8, 0.5), *arc(0.46, 0.72, 0.34, 0.28, 0, 130)]]
PLAIN = (ZERO, ONE, TWO, THREE, OPEN, FIVE, SIX, SEVEN, EIGHT, NINE)
OTHER = (ZERO, FLAGGED, LOOPED, THREE, FOUR, FIVE, SIX, BARRED, EIGHT, CURLED)


@dataclass(frozen=True)
class Hand:
    """``height`` of a digit and ``width`` of the pen, in pixels; ``slant`` in pixels for each pixel of height.

    ``aside`` and ``down`` move the middle of the digit, and ``wobble`` is how far, in pixels, a line strays.
    """

    digits: tuple[list[list[Point]], ...] = PLAIN
    height: float = 120
    width: float = 14
    slant: float = 0.0
    aside: float = 0.0
    down: float = 0.0
    wobble: float = 0.0


HANDS = [
    Hand(),
    Hand(OTHER),
    Hand(width=7),
    Hand(OTHER, width=24),
    Hand(height=60, width=8),
    Hand(OTHER, height=45, width=7, aside=-50, down=-50),
    Hand(height=70, width=9, aside=55, down=40),
    Hand(OTHER, slant=0.25, wobble=2),
    Hand(slant=-0.15, wobble=3, width=12),
    Hand(OTHER, height=148, width=16, slant=0.15, wobble=2),
]


def digit(hand: Hand, value: int) -> list[list[Point]]:
    """The strokes with which a hand draws a digit."""
    return [[_placed(hand, x, y) for x, y in stroke] for stroke in hand.digits[value]]


def _placed(hand: Hand, x: float, y: float) -> Point:
    across = hand.height * (0.7 * (x - 0.5) + hand.slant * (0.5 - y))
    stray = hand.wobble * math.sin(9 * y + 5 * x)
    return FIELD / 2 + hand.aside + across + stray, FIELD / 2 + hand.down + hand.height * (y - 0.5) + stray / 2
