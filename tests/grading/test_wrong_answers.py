"""The questions on modules and gradients: plausible wrong answers are each refused, with their own cause."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import jupytext
import pytest

from grading import assign
from grading.archive import unpack
from grading.examiner import Case

WRONG = Path(__file__).parent / "wrong"
NAMES = sorted(path.stem for path in WRONG.glob("*.md"))
SOURCES = {name: jupytext.read(WRONG / f"{name}.md").cells for name in NAMES}
CELLS = [(name, cell) for name, cells in SOURCES.items() for cell in cells if "cause" in cell.metadata]


@pytest.fixture(scope="module")
def tests(tmp_path_factory, cache):
    """A function: the tests of an assignment by question, and what its solution imports."""
    return prepared(tmp_path_factory)


def prepared(tmp_path_factory):
    @cache
    def prepare(name: str) -> tuple[dict[str, list[Case]], dict, str]:
        folder = tmp_path_factory.mktemp(name)
        assign.make(assign.find(name), folder)
        cells = [cell.source for cell in jupytext.read(folder / f"{name}-solution.ipynb").cells[2:]]
        [imports] = [cell for cell in cells if cell.startswith(("import ", "from ")) and "torch" in cell]
        names: dict = {}
        exec("\n".join(line for line in imports.splitlines() if line.startswith(("import", "from"))), names)
        return unpack(folder / f"{name}-autograder.zip").tests, names, "\n".join(filter(is_answer, cells))

    return prepare


def is_answer(cell: str) -> bool:
    """Whether a cell defines something; magics and raw text do not."""
    try:
        return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.parse(cell).body)
    except SyntaxError:
        return False


def definitions(source: str) -> str:
    """The functions and classes alone: nothing is trained."""
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return "\n\n".join(map(ast.unparse, nodes))


def said(cases: list[Case], answers: dict) -> list[str]:
    """What each test says of the answers that are there; "" where it passes."""
    words = []
    for case in cases:
        scope: dict = {}
        exec(case.source, scope)
        try:
            scope[case.name](**{ask: answers[ask] for ask in case.asks})
            words.append("")
        except Exception as error:
            words.append(str(error))
    return words


@pytest.mark.parametrize(("name", "cell"), CELLS, ids=[f"{name} {cell.metadata['cause']}" for name, cell in CELLS])
def test_a_wrong_answer_is_refused_with_its_cause(tests, name, cell):
    cases, names, solution = tests(name)
    answers = dict(names)
    exec(definitions(solution), answers)
    for given in SOURCES[name]:
        if given.cell_type == "code" and "cause" not in given.metadata:
            exec(given.source, answers)
    question = cell.metadata["question"]
    assert not any(said(cases[question], answers))  # of the solution
    exec(cell.source, answers)
    found = said(cases[question], answers)
    assert cell.metadata["cause"] in next(filter(None, found), "")


def test_the_page_on_assignments_shows_what_the_check_really_says(tests):
    """The cell of the page, and the remark below it; another shown remark would be no better than an invented one."""
    page = Path("book/assigning.md").read_text(encoding="utf-8")
    [(shown, remark)] = re.findall(r"```python\n(.+?)```\n\n> ✗ ([^\n]+)\n", page, re.DOTALL)
    cases, names, _ = tests("siamese")
    exec(definitions(shown), names)
    assert said(cases["q1"], names | {"free": 0.5})[0] == remark


def test_every_assignment_has_five_wrong_answers_or_more():
    counts = Counter(name for name, _ in CELLS)
    assert counts.keys() == set(assign.names()) and min(counts.values()) >= 5
