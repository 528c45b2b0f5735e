"""What the first page says of the book, read from its sources and not typed: `{fact}` and `{to-cite}`.

{fact}`NAME` is a number, by one of the names in FACTS.
"""

import re
from collections.abc import Callable
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book._ext.exercises import exercises
from book._ext.minutes import reading, taught

FACTS: dict[str, Callable[[], int]] = {
    "chapters": lambda: len(taught()),
    "panels": lambda: sum("\nlab(" in page.read_text(encoding="utf-8") for page in taught()),
    "exercises": lambda: sum(len(exercises(page)) for page in taught()),
    "reading-hours": lambda: round(sum(reading(page).minutes for page in taught()) / 60),
    "exercise-hours": lambda: round(sum(one.minutes for page in taught() for one in exercises(page)) / 60),
}
CITATION = Path("CITATION.cff")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("fact", Fact())
    app.add_directive("to-cite", ToCite)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Fact(SphinxRole):
    """A number; the page is written again when a chapter changes."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if self.text not in FACTS:
            raise ValueError(f"no fact is called {self.text!r}: there are {', '.join(FACTS)}")
        for source in (Path("_toc.yml"), *taught()):
            self.env.note_dependency(str(source.resolve()))
        return [nodes.Text(str(FACTS[self.text]()))], []


class ToCite(SphinxDirective):
    """How CITATION.cff asks to be cited, in a sentence and for BibTeX."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(CITATION.resolve()))
        said = yaml.safe_load(CITATION.read_text())
        sentence = nodes.paragraph()
        sentence += [
            nodes.Text(f"{', '.join(authors(said))} ({said['date-released'].year}). "),
            nodes.emphasis("", said["title"]),
        ]
        sentence += nodes.Text(f". Version {said['version']}.")
        entry = nodes.literal_block(bibtex(said), bibtex(said), language="bibtex")
        return [sentence, entry]


def authors(said: dict) -> list[str]:
    return [one.get("name") or f"{one.get('given-names', '')} {one['family-names']}".strip() for one in said["authors"]]


def bibtex(said: dict) -> str:
    """Names and title stand in two pairs of braces: BibTeX then neither takes them apart nor changes their case."""
    year = said["date-released"].year
    fields = {
        "author": " and ".join(f"{{{one}}}" for one in authors(said)),
        "title": f"{{{said['title']}}}",
        "version": said["version"],
        "year": year,
    }
    lines = (f"  {name} = {{{value}}}," for name, value in fields.items())
    key = re.sub(r"\W", "", said["title"].split("?")[0]).lower()
    return "\n".join([f"@software{{{key}{year},", *lines, "}"])
