"""Formulas: MathML in a page, and a font that has every sign of the book's."""

import html
import re
from io import BytesIO
from pathlib import Path

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont
from latex2mathml.converter import convert

from book._ext import formulas

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "index.md", *sorted((ROOT / "book").glob("*.md")), *sorted((ROOT / "book" / "solutions").glob("*.md"))]
TEX = re.compile(r"\$\$(.+?)\$\$|(?<![\\$\w])\$([^$\n]+)\$(?!\$)", re.DOTALL)
ITALIC = {chr(code): 0x1D434 + i for i, code in enumerate([*range(65, 91), *range(97, 123)])} | {"h": 0x210E}


@pytest.fixture(scope="module")
def font():
    return set(TTFont(BytesIO(formulas.font())).getBestCmap())


def written(page: Path) -> list[str]:
    """The formulas of a page, as TeX."""
    prose = re.sub(r"```\{code-cell\}.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [first or second for first, second in TEX.findall(prose)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_sign_of_a_pages_formulas_is_in_the_font(page, font):
    for tex in written(page):
        shown = convert(formulas.lines(tex))
        signs = html.unescape(re.sub(r"<[^>]*>", "", shown))
        assert "merror" not in shown and "\\" not in signs and "&" not in signs, tex
        italic = {ITALIC.get(letter, ord(letter)) for letter in re.findall(r"<mi>(\w)</mi>", html.unescape(shown))}
        missing = {chr(code) for code in {ord(sign) for sign in signs} | italic if code not in font and code > 0x20}
        assert not missing, f"{tex}: add {missing} to RANGES of book/_ext/formulas.py"


def test_the_book_has_formulas_to_test():
    assert sum(len(written(page)) for page in PAGES) > 300


def test_the_font_is_small_and_keeps_what_lays_out_a_formula():
    packed = formulas.font()
    assert len(packed) < 70_000 and "MATH" in TTFont(BytesIO(packed))


def test_lines_are_aligned_and_an_environment_is_left_alone():
    assert formulas.lines(r"a \\ b") == r"\begin{split}a \\ b\end{split}"
    assert formulas.lines(r"\begin{cases}a \\ b\end{cases}") == r"\begin{cases}a \\ b\end{cases}"


def test_what_stands_below_one_another_is_a_table_without_its_ampersands():
    shown = convert(formulas.lines(r"\begin{aligned}a &= b \\ c &= d\end{aligned}"))
    assert shown.count("<mtr>") == 2 and "&" not in html.unescape(re.sub(r"<[^>]*>", "", shown))


def test_the_bars_of_a_norm_are_as_high_as_letters_and_a_delimiter_grows():
    assert formulas.mathml(r"\lVert w \rVert^2").count('<mo stretchy="false">&#x02016;</mo>') == 2
    assert formulas.mathml(r"\lvert w \rvert").count('<mo stretchy="false">&#x0007C;</mo>') == 2
    assert 'stretchy="true"' in formulas.mathml(r"\left| \frac12 \right|")


TOGETHER = {  # what stands before and behind a formula → what is in one span with it
    ("of ", ", and"): ["", ","],
    ("(", ")."): ["(", ")."],
    ("", ""): None,
    ("each ", " of"): None,
    ("so (", " is"): ["(", ""],
}


@pytest.mark.parametrize(("before", "after"), TOGETHER)
def test_a_comma_stays_on_the_line_of_its_formula(before, after):
    document = nodes.document(None, None)  # type: ignore[arg-type]
    paragraph = nodes.paragraph(
        "", "", *(part for part in (nodes.Text(before), nodes.math("", "w"), nodes.Text(after)) if part)
    )
    document += paragraph
    text = paragraph.astext()
    formulas.keep_together(None, document, "book/task")  # type: ignore[arg-type]
    assert paragraph.astext() == text and len(list(paragraph.findall(nodes.math))) == 1
    spans = [span.astext() for span in paragraph.findall(nodes.inline)]
    expected = TOGETHER[before, after]
    assert spans == ([] if expected is None else ["w".join(expected)])
