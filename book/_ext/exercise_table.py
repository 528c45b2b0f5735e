"""``{exercise-table}``: all exercises of the book with their minutes, read from the chapters, in the book's order."""

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
HEAD = ("| exercise | minutes | chapter | kind | difficulty | practises |", "|---|---:|---|---|---|---|")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("exercise-table", ExerciseTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class ExerciseTable(SphinxDirective):
    """The table, which is written again when a chapter has changed."""

    def run(self) -> list[nodes.Node]:
        pages = exercised()
        for file in (*pages, Path(__file__)):
            self.env.note_dependency(str(file.resolve()))
        return self.parse_text_to_nodes("\n".join([*HEAD, *rows(pages)]))


def exercised() -> list[Path]:
    """The chapters that have exercises."""
    pages = [Path(f"{name}.md") for name in chapters()]
    return [page for page in pages if "{exercise} " in page.read_text(encoding="utf-8")]


def rows(pages: list[Path]) -> Iterator[str]:
    """A line of Markdown for each exercise."""
    for page in pages:
        chapter = f"[{title(page)}](/{page.as_posix()})"
        for one in exercises(page):
            practises = CITE.sub("", one.practises).rstrip(".")  # a bare number would stand there
            facts = (str(one.minutes), chapter, one.kind, one.difficulty, practises)
            yield f"| {{ref}}`{one.title} <{one.label}>` | {' | '.join(facts)} |"
