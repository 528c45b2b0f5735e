"""The instructor's page: what is to do, the questions, the mistakes; and similar submissions."""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading import feedback, grade, similar, summary, table
from grading.archive import Question
from grading.inbox import Submission
from grading.supervise import Outcome

QUESTIONS = [Question("q1", 2.0), Question("q2", 2.0, by_hand=True)]
TEMPLATE = "import torch\n" + "\n".join(f"print('given line {i}', {i} + {i} * {i})" for i in range(40))
OWN = {
    "loop": """def total(xs):
    result = 0
    for x in xs:
        result = result + x * 2
    return result / len(xs)""",
    "while": """def total(values):
    i, s = 0, 0.0
    while i < len(values):
        s += values[i] + values[i] / 2
        i += 1
    return s / i""",
    "torch": """def total(t):
    return torch.stack([a.double() for a in t]).mul(2).mean(dim=0).item()""",
}


def graded(folder: Path, outcomes: dict[str, Outcome], earlier: dict[str, table.Row] | None = None) -> grade.Graded:
    by_submission = {Submission(folder / name, name): outcome for name, outcome in outcomes.items()}
    rows = table.merge(by_submission, earlier or {}, QUESTIONS, set(outcomes))
    return grade.Graded(folder, folder / "scores.csv", QUESTIONS, [], by_submission, rows)


def cells(*sources: str) -> list[NotebookNode]:
    return [nbformat.v4.new_code_cell(source) for source in (TEMPLATE, *sources)]


def long(own: str) -> str:
    """An answer to several questions, each in this style."""
    return "\n\n".join(own.replace("total", f"total{i}").replace("2", f"2 + {i} * 3 - {i}") for i in range(4))


def test_what_the_page_on_grading_shows_looks_like_what_is_written(tmp_path):
    """The excerpts there are from a run; they have the columns and the sentences that `make grade` writes today."""
    shown = Path("book/grading.md").read_text(encoding="utf-8")
    outcomes = {name: Outcome({"q1": 0.0}, hidden={"q1": ["x"]}) for name in ("ada", "grace")}
    made = graded(tmp_path, outcomes)
    feedback.write(made, "tiny")
    pages = [summary.write(made, "tiny", [], None), table.beside(made.scores, table.FEEDBACK) / "grace.html"]
    for page in [path.read_text() for path in pages]:
        for head in re.findall(r"<tr>(<th.+?)</tr>", page):
            assert f"| {' | '.join(re.findall('>([^<]+)<', head))} |\n" in shown
    assert "submissions; on average " in shown and "grace: 17 of 26 points" in shown and feedback.HIDDEN in shown


def test_it_says_what_is_to_do_and_which_mistakes_are_common(tmp_path):
    told = [f"{n} of 9 are <wrong>" for n in (3, 4)]
    wrong = [Outcome({"q1": 0.0}, failed={"q1": [words]}, hidden={"q1": ["hidden cause"]}) for words in told]
    outcomes = {"ada": wrong[0], "grace": wrong[1], "emmy": Outcome({"q1": 2.0}, ["look at this notebook: odd"])}
    gone = table.judged(Submission(Path("x"), "gone"), Outcome(), QUESTIONS, {"q2": "1"})
    page = summary.write(graded(tmp_path, outcomes, {"gone": gone}), "tiny", [], None).read_text()
    assert "3 submissions; on average 0.7 of 4 points, and half have 0 or more." in page
    assert "gone: no submission has this name, so its points go to nobody" in page and "q2: 3 without points" in page
    assert "<li>emmy: look at this notebook: odd</li>" in page
    assert "<td>q1</td><td>2</td><td>0.67</td><td>33%</td><td>1</td><td>2</td>" in page
    assert "<td>2</td><td>public</td><td>3 of 9 are &lt;wrong&gt;</td>" in page and "4 of 9" not in page
    assert "<td>2</td><td>hidden</td><td>hidden cause</td>" in page


def test_a_question_that_follows_the_rest_correlates_with_it():
    assert summary.telling([(float(i % 3), i % 3 + 0.5) for i in range(12)]) == "1.00"
    assert summary.telling([(1.0, float(i)) for i in range(12)]) == summary.telling([(1.0, 2.0), (2.0, 1.0)]) == ""


def test_a_copy_with_other_names_and_layout_is_found_and_independent_work_is_not():
    copied = (
        long(OWN["loop"])
        .replace("result", "summe")
        .replace("xs", "zahlen")
        .replace("\n    return", "  # sum\n\n    return")
    )
    class_ = {name: cells(long(own)) for name, own in OWN.items()} | {"copy": cells("\n\n\n", copied)}
    found = similar.pairs(class_, cells())
    assert [(pair.one, pair.other) for pair in found] == [("copy", "loop")] and found[0].share > 0.9


def test_code_without_end_keeps_nobody_waiting():
    """It is compared in the grader's own process, which has no limit of time."""
    endless = nbformat.v4.new_code_cell("".join(f"x{i} = {i} + y\n" for i in range(10**5)))
    assert len(similar.fingerprints([endless])) <= similar.LONGEST


def test_the_template_and_what_many_write_are_no_sign():
    assert similar.pairs({name: cells() for name in ("ada", "grace")}, cells()) == []
    everyone = {f"student {i}": cells(long(OWN["loop"])) for i in range(similar.MANY + 1)}
    assert similar.pairs(everyone, cells()) == []
    assert len(similar.pairs(dict(list(everyone.items())[:2]), cells())) == 1
