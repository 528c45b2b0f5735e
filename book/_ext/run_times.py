"""How long each chapter takes, from book/run-times.csv: the table of the page, and a sentence in each notebook.

`make run-times` writes the file (book/_ext/record_times.py).
"""

from pathlib import Path

import pandas as pd
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

FILE = Path("book/run-times.csv")
COLAB = 2.0  # times as long there as on the machine of book/run-times.csv. Assumed, not measured: see the page


class RunTimes(SphinxDirective):
    """{run-times}: where and when it was recorded, and the table."""

    def run(self) -> list[nodes.Node]:
        file = Path(self.env.srcdir) / FILE
        self.env.note_dependency(str(file))
        return self.parse_text_to_nodes(text(file))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("run-times", RunTimes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def text(file: Path) -> str:
    """Markdown; where nothing has been recorded, the command that does."""
    if not file.exists():
        return "Nothing has been recorded for this copy of the course: `make run-times` does it."
    about = comments(file)
    lines = [
        f"Recorded with `{about['command']}` on {about['date']}, on {about['machine']} ({about['versions']}).",
        "",
        "| chapter | seconds | in Colab, estimated | core-seconds | again, seconds |",
        "|---|---:|---:|---:|---:|",
    ]
    for page, seconds, cores, again in read(file).itertuples(index=False):
        lines.append(f"| [](/{page}.md) | {seconds:.0f} | {duration(COLAB * seconds)} | {cores:.0f} | {again:.0f} |")
    return "\n".join(lines)


def comments(file: Path) -> dict[str, str]:
    """The lines "# date: 2026-11-26" as {"date": "2026-11-26"}."""
    found = [line[2:].split(": ", 1) for line in file.read_text(encoding="utf-8").splitlines() if line[0] == "#"]
    return dict(found)


def read(file: Path) -> pd.DataFrame:
    """The columns page ("book/task"), seconds, core_seconds, and again, its seconds; a row for each chapter."""
    return pd.read_csv(file, comment="#")


def by_page(file: Path = FILE, column: str = "seconds") -> dict[str, float]:
    """The seconds of each chapter, or its core-seconds; of none where nothing has been recorded."""
    return dict(read(file).set_index("page")[column]) if file.exists() else {}


def duration(seconds: float) -> str:
    """For people: "less than a minute", "about a minute", "about 3 minutes"."""
    if seconds < 45:
        return "less than a minute"
    return "about a minute" if seconds < 90 else f"about {round(seconds / 60)} minutes"


def sentence(page: str, file: Path = FILE) -> str:
    """What a notebook says when it is set up; nothing for a chapter whose time is unknown."""
    times = by_page(file)
    if page not in times:
        return ""
    here, there = duration(times[page]), duration(COLAB * times[page])
    return f"This chapter runs for {here} on two cores" + (
        f", in Colab {there}." if there != here else ", also in Colab."
    )
