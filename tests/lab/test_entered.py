"""An exercise in the lab: what a reader enters is compared with the book's own rounds."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from lib.compare import Effect
from lib.course.presets import presets
from lib.page import Side, address, entered

STYLE = Path("book/_static/course.css").read_text(encoding="utf-8")
CLEAR = Effect("B − A", 3.0, 2.0, 4.0)
UNCLEAR = Effect("B − A", 0.5, -1.0, 2.0)
FASTER = Effect("B − A", 3.83, 3.18, 4.48)  # four times the rate, as recorded; the page's rounds gave +2.7 [+2.0, +3.3]
EFFECTS = {"clear": CLEAR, "unclear": UNCLEAR, "faster": FASTER}
DEEP = "24 hidden layers"
LINK = address(Side(DEEP), Side(DEEP, (("first weights", "he"),)), seed=3, locked=["dropout"])


@pytest.fixture(params=["clear", "unclear"])
def page(browser, tmp_path, request, monkeypatch):
    monkeypatch.setenv("LIB_QUIET", "1")
    shown = entered("layers", EFFECTS[request.param], LINK)._repr_html_()
    (tmp_path / "page.html").write_text(f'<meta charset="utf-8"><style>{STYLE}</style>{shown}')
    page = browser.new_page()
    page.goto((tmp_path / "page.html").as_uri())
    yield page
    page.close()


def test_a_field_has_room_for_a_number(page):
    assert min(field.bounding_box()["width"] for field in page.get_by_role("textbox").all()) > 60


ANSWERS = [
    ("clear", ("3.1", "2.2", "4.1"), "misses zero"),
    ("clear", ("+3.1", "2.2", "4.1"), "misses zero"),
    ("unclear", ("0.4", "−1.2", "1.9"), "holds zero"),
    ("faster", ("2.7", "2.0", "3.3"), "misses zero"),
    ("clear", ("3", "", "4"), "Enter three numbers"),
    ("clear", ("three", "2", "4"), "Enter three numbers"),
    ("clear", ("77.6", "76", "79"), "looks like an accuracy"),
    ("clear", ("3", "4", "2"), "inside its interval"),
    ("clear", ("-3", "-4", "-2"), "other way round"),
    ("clear", ("9", "8", "10"), "not the ten rounds of the link"),
    ("clear", ("3", "0.5", "5.5"), "too wide for paired rounds"),
    ("clear", ("3", "2.6", "3.4"), "too narrow"),
]


@pytest.mark.parametrize(("page", "answer", "verdict"), ANSWERS, indirect=["page"])
def test_each_answer_has_its_verdict(page, answer, verdict):
    for label, value in zip(("difference B − A", "lower end", "upper end"), answer, strict=True):
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("output")).to_contain_text(verdict)


def test_the_link_sets_the_lab(page):
    address = page.get_by_role("link", name="Open the lab").get_attribute("href")
    state = json.loads(unquote(address.split("#lab=")[1]))
    assert state["seed"] == 3 and state["locked"] == ["dropout"]
    assert [side["preset"] in presets() for side in state["sides"]] == [True, True]
    assert state["sides"][1]["changes"] == {"first weights": "he"}


def test_a_notebook_has_no_lab_to_open(monkeypatch):
    monkeypatch.delenv("LIB_QUIET", raising=False)
    shown = entered("layers", CLEAR, LINK)._repr_html_()
    assert "experiment.run" in shown and "<a " not in shown


def test_an_exercise_may_allow_for_more_than_the_usual_distance():
    assert "[3.0, 2.0, 1.5];" in entered("layers", CLEAR, LINK)._repr_html_()
    assert "[3.0, 2.0, 4];" in entered("layers", CLEAR, LINK, near=4)._repr_html_()
