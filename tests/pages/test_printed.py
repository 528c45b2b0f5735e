"""The book on paper: a chapter of the instructors' edition, with its solutions, as `make pdf` prints it."""

import re
from pathlib import Path

import pytest
from browser import CHROMIUM, NO_CHROMIUM
from pypdf import PdfReader

from book._ext import pdf
from book._ext.build import INSTRUCTOR
from book._ext.exercises import SOLUTIONS

NAMES = ["book/search", "book/solutions/search"]


def letters(text: str) -> str:
    """``text`` without spaces: lines are broken elsewhere on paper."""
    return re.sub(r"\s+", "", text)


@pytest.fixture(scope="module")
def reader(tmp_path_factory) -> PdfReader:
    if CHROMIUM is None:
        pytest.skip(NO_CHROMIUM)
    out = tmp_path_factory.mktemp("paper") / "two-pages.pdf"
    pdf.write(INSTRUCTOR / "html", NAMES, out)
    return PdfReader(out)


@pytest.fixture(scope="module")
def text(reader) -> str:
    return letters("".join(page.extract_text() for page in reader.pages))


def test_every_line_of_code_is_printed_to_its_end(text):
    code = re.compile(r"```(?:python|\{code-cell\}[^\n]*)\n(?::[^\n]*\n)*(.*?)```", re.DOTALL)
    lines = [line for block in code.findall((SOLUTIONS / "search.md").read_text()) for line in block.splitlines()]
    assert len(lines) > 20 and max(map(len, lines)) > 60
    assert not [line for line in lines if letters(line) not in text]


def test_figures_have_numbers_and_hints_are_open(text):
    [chapter] = set(re.findall(r"Figure(\d+)\.\d+\.", text))
    numbers = re.findall(rf"Figure{chapter}\.(\d+)\.", text)
    assert [*map(int, numbers)] == [*range(1, len(numbers) + 1)] and len(numbers) > 5
    hints = re.findall(r"```\{dropdown\} Hint \d\n(?::[^\n]*\n)*([^\n`*{]{20,})", Path("book/search.md").read_text())
    assert len(hints) > 3 and not [hint for hint in hints if letters(hint) not in text]


def test_the_outline_leads_to_the_chapter_and_to_its_solutions(reader):
    titles = [part.title for part in reader.outline if not isinstance(part, list)]
    assert len(titles) == 2 and "olution" in titles[1]
    first, second = (reader.get_destination_page_number(part) for part in reader.outline if not isinstance(part, list))
    assert first == 0 < second < len(reader.pages)
