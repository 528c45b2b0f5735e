"""Comparisons: what a difference between two systems is worth, over rounds."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import t, ttest_1samp, ttest_ind

CONFIDENCE = 0.95
LEVEL = f"{100 * CONFIDENCE:g} %"  # in words, for captions and alt texts


@dataclass(frozen=True)
class Effect:
    """An estimate over rounds, by default a difference in points: its mean and interval, ``low`` to ``high``.

    ``differences`` holds one value for each of ``rounds`` (none where rounds are not paired); ``freedom`` are the
    degrees of freedom of the t interval. ``lost`` counts the rounds left out because one of the two systems diverged in
    them, or did not play them.
    """

    name: str
    mean: float
    low: float
    high: float
    differences: tuple[float, ...] = ()
    lost: int = 0
    rounds: tuple[int, ...] = ()
    freedom: float = math.nan
    unit: Literal["points", "%"] = "points"

    def __str__(self) -> str:
        nearly_zero = any(end and not round(end, 1) for end in (self.low, self.high))  # 0.04 must not read as 0.0
        places = 2 if nearly_zero or self.high - self.low < 1 else 1
        sign = "+" if self.unit == "points" else ""
        mean, low, high = (
            f"{round(value, places) + 0.0:{sign}.{places}f}" for value in (self.mean, self.low, self.high)
        )
        return f"{mean} {self.unit} [{low}, {high}]"

    def p_value(self, bound: float = 0.0) -> float:
        """Of the t test that the true value is ``bound``: below 1 − CONFIDENCE where the interval misses it."""
        half = (self.high - self.low) / 2
        if half == 0:
            return float(self.mean == bound)
        error = half / quantile(self.freedom)
        return float(2 * t.sf(abs(self.mean - bound) / error, self.freedom))


def quantile(freedom: float) -> float:
    """How many standard errors a t interval reaches to either side."""
    return float(t.ppf((1 + CONFIDENCE) / 2, freedom))


LOOKED_AT: dict[Effect, None] = {}  # every effect of this session, in order: who looks at many must count them


def noted(effect: Effect) -> Effect:
    """``effect``, counted among those that were looked at."""
    LOOKED_AT[effect] = None
    return effect


def estimate(name: str, values: pd.Series, lost: int = 0, unit: Literal["points", "%"] = "points") -> Effect:
    """The effect whose value in each round (the index of ``values``) is known. Raises ValueError for fewer than two."""
    low, high = interval(values.to_numpy())
    numbers = tuple(int(number) for number in values.index)
    return noted(
        Effect(name, float(values.mean()), low, high, tuple(values), lost, numbers, freedom=len(values) - 1, unit=unit)
    )


def interval(values: ArrayLike) -> tuple[float, float]:
    """The t interval of the mean of ``values`` (n,), with CONFIDENCE. Raises ValueError for fewer than two."""
    with equal_values_allowed():
        low, high = ttest_1samp(at_least_two(values), 0).confidence_interval(CONFIDENCE)
    return float(low), float(high)


def welch(first: ArrayLike, second: ArrayLike) -> tuple[float, float, float]:
    """The interval of the difference of two means, and its degrees of freedom, of values that are not paired.

    The two may spread differently. Raises ValueError for fewer than two values. Source: Welch 1947, Biometrika 34.
    """
    with equal_values_allowed():
        test = ttest_ind(at_least_two(first), at_least_two(second), equal_var=False)
        low, high = test.confidence_interval(CONFIDENCE)
    return float(low), float(high), float(test.df)


def at_least_two(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, dtype=float)
    if len(array) < 2:
        raise ValueError(f"an interval needs at least two rounds, not {len(array)}")
    return array


@contextmanager
def equal_values_allowed() -> Iterator[None]:
    """scipy warns of values that are all the same; their interval has no width, and that is right here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def paired(table: pd.DataFrame, a: str, b: str, metric: str = "test_accuracy", name: str = "") -> Effect:
    """a − b in points, round by round: both systems met the same pairs, so the draw cancels out.

    ``name`` says in words what the difference is, where the systems' names do not. Raises ValueError for a system that
    is not in the table, or with fewer than two common rounds.
    """
    wide = 100 * _by_round(table, metric, a, b)
    differences = (wide[a] - wide[b]).dropna()
    return estimate(name or f"{a} − {b}", differences, len(wide) - len(differences))


def unpaired(table: pd.DataFrame, a: str, b: str, metric: str = "test_accuracy") -> Effect:
    """a − b in points as if the rounds of a and b had nothing in common (Welch's interval).

    Wider than ``paired`` wherever the draw of the data moves both systems the same way.
    """
    wide = 100 * _by_round(table, metric, a, b)
    first, second = wide[a].dropna(), wide[b].dropna()
    low, high, freedom = welch(first, second)
    mean, lost = float(first.mean() - second.mean()), int(wide.isna().any(axis=1).sum())
    return noted(Effect(f"{a} − {b}", mean, low, high, lost=lost, freedom=freedom))


def level(table: pd.DataFrame, system: str, metric: str = "test_accuracy") -> Effect:
    """The mean of one system over its rounds, in %."""
    values = 100 * _by_round(table, metric, system)[system].dropna()
    return estimate(system, values, unit="%")


def difference(a: Effect, b: Effect, name: str = "") -> Effect:
    """How much larger the effect a is than b, in the rounds that both have: a difference of differences.

    "There is an effect here and none there" is no comparison; this is. Raises ValueError for effects without rounds in
    common.
    """
    values = pd.Series(a.differences, a.rounds, dtype=float) - pd.Series(b.differences, b.rounds, dtype=float)
    return estimate(name or f"({a.name}) − ({b.name})", values.dropna())


def summary(table: pd.DataFrame, metric: str = "test_accuracy") -> pd.DataFrame:
    """One row for each system: parameters, rounds, diverged, mean, sd (n − 1) and interval in %, seconds (median)."""
    rows = {}
    for name, group in table.groupby("system", sort=False):
        values = 100 * group[metric].dropna().to_numpy()
        low, high = interval(values) if len(values) > 1 else (np.nan, np.nan)
        rows[name] = {
            "parameters": int(group["parameters"].iloc[0]),
            "rounds": len(group),
            "diverged": int((group["status"] == "diverged").sum()),
            "mean": values.mean() if len(values) else np.nan,
            "sd": values.std(ddof=1) if len(values) > 1 else np.nan,
            "low": low,
            "high": high,
            "seconds": group["seconds"].median(),  # one round on a busy machine must not count
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("system")


def _by_round(table: pd.DataFrame, metric: str, *systems: str) -> pd.DataFrame:
    """Rounds in rows, systems in columns."""
    missing = set(systems) - set(table["system"])
    if missing:
        raise ValueError(
            f"not in the table: {', '.join(sorted(missing))}. It has {', '.join(table['system'].unique())}"
        )
    return table[table["system"].isin(systems)].pivot(index="round", columns="system", values=metric)
