"""An autograder: what is in its archive, and for which seed it was made."""

import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from otter.test_files.exception_test import ExceptionTestFile

ROOT = Path(__file__).parents[1]
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
    """The folder of otter's tests, their questions, their seed, and a fingerprint of all that decides on points."""

    tests: Path
    questions: tuple[Question, ...]
    seed: int
    fingerprint: str


def unpack(archive: Path, folder: Path) -> Autograder:
    """Open an archive. Raises FileNotFoundError when there is none, ValueError when it is not one of ours."""
    if not archive.exists():
        raise FileNotFoundError(f"{archive} is missing: run make assignments first")
    try:
        with zipfile.ZipFile(archive) as file:
            file.extractall(folder, [name for name in file.namelist() if name.startswith("tests/")])
            seed = file.read(PLACE).decode() if PLACE in file.namelist() else ""
    except (zipfile.BadZipFile, zlib.error):
        raise ValueError(f"{archive} is damaged: {AGAIN}") from None
    files = sorted((folder / "tests").glob("*.py"))
    if not files:
        raise ValueError(f"{archive} holds no tests: {AGAIN}")
    if not seed.strip().isdecimal():
        raise ValueError(f"{archive} does not say its seed, as those of earlier versions: {AGAIN}")
    tests = [ExceptionTestFile.from_file(str(path)) for path in files]
    questions = tuple(Question(file.name, file.possible) for file in tests)
    return Autograder(folder / "tests", questions, int(seed), fingerprint([*files, *program()]))


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


def fingerprint(files: list[Path]) -> str:
    """The same for files of the same names and content."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
