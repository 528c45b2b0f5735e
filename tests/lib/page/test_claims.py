import numpy as np
import pytest

from lib.page import claims


@pytest.fixture
def shown(monkeypatch) -> list:
    """What was displayed: (data, metadata) for each call."""
    calls = []
    monkeypatch.setattr(claims, "display", lambda data, raw, metadata=None: calls.append((data, metadata)))
    return calls


def test_a_claim_that_holds_is_shown(shown):
    claims.claim(True, "1 < 2.")
    assert shown[0][0]["text/html"] == '<p class="claim">1 &lt; 2.</p>'


def test_a_claim_that_fails_raises_with_its_sentence(shown):
    with pytest.raises(claims.ClaimFailed, match=r"no longer holds: Pigs fly\."):
        claims.claim(False, "Pigs fly.")
    assert not shown


def test_glue_stores_plain_numbers_and_text_under_their_names(shown):
    claims.glue(gain=np.float64(1.5), words="about a point")
    (gain, about), (words, _) = shown
    assert gain == {"application/papermill.record/text/plain": "1.5"}
    assert about["scrapbook"]["name"] == "gain"
    assert list(words.values()) == ["about a point"]
