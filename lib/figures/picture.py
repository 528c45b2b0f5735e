"""Picture: what every figure of the course is. It shows itself, with a caption, an alt text and its numbers."""

import html
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lib.figures.labels import number
from lib.figures.svg import LEAST, vector

DRAWN = "max-width: 100%; height: auto"  # here, and not in course.css, so that a notebook shows the same


class Picture:
    """A figure with its ``caption``, one sentence of ``alt`` text that says what is to be seen, and its numbers.

    ``table`` has the numbers, a row for each name in its index; they are folded away below the figure.
    """

    def __init__(self, figure: Figure, alt: str, caption: str, table: pd.DataFrame | None = None) -> None:
        self.alt, self.caption, self.table = alt, caption, table
        self.width = figure.get_figwidth()
        numbers = "" if table is None else table.to_csv()
        self.svg = vector(figure, "\n".join([alt, caption, numbers])).encode()

    def _repr_html_(self) -> str:
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        return f'<figure class="computed">{self.image()}{caption}</figure>{self.numbers()}'

    def image(self) -> str:
        """The picture alone."""
        said = f'role="img" aria-label="{html.escape(self.alt)}" style="{DRAWN}"'
        return self.svg.decode().replace("<svg ", f"<svg {said} ", 1)

    def numbers(self, name: str = "") -> str:
        """The table, folded, under the picture's ``name`` where there are several; nothing where there is none."""
        return "" if self.table is None else folded(self.table, self.caption, name)

    def __repr__(self) -> str:
        return f"[figure] {self.caption}\n{self.alt}"


class Row:
    """Pictures side by side, each below its name; where there is no room, they stand below each other."""

    def __init__(self, pictures: Mapping[str, Picture], caption: str) -> None:
        self.pictures, self.caption = pictures, caption

    def _repr_html_(self) -> str:
        panels = "".join(_panel(name, picture) for name, picture in self.pictures.items())
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        numbers = "".join(picture.numbers(name) for name, picture in self.pictures.items())
        row = f'<div class="panels" style="display: flex; flex-wrap: wrap; gap: 1rem 0.3rem">{panels}</div>'
        return f'<figure class="computed">{row}{caption}</figure>{numbers}'

    def __repr__(self) -> str:
        return f"[figures] {self.caption}\n" + "\n".join(f"{name}: {p.alt}" for name, p in self.pictures.items())


def _panel(name: str, picture: Picture) -> str:
    """A picture below its name. It may shrink until its type, which is 10 points, has LEAST."""
    room = f"flex: 1 1 {0.1 * LEAST * picture.width:.2f}in; min-width: 0; max-width: {picture.width:.2f}in"
    return f'<div style="{room}"><p>{html.escape(name)}</p>{picture.image()}</div>'


def folded(table: pd.DataFrame, caption: str, name: str = "") -> str:
    """A table in a closed box; its first column are the names of its rows."""
    heads = "".join(f'<th scope="col">{_cell(head)}</th>' for head in (table.index.name or "name", *table.columns))
    rows = "".join(
        f'<tr><th scope="row">{_cell(row[0])}</th>{"".join(map(_data, row[1:]))}</tr>' for row in table.itertuples()
    )
    said = f"As a table{f': {name}' if name else ''}"
    return (
        f'<details class="numbers"><summary>{html.escape(said)}</summary>'
        f'<table aria-label="{html.escape(f"{said}. {caption}")}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _data(value: object) -> str:
    told = _cell(value)
    return f'<td class="long">{told}</td>' if len(told) > 30 else f"<td>{told}</td>"


def _cell(value: object) -> str:
    return html.escape(number(value) if isinstance(value, float) else str(value))
