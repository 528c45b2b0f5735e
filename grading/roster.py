"""A class list as a learning platform exports it; the same with points in it, to import; and who handed in nothing.

Moodle's is the grading worksheet of an assignment, Canvas's the export of the gradebook. Both are read in English.
"""

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grading import table
from grading.inbox import Submission
from lib.store.files import write_atomically

ASSIGNMENT = re.compile(r".+ \(\d+\)")  # a column of Canvas's for an assignment; the number is its own
CANVAS = ("Student", "LastName", "FirstName", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account")
CANVAS_IDS = ("ID", "SIS User ID", "SIS Login ID", "Integration ID", "Student")
MOODLE = ("Identifier", "Grade", "Last modified (grade)")  # without these, Moodle refuses a worksheet
MOODLE_IDS = ("Identifier", "ID number", "Email address", "Username", "Full name")
NOT_STUDENTS = ("Points Possible", "Student, Test")


@dataclass(frozen=True)
class Student:
    """A row of the list: its place, a name to show, the platform's number, all names of the student, and the team."""

    line: int
    name: str
    number: str
    names: frozenset[str]
    team: str = ""


@dataclass(frozen=True)
class Roster:
    """A list: the columns and lines of the file, the column for points, and the most that the platform takes."""

    platform: str
    columns: list[str]
    lines: list[list[str]]
    grade: str
    most: float | None
    mark: bool  # whether the file to import says that it is UTF-8, as Moodle's own does; Canvas may misread that
    students: tuple[Student, ...] = ()

    @property
    def teams(self) -> bool:
        """Whether teams hand in together: then every line of Moodle's list has one, and no other list has any."""
        return any(student.team for student in self.students)

    def of(self, submission: Submission) -> list[Student]:
        """Whose a submission is: one student's, all of a team, or nobody's."""
        name = submission.name.removesuffix(f"_{submission.number}")
        if team := [student for student in self.students if student.team and student.team == in_a_file(name)]:
            return team
        numbered = submission.number and not self.teams  # a team's file has the team's number
        if numbered and (found := [one for one in self.students if one.number == submission.number]):
            return found
        found = [student for student in self.students if plain(name) in student.names]
        return found if len(found) == 1 else []


def read(path: Path, assignment: str, column: str | None = None) -> Roster:
    """A list of Moodle's or Canvas's. Raises ValueError, naming the file, for any other, or without a column for it."""
    content = path.read_bytes()
    columns, lines = table.parse(content)
    if any(len(line) != len(columns) for line in lines):
        raise ValueError(f"{path} has lines of another length than its first: export it again")
    mark = content.startswith(b"\xef\xbb\xbf")
    if set(MOODLE) <= set(columns):
        most = next((name for name in columns if name.casefold() == "maximum grade"), None)
        found = Roster("moodle", columns, lines, "Grade", points(lines, columns, most), mark)
        return with_students(found, MOODLE_IDS)
    if {"ID", "Section"} <= set(columns) and {"Student", "LastName"} & set(columns):
        grade = canvas_column(path, columns, assignment, column)
        possible = [line for line in lines if "Points Possible" in line[0]]
        return with_students(
            Roster("canvas", columns, lines, grade, points(possible, columns, grade), False), CANVAS_IDS
        )
    raise ValueError(
        f"{path} is neither Moodle's grading worksheet (with the columns {', '.join(MOODLE)}) nor Canvas's gradebook "
        "(Student, ID, Section): export it again, with the platform's language set to English"
    )


def canvas_column(path: Path, columns: Sequence[str], assignment: str, column: str | None) -> str:
    """The column of the assignment: the one that is named, or whose title holds the assignment's name."""
    offered = [name for name in columns if ASSIGNMENT.fullmatch(name)]
    wanted = [name for name in offered if name == column or (column is None and plain(assignment) in plain(name))]
    if len(wanted) != 1:
        told = f"{path} has {len(wanted)} columns for {column or assignment!r}"
        raise ValueError(f"{told}: choose with --column from {', '.join(map(repr, offered)) or 'none'}")
    return wanted[0]


def points(lines: Iterable[Sequence[str]], columns: Sequence[str], name: str | None) -> float | None:
    """The first number in a column, with a decimal point or comma; None where there is none."""
    for line in lines:
        try:
            return float(line[columns.index(name or "")].replace(",", "."))
        except ValueError:
            continue
    return None


def with_students(roster: Roster, ids: Sequence[str]) -> Roster:
    """The list with its students, who go by what stands in the columns ``ids``."""
    students = []
    for place, line in enumerate(roster.lines):
        row = dict(zip(roster.columns, line, strict=True))
        names = {plain(row[name]) for name in ids if row.get(name, "").strip()}
        if any(word in line[0] for word in NOT_STUDENTS) or not names:
            continue
        name = row.get("Full name") or row.get("Student") or f"{row.get('FirstName', '')} {row.get('LastName', '')}"
        names |= {plain(name), plain(" ".join(reversed(name.split(", "))))}
        names |= {known.removeprefix("participant ") for known in names} | {known.split("@")[0] for known in names}
        own = plain(row[ids[0]]).removeprefix("participant ")
        shown = name.strip() or row[ids[0]]
        students.append(Student(place, shown, own, frozenset(names - {""}), in_a_file(row.get("Group", ""))))
    return Roster(**(vars(roster) | {"students": tuple(students)}))


def plain(name: str) -> str:
    """A name without what two systems may write differently."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def in_a_file(name: str) -> str:
    """A name as Moodle writes it into that of a file, where _ comes before a number."""
    return plain(re.sub(r"""[&<>"`|':\\/]""", "", name.replace("_", " ")))


def must_take(roster: Roster, possible: float) -> None:
    """Raise ValueError if the platform takes another number of points than the assignment gives."""
    if roster.most is not None and abs(roster.most - possible) > 0.005:
        most, given = table.number(roster.most), table.number(possible)
        told = f"{roster.platform.title()} takes {most} points in {roster.grade!r}, but the assignment gives {given}"
        raise ValueError(f"{told}: set {given} there, and export the list again")


def absent(roster: Roster, submissions: Iterable[Submission]) -> list[Student]:
    """Who handed in nothing."""
    there = {student for submission in submissions for student in roster.of(submission)}
    return [student for student in roster.students if student not in there]


def several(roster: Roster, submissions: Iterable[Submission]) -> set[Student]:
    """Who handed in more than one: no program chooses which counts."""
    many = Counter(student for submission in submissions for student in roster.of(submission))
    return {student for student, count in many.items() if count > 1}


def filled(roster: Roster, rows: Mapping[Submission, table.Row]) -> list[list[str]]:
    """The lines of the list with the total of each student who has one; what stood there stays for all others."""
    lines, unclear = [list(line) for line in roster.lines], several(roster, rows)
    place, comments = roster.columns.index(roster.grade), index(roster.columns, "Feedback comments")
    for submission, row in rows.items():
        for student in set(roster.of(submission)) - unclear:
            lines[student.line][place] = row["total"]
            if comments is not None and row["comment"]:
                lines[student.line][comments] = row["comment"]
    return lines


def index(columns: Sequence[str], name: str) -> int | None:
    return columns.index(name) if name in columns else None


def write(roster: Roster, rows: Mapping[Submission, table.Row], scores: Path) -> Path:
    """Write the list to import, beside the table; return it.

    Of Canvas's columns only those that identify a student and the assignment's own: it would take the others, too,
    and set back what was changed there since the export.
    """
    path = table.beside(scores, table.LISTS[roster.platform])
    wanted = {*CANVAS, "Section", roster.grade} if roster.platform == "canvas" else set(roster.columns)
    keep = [place for place, name in enumerate(roster.columns) if name in wanted]
    text = io.StringIO()
    csv.writer(text).writerows([line[i] for i in keep] for line in [roster.columns, *filled(roster, rows)])
    content = text.getvalue().encode("utf-8-sig" if roster.mark else "utf-8")
    write_atomically(path, lambda file: file.write(content))
    return path
