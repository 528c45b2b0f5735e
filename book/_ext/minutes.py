"""How long a chapter takes to read, measured from its text: ``python -m book._ext.minutes`` prints all of them.

Exercises state their own minutes and do not count here, and neither do cells that the page hides.
"""

import math
import re
from dataclasses import dataclass
from pathlib import Path

import jupytext

from book._ext.notebooks import listed

WORDS = 200  # a minute; slower than a novel, as it should be
CODE = 4 / 60  # minutes for a line of code
FIGURE = 0.5  # for a figure, or a formula that stands by itself
PREDICTION = 1.0  # to make up your mind
HIDDEN = {"remove-input", "remove-cell", "hide-input"}
MACHINERY = re.compile(r"(glue|claim|tally)\(")  # a cell that begins so is not an idea


@dataclass(frozen=True)
class Reading:
    """What there is to read in a chapter, before its exercises."""

    words: int
    code: int
    figures: int
    predictions: int

    @property
    def minutes(self) -> int:
        """Rounded up to the next five."""
        exact = self.words / WORDS + self.code * CODE + self.figures * FIGURE + self.predictions * PREDICTION
        return 5 * math.ceil(exact / 5)


def reading(chapter: Path) -> Reading:
    """Count what the chapter in this file (MyST text) asks its reader to read."""
    before_exercises = chapter.read_text(encoding="utf-8").split("\n## Exercises\n")[0]
    cells = jupytext.reads(before_exercises, fmt="md:myst").cells
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    shown = [
        cell.source for cell in cells if cell.cell_type == "code" and not HIDDEN & {*cell.metadata.get("tags", [])}
    ]
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    formulas = prose.count("$$") // 2 + prose.count("```{math}")
    read = re.sub(r"\$\$.*?\$\$", "", prose, flags=re.S)  # a formula that stands by itself has its own time
    return Reading(
        words=len(re.findall(r"\w[\w’'.-]*", re.sub(r"\{[\w:-]+\}`[^`]*`", "one", read))),
        code=sum(map(lines_of_code, shown)),
        figures=sum(len(re.findall(r"\bfigures\.\w+\(|\bexplore\(", source)) for source in code) + formulas,
        predictions=sum(source.startswith("predict(") for source in code),
    )


def lines_of_code(cell: str) -> int:
    """How many lines of a cell are to be read: neither empty, nor an import, nor any of a cell that only glues."""
    lines = [line for line in cell.splitlines() if line.strip() and not line.startswith(("from ", "import "))]
    return 0 if lines and MACHINERY.match(lines[0]) else len(lines)


def is_taught(page: Path) -> bool:
    """Whether a page is a chapter that teaches: those alone have minutes."""
    return page.exists() and "What you will learn (" in page.read_text(encoding="utf-8")


def taught() -> list[Path]:
    """The chapters that teach, in the order of the book."""
    return [page for name in listed() if is_taught(page := Path(f"{name}.md"))]


if __name__ == "__main__":
    for path in taught():
        print(f"{path.name:22}", reading(path), reading(path).minutes, "minutes")
