"""What students get back: the causes of failed public tests, and no word of hidden ones."""

import zipfile
from pathlib import Path

import pytest

from grading import feedback, grade, table
from grading import roster as rosters
from grading.archive import Question
from grading.inbox import Submission
from grading.supervise import Outcome

QUESTIONS = [Question("q1", 3.0), Question("q2", 2.0), Question("q3", 2.0, by_hand=True)]
HALF = Outcome(
    {"q1": 1.0, "q2": 0.0},
    ["the cell 'x' raised NameError: <b>", "q1: the hidden words", "q2: first cause", "look at this notebook: odd"],
    failed={"q1": [], "q2": ["first cause", "second <cause>"]},
)


def graded(folder: Path, outcomes: dict[Submission, Outcome], typed: dict[str, str]) -> grade.Graded:
    earlier = {one.student: table.judged(one, outcome, QUESTIONS, {}) | typed for one, outcome in outcomes.items()}
    rows = table.merge(outcomes, earlier, QUESTIONS, {one.student for one in outcomes})
    return grade.Graded(folder, folder / "scores.csv", QUESTIONS, [], outcomes, rows)


def page(folder: Path, outcome: Outcome, typed: dict[str, str]) -> str:
    (folder / "ada.ipynb").touch()
    feedback.write(graded(folder, {Submission(folder / "ada.ipynb", "ada", "odd"): outcome}, typed), "tiny")
    return (folder / "scores-feedback" / "ada.html").read_text()


def test_a_page_tells_every_failed_public_test_and_no_hidden_one(tmp_path):
    text = page(tmp_path, HALF, {"q3": "1,5", "comment": "See <me>."})
    assert "ada: 2.5 of 7 points<" in text and "hidden words" not in text
    assert "<li>first cause</li>\n<li>second &lt;cause&gt;</li>" in text
    assert feedback.HIDDEN in text and "See &lt;me&gt;." in text and "look at" not in text
    assert "<li>odd</li>\n<li>the cell &#x27;x&#x27; raised NameError: &lt;b&gt;</li>" in text
    assert "<td>q3</td><td>1.5</td><td>2</td>" in text


def test_a_page_says_what_is_still_to_be_graded(tmp_path):
    text = page(tmp_path, HALF, {})
    assert "ada: 1 of 7 points, without q3<" in text and "<td>q3</td><td>not graded yet</td>" in text


def test_full_marks_need_few_words(tmp_path):
    text = page(tmp_path, Outcome({"q1": 3.0, "q2": 2.0}, failed={"q1": [], "q2": []}), {"q3": "2"})
    assert "ada: 7 of 7 points<" in text and "<h2>q" not in text


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (["ada.ipynb"], ["ada.html"]),
        (["ada.ipynb", "ada.txt"], ["ada.ipynb.html", "ada.txt.html"]),
        (["A B_12_assignsubmission_file/siamese.ipynb"], ["A B_12_assignsubmission_file/feedback.html"]),
        (["g/a.ipynb", "g/b.ipynb"], ["g/a.ipynb.html", "g/b.ipynb.html"]),
        (["ba_12_34_my.work.ipynb"], ["ba_12_34_my.work.html"]),
        (["folder/"], ["folder/feedback.html"]),
        (["b\udcff.ipynb"], ["b?.html"]),
    ],
)
def test_the_archive_is_built_as_what_was_handed_in(names, places, tmp_path):
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).touch()
    outcomes = {Submission(tmp_path / name, name): HALF for name in names}
    path = feedback.write(graded(tmp_path, outcomes, {}), "tiny")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == places


def test_the_page_of_a_team_goes_to_each_member(tmp_path):
    """In the path of Moodle's file stands the team's number, which may be that of a student in another team."""
    name = "Team 1_11_assignsubmission_file/siamese.ipynb"
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).touch()
    lines = ["Identifier,Full name,Group,Grade,Last modified (grade)", "Participant 11,Ada Lovelace,Team 2,,-"]
    lines += ["Participant 12,Grace O'Hopper,Team 1,,-", "Participant 13,Emmy Nöther,Team 1,,-"]
    (tmp_path / "list.csv").write_text("\n".join(lines))
    outcomes = {Submission(tmp_path / name, "Team 1_11", "", "11"): HALF}
    path = feedback.write(graded(tmp_path, outcomes, {}), "tiny", rosters.read(tmp_path / "list.csv", "tiny"))
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [
            "emmy nöther_13_assignsubmission_file/feedback.html",
            "grace ohopper_12_assignsubmission_file/feedback.html",
        ]
    assert (tmp_path / "scores-feedback" / "Team 1_11_assignsubmission_file" / "feedback.html").exists()
