"""Every exercise: what it states, its solution passes its check, and typical wrong answers are told their causes."""

import ast
import functools
import re
from pathlib import Path

import pytest
import torch

from book._ext.exercises import KINDS, SOLUTIONS, Answer, answers, exercises, labels
from lib import checks
from lib.checks import Verdict

PAGES = sorted(SOLUTIONS.glob("*.md"))
ONE_SUBJECT = ("record", "reading", "what-is-left")  # three short chapters, whose exercises are of all kinds together

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def chapter(page: Path) -> Path:
    return page.parents[1] / page.name


def execute(code: str, names: dict) -> object:
    """Run a cell; the value of its last line, as a notebook would show it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<cell>", "exec"), names)
    return eval(compile(ast.Expression(last.value), "<cell>", "eval"), names) if last else None


@functools.cache
def verdicts(page: Path) -> list[tuple[Answer, Verdict]]:
    """The answers of a page with what the checks say to them; all cells run in one namespace, as in its notebook.

    Cells tagged "run" are left to the instructor edition: they call no check, and take seconds.
    """
    names: dict = {}
    shown = [(answer, execute(answer.code, names)) for answer in answers(page) if "run" not in answer.tags]
    return [(answer, verdict) for answer, verdict in shown if isinstance(verdict, Verdict)]


def blank(stub: str) -> Verdict:
    """What the check says to the chapter's own cell, as the learner finds it."""
    return execute(stub, {"checks": checks, "torch": torch, "nn": torch.nn})


def test_every_chapter_with_exercises_has_a_page_of_solutions():
    chapters = {page.name for page in Path("book").glob("*.md") if "{exercise}" in page.read_text()}
    assert chapters == {page.name for page in PAGES}


@every_page
def test_every_exercise_has_one_solution_and_no_solution_is_without_an_exercise(page):
    assert labels(page) == [exercise.label for exercise in exercises(chapter(page))]


@every_page
def test_an_exercise_has_three_hints_and_says_what_it_practises(page):
    for exercise in exercises(chapter(page)):
        assert exercise.kind in KINDS, exercise.label
        assert 2 <= exercise.minutes <= 60, exercise.label
        assert len(exercise.hints) == 3 and all(exercise.hints), exercise.label


@every_page
def test_what_can_be_checked_has_a_check(page):
    for exercise in exercises(chapter(page)):
        checked = exercise.stub is not None
        assert checked == (exercise.kind in ("compute", "programming")), exercise.label


@every_page
def test_a_chapter_has_three_to_five_exercises_of_all_kinds(page):
    if page.stem in ONE_SUBJECT:
        return
    kinds = [exercise.kind for exercise in exercises(chapter(page))]
    assert 3 <= len(kinds) <= 5
    assert set(kinds) == set(KINDS)


def test_chapters_on_one_subject_have_two_exercises_each_and_all_kinds_together():
    kinds = [[exercise.kind for exercise in exercises(Path(f"book/{name}.md"))] for name in ONE_SUBJECT]
    assert all(2 <= len(of_one) <= 5 for of_one in kinds)
    assert set().union(*kinds) == set(KINDS)


@every_page
def test_the_solution_passes(page):
    checked = [exercise.label for exercise in exercises(chapter(page)) if exercise.stub]
    right = {answer.label: verdict for answer, verdict in verdicts(page) if "wrong" not in answer.tags}
    assert list(right) == checked
    assert not {label: verdict for label, verdict in right.items() if not verdict.passed}


@every_page
def test_the_blank_stub_is_told_to_begin(page):
    for exercise in exercises(chapter(page)):
        if exercise.stub:
            assert blank(exercise.stub) == Verdict(False, checks.EMPTY), exercise.label


@every_page
def test_five_wrong_answers_or_more_are_each_told_their_own_cause(page):
    for exercise in exercises(chapter(page)):
        wrong = [(a, v) for a, v in verdicts(page) if a.label == exercise.label and "wrong" in a.tags]
        for answer, verdict in wrong:
            assert not verdict.passed, answer.code
            assert answer.cause and answer.cause in verdict.message, f"{answer.code}\n{verdict}"
        messages = [verdict.message for _, verdict in wrong]
        assert len(messages) >= 5 or not exercise.stub, exercise.label
        assert len({*messages, checks.EMPTY}) == len(messages) + 1, f"{exercise.label}: {messages}"


@every_page
def test_every_cell_tagged_wrong_ends_in_a_check(page):
    wrong = [answer.code for answer in answers(page) if "wrong" in answer.tags]
    assert wrong == [answer.code for answer, _ in verdicts(page) if "wrong" in answer.tags]


def test_a_check_without_a_chapter_is_noticed():
    called = {stub for page in PAGES for exercise in exercises(chapter(page)) if (stub := exercise.stub)}
    helpers = {"EMPTY", "Verdict", "Wrong", "check", "require", "returned", "Grader", "shuffled_digits"}
    assert not [name for name in set(checks.__all__) - helpers if not any(f"checks.{name}(" in stub for stub in called)]


def test_the_page_for_instructors_has_the_minutes_that_chapters_and_exercises_state():
    page = Path("book/instructors.md").read_text()
    for file in map(chapter, PAGES):
        read = re.search(r"What you will learn \((\d+) minutes\)", file.read_text())[1]
        work = sum(exercise.minutes for exercise in exercises(file) if exercise.kind != "open")
        assert re.search(rf"\]\({file.name}\) \| {read} \| {work} \|", page), f"{file.name}: {read} and {work} minutes"


def test_the_hours_of_the_half_semester_are_those_that_pages_and_assignments_state():
    weeks = re.findall(r"^\| \d \| (.+) \| (.+) \| (\d)(½?) \|$", Path("book/instructors.md").read_text(), re.MULTILINE)
    files = [[Path("book") / name for name in re.findall(r"\]\((.+?)\)", pages)] for pages, *_ in weeks]
    assert sorted(file for week in files for file in week) == sorted(map(chapter, PAGES))
    for week, (_, handed_in, hours, half) in zip(files, weeks, strict=True):
        all_here = [exercise for file in week for exercise in exercises(file)]
        minutes = sum(int(re.search(r"What you will learn \((\d+) minutes\)", file.read_text())[1]) for file in week)
        minutes += sum(exercise.minutes for exercise in all_here if exercise.kind != "open")
        if assignment := re.search(r"`(\w+)`", handed_in):
            text = Path(f"book/assignments/{assignment[1]}.md").read_text()
            minutes += sum(map(int, re.findall(r"^## Question .*\((\d+) minutes\)$", text, re.MULTILINE)))
        else:
            minutes += max(exercise.minutes for exercise in all_here if exercise.kind == "open")
        assert abs(60 * int(hours) + 30 * bool(half) - minutes) <= 15, (week, minutes)
