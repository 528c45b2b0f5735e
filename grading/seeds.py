"""A seed for each student or group: a table with the columns student and seed, and an autograder for each seed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grading import table
from grading.inbox import Submission
from grading.roster import Roster, plain

COLUMNS = ["student", "seed"]


@dataclass(frozen=True)
class Variants:
    """Who has which seed, and the archive of each seed; the names of a ``roster`` are known, too."""

    source: Path
    given: Mapping[str, int]
    archives: Mapping[int, Path]
    roster: Roster | None = field(default=None, repr=False)

    def choose(self, submission: Submission, own: set[int]) -> tuple[Path, str]:
        """The archive for a submission that holds the seeds ``own``, and what there is to say about the choice."""
        known = {self.given[name] for name in self.names(submission) if name in self.given}
        if len(known) == 1:
            return self.archives[known.pop()], ""
        seed = min(own & self.archives.keys() or self.archives)
        return self.archives[seed], f"{self.source.name} does not name this student: graded for the seed {seed}"

    def names(self, submission: Submission) -> set[str]:
        """All names of a student, or of a group's members."""
        name = submission.name.lstrip("'")
        names = {plain(name), plain(name.removesuffix(f"_{submission.number}"))}
        if not (self.roster and self.roster.teams):  # whose files have the team's number, and no student's
            names.add(submission.number)
        students = self.roster.of(submission) if self.roster else []
        return names.union(*(student.names for student in students)) - {""}


def read(path: Path) -> dict[str, int]:
    """Who has which seed. Raises ValueError, naming the file, for any other table."""
    names, lines = table.parse(path.read_bytes())
    wrong = [line for line in lines if len(line) != 2 or not line[1].strip().isdecimal()]
    if names != COLUMNS or wrong or not lines:
        told = f"; not {','.join(wrong[0])!r}" if wrong and names == COLUMNS else ""
        wanted = f"the columns {','.join(COLUMNS)}, with a name and a number in each line"
        raise ValueError(f"{path} must have {wanted}{told}")
    students = [plain(name.lstrip("'")) for name, _ in lines]
    if twice := sorted({name for name in students if students.count(name) > 1}):
        raise ValueError(f"{path} has several lines of {', '.join(twice)}: leave one of each")
    return dict(zip(students, (int(seed) for _, seed in lines), strict=True))


def variants(path: Path, folder: Path, name: str, roster: Roster | None) -> Variants:
    """The seeds in a table, and the archives that were made for them. Raises FileNotFoundError where one is missing."""
    given = read(path)
    archives = {seed: place(folder, seed) / f"{name}-autograder.zip" for seed in sorted(set(given.values()))}
    for archive in archives.values():
        if not archive.exists():
            raise FileNotFoundError(f"{archive} is missing: run make assignments NAME={name} SEEDS={path} first")
    return Variants(path, given, archives, roster)


def place(folder: Path, seed: int) -> Path:
    """Where the assignment is made for a seed."""
    return folder / f"seed-{seed}"
