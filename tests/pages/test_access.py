"""The built book for everybody: axe finds nothing, the keyboard reaches everything, scripts are not needed to read."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM
from playwright.sync_api import expect

from book._ext.notebooks import chapters

BOOK = Path("_build/html")
WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}
PAGES = [*chapters(), "book/the-lab", "book/references", "search", "genindex", "404"]
PAGES = list(dict.fromkeys(PAGES))
# A drawing is one picture to a screen reader; to walk over its thousands of dots takes axe most of its time.
EMPTIED = "all => all.forEach(svg => svg.replaceChildren())"
ALL = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# What depends on the theme, and what on the width. All the rest is the same on a page's other three views.
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"], "resultTypes": ["violations"]}
SIZES = {"runOnly": ["target-size", "scrollable-region-focusable"], "resultTypes": ["violations"]}
BESIDE = {"exclude": [["article.bd-article"]]}  # an article has its colours at every width, what is around it differs
VIEWS = {  # in an order in which each differs from the one before in one thing
    ("laptop", "light"): [(None, ALL)],
    ("laptop", "dark"): [(None, COLOURS)],
    ("phone", "dark"): [(None, SIZES), (BESIDE, COLOURS)],
    ("phone", "light"): [(BESIDE, COLOURS)],
}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture
def visit(chromium):
    contexts = []

    def open_page(name: str, width: str = "laptop", theme: str = "light", **options: object):
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        touch = width == "phone"
        contexts.append(chromium.new_context(viewport=size, color_scheme=theme, has_touch=touch, **options))
        page = contexts[-1].new_page()
        page.goto((BOOK / f"{name}.html").resolve().as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(visit, name):
    """Opened once, and looked at in all four views."""
    page = visit(name)
    page.locator("figure.computed svg").evaluate_all(EMPTIED)
    page.add_style_tag(content="* { transition: none !important }")  # or a colour is looked at on its way to another
    for (width, theme), looks in VIEWS.items():
        page.set_viewport_size(dict(zip(("width", "height"), WIDTHS[width], strict=True)))
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        page.wait_for_timeout(400)  # the theme looks 300 ms after a change of width which code scrolls
        for place, rules in looks:
            found = Axe().run(page, context=place, options=rules).response["violations"]
            assert [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found] == [], (
                width,
                theme,
            )


def test_on_a_phone_the_sidebar_opens_by_tap_and_by_keyboard(visit):
    for press in (lambda button: button.tap(), lambda button: (button.focus(), button.press("Enter"))):
        page = visit("book/task", "phone")
        link = page.get_by_role("link", name="Weight sharing").first
        assert not link.is_visible()
        press(page.get_by_role("button", name="Toggle primary sidebar"))
        link.wait_for()
        page.keyboard.press("Escape")
        link.wait_for(state="hidden")


def test_on_a_phone_the_pages_contents_open_by_tap_and_by_keyboard(visit):
    for press in (lambda button: button.tap(), lambda button: (button.focus(), button.press("Enter"))):
        page = visit("book/task", "phone")
        link = page.locator("#pst-secondary-sidebar a.nav-link").first
        press(page.get_by_role("button", name="Toggle secondary sidebar"))
        page.locator("#pst-secondary-sidebar-modal[open] a.nav-link").first.wait_for()
        page.keyboard.press("Escape")
        link.wait_for(state="attached")  # the theme moves the contents back once the dialogue says that it has closed


def test_the_keyboards_place_is_always_seen(visit):
    """Forty steps through a page: what has the focus has an outline, or is the skip link, which appears with it."""
    page = visit("book/task")
    for _ in range(40):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 120), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"
        )
        assert outline, name


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts_a_chapter_can_be_read_and_the_next_one_reached(visit, width):
    page = visit("book/task", width, java_script_enabled=False)
    figures = page.locator("figure.computed")
    assert figures.count() and all(box.is_visible() for box in figures.all())
    page.locator("a.right-next").click()
    assert page.url.endswith("baseline.html") and page.locator("article h1").is_visible()


def test_no_page_loads_anything_from_elsewhere(visit):
    """Opened as a file, without a network."""
    page = visit("index")
    page.wait_for_load_state("networkidle")  # or what the first visit still loads is broken off, and counted
    page.context.set_offline(True)
    failed = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.reload(wait_until="load")
    assert failed == []


@pytest.mark.parametrize("name", chapters())
def test_a_page_has_one_description_and_an_icon(name):
    head = (BOOK / f"{name}.html").read_text().split("</head>")[0]
    [description] = re.findall(r'<meta name="description" content="([^"]*)"', head)
    assert 50 <= len(description) <= 250
    assert 'rel="icon"' in head and "favicon.svg" in head


def test_a_dark_page_is_dark_before_the_scripts_of_the_theme_run(visit):
    page = visit("index", theme="dark")
    page.route("**/scripts/*.js*", lambda route: route.abort())
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"


def test_an_unknown_address_leads_back_to_the_book(visit):
    page = visit("404")
    page.get_by_role("link", name="The first page of the course").click()
    assert page.url.endswith("index.html")


def test_on_paper_nothing_is_folded_or_cut(visit):
    page = visit("book/dropout")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.locator("article details:not([open], .numbers, .above-input)").count() == 0
    cut = "all => all.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 2).map(e => e.textContent)"
    assert page.locator("article pre").evaluate_all(cut) == []
    split = "all => all.filter(e => getComputedStyle(e).breakInside !== 'avoid').length"
    assert page.locator("article .cell_input").evaluate_all(split) == 0  # else a frame stays, empty, on the last sheet
    pale = "all => all.filter(e => getComputedStyle(e).animationName !== 'none').length"
    assert page.locator("article details > *").evaluate_all(pale) == 0
    for explorer in page.locator(".explorer").all():
        shown = explorer.locator(".frame").evaluate_all("all => all.map(e => e.checkVisibility())")
        assert shown[0] and shown[-1] and sum(shown) == 2
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".exercise details[open]").count() == 0


def test_the_search_finds_a_chapter(visit):
    page = visit("search")
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page.url + "?q=dropout")
    page.locator("#search-results li").first.wait_for(timeout=10_000)
    assert {*errors} <= {"Failed to fetch"}  # a file may not read the pages, whose first words stand below a result
