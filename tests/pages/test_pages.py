"""The built book, page by page. `make pages` builds it first."""

import copy
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from book._ext import repository
from book._ext.exercises import exercises
from book._ext.minutes import reading
from book._ext.notebooks import chapters
from book._ext.run_times import FILE

BOOK = Path("_build/html")
CHAPTERS = [name for name in chapters()[1:] if "{code-cell}" in Path(f"{name}.md").read_text()]  # a new one too
CHAPTERS_NUMBERED = [name for name in CHAPTERS if "What you will learn" in Path(f"{name}.md").read_text()]


def soup(page: Path) -> BeautifulSoup:
    """A page without what is drawn in its pictures, which is most of it."""
    text = re.sub(r"(<svg\b[^>]*>).*?</svg>", r"\1</svg>", page.read_text(), flags=re.DOTALL)
    return BeautifulSoup(text, "html.parser")


def pages() -> list[Path]:
    """Every page that a reader can open; search and index have no text of ours."""
    found = [page for page in sorted(BOOK.rglob("*.html")) if "_static" not in page.parts]
    return [page for page in found if page not in (BOOK / "search.html", BOOK / "genindex.html")]


@pytest.fixture(scope="module")
def book() -> dict[Path, BeautifulSoup]:
    assert (BOOK / "index.html").exists(), "no built book: run make book"
    return {page.resolve(): soup(page) for page in pages()}


@pytest.mark.parametrize("chapter", chapters())
def test_every_entry_of_the_contents_has_a_page(chapter, book):
    assert (BOOK / f"{chapter}.html").resolve() in book


def test_no_page_shows_a_traceback_or_stderr(book):
    for page, content in book.items():
        assert "Traceback (most recent call last)" not in content.text, page
        assert not content.select(".output.stderr, .output.traceback"), page


def test_no_page_shows_an_object_where_a_reader_expects_words(book):
    """Such as the value of a hidden cell's last line: an effect is to be told, not shown as Python keeps it."""
    raw = re.compile(r"\b(Effect|Picture|Recipe|Explorer)\(|<[\w.]+ object at 0x")
    shown = [
        (path, found[0])
        for path, page in book.items()
        for pre in page.select(".cell_output pre")
        if (found := raw.search(pre.text))
    ]
    assert not shown


def test_no_markup_is_left_unread(book):
    for page, content in book.items():
        text = content.select_one("article").text
        assert not content.select(".problematic, .system-message"), page
        assert not any(mark in text for mark in ("{glue:", "{cite}", ":::", "```{")), page


def test_every_image_has_alt_text(book):
    for page, content in book.items():
        for image in content.select("img"):
            assert image.get("alt", "").strip(), f"{page}: {str(image)[:100]}"
        for image in content.select("figure.computed svg"):
            assert image.get("aria-label", "").strip(), f"{page}: {str(image)[:100]}"


def test_the_ids_of_a_pages_figures_are_unique(book):
    for page in book:
        figures = re.findall(r'<figure class="computed">.*?</figure>', page.read_text(), re.DOTALL)
        names = [name for figure in figures for name in re.findall(r'\sid="([^"]*)"', figure)]
        assert len(names) == len(set(names)), page


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_has_figures_with_captions_and_checked_claims(chapter, book):
    content = book[(BOOK / f"{chapter}.html").resolve()]
    figures = content.select("figure.computed")
    assert figures and all(figure.select_one("figcaption").text.strip() for figure in figures)
    assert content.select("p.claim")
    assert len(content.select("p.claim")) <= 6, "at most six claims a chapter"
    for named in content.select("p.claim small"):  # "residual; 16 − plain; 16" reads as arithmetic
        assert not re.search(r"; [\d.]+(?:, \d+)?(?= −|:|\)|$)|1e-\d", named.text), named.text


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_exercises_have_hints_and_an_open_check(chapter, book):
    content, wanted = book[(BOOK / f"{chapter}.html").resolve()], exercises(Path(f"{chapter}.md"))
    assert [box["id"] for box in content.select("div.exercise")] == [exercise.label for exercise in wanted]
    assert len(wanted) >= 2
    assert all(len(box.select("details")) == 3 for box in content.select("div.exercise"))
    assert len(content.select("p.check.open")) == len([exercise for exercise in wanted if exercise.stub])
    assert not content.select("p.check.passed")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_predictions_have_names_of_their_own_and_are_shown_again(chapter, book):
    content = book[(BOOK / f"{chapter}.html").resolve()]
    names = [quiz["id"] for quiz in content.select("fieldset.quiz[id^=quiz]")]
    assert len(set(names)) == len(names)
    again = {f"quiz-{place['class'][-1]}" for place in content.select(".predicted")}
    assert again <= set(names)
    assert len(names) == len(again) + len([e for e in exercises(Path(f"{chapter}.md")) if e.kind == "predict"])


def test_every_internal_link_leads_somewhere(book):
    broken, places = [], {page: set(re.findall(r'\sid="([^"]*)"', page.read_text())) for page in book}
    for page, content in book.items():
        for link in content.select("a[href]"):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc:
                continue
            goal = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            if not goal.exists():
                broken.append(f"{page.name}: {link['href']}")
            elif parts.fragment.startswith("lab="):
                continue  # no place, but how the lab is set
            elif parts.fragment and goal in book and unquote(parts.fragment) not in places[goal]:
                broken.append(f"{page.name}: {link['href']} (no such place)")
    assert not broken


def test_a_files_name_in_a_sentence_is_no_link_to_a_site_of_that_name(book):
    """CONTRIBUTING.md, written without quotes, becomes a link to http://CONTRIBUTING.md: .md is Moldova."""
    links = [(page.name, link) for page, content in book.items() for link in content.select("a[href^='http://']")]
    assert [(page, link["href"]) for page, link in links if link["href"] == f"http://{link.text}"] == []


@pytest.mark.skipif(not FILE.exists(), reason="make run-times has not been run yet")
def test_run_times_list_every_chapter_with_code(book):
    links = book[(BOOK / "book/run-times.html").resolve()].select("article table a")
    assert {Path(link["href"]).stem for link in links} >= {Path(name).name for name in ("index", *CHAPTERS)}


def test_the_lab_is_loaded_by_pages_with_a_panel_and_by_no_other(book):
    loads = {page.stem: bool(content.select('script[src*="lab.js"]')) for page, content in book.items()}
    assert loads == {page.stem: bool(content.select("section.lab")) for page, content in book.items()}
    assert {loads["dropout"], loads["the-lab"]} == {True} and {loads["references"], loads["task"]} == {False}


def notebook(chapter: str) -> nbformat.NotebookNode:
    return nbformat.read(BOOK / "notebooks" / f"{Path(chapter).name}.ipynb", as_version=4)


def letters(text: str) -> str:
    """All letters and digits of a text, in order; Markdown and HTML differ in spaces and in quotes."""
    return "".join(letter for letter in text if letter.isalnum())


@pytest.mark.parametrize("chapter", ["index", *CHAPTERS])
def test_a_notebook_says_what_its_page_says(chapter, book):
    """Read its Markdown as Colab does, and look for every paragraph, list, table and title of the page in it."""
    reader = MarkdownIt("commonmark").enable("table")
    sources = [cell.source for cell in notebook(chapter).cells if cell.cell_type == "markdown"]
    said = letters(BeautifulSoup("".join(reader.render(source) for source in sources), "html.parser").get_text())
    article = copy.copy(book[(BOOK / f"{chapter}.html").resolve()].select_one("article"))
    for other in article.select(
        "div.cell, a, p.to-notebook, .math, .caption-number, .sd-summary-state-marker, .toc-drawer"
    ):
        other.extract()
    blocks = article.select("p, li, td, th, summary, h1, h2, h3, pre")
    # piece by piece, since links and formulas between them were taken out: they look different in a notebook
    missing = [block.text for block in blocks if not all(letters(part) in said for part in block.find_all(string=True))]
    assert len(blocks) > 10 and not missing


@pytest.mark.parametrize("chapter", ["index", *CHAPTERS])
def test_a_notebook_has_no_directive_no_role_and_the_pages_code(chapter, book):
    cells = notebook(chapter).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    assert not [mark for mark in (":::", "```{", "{glue", "{cite", "{doc", "{ref", "{eq", "\\(") if mark in text]
    shown = [cell.text.strip() for cell in book[(BOOK / f"{chapter}.html").resolve()].select(".cell_input pre")]
    code = [cell for cell in cells if cell.cell_type == "code" and "remove-input" not in cell.metadata.get("tags", [])]
    assert [cell.source.strip() for cell in code[1:]] == shown
    assert cells[0].id == "set-up" and cells[0].metadata.cellView == "form"


@pytest.mark.parametrize("chapter", chapters())
def test_a_page_offers_its_notebook_and_colab_only_with_github(chapter, book):
    buttons = book[(BOOK / f"{chapter}.html").resolve()].select(".article-header-buttons a")
    links = {button.text.strip(): button["href"] for button in buttons}
    has_code = chapter in ("index", *CHAPTERS)
    assert ("Download notebook" in links) == has_code
    assert ("Open in Colab" in links) == (has_code and repository.find() is not None)
    assert not has_code or links["Download notebook"].endswith(f"notebooks/{Path(chapter).name}.ipynb")


def test_chapters_are_numbered_through_in_the_sidebars_order_and_nothing_else_is(book):
    index = book[(BOOK / "index.html").resolve()]
    shown = [link.text.strip() for link in index.select(".bd-sidebar-primary li a")][1:]  # the first is this page
    numbers = [int(title.split(".")[0]) for title in shown if title[0].isdigit()]
    assert numbers == list(range(1, len(CHAPTERS_NUMBERED) + 1))
    assert len(index.select(".bd-sidebar-primary p.caption")) >= 5
    for number, chapter in enumerate(CHAPTERS_NUMBERED, 1):
        titles = book[(BOOK / f"{chapter}.html").resolve()].select("article :is(h1, h2, h3)")
        assert titles[0].text.startswith(f"{number}. ")
        assert not [title for title in titles[1:] if title.select(".section-number")]


@pytest.mark.parametrize("chapter", CHAPTERS_NUMBERED)
def test_words_of_the_glossary_lead_to_it_once_each_and_say_what_they_mean(chapter, book):
    content, glossary = book[(BOOK / f"{chapter}.html").resolve()], book[(BOOK / "book/glossary.html").resolve()]
    links = content.select("article a.term")
    goals = [urlsplit(link["href"]).fragment for link in links]
    assert len(goals) >= 8 and len(goals) == len(set(goals))
    assert all(len(link["title"]) > 20 and glossary.find(id=goal) for link, goal in zip(links, goals, strict=True))


def test_the_index_lists_each_word_and_the_chapters_that_use_it():
    index = soup(BOOK / "genindex.html")
    entry = next(item for item in index.select("article li") if item.text.startswith("siamese\n"))
    assert {"A first network", "Weight sharing"} <= {link.text for link in entry.select("a")}


@pytest.mark.parametrize("chapter", CHAPTERS_NUMBERED)
def test_below_its_title_a_chapter_offers_its_notebook_and_says_how_long_it_is(chapter, book):
    title = book[(BOOK / f"{chapter}.html").resolve()].select_one("article h1")
    line = title.find_next_sibling()
    assert line["class"] == ["to-notebook"]
    assert f"about {reading(Path(f'{chapter}.md')).minutes} minutes to read" in line.text
    [download, *colab] = line.select("a")
    assert download["href"].endswith(f"notebooks/{Path(chapter).name}.ipynb") and download.has_attr("download")
    assert len(colab) == (repository.find() is not None)
