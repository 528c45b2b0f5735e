"""Class lists, in the columns that Moodle and Canvas publish: who is who, who handed in nothing, and what goes back.

Moodle: mod/assign/gradingtable.php, the grading worksheet, and mod/assign/feedback/offline/importgradeslib.php, which
takes it back. Canvas: lib/gradebook_exporter.rb and gradebook_importer.rb.
"""

import csv
import io
from pathlib import Path

import pytest

from grading import inbox, seeds
from grading import roster as rosters
from grading.inbox import Submission
from grading.seeds import Variants

MOODLE = """\ufeffIdentifier,"Full name","ID number","Email address",Status,Group,Grade,"Maximum grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 11","Ada Lovelace",0042,ada@example.org,"Submitted for grading",,,7.00,Yes,"Monday, 2 June, 9:00",-,
"Participant 12","Grace Hopper",0043,grace@example.org,"No submission",,5.00,7.00,Yes,-,-,"from before"
"Participant 13","Emmy Nöther",0044,noether@example.org,"Submitted for grading",,,7.00,Yes,-,-,
"Participant 14","Sofja Kowalewskaja",0045,sofja@example.org,"Submitted for grading",,,7.00,Yes,-,-,
"""
TEAMS = """\ufeffIdentifier,"Full name",Status,Group,Grade,"Maximum grade","Grade can be changed",\
"Last modified (grade)","Feedback comments"
"Participant 11","Ada Lovelace","Submitted for grading","Default group",,7.00,Yes,-,
"Participant 12","Grace Hopper","No submission","Default group",,7.00,Yes,-,
"Participant 13","Emmy Nöther","Submitted for grading","R&D_1",,7.00,Yes,-,
"Participant 14","Sofja Kowalewskaja","Submitted for grading","R&D_1",,7.00,Yes,-,
"""
CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,siamese (901),Siamese again (902),Quiz (903),Current Score
,,,,,Manual Posting,,,
    Points Possible,,,,,7.00,7.00,10.00,(read only)
"Lovelace, Ada",11,s11,ada,A,,,3.00,30.0
"Hopper, Grace",12,11,grace@example.org,A,,,EX,
"Student, Test",99,,abc,A,,,,
"""


def read(folder: Path, text: str, **options) -> rosters.Roster:
    path = folder / "list.csv"
    path.write_bytes(text.replace("\n", "\r\n").encode())
    return rosters.read(path, "siamese", **options)


def names(roster: rosters.Roster, *submission: str) -> list[str]:
    student, number = (*submission, "")[:2]
    return [one.name for one in roster.of(Submission(Path("x.ipynb"), student, "", number))]


def written(roster: rosters.Roster, rows: dict[Submission, dict], folder: Path) -> tuple[bytes, list[dict[str, str]]]:
    content = rosters.write(roster, rows, folder / "scores.csv").read_bytes()
    return content, list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    "submission", [("Ada Lovelace_11", "11"), ("ada",), ("'0042",), ("ADA  lovelace",), ("ada@example.org",)]
)
def test_a_student_of_moodle_is_known_by_number_name_address(submission, tmp_path):
    assert names(read(tmp_path, MOODLE), *submission) == ["Ada Lovelace"]


def test_a_student_is_known_by_the_name_of_the_file_whatever_stands_in_the_table(tmp_path):
    """علی‌رضا is written with a letter that is not printed; in the table stand a space, and a mark."""
    name = "علی\u200cرضا"
    roster = read(tmp_path, MOODLE.replace("Ada Lovelace", name))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.ipynb").touch()
    [submission] = inbox.find(tmp_path / "in", set())
    assert submission.student != name and [one.name for one in roster.of(submission)] == [name]
    variants = Variants(tmp_path, {name: 7, "another": 8}, {7: Path("seven"), 8: Path("eight")})
    assert variants.choose(submission, set()) == (Path("seven"), "")


def test_a_name_that_begins_with_an_apostrophe_has_a_seed_and_a_place_on_the_list(tmp_path):
    """In a table one may stand in front of a name, so that a spreadsheet leaves it alone; here it is the name's."""
    name = "'t Hooft"
    roster = read(tmp_path, MOODLE.replace("Ada Lovelace", name))
    (tmp_path / "seeds.csv").write_text(f"student,seed\n{name},7\nanother,8\n")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / f"{name}.ipynb").touch()
    [submission] = inbox.find(tmp_path / "in", set())
    variants = Variants(tmp_path, seeds.read(tmp_path / "seeds.csv"), {7: Path("seven"), 8: Path("eight")})
    assert variants.choose(submission, set()) == (Path("seven"), "")
    assert [one.name for one in roster.of(submission)] == [name]


def test_a_team_of_moodle_is_all_its_members_and_its_number_is_no_students(tmp_path):
    """Moodle names a team's file after the team, with _ as a space and without &, and with the team's number."""
    roster = read(tmp_path, TEAMS)
    assert names(roster, "RD 1_12", "12") == ["Emmy Nöther", "Sofja Kowalewskaja"]
    assert names(roster, "Default group") == ["Ada Lovelace", "Grace Hopper"]
    assert names(roster, "Another team_12", "12") == []
    assert names(roster, "ada lovelace") == ["Ada Lovelace"]
    assert not read(tmp_path, MOODLE).teams


@pytest.mark.parametrize("submission", [("lovelaceada_11", "11"), ("s11",), ("Ada Lovelace",), ("Lovelace, Ada",)])
def test_a_student_of_canvas_is_known_by_number_id_name(submission, tmp_path):
    roster = read(tmp_path, CANVAS, column="siamese (901)")
    assert names(roster, *submission) == ["Lovelace, Ada"]
    assert names(roster, "grace") == ["Hopper, Grace"] and names(roster, "nobody") == []
    assert names(roster, "11") == []  # one student's number, and another's id: not guessed


def test_what_moodle_imports(tmp_path):
    roster = read(tmp_path, MOODLE)
    ada, odd = Submission(Path("a"), "Ada Lovelace_11", "", "11"), Submission(Path("c"), "x")
    rows = {ada: {"total": "6.5", "comment": "well"}, odd: {"total": "1", "comment": ""}}
    content, lines = written(roster, rows, tmp_path)
    before = list(csv.DictReader(io.StringIO(MOODLE.lstrip("\ufeff"))))
    assert content.startswith(b"\xef\xbb\xbfIdentifier,") and b"\r\n" in content
    assert [line["Grade"] for line in lines] == ["6.5", "5.00", "", ""]
    assert [line["Feedback comments"] for line in lines] == ["well", "from before", "", ""]
    untouched = before[0].keys() - {"Grade", "Feedback comments"}
    assert all(line[name] == old[name] for line, old in zip(lines, before, strict=True) for name in untouched)
    assert [one.name for one in rosters.absent(roster, rows)] == ["Grace Hopper", "Emmy Nöther", "Sofja Kowalewskaja"]


def test_the_points_of_a_team_are_all_its_members(tmp_path):
    roster = read(tmp_path, TEAMS)
    rows = {Submission(Path("a"), "RD 1_12", "", "12"): {"total": "7", "comment": "well"}}
    told = [(line["Grade"], line["Feedback comments"]) for line in written(roster, rows, tmp_path)[1]]
    assert told == [("", ""), ("", ""), ("7", "well"), ("7", "well")]
    assert [one.name for one in rosters.absent(roster, rows)] == ["Ada Lovelace", "Grace Hopper"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_what_canvas_imports(mark, tmp_path):
    """Without a mark of its encoding, even if the export has one: Canvas would not find a first column LastName."""
    roster = read(tmp_path, mark + CANVAS, column="siamese (901)")
    rows = {Submission(Path("a"), "ada"): {"total": "6.5", "comment": ""}}
    content, lines = written(roster, rows, tmp_path)
    assert content.splitlines()[:3] == [
        b"Student,ID,SIS User ID,SIS Login ID,Section,siamese (901)",
        b",,,,,Manual Posting",
        b"    Points Possible,,,,,7.00",
    ]
    assert [line["siamese (901)"] for line in lines] == ["Manual Posting", "7.00", "6.5", "", ""]
    assert [one.name for one in rosters.absent(roster, rows)] == ["Hopper, Grace"]


def test_canvas_may_tell_first_and_last_names_apart(tmp_path):
    text = CANVAS.replace("Student,ID", "LastName,FirstName,ID").replace('"Lovelace, Ada"', "Lovelace,Ada")
    text = (
        text.replace('"Hopper, Grace"', "Hopper,Grace")
        .replace('"Student, Test"', "Student,Test")
        .replace("\n,", "\n,,")
    )
    roster = read(tmp_path, text.replace("Possible,", "Possible,,"), column="siamese (901)")
    assert names(roster, "ada") == names(roster, "Ada Lovelace") == ["Ada Lovelace"]


def test_of_several_submissions_none_is_chosen(tmp_path):
    roster = read(tmp_path, MOODLE)
    rows = {Submission(Path(name), f"Ada Lovelace_11/{name}", "", "11"): {"total": "1", "comment": ""} for name in "ab"}
    assert [one.name for one in rosters.several(roster, rows)] == ["Ada Lovelace"]
    assert written(roster, rows, tmp_path)[1][0]["Grade"] == ""


def test_another_number_of_points_is_told(tmp_path):
    roster = read(tmp_path, MOODLE)
    rosters.must_take(roster, 7)
    with pytest.raises(ValueError, match=r"Moodle takes 7 points in 'Grade', but the assignment gives 20: set 20"):
        rosters.must_take(roster, 20)


def test_canvas_column_is_found_or_asked_for(tmp_path):
    one = CANVAS.replace("Siamese again (902)", "Other (902)")
    assert read(tmp_path, one).grade == "siamese (901)"
    with pytest.raises(
        ValueError, match=r"2 columns for 'siamese': choose with --column from 'siamese \(901\)', 'Siamese"
    ):
        read(tmp_path, CANVAS)
    with pytest.raises(ValueError, match="0 columns for 'x'"):
        read(tmp_path, one, column="x")


@pytest.mark.parametrize(
    "text", ["", "student,total\nada,1\n", MOODLE.replace("Identifier", "ID").replace("Grade", "Bewertung")]
)
def test_another_list_is_refused(text, tmp_path):
    with pytest.raises(ValueError, match=r"list\.csv is neither Moodle's grading worksheet .* set to English"):
        read(tmp_path, text)
