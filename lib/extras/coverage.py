"""Does an interval hold what it promises? How often the intervals of many pools of digits hold the true value.

Differences are tables in points: a row for each pool, a column for each round.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from lib.compare import CONFIDENCE, quantile


@dataclass(frozen=True)
class Coverage:
    """Of ``pools`` intervals ``held`` hold the true value; ``width`` is their mean width in points."""

    held: int
    pools: int
    width: float

    @property
    def share(self) -> float:
        """In %."""
        return 100 * self.held / self.pools

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share, in %: the exact binomial one (Clopper and Pearson), with CONFIDENCE."""
        low, high = binomtest(self.held, self.pools).proportion_ci(CONFIDENCE)
        return 100 * float(low), 100 * float(high)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.held} of {self.pools}, {self.share:.1f} % [{low:.1f}, {high:.1f}]"


def differences(table: pd.DataFrame, a: str, b: str, metric: str = "test_accuracy") -> pd.DataFrame:
    """a − b in points, pools (the column ``data``) in rows, rounds in columns.

    Raises ValueError where a system is missing in some round of some pool.
    """
    wide = 100 * table.pivot(index=["data", "round"], columns="system", values=metric)
    rounds = (wide[a] - wide[b]).unstack("round")
    if rounds.isna().any(axis=None):
        raise ValueError(f"{rounds.index[rounds.isna().any(axis=1)][0]} has a round without {a} or {b}")
    return rounds


def bounds(differences: pd.DataFrame, overlap: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper ends of every pool's t interval, for a mean with the variance s² · (1/n + ``overlap``).

    Without ``overlap`` it is the interval of lib.compare. With n_test/n_train in its place it is the one of the
    corrected resampled t test. Source: Nadeau and Bengio 2003, Machine Learning 52.
    """
    values = differences.to_numpy()
    rounds = values.shape[1]
    error = values.std(axis=1, ddof=1) * np.sqrt(1 / rounds + overlap)
    half = quantile(rounds - 1) * error
    return values.mean(axis=1) - half, values.mean(axis=1) + half


def coverage(differences: pd.DataFrame, overlap: float = 0.0) -> Coverage:
    """How many of the pools' intervals hold the mean over all pools, which stands for the true value."""
    low, high = bounds(differences, overlap)
    true = differences.to_numpy().mean()
    return Coverage(int(((low <= true) & (true <= high)).sum()), len(differences), float((high - low).mean()))
