"""What the first page says of the book is counted from its sources."""

import pytest
import yaml

from book._ext import facts
from book._ext.minutes import reading, taught

SAID = {"title": "Is It? A course", "version": "0.2", "date-released": yaml.safe_load("2026-11-21")}


def test_the_numbers_are_those_of_the_chapters():
    known = {name: count() for name, count in facts.FACTS.items()}
    assert known["chapters"] == len(taught()) >= 10
    assert abs(60 * known["reading-hours"] - sum(reading(page).minutes for page in taught())) <= 30
    assert known["exercises"] >= 3 * known["chapters"] and 0 < known["panels"] < known["chapters"]


@pytest.mark.parametrize(
    ("people", "names"),
    [
        ([{"name": "The Founders"}], "{The Founders}"),
        ([{"given-names": "Ada", "family-names": "Byron"}, {"family-names": "Noether"}], "{Ada Byron} and {Noether}"),
    ],
)
def test_bibtex_keeps_names_whole(people, names):
    entry = facts.bibtex(SAID | {"authors": people})
    assert f"  author = {{{names}}}," in entry.splitlines()
    assert entry.startswith("@software{isit2026,") and entry.count("{") == entry.count("}")
