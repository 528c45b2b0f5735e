"""The built book for everybody: axe finds nothing, the keyboard reaches everything, scripts are not needed to read."""

import io
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM
from playwright.sync_api import expect

from book._ext.notebooks import chapters

BOOK = Path("_build/html")
WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}
PAGES = [*chapters(), "book/the-lab", "book/references", "search", "genindex", "404"]
PAGES = list(dict.fromkeys(PAGES))
SOLUTIONS = "../instructor/html/book/solutions/weight-sharing"  # one of them: they all have the same parts
UNFOLDED = "all => all.forEach(box => box.open = true)"
# A drawing is one picture to a screen reader; to walk over its thousands of dots takes axe most of its time.
EMPTIED = "all => all.forEach(svg => svg.replaceChildren())"
# A colour is not looked at on its way to another; and of words on a shadow axe would say nothing.
PLAIN = "* { transition: none !important; animation: none !important; background-image: none !important }"
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
LOCAL = "file:", "data:", "blob:"
BROKEN_OFF = "net::ERR_ABORTED"  # what a page still loads when the next one is opened
COLOURED = (
    "article a.term",
    ".admonition",
    "p.claim",
    "fieldset.quiz",
    ".highlight pre",
    ".highlight .mi",
    "section.lab",
)
LOOK = "e => { const s = getComputedStyle(e); return [s.color, s.backgroundColor, s.borderLeft]; }"
GROUND_ALONE = """() => document.head.append(Object.assign(document.createElement("style"), {
    textContent: "* { color: transparent !important; box-shadow: none !important }"}))"""
BEFORE = "e => getComputedStyle(e, '::before').content"

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


@pytest.mark.parametrize("name", [*PAGES, SOLUTIONS])
def test_axe_finds_nothing(visit, name):
    """Opened once, unfolded, and looked at in all four views."""
    if name == SOLUTIONS and not (BOOK / f"{name}.html").exists():
        pytest.skip("the instructor edition is not built: make book-instructor")
    page = visit(name)
    page.locator("details:not(.above-input)").evaluate_all(UNFOLDED)  # that code is set as all other code is
    page.locator("figure.computed svg").evaluate_all(EMPTIED)
    page.add_style_tag(content=PLAIN)
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
        press(page.get_by_role("button", name="Toggle secondary sidebar"))
        page.locator("#pst-secondary-sidebar-modal[open] a.nav-link").first.wait_for()
        page.keyboard.press("Escape")
        expect(page.locator("#pst-secondary-sidebar-modal[open]")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["task", "the-lab", "your-record", "lecture"])
def test_the_keyboards_place_is_always_seen(visit, name, width):
    """Forty steps through a page, or as many as it has: what has the focus has an outline, or is the skip link, which
    appears with it.
    """
    page = visit(f"book/{name}", width)
    for step in range(40):
        page.keyboard.press("Tab")
        if step > 7 and page.evaluate("document.activeElement === document.body"):
            break  # behind its last element
        name, outline = page.evaluate(
            "() => { const e = document.activeElement, s = getComputedStyle(e);"
            " return [e.outerHTML.slice(0, 120), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"
        )
        assert outline, name


@pytest.mark.parametrize("width", WIDTHS)
def test_without_scripts_a_chapter_can_be_read_and_others_reached(visit, width):
    page = visit("book/task", width, java_script_enabled=False)
    figures = page.locator("figure.computed")
    assert figures.count() and all(box.is_visible() for box in figures.all())
    page.locator("a.right-next").click()
    assert page.url.endswith("baseline.html") and page.locator("article h1").is_visible()
    page.locator(".bd-sidebar-primary a", has_text="Weight sharing").click()
    assert page.url.endswith("weight-sharing.html") and page.locator("article h1").is_visible()


def test_without_scripts_a_page_has_the_colours_that_it_has_with_them(visit):
    with_scripts, without = (visit("book/dropout", java_script_enabled=on) for on in (True, False))
    with_scripts.add_style_tag(content=PLAIN)
    for theme in ("light", "dark"):
        for page in (with_scripts, without):
            page.emulate_media(color_scheme=theme)
        expect(with_scripts.locator("html")).to_have_attribute("data-theme", theme)
        for what in ("body", *COLOURED):
            looks = [page.locator(what).first.evaluate(LOOK) for page in (with_scripts, without)]
            assert looks[0] == looks[1], (theme, what)


def test_without_scripts_no_page_shows_what_then_does_nothing(visit):
    page = visit("404", java_script_enabled=False)
    for name in ("book/task", "book/search", "book/reading", "book/what-is-left", "book/the-lab", "search"):
        page.goto((BOOK / f"{name}.html").resolve().as_uri())
        for width, height in WIDTHS.values():
            page.set_viewport_size({"width": width, "height": height})
            dead = page.locator(":is(button, select, input:not([type=radio])):visible")  # an answer may be marked
            assert dead.evaluate_all("all => all.map(e => e.outerHTML.slice(0, 120))") == [], (name, width)


@pytest.mark.parametrize(("theme", "scripts"), [("light", True), ("dark", False)])
def test_on_a_phone_what_scrolls_sideways_shows_it(visit, theme, scripts):
    """And of a table, the column with the names of its rows stays."""
    page = visit("book/five-reports", "phone", theme, java_script_enabled=scripts)
    page.locator("article details").evaluate_all(UNFOLDED)
    page.evaluate(GROUND_ALONE)  # add_style_tag waits for an event, which does not come without scripts
    for what in (".highlight pre", ".pst-scrollable-table-container", ".text_html:has(table)", "details.numbers"):
        boxes = page.locator("article").locator(what).element_handles()
        box = next(one for one in boxes if one.evaluate("e => e.scrollWidth > e.clientWidth + 40"))
        table = box.query_selector("table")
        assert shaded(page, box) == (False, True), what
        before = table and first_column(table)
        box.evaluate("e => e.scrollLeft = e.scrollWidth")
        assert shaded(page, box) == (not table, False), what  # on the left edge of a table are the names
        assert not table or first_column(table) == pytest.approx(before, abs=1), what  # half a border


def first_column(table) -> list[float]:
    """Where its cells stand; nothing of what passes below them may be seen."""
    cells = table.query_selector_all("tr > :first-child")
    grounds = {cell.evaluate("e => getComputedStyle(e).backgroundColor") for cell in cells}
    assert not [ground for ground in grounds if "rgba" in ground or "/" in ground], grounds
    return [cell.bounding_box()["x"] for cell in cells]


def shaded(page, box) -> tuple[bool, bool]:
    """Whether the left and the right edge of a box have another colour than what is beside them."""
    left, top, width, height = box.evaluate(
        "e => { e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
        " return [r.x + e.clientLeft, r.y + e.clientTop, e.clientWidth, e.clientHeight]; }"
    )
    line = {"x": left, "y": max(top, 0) + min(height, 400) / 2, "width": width, "height": 1}
    [row] = plt.imread(io.BytesIO(page.screenshot(clip=line)))[..., 1]  # how much green, of 1
    return abs(row[2] - row[18]) > 0.04, abs(row[-3] - row[-19]) > 0.04


def test_no_page_loads_anything_from_elsewhere(visit):
    """Opened as files, without a network."""
    page, failed = visit("404"), []
    page.context.set_offline(True)
    page.on("request", lambda request: request.url.startswith(LOCAL) or failed.append(request.url))
    page.on("requestfailed", lambda request: request.failure != BROKEN_OFF and failed.append(request.url))
    for name in PAGES:
        page.goto((BOOK / f"{name}.html").resolve().as_uri(), wait_until="domcontentloaded")
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


@pytest.mark.parametrize(
    ("name", "live", "words"),
    [
        ("dropout", "section.lab", "This experiment runs in the book’s page"),
        ("the-lab", "section.lab", "These networks train in the book’s page"),
        ("your-record", "#record", "shows your record here"),
    ],
)
def test_on_paper_a_sentence_stands_for_what_only_a_page_can_do(visit, name, live, words):
    page = visit(f"book/{name}", java_script_enabled=name != "your-record")  # a reader's own record is printed
    page.emulate_media(media="print")
    place = page.locator(live).first
    assert words in place.evaluate(BEFORE)
    assert place.is_visible() and place.locator("> *:visible").count() == 0


def test_on_paper_a_figures_number_begins_with_its_chapters(visit):
    page = visit("book/dropout")
    number = page.locator("article h1 .section-number").inner_text().strip()
    page.emulate_media(media="print")
    caption = page.locator("article figcaption").first
    assert caption.evaluate(BEFORE) == f'"Figure {number}" counter(figure) ". "'
    page.goto((BOOK / "index.html").resolve().as_uri())
    assert caption.evaluate(BEFORE) == '"Figure " counter(figure) ". "'


def test_the_search_finds_a_chapter(visit):
    page = visit("search")
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page.url + "?q=dropout")
    page.locator("#search-results li").first.wait_for(timeout=10_000)
    assert {*errors} <= {"Failed to fetch"}  # a file may not read the pages, whose first words stand below a result
