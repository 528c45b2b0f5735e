"""An autograder: what is in its archive, and for which seed it was made."""

import hashlib
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from grading.examiner import Case, read_tests

ROOT = Path(__file__).parents[1]
TEST = re.compile(r"tests/[^/]+\.py")
SEED = "seed.txt"
PLACE = f"files/{SEED}"  # in the archive: otter puts our files there
AGAIN = "run make assignments again"


@dataclass(frozen=True)
class Question:
    """A question, and the most points that it gives."""

    name: str
    points: float
    by_hand: bool = False


@dataclass(frozen=True)
class Autograder:
    """The tests of each question, the questions, their seed, and a fingerprint of all that decides on points."""

    tests: dict[str, list[Case]] = field(repr=False)
    questions: tuple[Question, ...]
    seed: int
    fingerprint: str


def unpack(archive: Path) -> Autograder:
    """Read an archive. Raises FileNotFoundError when there is none, ValueError when it is not one of ours.

    No test becomes a file, which a submission could look for.
    """
    if not archive.exists():
        raise FileNotFoundError(f"{archive} is missing: run make assignments first")
    try:
        with zipfile.ZipFile(archive) as file:
            files = {name: file.read(name) for name in sorted(file.namelist()) if TEST.fullmatch(name)}
            seed = file.read(PLACE).decode() if PLACE in file.namelist() else ""
    except (zipfile.BadZipFile, zlib.error):
        raise ValueError(f"{archive} is damaged: {AGAIN}") from None
    if not files:
        raise ValueError(f"{archive} holds no tests: {AGAIN}")
    if not seed.strip().isdecimal():
        raise ValueError(f"{archive} does not say its seed, as those of earlier versions: {AGAIN}")
    tests = dict(read_tests(source.decode()) for source in files.values())
    questions = tuple(Question(name, sum(case.points for case in cases)) for name, cases in tests.items())
    decisive = files | {str(path.relative_to(ROOT)): path.read_bytes() for path in program()}
    return Autograder(tests, questions, int(seed), fingerprint(decisive))


def seed_of(archive: Path) -> int | None:
    """The seed for which an archive was made; None where it does not say."""
    try:
        with zipfile.ZipFile(archive) as file:
            return int(file.read(PLACE))
    except (KeyError, ValueError, zipfile.BadZipFile, zlib.error):
        return None


@cache
def program() -> tuple[Path, ...]:
    """The code that decides, beside the tests, what a submission earns: this package, and the library that runs."""
    return tuple(sorted(path for part in ("grading", "lib") for path in (ROOT / part).rglob("*.py")))


def fingerprint(files: dict[str, bytes]) -> str:
    """The same for files of the same names and content."""
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {hashlib.sha256(content).hexdigest()}\n".encode())
    return digest.hexdigest()
