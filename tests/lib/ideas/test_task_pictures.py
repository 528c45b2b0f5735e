"""The pictures of the task say what is there."""

from lib import figures


def test_a_hundred_pairs_are_45_less_10_equal_and_45_greater():
    assert "less in 45 of 100, equal in 10 on the diagonal, greater in 45" in figures.all_pairs("caption").alt


def test_hills_become_narrow_with_more_pairs():
    wide, narrow = (figures.chances((80, 81), pairs, "caption") for pairs in (1000, 10_000))
    assert "of 1,000 pairs show, for 80 %, 77.5 to 82.4 %; for 81 %, 78.5 to 83.4 %" in wide.alt
    assert "of 10,000 pairs show, for 80 %, 79.2 to 80.8 %; for 81 %, 80.2 to 81.8 %" in narrow.alt
