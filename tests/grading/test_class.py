"""A class with strange files and attackers, interrupted twice and exported twice: nobody is lost.

One of 150 is `.venv/bin/python tests/grading/a_class.py siamese 150`.
"""

from pathlib import Path

import pytest
from a_class import kinds, whole_class

from grading import sandbox

TINY = Path(__file__).parent / "assignments" / "tiny.md"
QUICK = ("--cell", "3", "--memory", "700", "--output", "1")


@pytest.mark.skipif(bool(sandbox.problem()), reason=sandbox.problem() or "there is a sandbox")
def test_a_class_that_is_interrupted_twice_loses_nobody(tmp_path, cache):
    whole_class("tiny", TINY, 14, tmp_path, *QUICK, front="class grader:\n    check = print")


def test_a_class_has_all_kinds_and_five_attackers():
    found = [kind for kind, _, _ in kinds(150)]
    assert len(found) == 150 and found.count("solution") > 60 and found.count("blank") == 15
    assert sum(kind.startswith("attack") for kind in found) == 5
