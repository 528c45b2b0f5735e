"""The book as one page, which `make pdf` prints."""

from pathlib import Path

import pytest

from book._ext import pdf
from book._ext.build import contents_with_solutions
from book._ext.notebooks import listed

PAGE = """<html data-theme="auto"><head><script>x</script><link href="_static/a.css"></head><body>
<article class="bd-article">{}</article>"""


ONLINE = "https://someone.github.io/course/"


@pytest.fixture
def edition(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "site", lambda: ONLINE)
    (tmp_path / "book").mkdir()
    first = '<h1 id="top">One</h1><a href="book/task.html#pairs">on</a><a href="https://example.org">out</a>'
    (tmp_path / "index.html").write_text(PAGE.format(first))
    second = (
        '<h1><span class="section-number">2. </span>Two</h1><p id="top"><a href="../index.html">back</a>'
        '<img src="../_images/a.png"><details>hint</details>'
        '<script>y</script><svg><clipPath id="c"></clipPath><g clip-path="url(#c)"></g></svg><a href="#top">up</a></p>'
    )
    (tmp_path / "book" / "task.html").write_text(PAGE.format(second))
    return tmp_path


def test_links_between_chapters_stay_inside_and_ids_do_not_clash(edition):
    text = pdf.whole(edition, ["index", "book/task"])
    for part in (
        *(
            'id="index--top"',
            'id="book/task--top"',
            'href="#book/task--pairs"',
            'href="#index"',
            'href="#book/task--top"',
        ),
        *('href="https://example.org"', 'src="_images/a.png"', "url(#book/task--c)", 'id="book/task--c"'),
        'href="_static/a.css"',
    ):
        assert part in text
    assert "<script" not in text and "<details open>" in text


def test_figures_have_their_chapters_number_and_experiments_an_address(edition):
    text = pdf.whole(edition, ["index", "book/task"])
    assert f"""id="index" style="break-after: page; --address: ': {ONLINE}index.html'\"""" in text
    assert f"""--chapter: '2.'; --address: ': {ONLINE}book/task.html'\"""" in text


def test_a_copy_that_is_published_nowhere_names_no_address(edition, monkeypatch):
    monkeypatch.setattr(pdf, "site", lambda: None)
    text = pdf.whole(edition, ["index", "book/task"])
    assert "--address" not in text and "--chapter: '2.'\"" in text


def test_the_pdf_is_light(edition):
    """No script of the page says so, and the style sheets have no colours for "auto"."""
    assert pdf.whole(edition, ["index"]).startswith('<html data-theme="light">')


def test_a_page_without_an_article_is_named(edition):
    (edition / "book" / "task.html").write_text("<html>")
    with pytest.raises(SystemExit, match=r"task\.html has no article"):
        pdf.whole(edition, ["index", "book/task"])


def test_the_instructors_edition_has_each_chapters_solutions_behind_it():
    student, instructor = listed(), listed(contents_with_solutions())
    assert [name for name in instructor if not name.startswith("book/solutions/")] == student
    for place, name in enumerate(instructor):
        if name.startswith("book/solutions/"):
            assert instructor[place - 1] == name.replace("solutions/", "")
    assert {f"{name}.md" for name in instructor} >= {str(page) for page in Path("book/solutions").glob("*.md")}
