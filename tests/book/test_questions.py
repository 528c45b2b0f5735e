"""What the reader is asked again: whole, carried by the text, and shown so that it can be read without a script."""

import functools
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from book._ext import about, questions
from book._ext.buttons import UNCHECKED, below_title, way
from book._ext.exercises import SOLUTIONS
from book._ext.notebooks import chapters
from book._ext.repository import Repository

NAMES = [Path(name).name for name in chapters() if "\npredict(" in Path(f"{name}.md").read_text()]

memory = functools.cache(questions.memory)  # reading a chapter takes a while
every_chapter = pytest.mark.parametrize("name", NAMES)


def quoted(words: str, page: Path) -> bool:
    """Whether a page has these words, whatever its line breaks."""
    return page.exists() and " ".join(words.split()) in " ".join(page.read_text().split())


def test_every_chapter_with_a_prediction_is_remembered():
    assert [one.name for one in questions.memories()] == NAMES
    assert len(NAMES) == 13


@every_chapter
def test_a_chapter_has_five_questions_each_with_two_or_more_wrong_answers_and_all_reasons(name):
    asked = memory(name).questions
    assert len(asked) == 5
    for question in asked:
        assert 2 <= len(question.wrong) <= 4, question.name
        texts = [choice.text for choice in question.choices]
        reasons = [choice.reason for choice in question.choices]
        assert len({*texts}) == len(texts) and len({*reasons}) == len(reasons), question.name
        assert all(isinstance(text, str) and len(text) > 5 for text in texts + reasons), question.name
        assert texts.count(question.right.text) == 1


@every_chapter
def test_the_text_carries_every_answer(name):
    page = Path(f"book/{name}.md")
    for question in memory(name).questions:
        assert quoted(question.source, page), f"{name}, {question.name}: the chapter no longer says: {question.source}"
        assert questions.place(page, question.source), question.name


@every_chapter
def test_the_outcome_of_every_prediction_is_said_in_the_chapter_or_its_solution(name):
    for key, made in memory(name).predictions.items():
        said = [page for page in (Path(f"book/{name}.md"), SOLUTIONS / f"{name}.md") if quoted(made.source, page)]
        assert said, f"{name}, {key}: no page says: {made.source}"
        if "nswer " in made.source:
            assert f"nswer {made.answer}" in made.source, key


def test_the_right_answer_is_not_found_by_its_place():
    places = {name: [one.choices.index(one.right) for one in memory(name).questions] for name in NAMES}
    assert all({*map(found.count, range(3))} == {1, 2} for found in places.values())
    assert len({*map(tuple, places.values())}) > 10  # and in no order that all chapters share


@pytest.mark.parametrize("extreme", [min, max])
def test_the_right_answer_is_not_found_by_its_length(extreme):
    asked = [one for name in NAMES for one in memory(name).questions]
    found = [one for one in asked if one.right.text == extreme((c.text for c in one.choices), key=len)]
    assert len(found) < 0.5 * len(asked)


FLAWS = [
    ({"questions": {"a": {"ask": "?"}}}, "is missing"),
    ({"questions": {"a": {"ask": "?", "sauce": ""}}}, "what is 'sauce'"),
    ({"predictions": {}}, "the chapter predicts"),
    ({"predictions": {"free": {"answer": "D", "source": ""}, "fewer": {"answer": "A", "source": ""}}}, "no answer 'D'"),
]


@pytest.mark.parametrize(("flaw", "said"), FLAWS)
def test_a_file_that_is_not_whole_is_named(monkeypatch, tmp_path, flaw, said):
    whole = questions.yaml.safe_load(Path("book/questions/task.yml").read_text())
    (tmp_path / "task.yml").write_text(questions.yaml.safe_dump(whole | flaw))
    monkeypatch.setattr(questions, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=said) as error:
        questions.memory("task")
    assert "task.yml" in str(error.value)


def test_a_text_with_a_colon_and_no_quotes_is_named(monkeypatch, tmp_path):
    (tmp_path / "task.yml").write_text("ask: one: two")
    monkeypatch.setattr(questions, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"task\.yml is no YAML .*colon"):
        questions.memory("task")


@every_chapter
def test_each_question_is_a_list_of_choices_with_as_many_reasons(name):
    asked = memory(name).questions
    shown = BeautifulSoup("".join(questions.written(name, question) for question in asked), "html.parser")
    for item, question in zip(shown.select("li.question"), asked, strict=True):
        choices, reasons = item.select(".choices > li"), item.select("details .reasons > li")
        assert len(choices) == len(reasons) == len(question.choices)
        assert question.choices[int(item["data-right"])] == question.right
        assert item.select_one(".where a")["href"].startswith(f"{name}.html#")
        assert "`" not in item.text


def test_errata_offer_the_forms_where_there_is_a_repository():
    links = BeautifulSoup(about.ways(Repository("ada", "digits")), "html.parser").select("a")
    forms = [link["href"].removeprefix("https://github.com/ada/digits/issues/new?template=") for link in links]
    assert forms and all(Path(".github/ISSUE_TEMPLATE", form).exists() for form in forms)
    nowhere = BeautifulSoup(about.ways(None), "html.parser")
    assert "tell whoever gave you this copy" in nowhere.text and "version 0." in nowhere.text
    assert not nowhere.select("a")


def test_instructors_learn_where_the_commands_run():
    here = BeautifulSoup(about.source(Repository("ada", "digits")), "html.parser")
    assert here.a["href"] == "https://github.com/ada/digits"
    assert "git clone https://github.com/ada/digits.git" in here.text
    nowhere = BeautifulSoup(about.source(None), "html.parser")
    assert not nowhere.select("a") and "the folder from which this book was built" in nowhere.text
    assert '<div id="source"></div>' in Path("book/instructors.md").read_text(encoding="utf-8")


def test_an_exercise_on_a_page_shows_the_way_to_the_notebook():
    assert "Nothing to check yet" in UNCHECKED
    here, online = way("../notebooks/task.ipynb", None), way("../notebooks/task.ipynb", "https://colab/x")
    assert 'href="../notebooks/task.ipynb"' in here and "Colab" not in here
    assert 'href="https://colab/x"' in online
    assert all(text.startswith('<p class="check open">') for text in (here, online))


def test_the_line_below_a_title_says_only_what_is_known():
    bare = below_title("../notebooks/task.ipynb", None, 25)
    assert "Colab" not in bare and bare.endswith("about 25 minutes to read</p>")
    whole = below_title("../notebooks/task.ipynb", "https://colab/x", 25, 170.0)
    assert 'href="https://colab/x"' in whole and whole.endswith("about 25 minutes to read, about 3 minutes to run</p>")
