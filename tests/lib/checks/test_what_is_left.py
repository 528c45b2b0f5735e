"""Plausible wrong answers to the exercise on the exact interval, and what the check says. More: book/solutions."""

import math

import pytest
from scipy.stats import beta, binomtest, chi2

from lib import checks


def ends(k, n, tail=0.025):
    """Right, and found without a name of SciPy's in this function's own code."""
    return quantile(tail, k, n - k + 1) if k else 0.0, quantile(1 - tail, k + 1, n - k) if k < n else 1.0


def quantile(p, a, b):
    return float(beta.ppf(p, a, b))


def test_the_right_ends_pass_as_a_tuple_or_a_list():
    assert checks.exact_share(ends).passed
    assert checks.exact_share(lambda k, n: [*ends(k, n)]).passed


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda k, n: ends(k, n)[::-1], "exchanged"),
        (lambda k, n: tuple(100 * end for end in ends(k, n)), "in %"),
        (lambda k, n: tuple(n * end for end in ends(k, n)), "as counts"),
        (lambda k, n: ends(k, n, 0.05), "one of 90 %"),
        (lambda k, n: (ends(k + 1, n)[0], ends(k - 1, n)[1]), "missing from both ends"),
        (lambda k, n: tuple(binomtest(k, n).proportion_ci(method="wilson")), "Wilson"),
        (lambda k, n: (chi2.ppf(0.025, 2 * k) / 2 / n, chi2.ppf(0.975, 2 * k + 2) / 2 / n), "Poisson"),
        (lambda k, n: (1.0, ends(k, n)[1]), "wrong half"),
        (lambda k, n: tuple(round(end, 2) for end in ends(k, n)), "Halve more often"),
        (lambda k, n: (0.0, 1.0), "Solve P(K ≥ k)"),
        (lambda k, n: (math.nan, math.nan), "Solve P(K ≥ k)"),
        (lambda k, n: ends(k, n) if k else (math.nan, 0.0), "not for 0 of 12"),
        (lambda k, n: ends(3, 12), "not for 0 of 12"),
        (lambda k, n: (k / n, *ends(k, n)), "Return two numbers"),
        (lambda k, n: tuple(binomtest(k, n).proportion_ci(method="exact")), "it is SciPy's"),
    ],
)
def test_a_wrong_interval_is_told_its_cause(answer, cause):
    verdict = checks.exact_share(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_an_error_of_the_students_own_is_told():
    assert "ZeroDivisionError" in checks.exact_share(lambda k, n: k / 0).message
