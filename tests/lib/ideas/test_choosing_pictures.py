"""The picture of choosing follows the candidate that was the best at the first look."""

from lib import figures


def test_the_chosen_one_is_the_best_of_the_first_look_and_its_second_look_is_told():
    picture = figures.looked_at_twice([0.5, 2.1, -1], [3, -0.4, 0], (-4, 4), "caption")
    assert picture.alt == "The best of 3 at the first look, with a luck of 2.1, has −0.4 at the second."
    assert list(picture.table.loc[2]) == [2.1, -0.4]


def test_one_candidate_alone_is_the_best():
    assert "best of 1" in figures.looked_at_twice([0.5], [1], (-4, 4), "caption").alt
