"""Pictures of the chapter on the five reports: what is left of a change, and a rerun beside a printed number."""

import pandas as pd

from lib.compare import Effect, interval
from lib.figures.house import COLOURS, MAIN, ROUND, RULE, Picture, in_house_style, legend, numbered, one_axes

ASIDE = 0.17  # of the two bars of a row, from its middle
ROW = 0.36  # inches
BARS = {"change": (-ASIDE, MAIN, "D"), "left": (ASIDE, COLOURS[1], "o")}
WORDS = {"change": "change", "left": "what is left of it"}


@in_house_style
def verdicts(rows: pd.DataFrame, caption: str) -> Picture:
    """Two intervals a row, in points: of a change, and of what is left of it; rows with the same verdict together.

    ``rows`` has names in its index, and the columns verdict, change, left, and for each of the two …_low and …_high.
    """
    groups = dict(list(rows.groupby("verdict", sort=False)))
    names: list[str] = []
    places: list[int] = []
    for verdict, group in groups.items():
        places += range(len(names) + 1, len(names) + 1 + len(group))
        names += [str(verdict), *group.index]
    ordered = pd.concat(groups.values())
    figure, axes = one_axes(0.8 + ROW * len(names))
    for what, (aside, colour, marker) in BARS.items():
        spread = [ordered[what] - ordered[f"{what}_low"], ordered[f"{what}_high"] - ordered[what]]
        beside = [place + aside for place in places]
        axes.errorbar(
            ordered[what], beside, xerr=spread, fmt=marker, color=colour, markersize=5, capsize=3, label=WORDS[what]
        )
    axes.axvline(0, color=RULE, linewidth=1, linestyle="--")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params("y", length=0)
    for label in axes.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in groups else "normal")
    numbered(axes.xaxis)
    axes.set_xlabel("rerun − published (points)")
    legend(figure, axes)
    told = ", ".join(f"{verdict}: {len(group)}" for verdict, group in groups.items())
    alt = f"{len(rows)} rows, each a change and what is left of it, by the verdict on the protocol: {told}."
    return Picture(figure, alt, caption, _told(ordered))


def _told(rows: pd.DataFrame) -> pd.DataFrame:
    columns = {
        WORDS[what]: [str(Effect("", *row)) for row in rows[[what, f"{what}_low", f"{what}_high"]].to_numpy()]
        for what in BARS
    }
    return pd.DataFrame(columns | {"verdict": list(rows["verdict"])}, index=rows.index.rename("system"))


@in_house_style
def beside_printed(rounds: pd.Series, printed: float, limits: tuple[float, float], caption: str) -> Picture:
    """The rounds of a rerun (in %) as dots, their mean and its interval; the dashed line is the ``printed`` mean."""
    low, high = interval(rounds)
    mean = rounds.mean()
    figure, axes = one_axes(1.7)
    axes.plot(rounds, [0.25] * len(rounds), "o", color=ROUND, markersize=5, alpha=0.7)
    spread = [[mean - low], [high - mean]]
    axes.errorbar(mean, 0, xerr=spread, fmt="D", color=MAIN, capsize=4)
    axes.axvline(printed, color=RULE, linewidth=1, linestyle="--", label="printed")
    axes.set(xlim=limits, ylim=(-0.2, 0.45), xlabel="test accuracy (%)")
    axes.set_yticks([0.25, 0], ["rounds", "mean"])
    axes.tick_params("y", length=0)
    axes.spines["left"].set_visible(False)
    numbered(axes.xaxis)
    legend(figure, axes)
    alt = f"The mean of {len(rounds)} rounds is {mean:.1f} %, and its interval is {low:.1f} to {high:.1f}; "
    table = pd.DataFrame({"mean": [mean], "low": [low], "high": [high], "printed": [printed]}, index=["rerun"])
    return Picture(figure, f"{alt}the printed mean is {printed:.1f} %.", caption, table.rename_axis("system"))
