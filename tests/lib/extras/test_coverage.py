"""Coverage of intervals: on simulated pools whose truth is known."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from lib import compare
from lib.extras import coverage

ROUNDS = 10


def simulated(ratio: float, pools: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Differences around 2: variance 1 within a pool, and ``ratio`` of that between the pools' means."""
    random = np.random.default_rng(seed)
    means = random.normal(2, np.sqrt(ratio), (pools, 1))
    return pd.DataFrame(means + random.normal(0, 1, (pools, ROUNDS)))


def promised(ratio: float, overlap: float) -> float:
    """What theory says, in %: the t statistic is too large by √((1/n + ratio) / (1/n + overlap))."""
    bound = scipy.stats.t.ppf(0.975, ROUNDS - 1) * np.sqrt((1 / ROUNDS + overlap) / (1 / ROUNDS + ratio))
    return 100 * (2 * scipy.stats.t.cdf(bound, ROUNDS - 1) - 1)


@pytest.mark.parametrize(("ratio", "overlap"), [(0, 0), (0.1, 0), (0.1, 0.1), (0.5, 0), (0.5, 0.5), (0.1, 1)])
def test_coverage_is_what_theory_says(ratio, overlap):
    assert coverage.coverage(simulated(ratio), overlap).share == pytest.approx(promised(ratio, overlap), abs=1.5)


def test_without_pools_that_differ_95_percent_mean_95_percent():
    low, high = coverage.coverage(simulated(0)).interval
    assert low < 95 < high and high - low < 2


def test_bounds_are_those_of_the_books_interval():
    differences = simulated(0.2, pools=3)
    low, high = coverage.bounds(differences)
    for pool in range(3):
        assert (low[pool], high[pool]) == pytest.approx(compare.interval(differences.loc[pool]))


def test_the_correction_widens_by_the_root_of_the_variances():
    differences = simulated(0, pools=20)
    plain, corrected = coverage.coverage(differences), coverage.coverage(differences, 1)
    assert corrected.width / plain.width == pytest.approx(np.sqrt((0.1 + 1) / 0.1))


def test_differences_match_rounds_and_pools_in_any_order():
    rows = [
        {"system": system, "data": f"pool {pool}", "round": k, "test_accuracy": 0.7 + shift + pool / 100 + k / 1000}
        for system, shift in (("a", 0.05), ("b", 0.0))
        for pool in (0, 1)
        for k in (0, 1, 2)
    ]
    table = pd.DataFrame(rows).sample(frac=1, random_state=0)
    given = coverage.differences(table, "a", "b")
    assert given.shape == (2, 3) and given.to_numpy() == pytest.approx(np.full((2, 3), 5.0))


def test_a_missing_round_is_named():
    rows = [("a", "pool 0", 0, 0.5), ("a", "pool 0", 1, 0.5), ("b", "pool 0", 0, 0.5)]
    table = pd.DataFrame(rows, columns=["system", "data", "round", "test_accuracy"])
    with pytest.raises(ValueError, match="pool 0 has a round without a or b"):
        coverage.differences(table, "a", "b")


def test_it_reads_as_a_count_a_share_and_its_interval():
    assert str(coverage.Coverage(190, 200, 1.0)) == "190 of 200, 95.0 % [91.0, 97.6]"
