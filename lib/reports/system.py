"""What a system of a report is."""

from dataclasses import dataclass

from lib.training import Recipe


@dataclass(frozen=True)
class System:
    """One row of a report's tables: a recipe under the clean protocol, and what was printed about it.

    ``mean`` and ``std`` are test accuracies as fractions, as published; ``std`` is None where none was printed.
    ``source`` says where in the report, or in the team's public results, the numbers stand.
    """

    report: str
    name: str
    recipe: Recipe
    mean: float
    std: float | None
    source: str
