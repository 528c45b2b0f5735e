"""The student edition shows no solution anywhere; the instructor edition shows them all. `make pages` builds both."""

import functools
import html
import json
import re
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from jupyter_cache import get_cache
from myst_nb.core.read import is_myst_markdown_notebook, myst_nb_reader_plugin

from book._ext.build import CACHE
from book._ext.exercises import SOLUTIONS, answers, exercises, labels
from book._ext.notebooks import chapters

STUDENT, INSTRUCTOR = Path("_build/html"), Path("_build/instructor/html")
PAGES = [page for name in chapters() if (page := SOLUTIONS / f"{Path(name).name}.md").exists()]
PICTURES_AND_FONTS = {".png", ".woff", ".woff2", ".ttf", ".eot", ".ico", ".mo"}
OURS = {path.name for path in Path("book/_static").iterdir()}

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def letters(text: str) -> str:
    """``text`` without space and punctuation: the same for a source, for what a page shows of it, and in JSON."""
    return re.sub(r"[\W_]+", "", text)


@functools.cache
def shown_to_students() -> str:
    return letters(" ".join(Path(f"{name}.md").read_text() for name in chapters()))


@functools.cache
def distinctive(page: Path) -> set[str]:
    """The lines of a solutions page that stand in no page for students."""
    links = ("](", "{", ":cause:", "$")  # shown differently from how they are written
    lines = {line for line in page.read_text().splitlines() if not any(mark in line for mark in links)}
    return {text for line in lines if len(text := letters(line)) >= 12 and text not in shown_to_students()}


def texts(file: Path, content: bytes) -> Iterator[str]:
    """What can be read in a file of the book; an archive is opened, a page is read without its markup, too."""
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                yield name + archive.read(name).decode(errors="ignore")
    elif file.suffix == ".inv":  # four lines, then compressed
        yield zlib.decompress(content.split(b"\n", 4)[4]).decode()
    elif file.suffix == ".ipynb":
        yield json.dumps(json.loads(content), ensure_ascii=False)
    else:
        yield content.decode(errors="ignore")
        if file.suffix == ".html":
            yield html.unescape(re.sub(r"<[^>]*>", "", content.decode()))


@pytest.fixture(scope="module")
def student() -> dict[Path, str]:
    """Every file of the student edition that holds text, but for the scripts that the theme and Sphinx bring along."""
    files = [file for file in STUDENT.rglob("*") if file.is_file() and file.suffix not in PICTURES_AND_FONTS]
    files = [file for file in files if "_static" not in file.parts or file.name in OURS]
    assert STUDENT / "index.html" in files, "no built book: run make book"
    return {file: letters(" ".join(texts(file, file.read_bytes()))) for file in files}


def search_terms(edition: Path) -> dict[str, set[str]]:
    """What the search finds: each word, and the pages where it stands."""
    script = (edition / "searchindex.js").read_text()
    index = json.loads(script.removeprefix("Search.setIndex(").removesuffix(")"))
    pages = defaultdict(set)
    for word, found in [*index["terms"].items(), *index["titleterms"].items()]:
        numbers = [found] if isinstance(found, int) else found
        pages[word] |= {index["docnames"][number] for number in numbers}
    return {word: found for word, found in pages.items() if found}  # a word may have gone since the last build


def test_no_file_of_the_student_edition_is_named_after_solutions(student):
    assert not [file for file in student if "solution" in str(file)]


@every_page
def test_no_line_of_a_solution_is_in_the_student_edition(page, student):
    lines = distinctive(page)
    assert len(lines) >= 10
    assert not {line: file for file, text in student.items() for line in lines if line in text}


@every_page
def test_the_same_search_finds_every_line_in_the_instructor_edition(page):
    file = INSTRUCTOR / page.relative_to(".").with_suffix(".html")
    text = letters(" ".join(texts(file, file.read_bytes())))
    assert not [line for line in distinctive(page) if line not in text]


def test_a_search_in_the_student_edition_knows_no_page_of_solutions():
    known = search_terms(STUDENT)
    assert not [page for pages in known.values() for page in pages if "solutions" in page]
    only_in_solutions = {
        word for word, pages in search_terms(INSTRUCTOR).items() if all("solutions" in page for page in pages)
    }
    assert only_in_solutions and not only_in_solutions & set(known)


@every_page
def test_the_instructor_sees_what_each_check_says_and_gets_to_the_exercise(page):
    shown = BeautifulSoup((INSTRUCTOR / page.with_suffix(".html")).read_text(), "html.parser")
    links = [link["href"] for link in shown.select("div.solution .admonition-title a")]
    assert links == [f"../{page.stem}.html#{label}" for label in labels(page)]
    checked = [exercise for exercise in exercises(page.parents[1] / page.name) if exercise.stub]
    assert len(shown.select("p.check.passed")) == len(checked)
    assert len(shown.select("p.check.open")) == len([answer for answer in answers(page) if "wrong" in answer.tags])


@pytest.mark.parametrize(
    "name", [name for name in chapters() if is_myst_markdown_notebook(Path(f"{name}.md").read_text())]
)
def test_a_chapter_is_executed_once_for_both_editions(name):
    """What it was built from is older than the first of the two."""
    record = get_cache(str(CACHE)).match_cache_notebook(myst_nb_reader_plugin(str(Path(f"{name}.md").resolve())))
    assert record.created.replace(tzinfo=UTC).timestamp() < (STUDENT / f"{name}.html").stat().st_mtime
