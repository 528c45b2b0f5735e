"""The pages for instructors: every exercise stands in the outcomes once, and in the table as the chapter states it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from book._ext.exercise_table import exercised, table
from book._ext.exercises import exercises

PAGES = exercised()
ALL = [exercise for page in PAGES for exercise in exercises(page)]


def test_the_outcomes_name_every_exercise_once():
    named = Counter(re.findall(r"{ref}`([\w-]+)`", Path("book/outcomes.md").read_text(encoding="utf-8")))
    assert named == Counter(exercise.label for exercise in ALL)


def test_the_tables_of_exercises_say_what_the_chapters_say():
    lines = [line for page in PAGES for line in table(page)]
    assert len([line for line in lines if "{ref}" in line]) == len(ALL) > 50
    assert len([line for line in lines if line.startswith("**[")]) == len(PAGES)
    first, *_, line = [line for line in table(Path("book/baseline.md")) if line.startswith("**") or "-count>" in line]
    assert first == "**[A first network](/book/baseline.md)**"
    assert line == "| {ref}`Count the weights <baseline-count>` | 5 | compute | easy | what a layer is |"
    assert not any("cite" in line for line in lines)


def test_the_list_of_assignments_is_complete():
    """Who adds an assignment must name it to instructors."""
    names = {path.stem for path in Path("book/assignments").glob("*.md")}
    table = set(re.findall(r"^\| `([\w-]+)` \|", Path("book/assigning.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert names == table


@pytest.mark.parametrize("path", sorted(Path("book/assignments").glob("*.md")), ids=lambda path: path.stem)
def test_the_list_of_assignments_says_how_many_points_there_are_and_how_many_by_hand(path):
    source = path.read_text(encoding="utf-8")
    given = [sum(map(int, re.findall(r"\d+", words))) for words in re.findall(r"^points: (.+)$", source, re.MULTILINE)]
    by_hand = re.findall(r"^manual: true\npoints: (\d+)$", source, re.MULTILINE)
    said = f"| `{path.stem}` | {sum(given)} | {sum(map(int, by_hand))} |"
    assert said in Path("book/assigning.md").read_text(encoding="utf-8")
