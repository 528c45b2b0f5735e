"""Checks of the chapter on what is left."""

from collections.abc import Callable
from types import CodeType
from typing import Any, SupportsFloat

from scipy.stats import binomtest, chi2

from lib.checks.verdict import Wrong, check, require

Ends = tuple[float, float]
ONE = 11 / 30  # 330 of the 900 wrong readings of the first digit change the answer


@check
def flips(answer: dict[str, float]) -> str:
    """{"one misread": …, "pairs wrong": …}: how often one misread digit changes the answer, and what 1 % of them do."""
    require(
        isinstance(answer, dict) and set(answer) == {"one misread", "pairs wrong"},
        'Keep the keys "one misread", "pairs wrong".',
    )
    if answer["one misread"] in (..., None):
        raise NotImplementedError
    one = _number(answer["one misread"])
    require(not 1 < one <= 100, "That looks like %. Give a share, a number between 0 and 1.")
    require(abs(one - 330 / 1000) > 1e-9, "Nearly. A misread digit is one of the nine others, never itself.")
    require(
        abs(one - 0.55) > 1e-9, "That is how often the right answer is yes. How often does a misread digit change it?"
    )
    require(abs(one - 0.5) > 0.02, "A coin would be right half of the time. A 1 is ≤ 9, whatever it is read as.")
    require(abs(one - ONE) < 5e-3, "Count: for every pair of digits, for every wrong reading of the first.")
    require(abs(one - ONE) < 1e-3, "Right, but give it with three digits at least.")
    require(
        answer["pairs wrong"] not in (..., None),
        "The first is right. Now for 1 % of all digits, with two digits in each pair.",
    )
    _share_of_pairs(_number(answer["pairs wrong"]))
    return "Now try it on the record: does it fit its misread digits and its wrong pairs?"


def _number(value: object) -> float:
    """Of a float, a fraction, or a tensor with one number."""
    if not isinstance(value, SupportsFloat):
        raise Wrong("Give two numbers.")
    try:
        return float(value)
    except (TypeError, ValueError, RuntimeError):  # an array or a tensor with several
        raise Wrong("Give two numbers.") from None


def _share_of_pairs(wrong: float) -> None:
    require(abs(wrong - 0.01 * ONE) > 1e-4, "A pair has two digits that can be misread.")
    require(abs(wrong - 2 * ONE) > 0.02, "Right, in %. Give it as a fraction.")
    require(abs(wrong - 0.02 * ONE) < 5e-4, "1 % of the digits, two in each pair, and the share of the first answer.")
    require(abs(wrong - 0.02 * ONE) < 1e-4, "Right, but give it with two more digits.")


@check
def exact_share(answer: Callable[[int, int], Ends]) -> str:
    """``answer(k, n)``: the two ends of Clopper and Pearson's 95 % interval of k of n, found without SciPy's own."""
    given = _ends(answer(3, 12))
    _require_ends(given, 3, 12)
    for k, n in ((0, 12), (12, 12), (40, 50)):
        same = _near(_ends(answer(k, n)), _exact(k, n), 1e-4)
        require(same, f"It is right for 3 of 12, but not for {k} of {n}. Which shares can be ruled out there?")
    ready = {"binomtest", "proportion_ci", "ppf", "isf", "interval"} & _names(getattr(answer, "__code__", None))
    require(not ready, "Right, but it is SciPy's: find the ends yourself, with binom.cdf and by halving.")
    return (
        "Right, for 0 of n, too. The same halving solves the equations of any law whose probabilities you can add up."
    )


def _ends(given: Any) -> Ends:
    if given is None or given is ...:
        raise NotImplementedError
    require(isinstance(given, tuple | list) and len(given) == 2, "Return two numbers: the lower end and the upper.")
    return float(given[0]), float(given[1])


def _exact(k: int, n: int, level: float = 0.95) -> Ends:
    ends = binomtest(k, n).proportion_ci(level, method="exact")
    return float(ends.low), float(ends.high)


def _near(given: Ends, wanted: Ends, by: float = 2e-3) -> bool:
    return _off(given, wanted) < by


def _require_ends(given: Ends, k: int, n: int) -> None:
    """That the ends are right for k of n, or the likely cause why they are not."""
    low, high = right = _exact(k, n)
    more, fewer, share = _exact(k + 1, n)[0], _exact(k - 1, n)[1], k / n
    half = 1.96 * (share * (1 - share) / n) ** 0.5
    wilson = binomtest(k, n).proportion_ci(method="wilson")
    poisson = (chi2.ppf(0.025, 2 * k) / 2 / n, chi2.ppf(0.975, 2 * k + 2) / 2 / n)
    for other, cause in (
        ((high, low), "The ends are right, but exchanged: the lower one comes first."),
        ((100 * low, 100 * high), "Right, in %. Give shares, numbers between 0 and 1."),
        ((n * low, n * high), "Right, as counts. Give shares, numbers between 0 and 1."),
        (_exact(k, n, 0.9), "Your interval leaves 5 % on each side, so it is one of 90 %: 2.5 % go to each end."),
        ((more, fewer), "k itself is missing from both ends: k or more, and k or fewer."),
        ((more, high), "k itself is missing from your lower end: that is P(K > k). Take 1 − P(K ≤ k − 1)."),
        ((low, fewer), "k itself is missing from your upper end: that is P(K < k). Take P(K ≤ k)."),
        ((share - half, share + half), "That is the normal approximation, ± 1.96 standard errors. Use the law itself."),
        ((wilson.low, wilson.high), "That is Wilson's interval, an approximation. Use the law itself."),
        (poisson, "That is Poisson's law, where no n limits the count. Use the binomial one."),
    ):
        require(not _near(given, other), cause)
    lost = given[0] > 0.99 or given[1] < 0.01
    require(not lost, "You keep the wrong half: your halving runs away from the solution.")
    require(
        not 1e-4 < _off(given, right) < 0.02, "Close, but not there yet. Halve more often: fifty times cost nothing."
    )
    require(_near(given, right, 1e-4), "Solve P(K ≥ k) = 0.025 for the lower end, and P(K ≤ k) = 0.025 for the upper.")


def _off(given: Ends, right: Ends) -> float:
    return max(abs(mine - wanted) for mine, wanted in zip(given, right, strict=True))


def _names(code: CodeType | None) -> set[str]:
    """What a function's code asks for by name."""
    return set(code.co_names) if code else set()
