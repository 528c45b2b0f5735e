"""Tables that are computed look like those of a textbook: numbers to the right, under each other and grouped by
thousands, a dash where there is no value, and the name of the rows beside those of the columns.

pandas writes them otherwise. What a cell holds in the notebook stays as it is; this is about the page.
"""

import re

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx

TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
NUMBER = re.compile(r"[-−+]?(0|[1-9][\d,]*)(\.\d+)?( ?%)?")  # 0123 is a row of digits
MISSING = {"NaN", "nan", "<NA>", "NaT", "None", "–"}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", set_tables, priority=600)  # after markup.py
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_tables(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    if "body" in context:
        context["body"] = TABLE.sub(lambda found: typeset(found[0]), context["body"])


def typeset(table: str) -> str:
    """A table of the body of a page. One that says in other ways how it is to be set is left alone."""
    tree = BeautifulSoup(table, "html.parser")
    kinds = tree.table.get("class", [])
    computed = bool({"dataframe", "sortable"} & {*kinds})
    if computed:
        join_heads(tree)
        tree.table["class"] = list(dict.fromkeys([*kinds, "dataframe"]))  # by which the theme knows them
    rows = [row.find_all(["th", "td"], recursive=False) for row in tree.select("tr")]
    body = [cells for cells in rows if cells and cells[0].find_parent("tbody")]
    if not body or len({len(cells) for cells in rows}) > 1:
        return str(tree)  # cells that span others
    for place, column in enumerate(zip(*body, strict=True)):
        if is_numeric(column):
            for cells in rows:
                cells[place]["class"] = [*cells[place].get("class", []), "number"]
            if computed:
                write(column)
    return str(tree)


def join_heads(tree: BeautifulSoup) -> None:
    """pandas gives the name of the rows a line of its own: put it into the empty corner."""
    heads = tree.select("thead tr")
    if len(heads) != 2:
        return
    first, second = (row.find_all(["th", "td"], recursive=False) for row in heads)
    if not text(first[0]) and text(second[0]) and not any(map(text, second[1:])):
        first[0].replace_with(second[0])
        heads[1].decompose()


def is_numeric(column: tuple[Tag, ...]) -> bool:
    """Whether a column holds numbers, and perhaps gaps."""
    said = [text(cell) for cell in column]
    return any(map(NUMBER.fullmatch, said)) and all(NUMBER.fullmatch(one) or one in MISSING | {"", "—"} for one in said)


def write(column: tuple[Tag, ...]) -> None:
    """Write a column's numbers as a reader expects them. Beside a gap, pandas makes decimal numbers of whole ones."""
    said = [text(cell) for cell in column]
    gaps = any(one in MISSING for one in said)
    whole = gaps and all(one.endswith(".0") for one in said if NUMBER.fullmatch(one))
    for cell, one in zip(column, said, strict=True):
        cell.string = "–" if one in MISSING else grouped(one.removesuffix(".0") if whole else one)


def grouped(number: str) -> str:
    """12345.6 → 12,345.6; four digits stay together, as in the text."""
    return re.sub(r"(?<![\d.,])\d{5,}", lambda digits: f"{int(digits[0]):,}", number)


def text(cell: Tag) -> str:
    return cell.get_text().strip()
