"""A page for every student: the points of each question, the public tests that failed, and what people added.

The pages lie in a folder beside the table, and in an archive. There they have the places of the submissions, because
Moodle and Canvas take back an archive that is built as the one that they gave out; only those of teams lie elsewhere.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path, PurePosixPath

from grading import sheet, table
from grading.archive import Question
from grading.grade import Graded
from grading.inbox import Submission
from grading.odd import LOOK
from grading.roster import Roster, in_a_file
from grading.supervise import Outcome
from lib.store.files import write_atomically

HIDDEN = "The public tests pass, but a hidden test does not: read the question again."


def write(graded: Graded, title: str, roster: Roster | None = None) -> Path:
    """Write a page for each submission, and the archive of all; return it."""
    folder = table.beside(graded.scores, table.FEEDBACK)
    rows = {row["student"]: row for row in graded.rows}
    pages: dict[PurePosixPath, str] = {}
    for one, place in places(list(graded.outcomes), graded.folder).items():
        text = page(title, rows[one.student], one, graded.outcomes[one], graded.questions)
        sheet.write(folder / place, text)
        pages |= dict.fromkeys(returned(one, place, roster), text)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, text in sorted(pages.items()):
            archive.writestr(place.as_posix().encode(errors="replace").decode(), text.encode(errors="replace"))
    path = table.beside(graded.scores, table.PACKED)
    write_atomically(path, lambda file: file.write(packed.getvalue()))
    return path


def places(submissions: Sequence[Submission], folder: Path) -> dict[Submission, PurePosixPath]:
    """Where each page belongs: at the place of the submission, in its folder as feedback.html."""
    wanted = {one: place(one, folder, whole=False) for one in submissions}
    many = Counter(wanted.values())
    return {one: path if many[path] == 1 else place(one, folder, whole=True) for one, path in wanted.items()}


def place(submission: Submission, folder: Path, whole: bool) -> PurePosixPath:
    """The place of one page; if ``whole``, the name of the submission is kept, since another has the same place."""
    path = PurePosixPath(submission.path.relative_to(folder))
    if submission.path.is_dir():
        return path / "feedback.html"
    if whole:
        return path.with_name(f"{path.name}.html")
    return path.with_suffix(".html") if len(path.parts) == 1 else path.with_name("feedback.html")


def returned(submission: Submission, path: PurePosixPath, roster: Roster | None) -> list[PurePosixPath]:
    """Where a page lies in the archive: at its place, or if it is a team's, once for each member.

    Moodle gives a file back to the student whose number stands in its path, and in a team's path it is the team's.
    """
    members = roster.of(submission) if roster and roster.teams else []
    folders = [f"{in_a_file(member.name)}_{member.number}_assignsubmission_file" for member in members]
    return [PurePosixPath(folder, path.name) for folder in folders] or [path]


def page(title: str, row: table.Row, submission: Submission, outcome: Outcome, questions: Sequence[Question]) -> str:
    """The page of one student."""
    missing = [question.name for question in questions if question.by_hand and table.earned(row, question) is None]
    points = f"{row['total']} of {row['possible']} points" + f", without {', '.join(missing)}" * bool(missing)
    lines = [[question.name, *earned(row, question)] for question in questions]
    return sheet.sheet(
        title,
        [
            sheet.text(f"{row['student']}: {points}"),
            sheet.table(["question", "points", "of"], lines),
            *(sheet.section(question.name, told) for question in questions if (told := judged(row, outcome, question))),
            sheet.section("Comment", f"<pre>{escape(row['comment'])}</pre>\n") if row["comment"] else "",
            sheet.section("When it ran", sheet.items(ran)) if (ran := happened(submission, outcome)) else "",
        ],
    )


def earned(row: table.Row, question: Question) -> tuple[str, str]:
    points = table.earned(row, question)
    return ("not graded yet" if points is None else table.number(points)), table.number(question.points)


def judged(row: table.Row, outcome: Outcome, question: Question) -> str:
    """What the tests of a question have found, as HTML; "" where there is nothing to say."""
    if question.by_hand or question.name not in outcome.scores:
        return ""
    if failed := outcome.failed.get(question.name):
        return sheet.items(failed)
    return sheet.text(HIDDEN) if (table.earned(row, question) or 0) < question.points else ""


def happened(submission: Submission, outcome: Outcome) -> list[str]:
    """What there is to say about the notebook as a whole; what tests say stands with their questions."""
    elsewhere = tuple(f"{name}: " for name in outcome.scores)
    remarks = filter(None, [submission.remark, *outcome.remarks])
    return [remark for remark in remarks if not remark.startswith((*elsewhere, LOOK))]
