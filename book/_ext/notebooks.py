"""Write every chapter that has code as a notebook into the built book: `python -m book._ext.notebooks`.

Text comes from the built page, code from the notebook that was executed for it. Run it after the build.
"""

import shutil
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import nbformat
from bs4 import Tag
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx_external_toc.parsing import parse_toc_yaml

from book._ext.first_cell import first_cell
from book._ext.page_to_markdown import PageToMarkdown, article
from book._ext.repository import site
from book._ext.run_times import sentence
from lib.store.files import write_atomically

BOOK = Path("_build/html")
EXECUTED = Path("_build/jupyter_execute")
HIDING = {"hide-input", "hide-cell", "remove-input", "remove-cell"}
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}  # in Colab; in Jupyter
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
    "colab": {"provenance": [], "toc_visible": True},
}


def listed(contents: Path = Path("_toc.yml")) -> list[str]:
    """All pages of a table of contents, parts and sections included, in order: ["index", "book/task", …].

    Without the index at the end, which Sphinx writes: it is no text of ours.
    """
    return [name for one in parse_toc_yaml(contents) if (name := one.removesuffix(".md")) != "genindex"]


def chapters(contents: Path = Path("_toc.yml")) -> list[str]:
    """The pages of ``listed``. Raises ValueError when two have the same file name: their notebooks would, too."""
    names = listed(contents)
    twice = [name for name, count in Counter(Path(name).name for name in names).items() if count > 1]
    if twice:
        raise ValueError(f"two pages in {contents} are called {twice[0]}.md: rename one, notebooks go by file name")
    return names


def notebook(page: Path, executed: NotebookNode, site: str | None) -> NotebookNode:
    """A built page, and the notebook that was run for it, as a learner's notebook.

    It has no outputs: a learner is asked for a prediction before the number is shown, and the file stays small.
    Ids say the section and the place in it: the same at each build, and an edit moves only its own section's.
    """
    writer = PageToMarkdown(page, BOOK, site)
    time = sentence(page.relative_to(BOOK).with_suffix("").as_posix())
    cells, counts = [first_cell(time=time)], Counter()
    for section, cell in [("about", about(page, site)), *body(page, executed, writer), *ending(writer)]:
        section = section[:50]  # an id has at most 64 characters
        counts[section] += 1
        cell.id = f"{section}-{counts[section]}"
        cells.append(cell)
    result = new_notebook(cells=cells, metadata=METADATA)
    nbformat.validate(result)
    return result


def about(page: Path, site: str | None) -> NotebookNode:
    chapter = f"[a chapter]({site}{page.relative_to(BOOK).as_posix()})" if site else "a chapter"
    return new_markdown_cell(
        f"*This is {chapter} of the course* Which Digit Is Bigger? *Run the cells from the top: "
        "the folded one above brings the course's library with it.*"
    )


def body(page: Path, executed: NotebookNode, writer: PageToMarkdown) -> Iterator[tuple[str, NotebookNode]]:
    """The cells of a page, each with its section's id. A section begins a cell, so that Colab can fold it."""
    waiting = iter([cell for cell in executed.cells if cell.cell_type == "code"])
    for (section, is_code), group in groupby(blocks(article(page)), key=lambda block: (block[0], is_cell(block[1]))):
        elements = [element for _, element in group]
        if not is_code:
            if text := writer.write(elements):
                yield section, new_markdown_cell(text)
            continue
        for element in elements:
            shown = element.select_one(".cell_input pre")
            yield from ((section, cell) for cell in up_to(shown and shown.get_text().strip(), waiting))
    yield from (("end", code_cell(cell)) for cell in waiting)  # hidden from the page


def ending(writer: PageToMarkdown) -> Iterator[tuple[str, NotebookNode]]:
    if sources := writer.references():
        yield "references", new_markdown_cell(f"## References\n\n{sources}")


def blocks(section: Tag) -> Iterator[tuple[str, Tag]]:
    """The blocks of a section and of the sections in it, in order, each with its own section's id."""
    for child in section.find_all(True, recursive=False):
        if child.name == "section":
            yield from blocks(child)
        elif child.select_one("div.cell div.cell_input") and not is_cell(child):
            raise ValueError(f"a code cell stands inside a {child['class']}: a notebook cannot show that, move it out")
        else:
            yield section.get("id", "page"), child


def is_cell(element: Tag) -> bool:
    return "cell" in element.get("class", [])


def up_to(shown: str | None, waiting: Iterator[NotebookNode]) -> Iterator[NotebookNode]:
    """The executed cells up to the one that the page shows: its code, or (None) its output alone, as of a quiz.

    Those before it were hidden, but a learner needs them.
    """
    for cell in waiting:
        yield code_cell(cell)
        if shown == (None if "remove-input" in cell.metadata.get("tags", []) else cell.source.strip()):
            return
    raise ValueError(f"the page shows a cell that was not run for it: make clean, then make book. The cell: {shown}")


def code_cell(executed: NotebookNode) -> NotebookNode:
    """Its code and its tags. What the page folds or hides is folded."""
    tags = executed.metadata.get("tags", [])
    return new_code_cell(
        executed.source, metadata=({"tags": tags} if tags else {}) | (FOLDED if HIDING & {*tags} else {})
    )


def write(name: str) -> None:
    """The notebook of one built page, such as "book/task"; nothing for a page without code."""
    page = BOOK / f"{name}.html"
    if article(page).select_one("div.cell"):
        executed = nbformat.read(EXECUTED / f"{name}.ipynb", as_version=4)
        text = nbformat.writes(notebook(page, executed, site()))
        write_atomically(BOOK / "notebooks" / f"{page.stem}.ipynb", lambda file: file.write(text.encode()))


def main() -> None:
    shutil.rmtree(BOOK / "notebooks", ignore_errors=True)  # a chapter that is gone leaves no notebook
    for name in chapters():
        write(name)


if __name__ == "__main__":
    main()
