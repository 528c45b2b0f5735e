"""The answers that people grade, on one page. Nothing on it can run: what students wrote is escaped, and only text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from nbformat import NotebookNode

LONGEST = 20_000  # characters of an answer
BEGIN = "<!-- BEGIN QUESTION -->"  # otter puts it in front of each question that people grade
ADDED = re.compile(rf"{BEGIN}|<!-- END QUESTION -->|^_Points:_ .*$|_Type your answer here, replacing this text._", re.M)
HEAD = """<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Answers</title>
<style>body { max-width: 45em; margin: auto; font: 1em sans-serif } pre { font: inherit; white-space: pre-wrap }</style>
"""


@dataclass(frozen=True)
class HandGraded:
    """A question that people grade: its text, the rubric, which is the solution, and the most points that it gives."""

    text: str
    rubric: str
    points: float


def collect(cells: Sequence[NotebookNode]) -> list[str]:
    """For each question that people grade, its text and all cells below, up to the next such question or the end."""
    found: list[list[str]] = []
    for cell in cells:
        if BEGIN in cell.source:
            found.append([])
        if found:
            found[-1].append(cell.source)
    return [cut("\n\n".join(texts)) for texts in found]


def unanswered(name: str, there: bool) -> str:
    """What is said of an answer that is still the ``...`` of the template, or not ``there`` at all."""
    return f"{name} is still `...`: it has not been answered." if there else f"{name} is not defined."


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} … (cut here: the rest is in the notebook)"


def written(question: str, number: int, collected: Sequence[str]) -> str:
    """What stands below a question, wherever it is in the notebook: students move its cells, and copy them."""
    heading = question.strip().split("\n")[0]
    own = [text for text in collected if heading in text.split("\n")] or collected[number : number + 1]
    if not own:
        return "(this question is not in the notebook)"
    return cut(ADDED.sub("", "\n\n".join(own)).replace(question, "").strip()) or "(nothing)"


def page(questions: Mapping[str, HandGraded], answers: Mapping[str, Sequence[str]]) -> str:
    """HTML: each question and its rubric once, and below it what each student ({name: collected}) wrote."""
    parts = [HEAD]
    for number, (name, asked) in enumerate(questions.items()):
        parts.append(f"<h1>{escape(name)}</h1>\n<pre>{escape(asked.text)}\n\n{escape(asked.rubric)}</pre>\n")
        for student, collected in answers.items():
            text = written(asked.text, number, collected)
            parts.append(f"<h2>{escape(student)}</h2>\n<pre>{escape(text)}</pre>\n")
    return "".join(parts)
