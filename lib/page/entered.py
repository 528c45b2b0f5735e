"""An exercise in the lab: a link that opens it as it is set, and fields for what the reader found there."""

import html
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from lib.compare import Effect

TOLERANCE = 1.5  # points: sums in another order end in another network, and the means of ten rounds up to a point apart
FIELDS = {"difference": "difference B − A", "low": "lower end", "high": "upper end"}
# Asked in this order; the first test that is true says its words. ``d``, ``low`` and ``high`` are what was entered,
# ``book`` is the book's own difference, ``width`` that of its interval, ``near`` what the two may differ by.
VERDICTS = {
    "[d, low, high].some(Number.isNaN)": "Enter three numbers, in points.",
    "d > 50": "This looks like an accuracy. Enter the difference of the two networks, in points.",
    "!(low < d && d < high)": "A difference lies inside its interval: look at the order and the signs of your numbers.",
    "Math.abs(d + book) <= near && Math.abs(book) > near": "The sign is the other way round: subtract A from B.",
    "Math.abs(d - book) > near": "These are not the ten rounds of the link. Open it again.",
    "high - low > 1.5 * width": "The difference is right, but the interval is too wide for paired rounds.",
    "high - low < width / 1.5": "The difference is right, but the interval is too narrow. Are these the ends for 95 %?",
    "low <= 0 && high >= 0": "Yes. The interval holds zero: ten rounds cannot tell these two networks apart.",
    "true": "Yes. The interval misses zero: one of the two is better.",
}
FORM = """<fieldset class="quiz" id="entered-{name}"><legend>What did you find, in ten rounds?</legend>
<p>{opens}</p>
{fields}
<button type="button">Check</button> <output></output></fieldset>
<script>{{
  const quiz = document.getElementById("entered-{name}");
  const [book, width, near] = [{book}, {width}, {near}];
  quiz.querySelector("button").addEventListener("click", () => {{
    const fields = [...quiz.querySelectorAll("input")];
    const [d, low, high] = fields.map((field) => parseFloat(field.value.replace("−", "-")));
    const verdicts = [{verdicts}];
    quiz.querySelector("output").textContent = verdicts.find(([holds]) => holds)[1];
  }});
}}</script>"""
FIELD = '<div><label>{words} <input inputmode="text" size="6" data-lm-suppress-shortcuts="true"></label></div>'
HERE = "In a notebook, train the two systems with <code>experiment.run</code>: its rounds are those of the lab."


@dataclass(frozen=True)
class Side:
    """One network of the lab page: the name of its preset, and what is changed in it, by the names of the switches."""

    preset: str
    changes: tuple[tuple[str, str], ...] = ()


def address(a: Side, b: Side, seed: int = 0, locked: Sequence[str] = ()) -> str:
    """Of the lab page with both networks set, from the round ``seed`` on, and without the switches ``locked``."""
    sides = [{"preset": side.preset, "changes": dict(side.changes)} for side in (a, b)]
    state = {"seed": seed, "sides": sides, "locked": list(locked)}
    return "the-lab.html#lab=" + quote(json.dumps(state))


@dataclass(frozen=True)
class Entered:
    """The fields, and what they are compared with. It shows itself, in the book and in notebooks."""

    name: str
    effect: Effect
    link: str
    near: float = TOLERANCE

    def _repr_html_(self) -> str:
        there = f'<a href="{html.escape(self.link)}">Open the lab as this exercise sets it</a>.'
        width = self.effect.high - self.effect.low
        return FORM.format(
            name=self.name,
            opens=there if os.environ.get("LIB_QUIET") else HERE,
            fields="\n".join(FIELD.format(words=words) for words in FIELDS.values()),
            book=round(self.effect.mean, 3),
            width=round(width, 3),
            near=round(max(self.near, width / 4), 3),
            verdicts=", ".join(f"[{holds}, {json.dumps(words)}]" for holds, words in VERDICTS.items()),
        )

    def __repr__(self) -> str:
        return f"[exercise] Enter the difference and its interval: {self.link}"


def entered(name: str, effect: Effect, link: str, near: float = TOLERANCE) -> Entered:
    """Fields for a paired difference and its interval, checked in the page against the book's own ``effect``.

    ``link`` opens the lab as the exercise needs it; ``address`` writes it. ``name`` is unique in its page. ``near`` is
    how many points the lab's difference may be away, where its rounds are known to end further from the book's.
    """
    return Entered(name, effect, link, near)
