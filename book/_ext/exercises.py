"""The exercises of a chapter (`book/NAME.md`) and their solutions (`book/solutions/NAME.md`), read from the sources."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
from markdown_it import MarkdownIt
from mdit_py_plugins.colon_fence import colon_fence_plugin
from nbformat import NotebookNode

SOLUTIONS = Path("book/solutions")
KINDS = ("predict", "compute", "programming", "open")

MARKDOWN = MarkdownIt().use(colon_fence_plugin)
FACTS = re.compile(r"(?P<title>.+) \((?P<kind>\w+), (?P<difficulty>easy|medium|hard), (?P<minutes>\d+) minutes\)")
PRACTISES = re.compile(r"^\*Practises: (.+?)\*", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One `{exercise}`: what it says of itself, its hints, and the ``cells`` (code) below it in the chapter."""

    label: str
    title: str
    kind: str
    difficulty: str
    minutes: int
    practises: str
    hints: tuple[str, ...]
    cells: list[str] = field(default_factory=list)

    @property
    def stub(self) -> str | None:
        """The cell that the learner fills in, which ends in the call of the check; None where there is no check."""
        return next((cell for cell in self.cells if "checks." in cell), None)


def exercises(page: Path) -> list[Exercise]:
    """The exercises of a chapter, in order. Raises ValueError, naming the page, for one that is not whole."""
    found: list[Exercise] = []
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "markdown":
            found += [exercise(page, words, content) for words, content in directives(cell.source, "exercise")]
        elif found:
            found[-1].cells.append(cell.source)
    return found


def exercise(page: Path, words: str, content: str) -> Exercise:
    """An exercise from the first line of its directive and what stands in it."""
    facts, practises = FACTS.fullmatch(words), PRACTISES.search(content)
    label = re.match(r":label: (\S+)", content)
    if not (facts and practises and label):
        raise ValueError(
            f"{page}: the exercise {words!r} should say: Title (kind, difficulty, N minutes), "
            "then :label: name, then *Practises: what.*"
        )
    hints = tuple(text.strip() for words, text in directives(content, "dropdown") if words.startswith("Hint"))
    said = facts.groupdict() | {"minutes": int(facts["minutes"])}
    return Exercise(label=label[1], practises=practises[1], hints=hints, **said)


def directives(text: str, name: str) -> Iterator[tuple[str, str]]:
    """(argument, content) of every directive ``name`` in a Markdown text."""
    for token in MARKDOWN.parse(text):
        if token.type in ("fence", "colon_fence") and token.info.split(" ")[0] == f"{{{name}}}":
            yield token.info.removeprefix(f"{{{name}}}").strip(), token.content


@dataclass(frozen=True)
class Answer:
    """A code cell of a solutions page, in the part on the exercise ``label`` (None in the cells before the first).

    A typical wrong answer has the tag "wrong", and a ``cause``: words that the check's message must contain.
    What only shows something and takes seconds, as an experiment does, has the tag "run".
    """

    label: str | None
    code: str
    tags: tuple[str, ...]
    cause: str


def labels(page: Path) -> list[str]:
    """The exercises that a solutions page solves, in order."""
    cells = [cell for cell in jupytext.read(page).cells if cell.cell_type == "markdown"]
    return [label for cell in cells for label, _ in directives(cell.source, "solution")]


def answers(page: Path) -> Iterator[Answer]:
    """The code cells of a solutions page, each with the exercise that it belongs to."""
    label = None
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "markdown":
            for words, _ in directives(cell.source, "solution"):
                label = words
        else:
            yield answer(cell, label)


def answer(cell: NotebookNode, label: str | None) -> Answer:
    return Answer(label, cell.source, tuple(cell.metadata.get("tags", ())), str(cell.metadata.get("cause", "")))
