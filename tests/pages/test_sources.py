"""A citation shows its source, a word its meaning, and a link to a figure that figure, to a mouse, a keyboard and a
finger, and lets go of it again."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM

from lib.figures.house import Picture, in_house_style, one_axes

STATIC = Path("book/_static")
FIRST, SECOND = "Ann Other. On pairs. 2019.", "Some Body. On digits. " * 8
CITED = '<span class="bibtex-citation">[<a href="references.html#id{}" title="{}">{}</a>]</span>'
TERM = '<a class="term reference internal" href="glossary.html#term-head" title="The part that compares.">head</a>'
CAPTION = "Six dots, one line."
TO_FIGURE = f'<a class="to-figure reference internal" href="#figure-six-dots" title="{CAPTION}">the six dots</a>'
HEAD = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
COLOURS = "html { --pst-color-background: white; --pst-color-text-base: black; --pst-color-text-muted: #555 }"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


TYPE = """svg => [...svg.querySelectorAll("text")].map(text =>
    parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)"""


@in_house_style
def sliders() -> str:
    """Two frames; the reader has moved on to the second one. What is drawn is clipped at the axes, by an id."""
    figure, axes = one_axes(4)
    axes.plot(range(6), "o-")
    first = Picture(figure, "Dots on a line.", CAPTION)._repr_html_()
    frames = f'<div class="frame" hidden>{first}</div><div class="frame">{first.replace(CAPTION, "No dots.")}</div>'
    return f'<div class="output linked" id="figure-six-dots"><div class="explorer">{frames}</div></div>'


@pytest.fixture
def visit(chromium, tmp_path):
    """A page with two citations, the second one at the end of a line and of the screen, a word of the glossary, and a
    link to a figure."""
    contexts = []
    (tmp_path / "references.html").write_text(f"{HEAD}<title>References</title>")
    style = COLOURS + (STATIC / "sources.css").read_text()
    body = f"<h1>Pairs</h1><p>As {CITED.format(1, FIRST, 1)} said.</p><p style='margin-top: 600px; text-align: right'>"
    body += f"And others {CITED.format(2, SECOND, 2)}</p><p>A {TERM} compares.</p><p>See {TO_FIGURE}.</p>{sliders()}"
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


def test_a_mouse_and_a_keyboard_see_a_figure_again_with_ids_of_its_own(visit):
    page = visit()
    note, link = page.get_by_role("tooltip"), page.get_by_role("link", name="the six dots")
    link.hover()
    assert note.locator("figcaption").inner_text() == CAPTION and note.get_by_role("img").is_visible()
    known = page.locator("[id]").evaluate_all("all => all.map(one => one.id)")
    clips = note.locator("[clip-path]").evaluate_all("all => all.map(one => one.getAttribute('clip-path'))")
    assert clips and {clip.removeprefix("url(#again-").removesuffix(")") for clip in clips} < {*known}
    again = [name for name in known if name.startswith("again-")]
    assert {f"url(#{name})" for name in again} >= {*clips} and len(again) == len({*again})
    page.mouse.move(900, 20)
    note.wait_for(state="hidden")
    page.keyboard.press("Tab")
    link.focus()
    assert note.is_visible() and link.get_attribute("aria-describedby") == note.get_attribute("id")
    assert Axe().run(page, context={"exclude": [["svg > *"]]}).response["violations"] == []
    page.keyboard.press("Escape")
    assert not note.is_visible()
    page.keyboard.press("Enter")
    assert page.url.endswith("#figure-six-dots")


def test_a_finger_sees_a_figure_first_and_is_led_to_it_at_the_second_tap(visit):
    page = visit(390, has_touch=True)
    link, drawn = page.get_by_role("link", name="the six dots"), page.locator(".source svg")
    link.tap()
    assert drawn.is_visible() and min(drawn.evaluate(TYPE)) >= 11
    assert page.url.endswith("page.html")
    link.tap()
    assert page.url.endswith("#figure-six-dots")


@pytest.mark.parametrize("height", [800, 700])
def test_a_figure_without_room_below_or_above_is_drawn_smaller_and_still_legible(visit, height):
    page = visit()
    page.set_viewport_size({"width": 1280, "height": height})
    link, note = page.get_by_role("link", name="the six dots"), page.locator(".source")
    link.evaluate("link => scrollTo(0, link.getBoundingClientRect().top + scrollY - innerHeight / 2)")
    link.hover()
    box, drawn = note.bounding_box(), note.locator("svg")
    assert box["y"] >= 0 and box["y"] + box["height"] <= height
    assert min(drawn.evaluate(TYPE)) >= 11 and drawn.bounding_box()["width"] < 480


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
    link = page.get_by_role("link", name="the six dots")
    assert link.get_attribute("title") == CAPTION
    link.click()
    assert page.url.endswith("#figure-six-dots")


def test_every_page_has_it():
    settings = Path("_config.yml").read_text()
    assert "sources.js" in settings and "sources.css" in settings and "book._ext.figure_links: ." in settings
