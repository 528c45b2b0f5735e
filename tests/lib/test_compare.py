import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lib.compare import (
    CONFIDENCE,
    LEVEL,
    LOOKED_AT,
    Effect,
    difference,
    estimate,
    interval,
    level,
    paired,
    summary,
    unpaired,
    welch,
)

A = [0.91, 0.87, 0.90, 0.93, 0.88]
B = [0.84, 0.85, 0.80, 0.89, 0.86]


def table(**systems: list[float]) -> pd.DataFrame:
    """As experiment.run makes it; nan stands for a round that diverged."""
    return pd.DataFrame(
        [
            {
                "system": name,
                "round": k,
                "parameters": 100 * len(name),
                "seconds": 1.0 + k * k,
                "status": "diverged" if np.isnan(value) else "done",
                "test_accuracy": value,
                "train_accuracy": value / 2,
            }
            for name, values in systems.items()
            for k, value in enumerate(values)
        ]
    )


def test_paired_is_scipys_interval_of_the_differences():
    effect = paired(table(a=A, b=B), "a", "b")
    differences = 100 * (np.array(A) - np.array(B))
    expected = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert effect.mean == pytest.approx(differences.mean())
    assert (effect.low, effect.high) == pytest.approx((expected.low, expected.high))
    assert effect.differences == pytest.approx(differences)
    assert (effect.name, effect.lost) == ("a − b", 0)


def test_unpaired_is_scipys_welch_interval():
    effect = unpaired(table(a=A, b=[*B, 0.7, 0.95]), "a", "b")
    expected = stats.ttest_ind(100 * np.array(A), 100 * np.array([*B, 0.7, 0.95]), equal_var=False)
    expected = expected.confidence_interval(0.95)
    assert effect.mean == pytest.approx(100 * (np.mean(A) - np.mean([*B, 0.7, 0.95])))
    assert (effect.low, effect.high) == pytest.approx((expected.low, expected.high))


def test_the_interval_is_scipys():
    expected = stats.t.interval(0.95, 4, loc=np.mean(A), scale=stats.sem(A))
    assert interval(np.array(A)) == pytest.approx(expected)


values = st.lists(st.floats(0, 100), min_size=2, max_size=20).filter(lambda drawn: np.std(drawn) > 0.01)


@given(values)
def test_the_interval_is_the_formula_of_the_textbooks(drawn):
    n, mean, sd = len(drawn), np.mean(drawn), np.std(drawn, ddof=1)
    half = stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * sd / np.sqrt(n)
    assert interval(drawn) == pytest.approx((mean - half, mean + half), rel=1e-12, abs=1e-12 * half)


@given(values, values)
def test_the_unpaired_interval_is_the_formula_of_welch_and_satterthwaite(first, second):
    shares = [np.var(drawn, ddof=1) / len(drawn) for drawn in (first, second)]
    squares = [share**2 / (len(drawn) - 1) for share, drawn in zip(shares, (first, second), strict=True)]
    half = stats.t.ppf((1 + CONFIDENCE) / 2, sum(shares) ** 2 / sum(squares)) * np.sqrt(sum(shares))
    mean = np.mean(first) - np.mean(second)
    assert welch(first, second)[:2] == pytest.approx((mean - half, mean + half), rel=1e-12, abs=1e-12 * half)


@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize("value", [0.0, 1 / 3, 97.3])
def test_values_that_are_all_the_same_have_an_interval_of_no_width_and_give_no_warning(value, count):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert interval([value] * count) == pytest.approx((value, value), abs=1e-12)
        assert welch([value] * count, [1.0] * 4)[:2] == pytest.approx((value - 1, value - 1), abs=1e-12)


def test_one_system_without_spread_leaves_the_interval_of_the_other():
    low, high, _ = welch(A, [0.5] * 5)
    assert (low + 0.5, high + 0.5) == pytest.approx(interval(A))


def test_the_level_in_words_is_the_confidence():
    assert LEVEL == "95 %" and CONFIDENCE == 0.95


def test_pairing_goes_by_round_and_not_by_row():
    shuffled = table(a=A, b=B).sample(frac=1, random_state=3)
    assert paired(shuffled, "a", "b") == paired(table(a=A, b=B), "a", "b")


def test_other_systems_in_the_table_change_nothing():
    assert paired(table(c=B, a=A, b=B), "a", "b") == paired(table(a=A, b=B), "a", "b")


def test_the_other_way_round_has_the_other_sign():
    there, back = paired(table(a=A, b=B), "a", "b"), paired(table(a=A, b=B), "b", "a")
    assert (back.mean, back.low, back.high) == pytest.approx((-there.mean, -there.high, -there.low))


def test_another_metric_can_be_compared():
    halves = paired(table(a=A, b=B), "a", "b", "train_accuracy")
    assert halves.mean == pytest.approx(paired(table(a=A, b=B), "a", "b").mean / 2)


def test_pairing_narrows_the_interval_where_the_draw_moves_both():
    together = table(a=[0.9, 0.8, 0.7], b=[0.85, 0.76, 0.64])
    narrow, wide = paired(together, "a", "b"), unpaired(together, "a", "b")
    assert narrow.mean == pytest.approx(wide.mean)
    assert narrow.high - narrow.low < wide.high - wide.low


def test_rounds_that_diverged_are_left_out_and_counted():
    nan = float("nan")
    holes = table(a=[nan, *A[1:]], b=[*B[:4], nan])
    effect = paired(holes, "a", "b")
    assert effect.lost == 2
    assert effect.differences == pytest.approx(100 * (np.array(A) - np.array(B))[1:4])
    assert unpaired(holes, "a", "b").lost == 2
    assert unpaired(holes, "a", "b").mean == pytest.approx(100 * (np.mean(A[1:]) - np.mean(B[:4])))


@pytest.mark.parametrize("comparison", [paired, unpaired])
@pytest.mark.parametrize(("a", "b"), [("a", "siamese"), ("siamese", "b")])
def test_an_unknown_system_is_refused_and_the_known_ones_named(comparison, a, b):
    with pytest.raises(ValueError, match=r"not in the table: siamese\. It has a, b"):
        comparison(table(a=A, b=B), a, b)


@pytest.mark.parametrize("comparison", [paired, unpaired])
@pytest.mark.parametrize("rounds", [0, 1])
def test_fewer_than_two_rounds_are_refused(comparison, rounds):
    nan = [float("nan")] * (3 - rounds)
    with pytest.raises(ValueError, match=f"an interval needs at least two rounds, not {rounds}"):
        comparison(table(a=A[:rounds] + nan, b=B[:rounds] + nan), "a", "b")


@pytest.mark.parametrize("comparison", [paired, unpaired])
def test_systems_without_any_spread_have_an_interval_of_width_0(comparison):
    effect = comparison(table(a=[0.5, 0.5], b=[0.25, 0.25]), "a", "b")
    assert (effect.low, effect.mean, effect.high) == pytest.approx((25, 25, 25))


def test_an_effect_prints_as_points_with_its_sign():
    assert str(Effect("a − b", 3.14, -0.26, 6.54, ())) == "+3.1 points [-0.3, +6.5]"
    assert str(Effect("a − b", 0.24, -0.004, 0.488, ())) == "+0.24 points [+0.00, +0.49]"


def test_no_end_that_misses_zero_reads_as_zero():
    assert str(Effect("a − b", -1.28, -2.54, -0.02, ())) == "-1.28 points [-2.54, -0.02]"
    assert str(Effect("a − b", 1.2, 0.0, 2.4, ())) == "+1.2 points [+0.0, +2.4]"


def test_a_level_prints_as_a_percentage_without_a_sign():
    assert str(level(table(a=A, b=B), "a")).startswith(f"{100 * np.mean(A):.1f} % [")


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=12).filter(lambda drawn: np.std(drawn) > 0.01), st.floats(-3, 3))
def test_the_p_value_is_below_5_percent_just_where_the_interval_misses_the_bound(drawn, bound):
    effect = estimate("it", pd.Series(drawn))
    assert effect.p_value(bound) == pytest.approx(stats.ttest_1samp(drawn, bound).pvalue, rel=1e-6, abs=1e-12)
    if min(abs(effect.low - bound), abs(effect.high - bound)) > 1e-6:
        assert (effect.p_value(bound) < 0.05) == (not effect.low <= bound <= effect.high)


def test_the_p_value_of_unpaired_systems_is_scipys():
    effect = unpaired(table(a=A, b=[*B, 0.7, 0.95]), "a", "b")
    assert effect.p_value() == pytest.approx(stats.ttest_ind(A, [*B, 0.7, 0.95], equal_var=False).pvalue)


def test_values_that_are_all_the_same_leave_no_doubt():
    effect = estimate("it", pd.Series([1.0, 1.0, 1.0]))
    assert (effect.p_value(), effect.p_value(1.0)) == (0, 1)


def test_a_difference_of_differences_goes_by_the_rounds_that_both_have():
    first = estimate("x", pd.Series([1.0, 2.0, 4.0], index=[0, 1, 2]))
    second = estimate("y", pd.Series([3.0, 1.0, 1.0], index=[2, 1, 5]))
    assert difference(first, second).rounds == (1, 2)
    assert difference(first, second).differences == (1.0, 1.0)
    with pytest.raises(ValueError, match="at least two rounds"):
        difference(first, unpaired(table(a=A, b=B), "a", "b"))


def test_every_effect_that_was_computed_is_counted_once():
    LOOKED_AT.clear()
    for _ in range(2):
        paired(table(a=A, b=B), "a", "b")
    unpaired(table(a=A, b=B), "a", "b")
    assert len(LOOKED_AT) == 2


def test_the_summary_has_one_row_of_numbers_for_each_system():
    nan = float("nan")
    rows = summary(table(zeta=[0.9, 0.8, nan], a=[0.5, nan, nan], bb=[nan, nan, nan]))
    assert list(rows.index) == ["zeta", "a", "bb"]
    low, high = interval(np.array([90.0, 80.0]))
    zeta = {"parameters": 400, "rounds": 3, "diverged": 1, "mean": 85, "sd": 50**0.5, "low": low, "high": high}
    assert rows.loc["zeta"].to_dict() == pytest.approx(zeta | {"seconds": 2})
    assert rows.loc["a", ["rounds", "diverged", "mean"]].tolist() == [3, 2, 50]
    assert rows.loc["a", ["sd", "low", "high"]].isna().all()
    assert rows.loc["bb", ["mean", "sd", "low", "high"]].isna().all()
    assert rows.loc["bb", "diverged"] == 3


def test_the_summary_can_be_of_another_metric():
    assert summary(table(a=A), "train_accuracy").loc["a", "mean"] == pytest.approx(50 * np.mean(A))
