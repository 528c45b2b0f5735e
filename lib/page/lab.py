"""The lab: a chapter's experiment, trained in the reader's own page. The page's part is in book/lab."""

import html
import itertools
import json
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from lib.compare import quantile
from lib.recipes import Recipe
from lib.store.ledger import plain

Systems = Mapping[str, Recipe]
ROUNDS = 100  # t quantiles for so many
INTRODUCTION = "<p>Run this experiment here: the same rounds train in your browser, and nothing leaves it.</p>"


def lab(
    make: Systems | Callable[..., Systems], name: str, book: pd.DataFrame | None = None, **choices: Sequence[object]
) -> "Lab":
    """A panel that trains systems in the page, with a switch for each argument of ``make``.

    ``make`` gives the systems by name for one value of each switch; the first value of each is chosen at first. Without
    switches, ``make`` may be the systems themselves. ``book`` is the chapter's own table of the systems, whose rounds
    stand in grey behind the reader's. ``name`` is the panel's, for its address.
    """
    makes = make if callable(make) else lambda: make
    return Lab(makes, name, book, choices)


class Lab:
    """Shown as the value of a cell: on a page the panel, in a notebook a word on what it is."""

    def __init__(
        self,
        make: Callable[..., Systems],
        name: str,
        book: pd.DataFrame | None,
        choices: Mapping[str, Sequence[object]],
    ) -> None:
        self.name, self.choices = name, choices
        combined = itertools.product(*choices.values())
        systems = [make(**dict(zip(choices, chosen, strict=True))) for chosen in combined]
        self.variants = [{"systems": {k: plain(r) for k, r in s.items()}, "code": code(s)} for s in systems]
        if book is not None:
            self.variants[0]["book"] = {system: accuracies(book, system) for system in systems[0]}

    def experiment(self) -> dict[str, Any]:
        """What the panel needs to know, as JSON values."""
        choices = [
            {"name": name.replace("_", " "), "values": list(map(str, values))} for name, values in self.choices.items()
        ]
        return {"id": self.name, "choices": choices, "variants": self.variants}

    def html(self) -> str:
        """The panel: what it trains, as JSON, for the page's script."""
        return section("lab", f"Lab: {self.name}", self.experiment(), INTRODUCTION)

    def _repr_html_(self) -> str | None:
        """The panel, where the book is built (which sets LIB_QUIET). A notebook has no use for it, and gets words."""
        return self.html() if os.environ.get("LIB_QUIET") else None

    def __repr__(self) -> str:
        return (
            "[lab] On the book's page this trains in your browser. In a notebook, give its systems to experiment.run."
        )


def bench(presets: Systems, ladder: Sequence[str], record: Recipe) -> str:
    """The lab page's part: two networks side by side with all their switches, started from ``presets``, by name.

    What is drawn there is read by the presets named in ``ladder``, too, trained on demand, and by the network of the
    recipe ``record``, whose weights are kept.
    """
    told = {
        "id": "lab",
        "record": plain(record),
        "ladder": list(ladder),
        "presets": {name: plain(recipe) for name, recipe in presets.items()},
    }
    return section("lab lab-bench", "Lab", told)


def section(kind: str, label: str, experiment: dict[str, Any], introduction: str = "") -> str:
    """What the page's script brings to life: the experiment as JSON, which cannot end the script that it stands in."""
    quantiles = [0.0, *(round(quantile(freedom), 4) for freedom in range(1, ROUNDS))]
    told = json.dumps(experiment | {"quantiles": quantiles}).replace("</", "<\\/")
    return (
        f'<section class="{kind}" aria-label="{html.escape(label)}">{introduction}'
        "<noscript><p>It needs JavaScript.</p></noscript>"
        f'<script type="application/json">{told}</script></section>'
    )


def accuracies(table: pd.DataFrame, system: str) -> list[float]:
    """In %, one for each finished round of a system."""
    values = 100 * table.loc[table["system"] == system, "test_accuracy"].dropna()
    return [round(float(value), 2) for value in values]


def code(systems: Systems) -> str:
    """Python that makes these systems: a recipe prints as what builds it."""
    lines = ",\n".join(f"    {name!r}: {recipe!r}" for name, recipe in systems.items())
    imported = "\n".join(f"from lib.{module} import *" for module in ("extras", "heads", "layers", "models", "recipes"))
    return f"from lib import experiment, figures\n{imported}\n\nsystems = {{\n{lines},\n}}"
