"""What a system of a report is."""

from dataclasses import dataclass

from lib.recipes import Recipe


@dataclass(frozen=True)
class System:
    """One row of a report's tables.

    ``clean`` is its recipe under the clean protocol; ``published`` follows what the team's code did, as far as it is
    known. ``mean`` and ``std`` are test accuracies as fractions, as printed; ``std`` is None where none was.
    ``source`` says where in the report, or in the team's public results, the numbers stand.
    """

    report: str
    name: str
    clean: Recipe
    published: Recipe
    mean: float
    std: float | None
    source: str
