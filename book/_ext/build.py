"""Build the book and its notebooks: `python -m book._ext.build [--fresh] [--student] [--instructor]`.

Without a word it is the student edition; the instructors' has a page of solutions below each chapter. Both read one
cache of executed notebooks, so a chapter runs once for both, and with both words they are built side by side. Any
warning is an error.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NoReturn

import yaml

from book._ext import notebooks
from book._ext.execute import execute
from book._ext.exercises import SOLUTIONS
from book._ext.progress import say

BUILD = Path("_build")
CACHE = BUILD / ".jupyter_cache"
INSTRUCTOR = BUILD / "instructor"
PAGES = (INSTRUCTOR, BUILD / "html", BUILD / ".doctrees", BUILD / "jupyter_execute")  # half of them crash a build
STAMPS = (CACHE / "made-from", BUILD / "made-from")  # which library the cache was made with, and which the pages


def code() -> str:
    """A hash of what the notebook cache does not see: the library, its recorded results, and the pins."""
    files = [*sorted(Path("lib").rglob("*.py")), *sorted(Path("results").glob("*.csv")), Path("requirements.txt")]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def fresh(stamp: Path) -> bool:
    """Whether the cache, or the pages, were made with the library, the results and the pins of now."""
    return stamp.exists() and stamp.read_text() == code()


def renew(stamp: Path, *parts: Path) -> None:
    """Remove what another library made, and note the one of now."""
    if "--fresh" in sys.argv or not fresh(stamp):
        for part in parts:
            shutil.rmtree(part, ignore_errors=True)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(code())


def main() -> int:
    editions = [name for name in EDITIONS if f"--{name}" in sys.argv] or ["student"]
    renew(STAMPS[0], CACHE)
    prepare()
    command = "make book-instructor" if "instructor" in editions else "make book"
    if not execute(pages("instructor" in editions), CACHE, timeout(), command):
        return 1
    renew(STAMPS[1], *PAGES)  # only now: until every page has run, there is the last book to read
    say(f"== writing the pages ({' and '.join(editions)} edition)")
    words = [EDITIONS[name]() for name in editions]
    with ThreadPoolExecutor() as side_by_side:  # Sphinx takes one core
        failed = list(side_by_side.map(lambda those: sphinx(*those), words))
    if any(failed):
        return 1
    if "student" in editions:
        notebooks.main()
    return 0


def prepare() -> None:
    """One thread: two that share a core wait for each other, and rounds run side by side in processes of their own.

    And no modules but those of this folder and its .venv, nor a user's own first lines, as in the Makefile.
    """
    for name in ("PYTHONPATH", "PYTHONSTARTUP"):
        os.environ.pop(name, None)
    os.environ |= {"IPYTHONDIR": str(quiet_kernels()), "OMP_NUM_THREADS": "1", "LIB_QUIET": "1"}


def sphinx(*words: str | Path) -> int:
    """Build the pages that changed, from the cache of what was executed. The exit status."""
    program = Path(sys.executable).with_name("jupyter-book")
    return subprocess.run([program, "build", ".", "-W", "-n", "--keep-going", "--quiet", *words]).returncode


def timeout() -> int:
    """The seconds that a cell may take."""
    return settings()["execute"].get("timeout", 30)


def settings() -> dict[str, Any]:
    return yaml.safe_load(Path("_config.yml").read_text())


def pages(solutions: bool) -> list[Path]:
    """The sources of the pages, in the order of _toc.yml, each chapter's solutions behind it."""
    chapters = [Path(f"{name}.md") for name in notebooks.chapters()]
    found = [page for chapter in chapters for page in (chapter, SOLUTIONS / chapter.name)]
    return [page for page in found if page.exists() and (solutions or page.parent != SOLUTIONS)]


def contents_with_solutions() -> Path:
    """The table of contents of the instructor edition: _toc.yml, and below each chapter its solutions."""
    contents = yaml.safe_load(Path("_toc.yml").read_text())
    for chapter in (chapter for part in contents["parts"] for chapter in part["chapters"]):
        solutions = SOLUTIONS / f"{Path(chapter['file']).name}.md"
        if solutions.exists():
            chapter["sections"] = [{"file": str(solutions.with_suffix(""))}]
    link = INSTRUCTOR / "html"  # jupyter-book insists on a folder _build inside its --path-output
    if not link.is_symlink():
        INSTRUCTOR.mkdir(parents=True, exist_ok=True)
        link.symlink_to("_build/html")
    file = INSTRUCTOR / "_toc.yml"
    file.write_text(yaml.safe_dump(contents, sort_keys=False))
    return file


EDITIONS: dict[str, Callable[[], tuple[str | Path, ...]]] = {  # name → further arguments of jupyter-book
    "student": tuple,
    "instructor": lambda: ("--path-output", INSTRUCTOR, "--toc", contents_with_solutions()),
}


def quiet_kernels() -> Path:
    """A folder of settings under which kernels log nothing but what ends them.

    Otherwise each warns that it talks to this machine without encryption, and one that is stopped leaves a traceback.
    """
    folder = (BUILD / "ipython").resolve()
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text('get_config().IPKernelApp.log_level = "CRITICAL"\n')
    return folder


def stoppable(main: Callable[[], int]) -> NoReturn:
    """Run ``main`` and exit with its status; Ctrl-C is one line."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nstopped; finished pages and rounds are kept, and make book goes on from there", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    stoppable(main)
