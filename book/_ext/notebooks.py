"""Turn every chapter that has code into a notebook: `python book/_ext/notebooks.py FOLDER`."""

import sys
from pathlib import Path

import jupytext
import yaml


def chapters() -> list[str]:
    """All pages of the book, in order, without their endings: ["index", "book/task", …]."""
    toc = yaml.safe_load(Path("_toc.yml").read_text())
    return [toc["root"], *(chapter["file"] for chapter in toc["chapters"])]


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for chapter in chapters():
        notebook = jupytext.read(f"{chapter}.md")
        if any(cell.cell_type == "code" for cell in notebook.cells):
            jupytext.write(notebook, folder / f"{Path(chapter).name}.ipynb")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
