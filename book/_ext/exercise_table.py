"""``{exercise-table}``: all exercises of the book with their minutes, read from the chapters, in the book's order."""

from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.exercises import exercises
from book._ext.notebooks import chapters
from book._ext.questions import title

HEAD = ("| exercise | chapter | kind | difficulty | minutes | practises |", "|---|---|---|---|---:|---|")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("exercise-table", ExerciseTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class ExerciseTable(SphinxDirective):
    """The table, which is written anew when a chapter has changed."""

    def run(self) -> list[nodes.Node]:
        pages = exercised()
        for page in pages:
            self.env.note_dependency(str(page.resolve()))
        place = nodes.Element()
        self.state.nested_parse(StringList([*HEAD, *rows(pages)], source=__file__), self.content_offset, place)
        return place.children


def exercised() -> list[Path]:
    """The chapters that have exercises."""
    pages = [Path(f"{name}.md") for name in chapters()]
    return [page for page in pages if "{exercise} " in page.read_text(encoding="utf-8")]


def rows(pages: list[Path]) -> Iterator[str]:
    """A line of Markdown for each exercise."""
    for page in pages:
        for exercise in exercises(page):
            facts = (exercise.kind, exercise.difficulty, str(exercise.minutes), exercise.practises.rstrip("."))
            yield f"| {{ref}}`{exercise.label}` | [{title(page)}](/{page.as_posix()}) | {' | '.join(facts)} |"
