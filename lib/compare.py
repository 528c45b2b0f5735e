"""Comparisons: what a difference between two systems is worth, over rounds."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import ttest_1samp, ttest_ind

CONFIDENCE = 0.95
LEVEL = f"{100 * CONFIDENCE:.0f} %"  # in words, for captions and alt texts


@dataclass(frozen=True)
class Effect:
    """A difference in percentage points: its mean over rounds and a t interval, ``low`` to ``high``.

    ``differences`` holds one value for each round; ``lost`` counts the rounds left out because one of the two
    systems diverged in them, or did not play them.
    """

    name: str
    mean: float
    low: float
    high: float
    differences: tuple[float, ...]
    lost: int = 0

    def __str__(self) -> str:
        places = 2 if self.high - self.low < 1 else 1  # a narrow interval may end at 0.04, which is not 0
        mean, low, high = (round(value, places) + 0.0 for value in (self.mean, self.low, self.high))  # no "-0.0"
        return f"{mean:+.{places}f} points [{low:+.{places}f}, {high:+.{places}f}]"


def interval(values: ArrayLike) -> tuple[float, float]:
    """The t interval of the mean of ``values`` (n,), with CONFIDENCE. Raises ValueError for fewer than two."""
    with equal_values_allowed():
        low, high = ttest_1samp(at_least_two(values), 0).confidence_interval(CONFIDENCE)
    return float(low), float(high)


def welch(first: ArrayLike, second: ArrayLike) -> tuple[float, float]:
    """The interval of the difference of two means, of values that are not paired and may spread differently.

    Raises ValueError for fewer than two values. Source: B. L. Welch, 1947, Biometrika 34.
    """
    with equal_values_allowed():
        test = ttest_ind(at_least_two(first), at_least_two(second), equal_var=False)
        low, high = test.confidence_interval(CONFIDENCE)
    return float(low), float(high)


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


def paired(table: pd.DataFrame, a: str, b: str, metric: str = "test_accuracy") -> Effect:
    """a − b in points, round by round: both systems met the same pairs, so the draw cancels out.

    Raises ValueError for a system that is not in the table, or with fewer than two common rounds.
    """
    wide = 100 * _by_round(table, metric, a, b)
    differences = (wide[a] - wide[b]).dropna()
    low, high = interval(differences)
    lost = len(wide) - len(differences)
    return Effect(f"{a} − {b}", float(differences.mean()), low, high, tuple(differences), lost)


def unpaired(table: pd.DataFrame, a: str, b: str, metric: str = "test_accuracy") -> Effect:
    """a − b in points as if the rounds of a and b had nothing in common (Welch's interval).

    Wider than ``paired`` wherever the draw of the data moves both systems the same way.
    """
    wide = 100 * _by_round(table, metric, a, b)
    first, second = wide[a].dropna().to_numpy(), wide[b].dropna().to_numpy()
    low, high = welch(first, second)
    mean = float(first.mean() - second.mean())
    return Effect(f"{a} − {b}", mean, low, high, (), int(wide.isna().any(axis=1).sum()))


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
