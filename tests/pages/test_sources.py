"""A citation shows its source, and a word its meaning, to a mouse, a keyboard and a finger, and lets go of it again."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM

STATIC = Path("book/_static")
FIRST, SECOND = "Ann Other. On pairs. 2019.", "Some Body. On digits. " * 8
CITED = '<span class="bibtex-citation">[<a href="references.html#id{}" title="{}">{}</a>]</span>'
TERM = '<a class="term reference internal" href="glossary.html#term-head" title="The part that compares.">head</a>'
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
COLOURS = "html { --pst-color-background: white; --pst-color-text-base: black; --pst-color-text-muted: #555 }"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture
def visit(chromium, tmp_path):
    """A page with two citations, the second one at the end of a line and of the screen, and a word of the glossary."""
    contexts = []
    (tmp_path / "references.html").write_text(f"{HEAD}<title>References</title>")
    style = COLOURS + (STATIC / "sources.css").read_text()
    body = f"<h1>Pairs</h1><p>As {CITED.format(1, FIRST, 1)} said.</p><p style='margin-top: 600px; text-align: right'>"
    body += f"And others {CITED.format(2, SECOND, 2)}</p><p>A {TERM} compares.</p>"
    article = f'<main><article class="bd-article">{body}</article></main>'
    script = f"<script>{(STATIC / 'sources.js').read_text()}</script>"
    (tmp_path / "page.html").write_text(f"{HEAD}<title>Pairs</title><style>{style}</style>{article}{script}")

    def open_page(width: int = 1280, **options: object):
        contexts.append(chromium.new_context(viewport={"width": width, "height": 800}, **options))
        page = contexts[-1].new_page()
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


def test_a_mouse_sees_the_source_and_can_move_on_to_it(visit):
    page = visit()
    note = page.locator(".source")
    assert not note.is_visible()
    page.get_by_role("link", name="1").hover()
    assert note.inner_text() == FIRST
    note.hover()
    page.wait_for_timeout(500)
    assert note.is_visible()
    page.mouse.move(900, 500)
    note.wait_for(state="hidden")


def test_a_keyboard_sees_it_too_and_escape_takes_it_away(visit):
    page = visit()
    page.keyboard.press("Tab")
    note, link = page.get_by_role("tooltip"), page.get_by_role("link", name="1")
    assert note.inner_text() == FIRST and link.get_attribute("aria-describedby") == note.get_attribute("id")
    assert Axe().run(page).response["violations"] == []
    page.keyboard.press("Escape")
    assert not note.is_visible() and link.get_attribute("aria-describedby") is None
    page.keyboard.press("Tab")
    assert note.inner_text() == SECOND.strip()
    page.keyboard.press("Enter")
    page.wait_for_url("**/references.html#id2")


def test_a_finger_sees_it_first_and_follows_it_at_the_second_tap(visit):
    page = visit(390, has_touch=True)
    link, note = page.get_by_role("link", name="1"), page.locator(".source")
    link.tap()
    assert note.is_visible() and page.url.endswith("page.html")
    page.get_by_role("heading").tap()
    assert not note.is_visible()
    link.tap()
    link.tap()
    page.wait_for_url("**/references.html#id1")


def test_a_word_of_the_glossary_shows_its_meaning_likewise(visit):
    page = visit()
    page.get_by_role("link", name="head").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert page.get_by_role("tooltip").inner_text() == "The part that compares."
    assert Axe().run(page).response["violations"] == []


@pytest.mark.parametrize("width", [1280, 390])
def test_it_stays_on_the_screen(visit, width):
    page = visit(width)
    page.get_by_role("link", name="2").hover()
    box = page.locator(".source").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width and box["y"] >= 0 and box["y"] + box["height"] <= 800
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_scripts_the_browser_shows_it(visit):
    page = visit(java_script_enabled=False)
    assert page.get_by_role("link", name="1").get_attribute("title") == FIRST


def test_every_page_has_it():
    settings = Path("_config.yml").read_text()
    assert "sources.js" in settings and "sources.css" in settings
