"""Computed tables are set as in a textbook."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from book._ext import tables


def shown(frame: pd.DataFrame) -> BeautifulSoup:
    return BeautifulSoup(tables.typeset(frame.to_html()), "html.parser")


def cells(table: BeautifulSoup) -> list[list[str]]:
    return [[cell.text.strip() for cell in row.select("th, td")] for row in table.select("tr")]


def test_numbers_are_grouped_and_stand_right():
    table = shown(pd.DataFrame({"name": ["a", "b"], "weights": [70866, 1234], "change": [-0.5, 12345.25]}))
    assert cells(table)[1:] == [["0", "a", "70,866", "-0.50"], ["1", "b", "1234", "12,345.25"]]
    assert [cell.text for cell in table.select("thead .number")] == ["", "weights", "change"]
    assert "number" not in table.select("tbody td")[0].get("class", [])


def test_no_value_is_a_dash_and_whole_numbers_beside_it_stay_whole():
    table = shown(pd.DataFrame({"c1": [16, None], "share": [0.5, None]}, index=["x", "y"]))
    assert cells(table)[1:] == [["x", "16", "0.5"], ["y", "–", "–"]]


def test_the_name_of_the_rows_stands_beside_those_of_the_columns():
    table = shown(pd.DataFrame({"mean": [1.5]}, index=pd.Index([3], name="round")))
    assert cells(table) == [["round", "mean"], ["3", "1.5"]]


def test_words_and_mixed_columns_are_left_alone():
    table = shown(pd.DataFrame({"system": ["A: 10000", "-"], "interval": ["[-1.0, 2.0]", "5"]}))
    assert cells(table)[1:] == [["0", "A: 10000", "[-1.0, 2.0]"], ["1", "-", "5"]]
    assert not table.select("td.number")


def test_a_row_of_digits_is_no_number():
    table = shown(pd.DataFrame({"digits are read as": ["0234556899", "1234567889"]}))
    assert cells(table)[1:] == [["0", "0234556899"], ["1", "1234567889"]]


@pytest.mark.parametrize("written", ["<table><tr><td>10000</td></tr></table>", "<table></table>"])
def test_tables_of_other_kinds_keep_their_words(written):
    assert BeautifulSoup(tables.typeset(written), "html.parser").text == BeautifulSoup(written, "html.parser").text


def test_tables_that_can_be_sorted_look_like_the_others():
    table = BeautifulSoup(tables.typeset('<table class="sortable"><tr><td>1</td></tr></table>'), "html.parser").table
    assert table["class"] == ["sortable", "dataframe"]
