"""Choosing: what taking the best of several does to a number, and how many rounds it takes to see a difference.

Scores are tables in %, a row for each round and a column for each candidate.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from scipy.stats import ttest_1samp, ttest_ind

from lib.compare import CONFIDENCE, equal_values_allowed


def scores(table: pd.DataFrame, metric: str = "test_accuracy") -> pd.DataFrame:
    """A tidy table of rounds (see lib.experiment) as scores: rounds in rows, systems in columns, in %."""
    wide = 100 * table.pivot(index="round", columns="system", values=metric)
    return wide[list(table["system"].unique())]


def winner(scores: pd.DataFrame) -> str:
    """The candidate with the best mean; the first of them in a tie. Raises ValueError where there is none."""
    means = scores.mean().dropna()
    if means.empty:
        raise ValueError("there is no candidate to choose from: every round diverged, or the table is empty")
    return means.idxmax()


def winners_curse(scores: pd.DataFrame, counts: Iterable[int], repeats: int = 400, seed: int = 0) -> pd.Series:
    """By how many points the best of n candidates looks better than it is, for every n in ``counts``.

    Repeated: draw n candidates, choose by the mean over a random half of the rounds, and look at the same candidate
    in the other half. Raises ValueError for more candidates than there are, or fewer than two rounds.
    """
    values, random = scores.dropna(axis="columns").to_numpy(), np.random.default_rng(seed)
    rounds, known = values.shape
    counts = list(counts)
    if rounds < 2 or max(counts) > known:
        raise ValueError(f"cannot choose {max(counts)} of {known} candidates by halves of {rounds} rounds")
    gaps = {n: [_gap(values, n, random) for _ in range(repeats)] for n in counts}
    return pd.Series({n: float(np.mean(gap)) for n, gap in gaps.items()}).rename_axis("candidates")


def power(differences: Sequence[float], effect: float, rounds: int, repeats: int = 1000, seed: int = 0) -> float:
    """How often ``rounds`` rounds would show a true difference of ``effect`` points: the interval lies above 0.

    ``differences``, in points, are measured ones, round by round: their spread around their mean is drawn from, with
    replacement, and their mean is replaced by ``effect``.
    """
    drawn = effect + np.random.default_rng(seed).choice(_spread(differences), (repeats, rounds))
    with equal_values_allowed():
        return float(np.mean(ttest_1samp(drawn, 0, axis=1).confidence_interval(CONFIDENCE).low > 0))


def power_unpaired(
    first: Sequence[float],
    second: Sequence[float],
    effect: float,
    rounds: int,
    repeats: int = 1000,
    seed: int = 0,
) -> float:
    """As ``power``, for ``rounds`` rounds of each of two systems that have nothing in common (Welch's interval).

    ``first`` and ``second``, in points, are measured accuracies of the two.
    """
    random = np.random.default_rng(seed)
    a, b = (random.choice(_spread(values), (repeats, rounds)) for values in (first, second))
    with equal_values_allowed():
        test = ttest_ind(effect + a, b, axis=1, equal_var=False)
        return float(np.mean(test.confidence_interval(CONFIDENCE).low > 0))


def _spread(values: Sequence[float]) -> np.ndarray:
    """Deviations from the mean, a little larger: those from one's own mean are too small by √((n − 1)/n)."""
    spread = np.asarray(values) - np.mean(values)
    return spread * np.sqrt(len(spread) / (len(spread) - 1))


def _gap(values: np.ndarray, n: int, random: np.random.Generator) -> float:
    """One draw: the winner's mean where it was chosen, less its mean in the other rounds."""
    rounds, known = values.shape
    drawn, order = values[:, random.choice(known, n, replace=False)], random.permutation(rounds)
    chosen, fresh = drawn[order[: rounds // 2]].mean(axis=0), drawn[order[rounds // 2 :]].mean(axis=0)
    best = chosen.argmax()
    return chosen[best] - fresh[best]
