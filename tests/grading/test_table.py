"""scores.csv lives through spreadsheets, and through another run."""

import csv
import io
from pathlib import Path

import pytest

from grading import inbox, table
from grading.archive import Question
from grading.inbox import Submission
from grading.supervise import Outcome

QUESTIONS = [Question("q1", 2.0), Question("q2", 3.0, by_hand=True)]
ADA, GRACE = (Submission(Path(f"{name}.ipynb"), name) for name in ("ada", "grace"))
FULL = Outcome({"q1": 2.0})


def merged(graded, earlier=(), students=frozenset({"ada", "grace"})) -> dict[str, table.Row]:
    rows = table.merge(graded, {row["student"]: row for row in earlier}, QUESTIONS, set(students))
    return {row["student"]: row for row in rows}


def saved(path: Path, rows: dict[str, table.Row], separator: str = ",", encoding: str = "utf-8-sig") -> Path:
    """A table as a spreadsheet saves it."""
    lines = io.StringIO(newline="")
    writer = csv.DictWriter(lines, table.header(QUESTIONS), delimiter=separator)
    writer.writeheader()
    writer.writerows(rows.values())
    path.write_bytes(lines.getvalue().encode(encoding))
    return path


def test_it_says_its_encoding_and_remarks_are_one_line(tmp_path):
    outcome = Outcome({"q1": 1.5, "q9": 7}, ["two\nlines\x1b[0m", "x" * 1000])
    rows = merged({Submission(tmp_path / "b.ipynb", "bö"): outcome}, students={"bö"})
    table.write(list(rows.values()), table.header(QUESTIONS), tmp_path / "scores.csv")
    content = (tmp_path / "scores.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfstudent,q1,q2,total,possible,comment,remark\r\n")
    row = content.decode("utf-8-sig").splitlines()[1]
    assert row.startswith("bö,1.5,,1.5,5,,two lines [0m; xxx") and len(row) < 700


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [(",", "utf-8-sig"), (",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-8"), (";", "cp1252")],
)
def test_points_that_people_typed_stay_and_count_however_the_table_is_saved(separator, encoding, tmp_path):
    rows = merged({ADA: FULL, GRACE: FULL})
    rows["ada"] |= {"q2": "1.5", "comment": "schön; weiter so, Ada"}
    rows["grace"]["q2"] = "0,5"
    earlier = table.read(saved(tmp_path / "scores.csv", rows, separator, encoding), QUESTIONS)
    again = merged({ADA: FULL, GRACE: FULL}, earlier.values())
    assert again["ada"] == rows["ada"] | {"total": "3.5"}
    assert (again["grace"]["q2"], again["grace"]["total"], again["grace"]["possible"]) == ("0,5", "2.5", "5")


@pytest.mark.parametrize("typed", ["4", "-1", "nan", "inf", "good"])
def test_typed_points_that_cannot_be_are_kept_not_counted_and_told(typed):
    row = merged({ADA: FULL}, [merged({ADA: FULL})["ada"] | {"q2": typed}], {"ada"})["ada"]
    assert (row["q2"], row["total"], row["remark"]) == (typed, "2", f"q2: '{typed}' is no number from 0 to 3")


@pytest.mark.parametrize(("claimed", "counted"), [(float("nan"), "0"), (float("inf"), "0"), (-1e9, "0"), (1e9, "2")])
def test_a_score_is_from_0_to_the_points_of_its_question(claimed, counted):
    row = merged({ADA: Outcome({"q1": claimed, "another": 9.0})}, students={"ada"})["ada"]
    assert (row["q1"], row["total"]) == (counted, counted)


def test_a_run_that_stops_early_keeps_the_rows_that_it_did_not_reach():
    earlier = merged({ADA: Outcome(), GRACE: Outcome()})
    earlier["ada"]["q2"] = earlier["grace"]["q2"] = "1"
    rows = merged({ADA: FULL}, earlier.values())
    assert [(row["q1"], row["q2"], row["total"], row["remark"]) for row in rows.values()] == [
        ("2", "1", "3", ""),
        ("0", "1", "1", ""),
    ]


def test_a_row_of_nobody_stays_and_says_so():
    earlier = merged({ADA: FULL, GRACE: FULL})
    earlier["grace"]["q2"] = "1"
    row = merged({ADA: FULL}, earlier.values(), {"ada"})["grace"]
    assert (row["q2"], row["total"], row["remark"]) == ("1", "3", "no submission has this name")


def test_typed_points_stay_when_one_who_looks_alike_hands_in_later(tmp_path):
    def run(earlier=()) -> dict[str, table.Row]:
        found = inbox.find(tmp_path, set())
        return merged(dict.fromkeys(found, FULL), earlier, {one.student for one in found})

    (tmp_path / "a\x01b.ipynb").touch()
    [(first, row)] = run().items()
    (tmp_path / "a\x02b.ipynb").touch()
    after = run([row | {"q2": "1"}])
    assert len(after) == 2 and after[first]["q2"] == "1" and not any(row["remark"] for row in after.values())


@pytest.mark.parametrize("first", "=+-@")
def test_no_remark_becomes_a_formula(first):
    row = merged({ADA: Outcome(remarks=[f"{first}2+2"])}, students={"ada"})["ada"]
    assert row["remark"] == f"'{first}2+2"


def test_two_rows_of_one_student_are_not_guessed_about(tmp_path):
    rows = merged({ADA: FULL, GRACE: FULL})
    rows["grace"]["student"] = "ada"
    with pytest.raises(ValueError, match=r"scores\.csv has several rows of ada: leave one of each"):
        table.read(saved(tmp_path / "scores.csv", rows), QUESTIONS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"my notes",
        b"student;q1;total;possible;comment;remark\n",
        b"student,q1,total\nada,1,2",
        b"\xff\xfe",
        b"WIDE",
    ],
)
def test_a_table_that_is_not_of_an_earlier_run_is_left_alone(content, tmp_path):
    wide = b"student,q1,q2,total,possible,comment,remark\nada,1,2,3,5,,well,done\n"
    path = tmp_path / "scores.csv"
    path.write_bytes(content.replace(b"WIDE", wide))
    with pytest.raises(ValueError, match=r"scores\.csv is no table of an earlier run, with the columns student,q1,q2,"):
        table.read(path, QUESTIONS)
