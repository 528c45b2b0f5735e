"""Predictions as HTML; tests/pages/test_browser.py answers them by mouse and by keyboard."""

import pytest
from bs4 import BeautifulSoup

from lib.page import predict

ANSWERS = {"Half of <them>": 'What about "ties"?', "More": "By how much?"}


def shown(**changes) -> BeautifulSoup:
    words = {"name": "free", "question": "How often, & why?", "answers": ANSWERS} | changes
    return BeautifulSoup(predict(**words)._repr_html_(), "html.parser")


def test_a_prediction_is_a_group_of_named_choices():
    page = shown()
    assert page.select_one("fieldset > legend").text == "How often, & why?"
    assert [label.get_text(" ", strip=True) for label in page.select("label")] == ["A. Half of <them>", "B. More"]
    assert {choice["name"] for choice in page.select("input[type=radio]")} == {"quiz-free"}
    assert len(page.select("input[data-lm-suppress-shortcuts=true]")) == 2  # else JupyterLab takes the arrow keys


def test_the_feedback_is_not_shown_before_the_answer():
    page = shown()
    assert [choice["data-feedback"] for choice in page.select("input")] == list(ANSWERS.values())
    page.script.extract()
    assert "By how much?" not in page.text and page.output.text == ""


def test_two_predictions_of_a_page_do_not_share_their_choices():
    first, second = shown(), shown(name="other")
    assert first.input["name"] != second.input["name"]
    assert first.fieldset["id"] in first.script.text and second.fieldset["id"] in second.script.text


def test_the_same_prediction_gives_the_same_page():
    assert predict("free", "?", ANSWERS)._repr_html_() == predict("free", "?", ANSWERS)._repr_html_()


def test_without_html_the_question_and_its_answers_are_text():
    assert repr(predict("free", "How often?", ANSWERS)) == "How often?\nA. Half of <them>\nB. More"


@pytest.mark.parametrize("name", ["", "Free", "two words", "a--b", 'x"><b'])
def test_a_name_that_would_break_the_page_is_refused(name):
    with pytest.raises(ValueError, match="lowercase words"):
        predict(name, "?", ANSWERS)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_too_few_or_too_many_answers_are_refused(count):
    with pytest.raises(ValueError, match=f"not {count}"):
        predict("free", "?", {str(number): "" for number in range(count)})
