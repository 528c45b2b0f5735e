"""The first cell of every notebook: the text of set_up.py, what it needs, and the library itself."""

import base64
import io
import lzma
import tarfile
import tomllib
from functools import cache
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

CODE = Path(__file__).with_name("set_up.py")
TITLE = "#@title Set up: run this first. It unpacks the course's library and installs only what is missing."


@cache
def first_cell(root: Path = Path(), time: str = "") -> NotebookNode:
    """The cell, folded. The archive is one line, far from the call, so that no traceback shows it.

    ``time`` is a sentence about how long the notebook runs.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    needs = "".join(f"    {need!r},\n" for need in project["dependencies"])
    parts = (
        TITLE,
        CODE.read_text().strip(),
        f"ARCHIVE = {archive(root)!r}",
        f"NEEDS = [\n{needs}]",
        f"set_up(ARCHIVE, NEEDS, {time!r})" if time else "set_up(ARCHIVE, NEEDS)",
    )
    metadata = {"cellView": "form", "jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
    return new_code_cell("\n\n".join(parts), id="set-up", metadata=metadata)


@cache
def archive(root: Path) -> str:
    """The library, packed: tar, xz, base64, a quarter less than a zip. Equal files give equal text."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as files:
        for name, path in sorted(library(root).items()):
            content, entry = path.read_bytes(), tarfile.TarInfo(name)  # without times and owners
            entry.size = len(content)
            files.addfile(entry, io.BytesIO(content))
    return base64.b64encode(lzma.compress(packed.getvalue(), preset=9 | lzma.PRESET_EXTREME)).decode()


def library(root: Path) -> dict[str, Path]:
    """What `pip install .` would install, by its place: pyproject.toml says it once, for both."""
    setuptools = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]
    files = {}
    for package in setuptools["packages"]:
        folder = root / setuptools["package-dir"].get(package, package.replace(".", "/"))
        patterns = ["*.py", *setuptools["package-data"].get(package, [])]
        found = [path for pattern in patterns for path in folder.glob(pattern)]
        files |= {f"{package.replace('.', '/')}/{path.relative_to(folder).as_posix()}": path for path in found}
    return files | {"lib/LICENSE": root / "LICENSE"}
