"""The lecture: a page to read and to print, whose sections can be shown as slides, without a network."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import CHROMIUM, NO_CHROMIUM

PAGE = Path("_build/html/book/lecture.html")
SOURCE = Path("book/lecture.md").read_text(encoding="utf-8")
TITLES = re.findall(r"^## (.+) \((\d+) minutes\)$", SOURCE, re.MULTILINE)

in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(params=["light", "dark"])
def slides(chromium, request):
    """The page, opened as a file, with its first slide shown; what it asked for elsewhere, or did wrong, is listed."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme=request.param)
    page, errors = context.new_page(), []
    page.on("request", lambda asked: asked.url.startswith(("file:", "data:", "blob:")) or errors.append(asked.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(PAGE.resolve().as_uri())
    page.get_by_role("button", name="Show the slides").click()
    yield page
    assert errors == []
    context.close()


def shown(page) -> list[str]:
    return page.locator("article section > section:visible > h2").evaluate_all(
        "all => all.map(one => one.firstChild.textContent)"
    )


def test_every_slide_has_minutes_and_notes_and_they_are_ninety_together():
    assert sum(int(minutes) for _, minutes in TITLES) == 90
    parts = SOURCE.split("\n## ")[1:]
    assert len(parts) == len(TITLES) and all(part.count(":class: notes") == 1 for part in parts)


def test_the_short_lecture_names_ten_slides_and_takes_forty_five_minutes():
    rows = re.findall(r"^\| \{ref\}`(.+) <(lecture-\w+)>` \| (\d+) \|", SOURCE, re.MULTILINE)
    assert len(rows) == 10 and sum(int(minutes) for *_, minutes in rows) == 45
    for title, label, minutes in rows:
        (long,) = re.findall(rf"^\({label}\)=\n## {re.escape(title)} \((\d+) minutes\)$", SOURCE, re.MULTILINE)
        assert int(minutes) <= int(long)


def test_no_number_of_an_experiment_is_typed():
    """Above the notes, digits stand in figures' captions, in what is pasted, or in what the task itself says."""
    pasted = re.compile(r"```.*?```|\{glue:text\}`[^`]+`|\$\$.*?\$\$|probability 0.8", re.DOTALL)
    for part in SOURCE.split("\n## ")[1:]:
        said = pasted.sub("", part.split("\n", 1)[1].split(":::{admonition}")[0])
        assert not re.search(r"\d\.\d|\d\s%", said), said


def test_every_figure_and_every_number_has_found_its_place():
    text = PAGE.read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="computed">.*?</figure>', text, re.DOTALL)
    assert len(figures) == SOURCE.count("```{figure-from}") >= 12
    for figure in figures:
        assert figure.count("<svg") == len(re.findall(r'<svg role="img" aria-label="[^"]{20,}"', figure)) > 0
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert text.count('class="pasted-text"') == len(re.findall(r"\{glue:text\}", SOURCE)) > 20
    assert "::" not in re.sub(r"<(script|style).*?</\1>", "", text, flags=re.DOTALL)


@in_a_browser
def test_arrows_move_from_slide_to_slide(slides):
    assert shown(slides) == [f"{TITLES[0][0]} ({TITLES[0][1]} minutes)"]
    for key, number in [("ArrowRight", 1), ("PageDown", 2), ("ArrowLeft", 1), ("End", len(TITLES) - 1)]:
        slides.keyboard.press(key)
        assert shown(slides) == [f"{TITLES[number][0]} ({TITLES[number][1]} minutes)"]
    slides.keyboard.press("ArrowRight")  # there is none behind the last
    assert "minute 90" in slides.get_by_role("navigation", name="Slides").inner_text()
    slides.keyboard.press("Escape")
    assert len(shown(slides)) == len(TITLES)


@in_a_browser
def test_the_short_lecture_shows_only_the_slides_of_its_table(slides):
    slides.keyboard.press("Escape")
    rows = slides.locator("table.short-lecture tbody a").all_inner_texts()
    start = slides.get_by_role("button", name="Show the short lecture")
    start.click()
    for row in rows:
        assert shown(slides)[0].startswith(row)
        slides.keyboard.press("ArrowRight")
    assert "Slide 10 of 10; at its end, minute 45" in slides.get_by_role("navigation", name="Slides").inner_text()
    slides.keyboard.press("Escape")
    assert len(shown(slides)) == len(TITLES)
    assert start.evaluate("one => one === document.activeElement")


@in_a_browser
def test_notes_come_and_go_with_n(slides):
    notes = slides.locator("section.now .notes")
    assert notes.count() == 1 and not notes.is_visible()
    slides.keyboard.press("n")
    assert notes.is_visible()
    slides.keyboard.press("ArrowRight")
    assert slides.locator("section.now .notes").is_visible()
    slides.keyboard.press("N")
    assert not slides.locator("section.now .notes").is_visible()


@in_a_browser
def test_no_slide_is_wider_than_the_screen_and_axe_finds_nothing(slides):
    for _ in TITLES:
        assert slides.evaluate("document.documentElement.scrollWidth <= innerWidth")
        slides.keyboard.press("ArrowRight")
    slides.keyboard.press("n")
    found = Axe().run(slides, context={"exclude": [["figure.computed svg > *"]]}).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in found] == []


# Of the slide that is shown: does it end above the bar; and of its figure each picture's width and height as shares of
# the screen, and the smallest letters in pixels.
ROOM = """() => {
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  const end = Math.max(box(".now").bottom, box(".now .words").bottom);
  const sizes = [], letters = [];
  for (const svg of document.querySelectorAll(".now figure svg")) {
    const [{ width, height }, scale] = [svg.viewBox.baseVal, svg.getScreenCTM().a];
    sizes.push([scale * width / innerWidth, scale * height / innerHeight]);
    for (const text of svg.querySelectorAll("text")) letters.push(scale * parseFloat(getComputedStyle(text).fontSize));
  }
  const fits = end <= box(".slides-bar").top && document.documentElement.scrollHeight <= innerHeight;
  return { fits, sizes, smallest: Math.min(...letters) };
}"""


@in_a_browser
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1280, 800), (1920, 1080)])
def test_a_slide_fits_the_screen_and_its_figure_fills_what_the_words_leave(slides, width, height):
    slides.set_viewport_size({"width": width, "height": height})
    for title, _ in TITLES:
        found = slides.evaluate(ROOM)
        assert found["fits"], title
        if found["sizes"]:
            together = sum(size[0] for size in found["sizes"])  # panels stand side by side
            assert together > 0.5 or found["sizes"][0][1] > 0.8, (title, found)
            assert found["smallest"] >= 13, (title, found)
        slides.keyboard.press("ArrowRight")


@in_a_browser
def test_notes_leave_the_slide_as_it_was_when_they_go(slides):
    before = slides.evaluate(ROOM)
    slides.keyboard.press("n")
    assert slides.evaluate("document.documentElement.scrollHeight <= 1.3 * innerHeight")  # and not far to scroll
    slides.keyboard.press("n")
    assert slides.evaluate(ROOM) == before


@in_a_browser
def test_on_paper_every_slide_begins_a_page_and_has_its_notes(slides):
    slides.emulate_media(media="print")
    first, second = (slides.locator("article section > section").nth(i) for i in (0, 1))
    assert first.locator(".notes").is_visible() and second.is_visible()
    assert second.evaluate("one => getComputedStyle(one).breakBefore") == "page"
