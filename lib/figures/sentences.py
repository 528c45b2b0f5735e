"""What a chart shows, in one sentence that is its alt text."""

import textwrap
from collections.abc import Sequence

import pandas as pd

from lib.compare import Effect
from lib.figures.house import NAMES, number


def best_and_worst(values: pd.Series, what: str) -> str:
    what = f"{what[0].upper()}{what[1:]}"
    if len(values) == 1:
        return f"{what} of {short(values.index[0], 60)}: {number(round(values.iloc[0], 2))}."
    high, low = values.idxmax(), values.idxmin()
    told = [f"{number(round(values[name], 2))} ({short(name)})" for name in (high, low)]
    return f"{what} is highest with {told[0]} and lowest with {told[1]}, of {len(values)}."


def signs(differences: Sequence[Effect], equal: float = 0) -> str:
    """How many differences are told from ``equal``, and the largest, in a sentence."""
    largest = max(differences, key=lambda effect: abs(effect.mean - equal))
    if len(differences) == 1:
        return f"{short(largest.name, 70)}: {largest}."
    up, down = sum(effect.low > equal for effect in differences), sum(effect.high < equal for effect in differences)
    line = number(equal) if equal else "zero"
    told = f"Of {len(differences)} intervals, {up} {'lies' if up == 1 else 'lie'} above {line} and {down} below"
    return f"{told}; the {'farthest' if equal else 'largest difference'} is {short(largest.name)}, {largest}."


def extremes(found: pd.DataFrame, metric: str, x: str, grouped: bool) -> str:
    """Where a mean is highest and where it is lowest; ``found`` has the columns line, x and mean."""

    def told(row: pd.Series) -> str:
        line = f", {short(row['line'], 24)}" if grouped else ""
        return f"{row['mean']:.1f} at {number(row['x'])}{line}"

    highest, lowest = (told(found.loc[place]) for place in (found["mean"].idxmax(), found["mean"].idxmin()))
    return f"Against {short(x, 30)}, mean {metric} is highest with {highest}, and lowest with {lowest}."


def ends(table: pd.DataFrame, ylabel: str) -> str:
    """Where the lines of a table begin and end, in a sentence; of many, the highest and the lowest."""
    known = {str(name): values.dropna() for name, values in table.items()}
    if len(known) <= 2:
        told = [f"{short(n)} from {number(v.iloc[0])} to {number(v.iloc[-1])}" for n, v in known.items()]
        return f"{ylabel}: {' and '.join(told)}."
    last = pd.Series({name: values.iloc[-1] for name, values in known.items()})
    return best_and_worst(last, f"{ylabel} at the end")


def short(name: object, most: int = 28) -> str:
    return textwrap.shorten(str(name), most, placeholder="…")


def plain(name: str) -> str:
    """The name of a quantity without its unit."""
    return NAMES.get(name, name).split(" (")[0]
