"""Choosing the best of many, and power: against cases whose answer is known."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from lib.extras import choosing


def luck(rounds: int, candidates: int, seed: int = 0, sd: float = 1.0) -> pd.DataFrame:
    """Scores of candidates that are all equally good."""
    return pd.DataFrame(np.random.default_rng(seed).normal(80, sd, (rounds, candidates)))


def test_scores_have_rounds_in_rows_and_systems_in_their_order():
    table = pd.DataFrame({"system": ["b", "a", "b", "a"], "round": [0, 0, 1, 1], "test_accuracy": [0.5, 0.6, 0.7, 0.8]})
    wide = choosing.scores(table)
    assert list(wide.columns) == ["b", "a"] and wide.loc[1, "a"] == pytest.approx(80)


def test_the_winner_has_the_best_mean():
    assert choosing.winner(pd.DataFrame({"a": [1.0, 2], "b": [0.0, 9], "c": [np.nan, np.nan]})) == "b"


def test_no_candidate_is_a_clear_error():
    with pytest.raises(ValueError, match="no candidate to choose from"):
        choosing.winner(pd.DataFrame({"a": [np.nan]}))


def test_the_best_of_one_loses_nothing_and_of_many_what_theory_says():
    """The largest of 20 independent normal means of 5 rounds lies 1.867 of their standard deviations above 0."""
    lost = np.mean([choosing.winners_curse(luck(10, 20, seed), [1, 20], 50) for seed in range(60)], axis=0)
    assert lost[0] == pytest.approx(0, abs=0.1)
    assert lost[1] == pytest.approx(1.867 / np.sqrt(5), rel=0.1)


def test_a_winner_that_is_truly_better_loses_nothing():
    scores = luck(10, 10)
    scores[3] += 100
    assert choosing.winners_curse(scores, [10], 100)[10] == pytest.approx(0, abs=0.3)


def test_candidates_that_diverged_do_not_count():
    scores = luck(10, 5)
    scores.loc[2, 1] = np.nan
    with pytest.raises(ValueError, match="cannot choose 5 of 4 candidates"):
        choosing.winners_curse(scores, [5])


def test_power_without_an_effect_is_half_the_error_rate_and_grows_with_rounds():
    differences = np.random.default_rng(1).normal(3, 1, 200)
    none, few, many = (choosing.power(differences, *given, 4000) for given in ((0, 10), (1, 5), (1, 20)))
    assert none == pytest.approx(0.025, abs=0.01)
    assert few < 0.7 < 0.95 < many


def test_power_of_a_t_interval_is_what_theory_says():
    """Ten differences with a standard deviation of one, a true mean of one: 0.80 (noncentral t, 9 degrees)."""
    theory = scipy.stats.nct.sf(scipy.stats.t.ppf(0.975, 9), 9, np.sqrt(10))
    differences = np.random.default_rng(2).normal(0, 1, 2000)
    assert choosing.power(differences / differences.std(ddof=1), 1, 10, 4000) == pytest.approx(theory, abs=0.03)


def test_power_without_pairs_is_what_theory_says():
    """Two systems of equal spread: 2n − 2 degrees of freedom, and √2 times the standard error."""
    theory = scipy.stats.nct.sf(scipy.stats.t.ppf(0.975, 18), 18, 1.5 * np.sqrt(10 / 2))
    first, second = np.random.default_rng(3).normal(0, 1, (2, 2000))
    assert choosing.power_unpaired(first, second, 1.5, 10, 4000) == pytest.approx(theory, abs=0.03)


def test_pairing_shows_more_where_the_rounds_move_both_systems_alike():
    random = np.random.default_rng(4)
    data, first, second = random.normal(0, 2, 500), random.normal(0, 0.5, 500), random.normal(0, 0.5, 500)
    first, second = first + data, second + data
    assert choosing.power(first - second, 1, 8) > 0.9 > 0.3 > choosing.power_unpaired(first, second, 1, 8)


def test_drawn_values_that_are_nearly_the_same_give_no_warning():
    """A warning would stand in the page. (pytest makes every warning an error.)"""
    assert choosing.power([1.0, 1.0, 1.0 + 1e-12], 1.0, rounds=2, repeats=50) == 1
    assert choosing.power_unpaired([1.0, 1.0, 1.0 + 1e-12], [2.0, 2.0, 2.0], 1.0, rounds=2, repeats=50) == 1
