"""What "Your record" asks and knows: each chapter's five questions, and which of its predictions came true.

Both stand in ``book/questions/NAME.yml``, and the comments in ``task.yml`` say how. Each answer names words of the book
that carry it: a test looks for them, and the page leads to the section where they stand.
"""

import ast
import hashlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import jupytext
import yaml
from docutils import nodes
from markdown_it import MarkdownIt
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from book._ext.exercises import exercises
from book._ext.notebooks import chapters

FOLDER = Path("book/questions")
LETTERS = "ABCDEFGH"
REMEMBERED = ('<fieldset class="quiz"', 'class="exercise', 'class="outcomes"')  # what memory.js looks for in a page
INLINE = MarkdownIt()


@dataclass(frozen=True)
class Choice:
    """An answer to choose, and what the reader is told who chooses it."""

    text: str
    reason: str


@dataclass(frozen=True)
class Question:
    """A question to ask again.

    ``source`` are words of the chapter that carry the answer; ``place`` is where the right choice stands.
    """

    name: str
    ask: str
    source: str
    right: Choice
    wrong: tuple[Choice, ...]
    place: int = 0

    @property
    def choices(self) -> list[Choice]:
        """All of them, in an order that says nothing and is the same at each build."""
        others = sorted(self.wrong, key=lambda one: by_chance(one.text))
        return [*others[: self.place], self.right, *others[self.place :]]


@dataclass(frozen=True)
class Prediction:
    """A prediction of a chapter: ``answer`` is the letter of what came out, None where the results leave it open."""

    question: str
    answers: tuple[str, ...]
    answer: str | None
    source: str


@dataclass(frozen=True)
class Memory:
    """What is to be remembered of one chapter."""

    name: str
    title: str
    questions: tuple[Question, ...]
    predictions: dict[str, Prediction]
    exercises: dict[str, str]


def memories() -> list[Memory]:
    """Of all chapters that have questions, in the book's order."""
    files = {path.stem for path in FOLDER.glob("*.yml")}
    return [memory(Path(name).name) for name in chapters() if Path(name).name in files]


def memory(name: str) -> Memory:
    """Of one chapter. Raises ValueError, naming the file, for a question or a prediction that is not whole."""
    file, page = FOLDER / f"{name}.yml", Path(f"book/{name}.md")
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        asked = spread(name, [question(key, facts) for key, facts in said["questions"].items()])
        judged = dict(predicted(page, said["predictions"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file}: {error} is missing or misplaced; task.yml says how a question is written") from error
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is no YAML (does a text with a colon lack its quotes?): {error}") from error
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error
    done = {exercise.label: exercise.title for exercise in exercises(page)}
    return Memory(name, title(page), asked, judged, done)


def question(name: str, facts: dict) -> Question:
    if strange := facts.keys() - {"ask", "source", "right", "because", "wrong"}:
        raise ValueError(f"{name}: what is {sorted(strange)[0]!r}?")
    wrong = tuple(Choice(text, reason) for text, reason in facts["wrong"].items())
    return Question(name, facts["ask"], facts["source"], Choice(facts["right"], facts["because"]), wrong)


def spread(chapter: str, asked: list[Question]) -> tuple[Question, ...]:
    """The questions of a chapter, the right answers spread over the places as evenly as they can be.

    A reader's record holds no places, so another order changes nothing that is kept.
    """
    turns = sorted((one.name for one in asked), key=lambda name: by_chance(f"{chapter} {name}"))
    first = by_chance(chapter)[0]
    return tuple(replace(one, place=(first + turns.index(one.name)) % (1 + len(one.wrong))) for one in asked)


def by_chance(text: str) -> bytes:
    """A key to sort by that has nothing to do with what a text says."""
    return hashlib.sha256(text.encode()).digest()


def predicted(page: Path, outcomes: dict) -> Iterator[tuple[str, Prediction]]:
    """Each ``predict(…)`` of a chapter, with what came out."""
    asked = {name: (words, tuple(answers)) for name, words, answers in calls(page)}
    if asked.keys() != outcomes.keys():
        raise ValueError(f"the chapter predicts {sorted(asked)}, but outcomes are given for {sorted(outcomes)}")
    for name, (words, answers) in asked.items():
        letter = outcomes[name]["answer"]
        if letter is not None and letter not in LETTERS[: len(answers)]:
            raise ValueError(f"{name} has no answer {letter!r}")
        yield name, Prediction(words, answers, letter, outcomes[name]["source"])


def calls(page: Path) -> Iterator[list]:
    """The arguments of each ``predict(…)`` in a chapter."""
    for cell in jupytext.read(page).cells:
        if cell.cell_type == "code" and "predict(" in cell.source:
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "predict":
                    yield [ast.literal_eval(argument) for argument in node.args]


def title(page: Path) -> str:
    return re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)[1]


def place(page: Path, words: str) -> tuple[str, str] | None:
    """The title and the id of the section in which ``words`` stand; None where the page does not have them."""
    text = page.read_text(encoding="utf-8")
    found = re.search(r"\s+".join(map(re.escape, words.split())), text)
    if found is None:
        return None
    heading = re.findall(r"^#+ (.+)$", without_code(text[: found.start()]), re.MULTILINE)[-1]
    return heading, nodes.make_id(re.sub(r"[`*$]", "", heading))


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("questions", Questions)
    app.add_directive("outcomes", Outcomes)
    app.connect("html-page-context", only_where_needed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def only_where_needed(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Pages on which nothing is remembered load no script for it."""
    body = context.get("body", "")
    if any(mark in body for mark in REMEMBERED):
        app.add_css_file("memory.css")
        app.add_js_file("memory.js", loading_method="defer")
    if 'class="outcomes"' in body:
        app.add_js_file("record.js", loading_method="defer")


class OfAllChapters(SphinxDirective):
    """A directive that writes something of all chapters into a page, and again when one of them has changed."""

    def run(self) -> list[nodes.Node]:
        found = memories()
        for one in found:
            for file in (FOLDER / f"{one.name}.yml", Path(f"book/{one.name}.md"), Path(__file__)):
                self.env.note_dependency(str(file.resolve()))
        return [nodes.raw("", self.written(found), format="html")]

    def written(self, memories: list[Memory]) -> str:
        raise NotImplementedError


class Outcomes(OfAllChapters):
    """What record.js compares the reader's predictions with."""

    def written(self, memories: list[Memory]) -> str:
        text = json.dumps({one.name: outcomes(one) for one in memories}, ensure_ascii=False)
        safe = text.replace("<", "\\u003c")  # or a "</script>" would end it
        return f'<script type="application/json" class="outcomes">{safe}</script>'


def outcomes(one: Memory) -> dict:
    predictions = {
        name: {"question": made.question, "answers": made.answers, "right": made.answer and LETTERS.index(made.answer)}
        for name, made in one.predictions.items()
    }
    return {"title": one.title, "predictions": predictions, "exercises": one.exercises}


class Questions(OfAllChapters):
    """All questions with their answers, folded: to be read without a script, and what record.js asks from."""

    def written(self, memories: list[Memory]) -> str:
        return "\n".join(
            f'<details class="chapter" data-chapter="{one.name}"><summary>{html.escape(one.title)}</summary>\n<ol>\n'
            + "\n".join(written(one.name, asked) for asked in one.questions)
            + "\n</ol></details>"
            for one in memories
        )


def written(chapter: str, asked: Question) -> str:
    """A question of a chapter as an item of a list."""
    choices = "".join(f"<li>{inline(choice.text)}</li>" for choice in asked.choices)
    reasons = "".join(f"<li>{inline(choice.reason)}</li>" for choice in asked.choices)
    right = asked.choices.index(asked.right)
    heading, anchor = place(Path(f"book/{chapter}.md"), asked.source) or (chapter, "")
    return (
        f'<li class="question" data-name="{asked.name}" data-right="{right}"><p>{inline(asked.ask)}</p>\n'
        f'<ol class="choices" type="A">{choices}</ol>\n'
        f"<details><summary>The answer</summary><p>{LETTERS[right]} is right.</p>"
        f'<ol class="reasons" type="A">{reasons}</ol>\n'
        f'<p class="where">In the chapter: <a href="{chapter}.html#{anchor}">{inline(heading)}</a></p></details></li>'
    )


def inline(text: str) -> str:
    return INLINE.renderInline(text)
