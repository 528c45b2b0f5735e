"""Grade a folder of submissions: several at a time, into one CSV."""

import csv
import io
import uuid
import zipfile
import zlib
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from otter.test_files.exception_test import ExceptionTestFile
from tqdm import tqdm

from grading import answers
from grading.supervise import Limits, Outcome, end, supervise
from lib.store.files import write_atomically

LONGEST = 600  # characters of a remark
SCORES = "scores.csv"


@dataclass(frozen=True)
class Submission:
    """A file (or a folder without a notebook), whose it is, and what is odd about it before it runs."""

    path: Path
    student: str
    remark: str = ""


@dataclass(frozen=True)
class Question:
    """A question: its name, and the points that its tests give; None where it is graded by hand."""

    name: str
    points: float | None


def grade(
    archive: Path,
    folder: Path,
    limits: Limits = Limits(),  # noqa: B008 (it is frozen)
    jobs: int = 2,
    scores: Path | None = None,
    by_hand: Mapping[str, tuple[str, str]] | None = None,
) -> Path:
    """Grade every submission in ``folder`` with the tests in ``archive``; return the CSV, by default in there, too.

    It is written anew after each submission, so that a run that is stopped leaves what it has. The questions
    ``by_hand`` ({name: (text, rubric)}) get a column for people to fill, which another run leaves alone, and a page
    of answers beside the CSV. Raises FileNotFoundError when there is no autograder or nothing to grade, ValueError
    when the CSV is not of such a run.
    """
    scores = scores or folder / SCORES
    if not archive.exists():
        raise FileNotFoundError(f"{archive} is missing: run make assignments first")
    submissions = find(folder, scores)
    must_be_writable(scores)
    run = uuid.uuid4().hex
    with TemporaryDirectory() as temporary, ThreadPoolExecutor(jobs) as pool:
        tests = unpack(archive, Path(temporary))
        questions = [*read_questions(tests), *(Question(name, None) for name in by_hand or ())]
        earlier = read_earlier(scores, questions)
        futures = {pool.submit(supervise, one.path, tests, limits, run): one for one in submissions}
        rows: dict[Submission, Outcome] = {}
        try:
            for future in tqdm(as_completed(futures), total=len(futures), unit="submission", disable=None):
                rows[futures[future]] = result(future)
                write(rows, earlier, questions, scores)
                write_answers(rows, by_hand, scores)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while any(future.running() for future in futures):  # one may just be starting its process
                end(run)
            raise
    return scores


def prove(solution: Path, archive: Path, limits: Limits) -> None:
    """Raise ValueError unless the solution gets all points: with some seeds a test may ask for too much."""
    with TemporaryDirectory() as temporary:
        tests = unpack(archive, Path(temporary))
        earned = supervise(solution, tests, limits, uuid.uuid4().hex)
        questions = [(q.name, q.points) for q in read_questions(tests)]
        short = [name for name, points in questions if points and earned.scores.get(name, 0) < points]
    if short:
        causes = [f"{name}: {text}" for name, texts in earned.hidden.items() for text in texts]
        remarks = printable("; ".join([*earned.remarks, *causes]))
        lost = f"{solution.name} loses points in {', '.join(short)}"
        raise ValueError(f"{lost}: {remarks}. Mend it, or choose another SEED")


def result(future: Future[Outcome]) -> Outcome:
    """What became of a submission; an error of ours is told in its remark, and stops nobody else's."""
    error = future.exception()
    return Outcome(remarks=[f"could not be graded: {error!r}"]) if error else future.result()


def find(folder: Path, scores: Path) -> list[Submission]:
    """The submissions: the files of ``folder``, and the notebooks in its folders; neither hidden ones nor our own."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}: give the one that holds the submissions")
    ours = [path.resolve() for table in (scores, folder / SCORES) for path in (table, answers.beside(table))]
    owned: list[tuple[str, Path]] = []
    for path in visible(folder):
        if path.is_file() and path.resolve() not in ours:
            owned.append((path.stem, path))
        elif path.is_dir() and path.resolve() != scores.parent.resolve():
            notebooks = [file for file in visible(path) if file.suffix == ".ipynb"]
            owned += [(path.name, file) for file in notebooks or [path]]
    if not owned:
        raise FileNotFoundError(f"{folder} holds no submissions: put the students' notebooks into it")
    return tell_apart(owned, folder)


def visible(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


def tell_apart(owned: list[tuple[str, Path]], folder: Path) -> list[Submission]:
    """Each (owner, path) under a name of its own: the owner's, or where there are several of one owner, the path's."""
    many = Counter(owner for owner, _ in owned)
    submissions = []
    for owner, path in owned:
        if many[owner] == 1:
            submissions.append(Submission(path, text(owner)))
        else:
            place = path.relative_to(folder).as_posix()
            submissions.append(Submission(path, text(place), f"one of {many[owner]} submissions of {owner}"))
    return submissions


def must_be_writable(scores: Path) -> None:
    """Raise OSError now, and not after the first submission, if the CSV could not be written."""
    try:
        scores.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=scores.parent):
            pass
    except OSError as error:
        raise OSError(f"{scores} cannot be written ({error.strerror}): name another file with --scores") from None


def unpack(archive: Path, folder: Path) -> Path:
    """The folder of otter's test files. Raises ValueError for an archive that holds none."""
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder, [name for name in file.namelist() if name.startswith("tests/")])
    except (zipfile.BadZipFile, zlib.error):
        raise ValueError(f"{archive} is damaged: run make assignments again") from None
    if not any((folder / "tests").glob("*.py")):
        raise ValueError(f"{archive} holds no tests: run make assignments again")
    return folder / "tests"


def read_questions(tests: Path) -> list[Question]:
    files = [ExceptionTestFile.from_file(str(path)) for path in sorted(tests.glob("*.py"))]
    return [Question(file.name, file.possible) for file in files]


def read_earlier(scores: Path, questions: list[Question]) -> dict[str, dict[str, str]]:
    """The rows of an earlier run by student; {} if there was none. Raises ValueError for any other file."""
    if not scores.exists():
        return {}
    columns = header(questions)
    try:
        with open(scores, newline="", encoding="utf-8-sig") as file:  # a spreadsheet may have put a mark in front
            names, *lines = csv.reader(file)
        rows = [dict(zip(columns, line, strict=True)) for line in lines if line]
    except (ValueError, csv.Error):
        names = []
    if names != columns:
        wanted = f"with the columns {','.join(columns)}, separated by commas, in UTF-8"
        raise ValueError(f"{scores} is no table of an earlier run, {wanted}: move it, or name another with --scores")
    return {row["student"]: row for row in rows}


def write(
    rows: dict[Submission, Outcome], earlier: dict[str, dict[str, str]], questions: list[Question], path: Path
) -> None:
    """One row for each student. What people typed into an ``earlier`` one stays, and so do rows not graded again."""
    table = dict(earlier)
    for submission, outcome in rows.items():
        known = earlier.get(submission.student, {})
        typed = {question.name: known.get(question.name, "") for question in questions if question.points is None}
        table[submission.student] = row(submission, outcome, questions) | typed
    lines = io.StringIO()
    writer = csv.DictWriter(lines, header(questions))
    writer.writeheader()
    writer.writerows(table[student] for student in sorted(table))
    write_atomically(path, lambda file: file.write(lines.getvalue().encode()))


def write_answers(rows: dict[Submission, Outcome], by_hand: Mapping[str, tuple[str, str]] | None, scores: Path) -> None:
    """The page of answers to questions that people grade, if there are such questions."""
    if by_hand:
        students = {one.student: rows[one].answers for one in sorted(rows, key=lambda one: one.student)}
        text = answers.page(by_hand, students)
        write_atomically(answers.beside(scores), lambda file: file.write(text.encode(errors="replace")))


def header(questions: list[Question]) -> list[str]:
    return ["student", *(question.name for question in questions), "total", "possible", "remark"]


def row(submission: Submission, outcome: Outcome, questions: list[Question]) -> dict[str, str]:
    """What stands in each column of a submission's row."""
    earned = {q.name: q.points and min(outcome.scores.get(q.name, 0.0), q.points) for q in questions}
    remarks = [submission.remark, *outcome.remarks] if submission.remark else outcome.remarks
    return {
        "student": submission.student,
        **{question: number(points) for question, points in earned.items()},
        "total": number(sum(points or 0 for points in earned.values())),
        "possible": number(sum(question.points or 0 for question in questions)),
        "remark": text("; ".join(remarks)),
    }


def number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def printable(text: str) -> str:
    """One line without control characters, cut to a length that a spreadsheet shows."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def text(words: str) -> str:
    """Words that a spreadsheet shows as they are, and takes for no formula."""
    line = printable(words)
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
