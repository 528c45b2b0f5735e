"""What a room without a network needs, in one folder: the book, the students' notebooks, and Python's packages."""

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
BOOK = ROOT / "_build" / "html"
CPU = "https://download.pytorch.org/whl/cpu"  # PyTorch's small build
JUPYTER = "jupyterlab"  # in which the notebooks are opened


def must_have_a_book() -> None:
    """Raise ValueError if no book has been built that could be copied."""
    if not (BOOK / "index.html").exists():
        raise ValueError("There is no book to copy yet: run make book first.")


def fill(folder: Path, notebooks: Iterable[Path], options: Sequence[str] = ()) -> None:
    """Copy the book and the notebooks into ``folder``, and load the packages into it; ``options`` are pip's."""
    copy(BOOK, folder / "book")
    for notebook in notebooks:
        copy_file(notebook, folder / "assignments" / notebook.name)
    needs = folder / "needs.txt"
    needs.write_text("\n".join([*dependencies(), JUPYTER]) + "\n")
    words = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    place = ["--dest", str(folder / "wheels"), "--extra-index-url", CPU, "--requirement", str(needs)]
    if subprocess.run([*words, *place, *options]).returncode:
        raise ValueError(f"The book and the notebooks are in {folder}, but not all packages: pip says above why.")


def copy(source: Path, place: Path) -> None:
    """A whole folder without dates and rights, which a stick may not be able to keep."""
    for path in source.rglob("*"):
        if path.is_file():
            copy_file(path, place / path.relative_to(source))


def copy_file(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, place)


def dependencies() -> list[str]:
    """What lib needs to run, as pyproject.toml states it."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return list(project["dependencies"])
