"""Grade a folder of submissions: several at a time, into one CSV and the pages beside it."""

import uuid
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryFile

from nbformat import NotebookNode
from tqdm import tqdm

from grading import answers, inbox, sheet, table
from grading.answers import HandGraded
from grading.archive import Autograder, Question, unpack
from grading.inbox import Submission, printable
from grading.kept import FOLDER, Kept
from grading.seeds import Variants
from grading.supervise import Limits, Outcome, end, supervise

SCORES = "scores.csv"


@dataclass(frozen=True)
class Job:
    """A submission, its autograder, its cells (none where it is no notebook), and where its outcome is kept."""

    submission: Submission
    autograder: Autograder
    cells: list[NotebookNode] = field(repr=False)
    kept: Path | None = None


@dataclass(frozen=True)
class Graded:
    """A folder of submissions that has been graded: all that a page or a table can be made of."""

    folder: Path
    scores: Path
    questions: list[Question]
    jobs: list[Job]
    outcomes: dict[Submission, Outcome]
    rows: list[table.Row]

    def complete(self) -> dict[Submission, table.Row]:
        """The row of each submission to which no question is still to be graded by hand."""
        rows = {row["student"]: row for row in self.rows}
        full = {name for name, row in rows.items() if all(table.earned(row, q) is not None for q in self.questions)}
        return {one: rows[one.student] for one in self.outcomes if one.student in full}


def grade(
    archive: Path,
    folder: Path,
    limits: Limits = Limits(),  # noqa: B008 (it is frozen)
    jobs: int = 2,
    scores: Path | None = None,
    by_hand: Mapping[str, HandGraded] | None = None,
    again: bool = False,
    variants: Variants | None = None,
) -> Graded:
    """Grade every submission in ``folder`` with the tests in ``archive``, into a CSV, by default in there, too.

    The CSV is written anew after each submission, so that a run that is stopped leaves what it has. What was graded
    before and has not changed since is not graded ``again``. The questions ``by_hand`` get a column for people to fill,
    which another run leaves alone, and a page of answers beside the CSV. Where students have seeds of their own, the
    ``variants`` stand in for ``archive``. Raises FileNotFoundError when there is no autograder or nothing to grade,
    ValueError when the CSV is not of such a run, or the seed is another one.
    """
    scores = scores or folder / SCORES
    by_hand = by_hand or {}
    kept = Kept(scores.parent / FOLDER)
    archives = list(variants.archives.values()) if variants else [archive]
    opened = {path: unpack(path) for path in archives}
    submissions = inbox.find(folder, ours(folder, scores))
    must_be_writable(scores)
    questions = [*same(opened), *(Question(name, asked.points, True) for name, asked in by_hand.items())]
    earlier = table.read(scores, questions)
    todo = [prepare(one, opened, variants, limits, kept) for one in submissions]
    if not variants:
        must_have_the_seed(todo, archive)
    graded = Graded(folder, scores, questions, todo, {} if again else known(todo, kept), [])
    run(graded, earlier, limits, jobs, kept)
    write_answers(graded, by_hand)
    return graded


def known(todo: Sequence[Job], kept: Kept) -> dict[Submission, Outcome]:
    """What was graded before, and has not changed."""
    found = {job.submission: kept.read(job.kept) for job in todo if job.kept}
    return {submission: outcome for submission, outcome in found.items() if outcome}


def ours(folder: Path, scores: Path) -> set[Path]:
    """What a run writes: no submissions, even where it lies among them."""
    tables = {scores, folder / SCORES}
    return set().union(*map(table.written, tables), (path.parent for path in tables if path.parent.is_dir()))


def same(opened: Mapping[Path, Autograder]) -> tuple[Question, ...]:
    """The questions of all autograders. Raises ValueError where they differ."""
    first, *others = opened.items()
    for path, autograder in others:
        if autograder.questions != first[1].questions:
            raise ValueError(f"{path} has other questions than {first[0]}: run make assignments again for all seeds")
    return first[1].questions


def prepare(
    one: Submission, opened: Mapping[Path, Autograder], variants: Variants | None, limits: Limits, kept: Kept
) -> Job:
    """What there is to do for a submission. All of them are read before any runs, which could change another."""
    content = inbox.read(one.path)
    cells = inbox.cells(content)
    own = inbox.seeds(cells)
    archive, told = variants.choose(one, own) if variants else (next(iter(opened)), "")
    autograder = opened[archive]
    odd = f"its SEED is {listed(own)}, and not {autograder.seed}" if own and autograder.seed not in own else ""
    one = replace(one, remark="; ".join(filter(None, [one.remark, told, odd])))
    known = None if content is None else kept.path(content, autograder.fingerprint, limits)
    return Job(one, autograder, cells, known)


def must_have_the_seed(jobs: Sequence[Job], archive: Path) -> None:
    """Raise ValueError where no submission has the seed of the autograder, and some have another."""
    found = [(inbox.seeds(job.cells), job.autograder.seed) for job in jobs]
    others = {number for seeds, _ in found for number in seeds}
    if others and not any(seed in seeds for seeds, seed in found):
        told = f"{archive} was made for the seed {found[0][1]}, but the notebooks have {listed(others)}"
        raise ValueError(f"{told}: put the autograder there that was made together with what you handed out")


def listed(numbers: set[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def run(graded: Graded, earlier: dict[str, table.Row], limits: Limits, jobs: int, kept: Kept) -> None:
    """Grade what has no outcome yet, ``jobs`` at a time, and write the table before the first and after each."""
    mark = uuid.uuid4().hex
    write(graded, earlier)
    todo = [job for job in graded.jobs if job.submission not in graded.outcomes]
    with ThreadPoolExecutor(jobs) as pool:
        futures = {pool.submit(supervise, job.submission.path, job.autograder.tests, limits, mark): job for job in todo}
        try:
            for future in tqdm(as_completed(futures), total=len(futures), unit="submission", disable=None):
                job = futures[future]
                graded.outcomes[job.submission] = result(future)
                if not future.exception():
                    keep(job, future.result(), limits, kept)
                write(graded, earlier)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            while any(future.running() for future in futures):  # one may just be starting its process
                end(mark)
            raise


def keep(job: Job, outcome: Outcome, limits: Limits, kept: Kept) -> None:
    """Keep an outcome, unless the submission's file has become another while it ran: whose outcome is it then?"""
    content = inbox.read(job.submission.path)
    if job.kept and content is not None and kept.path(content, job.autograder.fingerprint, limits) == job.kept:
        kept.write(job.kept, outcome)


def write(graded: Graded, earlier: dict[str, table.Row]) -> None:
    """The table, as far as is known."""
    students = {job.submission.student for job in graded.jobs}
    graded.rows[:] = table.merge(graded.outcomes, earlier, graded.questions, students)
    table.write(graded.rows, table.header(graded.questions), graded.scores)


def write_answers(graded: Graded, by_hand: Mapping[str, HandGraded]) -> None:
    """The page of answers to questions that people grade, if there are such questions."""
    if by_hand:
        students = sorted(graded.outcomes, key=lambda one: one.student)
        page = answers.page(by_hand, {one.student: graded.outcomes[one].answers for one in students})
        sheet.write(table.beside(graded.scores, table.ANSWERS), page)


def prove(solution: Path, archive: Path, limits: Limits) -> None:
    """Raise ValueError unless the solution gets all points: with some seeds a test may ask for too much."""
    autograder = unpack(archive)
    earned = supervise(solution, autograder.tests, limits, uuid.uuid4().hex)
    short = [q.name for q in autograder.questions if earned.scores.get(q.name, 0) < q.points]
    if short:
        causes = [f"{name}: {text}" for name, texts in earned.hidden.items() for text in texts]
        remarks = printable("; ".join([*earned.remarks, *causes]))
        lost = f"{solution.name} loses points in {', '.join(short)}"
        raise ValueError(f"{lost}: {remarks}. Mend it, or choose another SEED")


def result(future: Future[Outcome]) -> Outcome:
    """What became of a submission; an error of ours is told in its remark, and stops nobody else's."""
    error = future.exception()
    return Outcome(remarks=[f"could not be graded: {error!r}"]) if error else future.result()


def must_be_writable(scores: Path) -> None:
    """Raise OSError now, and not after the first submission, if the CSV could not be written."""
    try:
        scores.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryFile(dir=scores.parent):
            pass
    except OSError as error:
        raise OSError(f"{scores} cannot be written ({error.strerror}): name another file with --scores") from None
