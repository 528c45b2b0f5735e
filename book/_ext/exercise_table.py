"""``{exercise-table}``: the exercises of each chapter with their minutes, read from the chapters."""

import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.exercises import exercises
from book._ext.notebooks import chapters
from book._ext.questions import title

CITE = re.compile(r"\s*\{cite\}`[^`]*`")
HEAD = ("| exercise | minutes | kind | difficulty | practises |", "|---|---:|---|---|---|")
WIDTHS = "24 12 17 13 34"  # the same in every table, in percent


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("exercise-table", ExerciseTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class ExerciseTable(SphinxDirective):
    """A table for each chapter, below its name; all are written again when a chapter has changed."""

    def run(self) -> list[nodes.Node]:
        pages = exercised()
        for file in (*pages, Path(__file__)):
            self.env.note_dependency(str(file.resolve()))
        found = self.parse_text_to_nodes("\n".join(line for page in pages for line in table(page)))
        for one in found:
            if isinstance(one, nodes.table):
                one["classes"].remove("colwidths-auto")  # MyST sets it, and the widths would not count
        return found


def exercised() -> list[Path]:
    """The chapters that have exercises."""
    pages = [Path(f"{name}.md") for name in chapters()]
    return [page for page in pages if "{exercise} " in page.read_text(encoding="utf-8")]


def table(page: Path) -> Iterator[str]:
    """The lines of a chapter's name and table, in Markdown."""
    yield from (f"**[{title(page)}](/{page.as_posix()})**", "")
    yield from (":::{table}", f":widths: {WIDTHS}", ":width: 100%", "", *HEAD, *rows(page), ":::", "")


def rows(page: Path) -> Iterator[str]:
    """A line of Markdown for each exercise of a chapter."""
    for one in exercises(page):
        practises = CITE.sub("", one.practises).rstrip(".")  # a bare number would stand there
        facts = (str(one.minutes), one.kind, one.difficulty, practises)
        yield f"| {{ref}}`{one.title} <{one.label}>` | {' | '.join(facts)} |"
