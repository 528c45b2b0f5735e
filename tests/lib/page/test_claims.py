import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myst_nb.core.variables import format_plain_text

from lib import compare
from lib.compare import Effect, estimate
from lib.page import claims
from lib.page.claims import above, below, claim, holm, tally, within


@pytest.fixture(autouse=True)
def shown(monkeypatch) -> list:
    """What was displayed: (data, metadata) for each call."""
    calls = []
    monkeypatch.setattr(claims, "display", lambda data, raw, metadata=None: calls.append((data, metadata)))
    monkeypatch.setattr(claims, "STATED", {})
    compare.LOOKED_AT.clear()
    return calls


def effect(mean: float, name: str = "a − b") -> Effect:
    """One whose interval reaches 0.98 points to either side."""
    return estimate(name, pd.Series([mean - 1, mean - 0.5, mean, mean + 0.5, mean + 1.0]))


@pytest.mark.parametrize(
    ("ground", "holds"),
    [
        (above(effect(2)), True),
        (above(effect(0.9)), False),  # its mean is above 0, its interval is not
        (above(effect(2), 1.2), False),
        (below(effect(-2)), True),
        (below(effect(-0.9)), False),
        (within(effect(0.2), 2), True),
        (within(effect(0.2), 1), False),
        (within(effect(-2), 2), False),
    ],
)
def test_a_conclusion_holds_where_the_whole_interval_lies_on_its_side(ground, holds, shown):
    if holds:
        claim("It is so.", ground)
        assert len(shown) == 1
    else:
        with pytest.raises(claims.ClaimFailed, match=r"no longer holds: It is so\. a − b .* points \["):
            claim("It is so.", ground)
        assert not shown


@given(st.floats(-3, 3), st.floats(0, 2))
def test_the_p_of_a_ground_is_below_5_percent_wherever_it_holds(mean, bound):
    for ground in (above(effect(mean), bound), below(effect(mean), bound), within(effect(mean), bound)):
        assert not ground.holds or ground.p < 0.05


def test_a_fact_is_shown_as_it_is_and_an_interval_that_is_not_told_stands_behind(shown):
    claim("1 < 2.", 1 < 2)
    claim("Sharing helps.", above(effect(2)))
    claim(f"Sharing helps: {effect(2)}.", above(effect(2)))
    texts = [data["text/html"] for data, _ in shown]
    assert texts[0] == '<p class="claim">1 &lt; 2.</p>'
    assert texts[1] == f'<p class="claim">Sharing helps. <small>a − b: {effect(2)}</small></p>'
    assert texts[2] == f'<p class="claim">Sharing helps: {effect(2)}.</p>'


def test_an_interval_with_two_bounds_stands_behind_once(shown):
    claim("About two.", above(effect(2)), below(effect(2), 4))
    assert shown[0][0]["text/plain"] == f"✓ About two. (a − b: {effect(2)})"


def test_a_claim_that_fails_raises_with_its_sentence(shown):
    with pytest.raises(claims.ClaimFailed, match=r"no longer holds: Pigs fly\."):
        claim("Pigs fly.", False)
    assert not shown


@pytest.mark.parametrize("grounds", [(), ("always",), (effect(2),)])
def test_a_claim_without_grounds_is_refused(grounds):
    with pytest.raises(TypeError, match="a claim needs its grounds"):
        claim("Just so.", *grounds)


def test_many_looks_are_counted_and_what_stands_all_the_same_is_told(shown):
    clear, narrow = effect(20, "clear"), effect(1.3, "narrow")
    for number in range(18):
        effect(0.01 * number, f"nothing {number}")
    claim("Clearly.", above(clear))
    claim("Just so.", above(narrow))
    claim("A fact.", True)
    tally()
    head, *lines = shown[-1][0]["text/plain"].splitlines()
    assert head.startswith("20 intervals")
    assert lines == ["Stands with all 20 counted: Clearly.", "Stands alone only: Just so."]


def test_holms_correction_steps_down():
    """The worked example of the method: 0.01, 0.02, 0.03 and 0.2 of four tests."""
    tests = {effect(number, str(number)): p for number, p in enumerate((0.03, 0.01, 0.2, 0.02))}
    assert [float(kept.name) for kept in holm(tests)] == [1.0]
    tests = {effect(number, str(number)): p for number, p in enumerate((0.024, 0.01, 0.2, 0.016))}
    assert {kept.name for kept in holm(tests)} == {"1", "3", "0"}


def test_glue_stores_plain_numbers_and_text_under_their_names(shown):
    claims.glue(gain=np.float64(1.5), words="about a point", effect=effect(2), weights="930,624")
    (gain, about), (words, _), (whole, _), (weights, _) = shown
    assert gain == {"application/papermill.record/text/plain": "1.5"}
    assert about["scrapbook"]["name"] == "gain"
    read = [format_plain_text(*text.values(), "") for text in (words, whole, weights)]  # as the book's pages read them
    assert read == ["about a point", str(effect(2)), "930,624"]
