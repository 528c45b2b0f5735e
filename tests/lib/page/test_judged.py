"""Pairs to be judged, as HTML; tests/pages/test_browser.py presses their buttons."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from lib.page import judged

LABELS = (True, False, True)


def shown(**changes) -> BeautifulSoup:
    words = {"name": "unsure", "question": "Is <this> ≤ that?", "labels": LABELS} | changes
    return BeautifulSoup(judged(**words)._repr_html_(), "html.parser")


def test_each_pair_is_a_named_group_of_two_buttons_of_which_none_is_pressed():
    page = shown()
    assert page.select_one("fieldset > legend").text == "Is <this> ≤ that?"
    pairs = page.select("[role=group]")
    assert [pair["aria-label"] for pair in pairs] == ["pair 1", "pair 2", "pair 3"]
    assert [[button.text for button in pair.select("button")] for pair in pairs] == [["≤", ">"]] * 3
    assert not page.select("[aria-pressed=true]")


def test_the_labels_are_no_text_of_the_page_and_those_of_the_pairs():
    page = shown()
    assert [pair["data-label"] for pair in page.select("[data-label]")] == ["≤", ">", "≤"]
    page.script.extract()
    assert page.output.text == ""


def test_it_is_kept_as_no_prediction():
    assert not shown().select("input[type=radio]")  # what book/_static/memory.js looks for in a fieldset.quiz


def test_a_column_of_a_table_gives_the_labels_too():
    assert judged("unsure", "?", pd.Series([True, False, True], [4, 9, 2])) == judged("unsure", "?", LABELS)


def test_two_of_a_page_do_not_share_their_names():
    first, second = shown(), shown(name="other")
    assert first.fieldset["id"] != second.fieldset["id"] and second.fieldset["id"] in second.script.text


def test_without_html_it_says_what_is_to_do():
    assert repr(judged("unsure", "Is it ≤?", LABELS)) == "Is it ≤? Decide for pairs 1 to 3."


def test_without_a_pair_there_is_nothing_to_judge():
    with pytest.raises(ValueError, match="no pair"):
        judged("unsure", "?", [])
