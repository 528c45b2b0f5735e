"""What lies in the folder of submissions, and whose each file is, as learning platforms name what is downloaded."""

import hashlib
import json
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

LARGEST = 50 * 2**20  # bytes of a submission that are read
BRACKETS = 100_000  # that we take apart ourselves: {} in a notebook can need a thousand times its two bytes
JUNK = {"__MACOSX", "Thumbs.db", "desktop.ini"}  # what macOS and Windows add to a folder
# The number is the student's, or in a team's submission the team's; those without a team have none.
MOODLE = re.compile(r"(?P<name>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?P<kind>file|onlinetext)(?:_.*)?")
CANVAS = re.compile(r"(?P<name>.+?)(?:_LATE)?_(?P<id>\d+)_(?:\d+_.+|text|link)")
MARKED = re.compile(r".* \[[0-9a-f]{6}\]")
SEED = re.compile(r"^SEED\s*=\s*(\d+)\s*(?:#.*)?$", re.MULTILINE)
LONGEST = 600  # characters of a name or a remark
MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What a spreadsheet takes for a formula, a number, a date, or a truth: so it would change a name, and lose its row.
NO_TEXT = re.compile(
    rf"[=+\-@].*|[\d\s.,:/e%-]+|true|false|{MONTH}[ ./-]?\d{{1,4}}|\d{{1,2}}[ ./-]?{MONTH}[ ./-]?\d*", re.IGNORECASE
)


@dataclass(frozen=True)
class Submission:
    """A file (or a folder without a notebook), whose it is, and what is odd about it before it runs.

    ``number`` is the platform's own for the student, where the name of the file holds it. ``owner`` is the student as
    the file has it, where the table has other letters.
    """

    path: Path
    student: str
    remark: str = ""
    number: str = ""
    owner: str = ""

    @property
    def name(self) -> str:
        """Whose it is, with the number if there is one, and nothing that only a table needs."""
        return self.owner or self.student.split("/")[0].lstrip("'")


@dataclass(frozen=True)
class Owner:
    """Whose a file is, by its name. ``aside`` is what counts only if there is nothing else: a text typed online."""

    name: str
    number: str = ""
    aside: bool = False


def find(folder: Path, ours: set[Path]) -> list[Submission]:
    """The submissions: the files of ``folder``, and the notebooks in its folders; neither hidden ones nor ``ours``."""
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder}: give the one that holds the submissions")
    known = set(map(os.path.realpath, ours))
    owned: list[tuple[Owner, Path]] = []
    for path in visible(folder):
        if os.path.realpath(path) in known:
            continue
        if path.is_dir():
            notebooks = [file for file in visible(path) if file.suffix == ".ipynb"]
            owned += [(owner(path.name), file) for file in notebooks or [path]]
        else:
            owned.append((owner(path.stem), path))
    if not owned:
        raise FileNotFoundError(f"{folder} holds no submissions: put the students' notebooks into it")
    return tell_apart(owned, folder)


def visible(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".") and path.name not in JUNK]


def owner(name: str) -> Owner:
    """Whose a file or folder of this name is: as Moodle names it, as Canvas does, or simply the name."""
    if match := MOODLE.fullmatch(name):
        return Owner(numbered(match), match["id"] or "", match["kind"] == "onlinetext")
    if match := CANVAS.fullmatch(name):
        return Owner(numbered(match), match["id"])
    return Owner(name)


def numbered(match: re.Match[str]) -> str:
    """The name and the number that a file's name holds, which tell two of one name apart."""
    return "_".join(filter(None, [match["name"], match["id"]]))


def tell_apart(owned: list[tuple[Owner, Path]], folder: Path) -> list[Submission]:
    """Each (owner, path) under a name of its own: the owner's, or where there are several of one owner, the path's."""
    whole = {one.name for one, _ in owned if not one.aside}
    beside = {one.name for one, _ in owned if one.aside} & whole
    owned = [(one, path) for one, path in owned if not (one.aside and one.name in whole)]
    many = Counter(one.name for one, _ in owned)
    names = [one.name if many[one.name] == 1 else path.relative_to(folder).as_posix() for one, path in owned]
    alike = Counter(map(text, names))
    submissions = []
    for name, (one, path) in zip(names, owned, strict=True):
        remarks = [f"one of {many[one.name]} submissions of {one.name}"] * (many[one.name] > 1)
        remarks += ["sent a text online, too, which is not graded"] * (one.name in beside)
        sure = one.number and many[one.name] == 1 and alike[text(name)] == 1  # no other student has this number
        label = text(name) if sure else marked(name)
        submissions.append(Submission(path, label, "; ".join(remarks), one.number, one.name))
    return submissions


def marked(name: str) -> str:
    """A name for the table that is no other's: with a mark where letters of it cannot be shown.

    It depends on nothing but the name, so that a row, and the points in it, stays a student's when others hand in.
    """
    line = text(name)
    alone = line in (name, f"'{name}") and not MARKED.fullmatch(name)
    return line if alone and text(name[1:]) != name else f"{line} [{short(name)}]"


def short(name: str) -> str:
    """A few characters that depend on the whole name, for two that look alike in a table."""
    return hashlib.sha256(os.fsencode(name)).hexdigest()[:6]


def read(path: Path) -> bytes | None:
    """What a submission holds; None where it is no file of an ordinary size, which only its own process shall read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not keep us waiting
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        return None
    with open(handle, "rb") as file:
        content = file.read(LARGEST + 1)
    return content if len(content) <= LARGEST else None


def cells(content: bytes | None) -> list[NotebookNode]:
    """The cells of a notebook, without outputs, of which a class has gigabytes; none where it is not one.

    Nor are there any for us where it has too many parts: its own process, which has limits, takes it apart.
    """
    content = content or b""
    if content.count(b"{") + content.count(b"[") > BRACKETS:
        return []
    try:
        text = content.decode(json.detect_encoding(content), "replace")
        found = nbformat.reads(text, as_version=4).cells
        kept = [cell for cell in found if cell.cell_type and isinstance(cell.source, str)]
        return [NotebookNode(cell_type=cell.cell_type, source=cell.source) for cell in kept]
    except Exception:  # whatever the parser trips over; its own process tells why
        return []


def seeds(found: list[NotebookNode]) -> set[int]:
    """The seeds that a notebook sets; usually one."""
    codes = [cell.source for cell in found if cell.cell_type == "code"]
    return {int(number) for code in codes for number in SEED.findall(code)}


def printable(words: str) -> str:
    """One line without control characters, cut to a length that a spreadsheet shows."""
    line = "".join(letter if letter.isprintable() else " " for letter in words)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def text(words: str) -> str:
    """Words that a spreadsheet shows and keeps as they are: with an apostrophe in front where it would not."""
    line = printable(words)
    return f"'{line}" if line and NO_TEXT.fullmatch(line) else line
