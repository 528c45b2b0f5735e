"""Build one chapter again and say where it is: `python -m book._ext.chapter dropout`. Any warning is an error.

Only this chapter is run and read again, also where the library or other chapters have changed: the pages of those
stay as they are, and the next `make book` brings them up to date.
"""

import os
import sys
from difflib import get_close_matches
from pathlib import Path

from jupyter_cache import get_cache
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from book._ext import build, notebooks
from book._ext.execute import execute, forget
from book._ext.progress import say

ONLY = "BOOK_ONLY"  # the environment variable that tells Sphinx the one page, such as book/dropout


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("env-get-outdated", lambda app, env, added, changed, removed: outdated(env, changed))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def outdated(env: BuildEnvironment, changed: set[str]) -> list[str]:
    """The page to read again although its file may be as it was. The others that changed wait: reading runs them."""
    if only := os.environ.get(ONLY):
        changed &= {only}  # in place: Sphinx asks to be helped like this
    return [only] if only in env.found_docs else []


def find(name: str) -> str:
    """The page of that name, "book/dropout" for "dropout". Raises ValueError when there is none, with the nearest."""
    pages = {Path(page).name: page for page in notebooks.chapters()}
    asked = Path(name.removesuffix(".md")).name
    near = get_close_matches(asked, pages, n=3) or list(pages)
    if not asked:
        raise ValueError(f"Say which chapter, as in make chapter NAME=dropout. There are {', '.join(near)}.")
    if asked not in pages:
        raise ValueError(f"There is no chapter {name!r}. Did you mean {', '.join(near)}?")
    return pages[asked]


def rebuild(page: str) -> int:
    """Run the page, if its cells or what they use have changed, and build it. The exit status."""
    if not (build.BUILD / ".doctrees" / "environment.pickle").exists():
        print("The book has not been built yet, and a chapter needs the others: run make book once.", file=sys.stderr)
        return 1
    source = Path(f"{page}.md")
    if not all(map(build.fresh, build.STAMPS)):
        for stamp in build.STAMPS:  # from now on pages of two libraries lie side by side: make book starts again
            stamp.unlink(missing_ok=True)
        forget(source, get_cache(str(build.CACHE)))
    build.prepare()
    if not execute([source], build.CACHE, build.timeout(), f"make chapter NAME={source.stem}"):
        return 1
    say("== writing the page")
    os.environ[ONLY] = page
    if failed := build.sphinx():
        return failed
    notebooks.write(page)
    print(f"{(notebooks.BOOK / page).resolve()}.html")
    return 0


def main() -> int:
    try:
        page = find(sys.argv[1] if len(sys.argv) > 1 else "")
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    return rebuild(page)


if __name__ == "__main__":
    build.stoppable(main)
