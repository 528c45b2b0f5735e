"""What an assignment's notebook needs: its digits, and its public tests. Neither otter nor a file is asked for."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from lib import data
from lib.checks.verdict import Verdict, Wrong, check
from lib.data import Digits


def shuffled_digits(seed: int) -> Digits:
    """The sample's digits in an order of ``seed``: other digits in the test pool, and other pairs in every round."""
    digits = data.load()
    order = torch.randperm(len(digits.labels), generator=torch.Generator().manual_seed(seed))
    return replace(digits, images=digits.images[order], labels=digits.labels[order], name=f"sample, seed {seed}")


class Grader:
    """The public tests of an assignment, run against the names of a notebook.

    ``tests`` holds for every question the source of its test functions. A test asks for answers by the names of its
    parameters and asserts; the text of the assertion is what the learner reads.
    """

    def __init__(self, names: Mapping[str, Any], tests: Mapping[str, str]) -> None:
        self.names, self.tests = names, tests

    def check(self, question: str) -> Verdict:
        """Run the public tests of ``question``, up to the first that fails. Raises ValueError for an unknown one."""
        if question not in self.tests:
            raise ValueError(f"no question {question!r} has public tests: choose from {', '.join(self.tests)}")
        return check(self._run)(question)

    def _run(self, question: str) -> str:
        functions = functions_in(self.tests[question])
        for function in functions:
            answers = {name: self.names.get(name, ...) for name in inspect.signature(function).parameters}
            if any(answer is ... for answer in answers.values()):
                raise NotImplementedError
            try:
                function(**answers)
            except AssertionError as error:
                raise Wrong(str(error)) from None
        return f"{question}: the public tests pass ({len(functions)}). Hidden tests will look at more."


def functions_in(source: str) -> list[Callable]:
    """The functions that ``source`` defines, in its order."""
    names: dict[str, Any] = {}
    exec(source, names)
    return [value for value in names.values() if inspect.isfunction(value)]
