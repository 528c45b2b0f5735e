"""Readings to change, as HTML, and what their script says of them in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM
from bs4 import BeautifulSoup

from lib.page import readings

PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><main><h1>t</h1>{}</main>'
SHOWN = readings("own", "What if <3> is read as 2?", "0122456789")


def test_each_digit_has_a_named_field_that_begins_as_it_is_told():
    page = BeautifulSoup(SHOWN._repr_html_(), "html.parser")
    assert page.legend.text == "What if <3> is read as 2?"
    fields = page.select("label")
    assert [field.find(string=True).strip() for field in fields] == [f"{digit} is read as" for digit in range(10)]
    assert "".join(field.select_one("option[selected]").text for field in fields) == "0122456789"
    assert not page.select("input[type=radio]")  # what book/_static/memory.js keeps as a prediction


@pytest.mark.parametrize("begin", ["012", "01224567890", "012245678a"])
def test_ten_outputs_are_needed(begin):
    with pytest.raises(ValueError, match="ten outputs"):
        readings("own", "?", begin)


def test_without_html_it_says_how_the_digits_are_read():
    assert repr(SHOWN) == "What if <3> is read as 2? At first the digits 0 to 9 are read as 0122456789."


@pytest.mark.skipif(not CHROMIUM, reason=NO_CHROMIUM)
def test_the_comparisons_follow_what_is_chosen(chromium, tmp_path):
    (tmp_path / "page.html").write_text(PAGE.format(SHOWN._repr_html_()))
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    page.goto((tmp_path / "page.html").as_uri())
    said, wrong = page.get_by_role("status"), page.locator("td.wrong")
    assert said.inner_text() == "99 of 100 comparisons come out right. Free: output 3."
    assert wrong.count() == 1 and wrong.inner_text() == "✗"
    assert page.locator("tbody tr").nth(3).locator("td").nth(2).inner_text() == "✗"  # 3 ≤ 2
    for digit in range(4, 10):
        page.get_by_label(f"{digit} is read as").select_option(str(digit - 1))
    assert said.inner_text() == "99 of 100 comparisons come out right. Free: output 9."  # the order is the same
    for digit in range(10):
        page.get_by_label(f"{digit} is read as").select_option(str(9 - digit))
    assert said.inner_text() == "10 of 100 comparisons come out right. No output is free."
    found = Axe().run(page)
    page.close()
    assert found.violations_count == 0, found.generate_report()
