"""The built book in a real browser, at a laptop's and a phone's width, in light and dark."""

import itertools
import re
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from browser import CHROMIUM, NO_CHROMIUM, picture
from packed import sent
from playwright.sync_api import expect

from book._ext.notebooks import chapters

BOOK = Path("_build/html")
WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}
WIDER = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"  # than its column
TYPE = """all => all.flatMap(svg => [...svg.querySelectorAll("text")].map(text =>
    parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width))"""
EXPLORED = [name for name in chapters() if "\nexplore(" in Path(f"{name}.md").read_text()]

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@contextmanager
def opening(chromium, address):
    """open_page(page, width, theme) → an open page and the list of its errors. To ask another host is one."""
    contexts = []

    def open_page(name: str, width: str = "laptop", theme: str = "light"):
        size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
        contexts.append(chromium.new_context(viewport=size, color_scheme=theme, has_touch=width == "phone"))
        page, errors = contexts[-1].new_page(), []
        own = (address, "data:", "blob:")
        page.on("request", lambda request: request.url.startswith(own) or errors.append(f"asks {request.url}"))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda line: (
                line.type == "error" and not line.location["url"].endswith("favicon.ico") and errors.append(line.text)
            ),
        )
        page.on("response", lambda answer: answer.status >= 400 and errors.append(f"{answer.status} {answer.url}"))
        page.goto(f"{address}/{name}.html", wait_until="load")
        return page, errors

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def visit(chromium, address):
    with opening(chromium, address) as open_page:
        yield open_page


@pytest.fixture(scope="module", params=itertools.product(EXPLORED, WIDTHS), ids="-".join)
def explored(request, chromium, address):
    """A page with sliders, opened once for all that is tried with them; its errors; its width."""
    with opening(chromium, address) as open_page:
        yield *open_page(*request.param), request.param[1]


@pytest.mark.parametrize(("width", "themes"), [("laptop", ["light", "dark"]), ("phone", ["dark", "light"])])
@pytest.mark.parametrize("chapter", chapters())
def test_a_page_opens_without_errors_and_fits_the_screen(visit, chapter, width, themes):
    """Each width and each theme is that of a page just opened, once; then the reader changes the theme."""
    page, errors = visit(chapter, width, themes[0])
    for theme in themes:
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        picture(page, f"{Path(chapter).name}-{width}-{theme}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert page.locator("div.math").evaluate_all(WIDER) == []
    assert errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_prediction_is_made_by_mouse_and_shown_again_below_the_result(visit, width):
    page, errors = visit("book/task", width)
    quiz = page.get_by_role("group", name="A program always says yes. How often is it right?")
    said = quiz.get_by_role("status")
    quiz.get_by_role("button", name="Predict").click()
    assert said.inner_text() == "Choose an answer first."
    quiz.get_by_text("Half the time").click()  # the words choose, not only the small circle
    assert "ties?" not in quiz.inner_text()
    quiz.get_by_role("button", name="Predict").click()
    assert said.inner_text().startswith("You predicted A. A coin toss") and said.inner_text().endswith("ties?")
    assert page.locator(".predicted.free").inner_text().strip() == "You predicted A."
    assert errors == []


@pytest.mark.parametrize("width", WIDTHS)
def test_a_prediction_is_made_by_keyboard_alone(visit, width):
    page, _ = visit("book/weight-sharing", width)
    quiz = page.locator("#quiz-twins")
    page.locator("#sharing-twins").get_by_label("I have done this").focus()  # the last thing before the question
    page.keyboard.press("Tab")
    for key in ("Space", "ArrowDown", "ArrowDown", "ArrowUp"):
        page.keyboard.press(key)
    assert quiz.get_by_role("radio", name="B. They part at the first step").is_checked()
    assert quiz.get_by_role("status").inner_text() == ""  # arrows choose, and reveal nothing
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past "How sure are you?"
    page.keyboard.press("Enter")
    assert quiz.get_by_role("status").inner_text().startswith("You predicted B.")
    assert page.locator("#quiz-sharing").get_by_role("status").inner_text() == ""


@pytest.mark.parametrize("width", WIDTHS)
def test_mistakes_are_answered_by_buttons_and_judged_all_together(visit, width):
    page, errors = visit("book/what-is-left", width)
    quiz = page.locator("#judged-unsure")
    said, judge = quiz.get_by_role("status"), quiz.get_by_role("button", name="Judge them all")
    pairs = quiz.get_by_role("group").all()
    labels = [pair.get_attribute("data-label") for pair in pairs]
    assert len(pairs) > 2 and set(labels) == {"≤", ">"}
    for pair, label in zip(pairs[:-1], labels[:-1], strict=True):
        pair.get_by_role("button", name=label, exact=True).click()
    judge.click()
    assert said.inner_text() == f"Decide all of them first. Still open: {len(pairs)}."  # and nothing of the others
    wrong = {"≤": ">", ">": "≤"}[labels[-1]]
    pairs[-1].get_by_role("button", name=wrong, exact=True).press("Enter")
    judge.click()
    assert said.inner_text().startswith(
        f"You agree with the labels of {len(pairs) - 1} of {len(pairs)} pairs, and not with {len(pairs)}."
    )
    pairs[-1].get_by_role("button", name=labels[-1], exact=True).click()
    assert pairs[-1].locator("[aria-pressed=true]").count() == 1  # the other one has come up again
    judge.click()
    assert said.inner_text().startswith(f"You agree with the labels of {len(pairs)} of {len(pairs)} pairs. The network")
    assert quiz.locator(".kept").count() == 0  # it is no prediction
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
    assert errors == []


def test_a_hint_opens_by_mouse_and_by_keyboard(visit):
    page, _ = visit("book/task")
    first, second = page.locator(".exercise details").nth(0), page.locator(".exercise details").nth(1)
    first.locator("summary").click()
    assert first.get_attribute("open") is not None
    second.locator("summary").focus()
    page.keyboard.press("Enter")
    assert second.get_attribute("open") is not None


def test_figures_are_drawn_and_legible_on_a_phone(visit):
    page, _ = visit("book/weight-sharing", "phone")
    sizes = page.locator("figure.computed svg:visible").evaluate_all(TYPE)
    assert sizes and min(sizes) >= 11


def test_a_formula_and_the_comma_behind_it_share_a_line(visit):
    page, _ = visit("book/baseline", "phone")
    broken = "all => all.filter(span => span.getClientRects().length > 1).map(span => span.textContent)"
    together = page.locator("article .unbroken")
    assert together.count() > 5 and together.evaluate_all(broken) == []


def test_the_code_of_the_first_page_is_folded_and_unfolds(visit):
    page, _ = visit("index")
    code = page.locator("details.hide").first
    assert code.get_attribute("open") is None
    code.locator("summary").click()
    assert code.get_attribute("open") is not None


def test_the_table_of_reports_sorts_by_mouse_and_by_keyboard(visit):
    page, _ = visit("book/five-reports")
    table = page.locator("table.sortable").first  # the other one has C's weights; both are folded
    page.locator("details.hide", has=page.locator("table.sortable")).first.locator("summary").click()
    column = table.locator("th", has_text=re.compile(r"^published"))
    first = table.locator("tbody tr").first
    before = first.inner_text()
    column.locator("button").click()
    assert column.get_attribute("aria-sort") == "ascending"
    lowest = float(first.locator("td").nth(2).inner_text())
    column.locator("button").focus()
    page.keyboard.press("Enter")
    assert column.get_attribute("aria-sort") == "descending"
    assert float(first.locator("td").nth(2).inner_text()) > lowest
    assert first.inner_text() != before


def seen(explorer) -> dict[str, str]:
    """The one frame that is shown: its picture, and the caption and the numbers below it."""
    frame = explorer.locator(".frame:visible")
    assert frame.count() == 1 and frame.locator("svg").bounding_box()["width"] > 200
    return {"drawn": frame.locator("svg").inner_html(), "told": frame.evaluate("e => e.textContent")}


def changed(before: dict[str, str], after: dict[str, str]) -> bool:
    return all(before[name] != after[name] for name in ("drawn", "told"))


def sliders(explorer) -> list:
    """All of them, moved to their last value by the key End. (At the first, a picture may be the same: the images.)"""
    found = explorer.get_by_role("slider").all()
    for slider in found:
        slider.press("End")
    return found


def test_every_slider_moves_by_keyboard_and_changes_the_picture(explored):
    page, errors, _ = explored
    for explorer in page.locator(".explorer").all():
        for slider in sliders(explorer):
            before, word = seen(explorer), slider.get_attribute("aria-valuetext")
            slider.press("ArrowLeft")
            assert slider.get_attribute("aria-valuetext") != word
            assert changed(before, seen(explorer))
            slider.press("End")
            assert slider.get_attribute("aria-valuetext") == word and seen(explorer) == before
    assert errors == []


def test_every_slider_moves_by_mouse_or_touch_and_says_where_it_stands(explored):
    page, _, width = explored
    press = page.touchscreen.tap if width == "phone" else page.mouse.click
    for explorer in page.locator(".explorer").all():
        for slider in sliders(explorer):
            before = seen(explorer)
            slider.scroll_into_view_if_needed()
            box = slider.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= WIDTHS[width][0]
            press(box["x"] + 5, box["y"] + box["height"] / 2)
            first = slider.evaluate("e => JSON.parse(e.dataset.words)[0]")
            assert slider.get_attribute("aria-valuetext") == first
            assert slider.locator("xpath=../following-sibling::span").inner_text() == first
            assert changed(before, seen(explorer))
            slider.press("End")


def test_every_slider_has_a_name_and_every_stop_a_frame_of_its_own(explored):
    page, _, _ = explored
    for explorer in page.locator(".explorer").all():
        stops = 1
        for slider in explorer.get_by_role("slider").all():
            name = slider.locator("xpath=..").inner_text().strip()
            assert name and explorer.get_by_role("slider", name=name, exact=True).count() == 1
            stops *= int(slider.get_attribute("max")) + 1
        frames = explorer.locator(".frame").evaluate_all("all => all.map(e => e.textContent)")
        assert len(frames) == len(set(frames)) == stops


def test_without_scripts_all_frames_are_there(chromium, address):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/{EXPLORED[0]}.html")
    explorer = page.locator(".explorer").first
    assert explorer.locator("svg:visible").count() == explorer.locator(".frame").count() > 1
    assert explorer.locator("input:visible").count() == 0
    page.context.close()


def test_the_notebook_of_a_chapter_is_downloaded(visit):
    page, errors = visit("book/task")
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download notebook").click()
    assert download.value.suggested_filename == "task.ipynb"
    assert errors == []


def test_on_paper_an_experiments_place_has_the_pages_address(visit, address):
    page, _ = visit("book/dropout")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    said = page.locator("section.lab").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert f"{address}/book/dropout.html" in said


def test_our_boxes_have_no_pale_ground_in_the_dark(visit):
    page, _ = visit("book/dropout")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    for box in ("figure.computed", "section.lab", "fieldset.quiz", "p.claim", "div.tally"):
        around = page.locator(f".text_html:has({box})").first
        assert around.evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)", box


@pytest.mark.parametrize("name", chapters())
def test_a_first_view_is_light(chromium, address, name):
    """What a page loads when it is opened for the first time, compressed as a server would send it."""
    page, asked = chromium.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{name}.html", wait_until="networkidle")
    page.close()
    files = [BOOK / unquote(urlsplit(url).path).lstrip("/") for url in dict.fromkeys(asked) if url.startswith(address)]
    sizes = {file.name: len(sent(file)) for file in files}
    assert sum(sizes.values()) <= (350_000 if name == "index" else 600_000), sizes
