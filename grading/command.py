"""``python -m grading assign [NAME]``, ``… grade NAME FOLDER`` and ``… stick FOLDER``; the Makefile calls them."""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from grading import assign, feedback, grade, inbox, sandbox, seeds, similar, stick, summary, table
from grading import roster as rosters
from grading.answers import HandGraded
from grading.archive import seed_of, unpack
from grading.grade import Graded
from grading.roster import Roster
from grading.supervise import Limits

DIST = assign.ROOT / "dist"
PATIENT = Limits(seconds=3600)  # for our own solutions: a busy machine is no reason to refuse one


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m grading", description="Make and grade assignments.")
    verbs = words.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("assign", help="write student notebooks, autograders and solutions into dist/")
    make.add_argument("name", nargs="?", help="one assignment; without it, all of them")
    make.add_argument("--seed", type=int, help="stands in for the SEED that the source holds")
    make.add_argument("--seeds", type=Path, help="a table of students and seeds: makes the assignment for each seed")
    bring = verbs.add_parser(
        "stick", help="the book, the notebooks and Python's packages, for a room without a network"
    )
    bring.add_argument("folder", type=Path)
    bring.add_argument("options", nargs=argparse.REMAINDER, help="pip's, for students with another system")
    add_options(verbs.add_parser("grade", help="grade a folder of submissions into a CSV"))
    return words


def add_options(judge: argparse.ArgumentParser) -> None:
    """What can be said about grading."""
    judge.add_argument("name")
    judge.add_argument("submissions", type=Path)
    judge.add_argument("--scores", type=Path, help="the CSV; without it, scores.csv beside the submissions")
    judge.add_argument("--roster", type=Path, help="Moodle's grading worksheet, or Canvas's gradebook, as exported")
    judge.add_argument("--column", help="the assignment's column in Canvas's gradebook, where its name does not say it")
    judge.add_argument("--seeds", type=Path, help="the table of students and seeds that the assignment was made with")
    judge.add_argument("--again", action="store_true", help="grade also what has not changed since it was graded")
    judge.add_argument("--jobs", type=int, default=os.cpu_count(), help="submissions at a time (default: %(default)s)")
    judge.add_argument(
        "--sandbox",
        choices=["auto", "require"],
        default="auto",
        help="whether to go on, with a warning, where bubblewrap is not installed (default: %(default)s)",
    )
    for limit in fields(Limits):
        judge.add_argument(f"--{limit.name}", type=int, default=limit.default, help=HELP[limit.name])


HELP = {
    "seconds": "by the clock for a whole submission (default: %(default)s)",
    "cell": "seconds of the processor for one cell or one test (default: %(default)s)",
    "memory": "megabytes of memory (default: %(default)s)",
    "output": "megabytes of output of one cell, and of any file (default: %(default)s)",
    "disk": "megabytes of all files together (default: %(default)s)",
}


def main(words: argparse.Namespace) -> None:
    """Do what the command line asks for. Raises ValueError or OSError, in words for whoever typed it."""
    if words.verb == "grade":
        print(*judge(words), sep="\n")
    elif words.verb == "stick":
        stick.must_have_a_book()
        stick.fill(words.folder, handed_out(), words.options)
        print(f"{words.folder}: the book, the assignments and the packages")
    elif words.seeds and not words.name:
        raise ValueError("the seeds are for one assignment: name it, as in make assignments NAME=siamese SEEDS=file")
    elif words.seeds:
        for seed in sorted(set(seeds.read(words.seeds).values())):
            make(words.name, seed, seeds.place(DIST / words.name, seed))
    else:
        for name in [words.name] if words.name else assign.names():
            make(name, words.seed, DIST / name)


def handed_out() -> list[Path]:
    """The students' notebooks of all assignments; what is not in dist/ yet is made."""
    places = {name: DIST / name / f"{name}.ipynb" for name in assign.names()}
    for name in [name for name, place in places.items() if not place.exists()]:
        make(name, None, DIST / name)
    return list(places.values())


def judge(words: argparse.Namespace) -> list[Path]:
    """Grade a folder; return the files to look at. All that can be wrong with what was typed is told first."""
    limits = Limits(**{limit.name: getattr(words, limit.name) for limit in fields(Limits)})
    if words.jobs < 1:
        raise ValueError(f"--jobs must be at least 1, not {words.jobs}")
    if warning := sandbox.must_be_safe(words.sandbox):
        print(warning, file=sys.stderr)
    name, by_hand = words.name, assign.by_hand(assign.find(words.name))
    roster = rosters.read(words.roster, name, words.column) if words.roster else None
    variants = seeds.variants(words.seeds, DIST / name, name, roster) if words.seeds else None
    archive = next(iter(variants.archives.values())) if variants else DIST / name / f"{name}-autograder.zip"
    if roster:
        rosters.must_take(roster, possible(archive) + sum(asked.points for asked in by_hand.values()))
    graded = grade.grade(
        archive, words.submissions, limits, words.jobs, words.scores, by_hand, words.again, variants=variants
    )
    return [graded.scores, *pages(graded, name, archive.with_name(f"{name}.ipynb"), by_hand, roster)]


def possible(archive: Path) -> float:
    """The most points that the tests of an archive give."""
    return sum(question.points for question in unpack(archive).questions)


def pages(
    graded: Graded, name: str, template: Path, by_hand: Mapping[str, HandGraded], roster: Roster | None
) -> list[Path]:
    """Write what is made of the table, and return where it is."""
    notebooks = {job.submission.student: job.cells for job in graded.jobs}
    pairs = similar.pairs(notebooks, inbox.cells(inbox.read(template))) if template.exists() else None
    written = [table.beside(graded.scores, table.ANSWERS)] if by_hand else []
    written += [feedback.write(graded, name, roster), summary.write(graded, name, pairs, roster)]
    return [*written, rosters.write(roster, graded.complete(), graded.scores)] if roster else written


def make(name: str, seed: int | None, folder: Path) -> None:
    """Write one assignment into ``folder``, after its solution has earned all points with this seed."""
    with TemporaryDirectory() as temporary:
        made = Path(temporary) / name  # a folder of its own: the temporary one, and a copy of it, is for us alone
        assign.make(assign.find(name), made, seed)
        must_not_replace(folder / f"{name}-autograder.zip", made / f"{name}-autograder.zip")
        grade.prove(made / f"{name}-solution.ipynb", made / f"{name}-autograder.zip", PATIENT)
        shutil.copytree(made, folder, dirs_exist_ok=True)
    print(f"{folder}: {name}.ipynb for students, and the solution and the autograder for you")


def must_not_replace(archive: Path, made: Path) -> None:
    """Raise ValueError if ``made`` is for another seed than the archive there, by which notebooks are being graded."""
    if archive.exists() and (before := seed_of(archive)) != (now := seed_of(made)):
        there = "another seed" if before is None else f"the seed {before}"
        raise ValueError(
            f"{archive.parent} was made for {there}, and not {now}: its autograder grades the notebooks that came with "
            "it. Move the folder away, or delete it if none of them was handed out"
        )
