"""The pictures of the task say what is there."""

from lib import figures


def test_a_hundred_pairs_are_45_less_10_equal_and_45_greater():
    assert "less in 45 of 100, equal in 10 on the diagonal, greater in 45" in figures.all_pairs("caption").alt
