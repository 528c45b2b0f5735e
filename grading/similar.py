"""Similar submissions, by the fingerprints of their code, as copydetect takes them: names and layout do not matter.

What the template holds says nothing, nor does what many have written, such as the one way to solve a question.
"""

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from copydetect import CodeFingerprint
from nbformat import NotebookNode

GRAM = 25  # characters of code, of which names take one each
WINDOW = 1  # every stretch counts: a choice among them would differ from run to run, as Python's hashes do
LONGEST = 200_000  # characters of a notebook's code that are compared; a solution has a tenth
FEW = 100  # fingerprints of a submission's own; with fewer, likeness is chance
MANY = 5  # students, or a tenth of the class: what so many share is no sign
ALIKE = 0.6  # of the fingerprints of the one that has fewer


@dataclass(frozen=True)
class Pair:
    """Two students, and the share of the shorter one's own code that the other has, too."""

    one: str
    other: str
    share: float


def pairs(notebooks: Mapping[str, Sequence[NotebookNode]], template: Sequence[NotebookNode]) -> list[Pair]:
    """The pairs of students ({student: cells}) who wrote much the same, the most similar first."""
    given = fingerprints(template)
    own = {student: fingerprints(cells) - given for student, cells in notebooks.items()}
    shared = Counter(mark for marks in own.values() for mark in marks)
    many = {mark for mark, count in shared.items() if count > max(MANY, len(own) / 10)}
    rare = {student: marks - many for student, marks in own.items() if len(marks - many) >= FEW}
    found = [Pair(one, other, likeness(rare[one], rare[other])) for one, other in combinations(sorted(rare), 2)]
    return sorted((pair for pair in found if pair.share >= ALIKE), key=lambda pair: -pair.share)


def fingerprints(cells: Sequence[NotebookNode]) -> set[int]:
    """The fingerprints of a notebook's code: of all of it, unless it is as long as no answer is."""
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")[:LONGEST]
    return set(CodeFingerprint("notebook.py", GRAM, WINDOW, language="python", fp=io.StringIO(code)).hashes)


def likeness(one: set[int], other: set[int]) -> float:
    return len(one & other) / min(len(one), len(other))
