"""``python -m grading assign [NAME]`` and ``python -m grading grade NAME FOLDER``; the Makefile calls both."""

import argparse
import os
import shutil
from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

from grading import answers, assign, grade
from grading.archive import seed_of
from grading.supervise import Limits

DIST = assign.ROOT / "dist"
PATIENT = Limits(seconds=3600)  # for our own solutions: a busy machine is no reason to refuse one


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m grading", description="Make and grade assignments.")
    verbs = words.add_subparsers(dest="verb", required=True)
    make = verbs.add_parser("assign", help="write student notebooks, autograders and solutions into dist/")
    make.add_argument("name", nargs="?", help="one assignment; without it, all of them")
    make.add_argument("--seed", type=int, help="stands in for the SEED that the source holds")
    judge = verbs.add_parser("grade", help="grade a folder of submissions into a CSV")
    judge.add_argument("name")
    judge.add_argument("submissions", type=Path)
    judge.add_argument("--scores", type=Path, help="the CSV; without it, scores.csv beside the submissions")
    judge.add_argument("--again", action="store_true", help="grade also what has not changed since it was graded")
    judge.add_argument("--jobs", type=int, default=os.cpu_count(), help="submissions at a time (default: %(default)s)")
    for limit in fields(Limits):
        judge.add_argument(f"--{limit.name}", type=int, default=limit.default, help=HELP[limit.name])
    return words


HELP = {
    "seconds": "by the clock for a whole submission (default: %(default)s)",
    "cell": "seconds of the processor for one cell or one test (default: %(default)s)",
    "memory": "megabytes of memory (default: %(default)s)",
    "output": "megabytes of output of one cell, and of any file (default: %(default)s)",
}


def main(words: argparse.Namespace) -> None:
    """Do what the command line asks for. Raises ValueError or OSError, in words for whoever typed it."""
    if words.verb == "assign":
        for name in [words.name] if words.name else assign.names():
            make(name, words.seed)
        return
    limits = Limits(**{limit.name: getattr(words, limit.name) for limit in fields(Limits)})
    if words.jobs < 1:
        raise ValueError(f"--jobs must be at least 1, not {words.jobs}")
    by_hand = assign.by_hand(assign.find(words.name))
    archive = DIST / words.name / f"{words.name}-autograder.zip"
    graded = grade.grade(archive, words.submissions, limits, words.jobs, words.scores, by_hand, words.again)
    print(graded.scores, *([answers.beside(graded.scores)] if by_hand else []), sep="\n")


def make(name: str, seed: int | None) -> None:
    """Write one assignment into dist/, after its solution has earned all points with this seed."""
    folder = DIST / name
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
