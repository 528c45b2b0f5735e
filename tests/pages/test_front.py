"""The first page in a real browser: what somebody sees who knows nothing of the book."""

from pathlib import Path

import pytest
import yaml
from browser import CHROMIUM, NO_CHROMIUM

from book._ext.facts import FACTS

FRONT = Path("_build/html/index.html")
SEEN_FIRST = ["h1", ".tag_question svg", ".start a", ".facts", ".ways"]
WIDTHS = {"laptop": (1280, 800, 1), "phone": (390, 844, 2)}  # and how many screens the beginning may take

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)


@pytest.fixture(params=WIDTHS)
def front(request, chromium):
    width, height, screens = WIDTHS[request.param]
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.goto(FRONT.resolve().as_uri())
    yield page, height * screens
    context.close()


def test_the_question_the_answer_and_the_ways_on_are_seen_at_once(front):
    page, room = front
    ends = {part: page.locator(f"article {part}").first.bounding_box() for part in SEEN_FIRST}
    assert all(box["y"] + box["height"] <= room for box in ends.values()), ends
    assert page.get_by_role("link", name="the whole answer").bounding_box()["y"] < room
    assert {"Level", "Length", "Licence"} <= {
        word.inner_text().strip(":") for word in page.locator(".facts strong").all()
    }
    assert [word.inner_text() for word in page.locator(".ways strong").all()] == ["Read:", "Try:", "Run:", "Teach:"]


def test_start_leads_to_the_first_chapter(front):
    page, _ = front
    page.get_by_role("link", name="Start").first.click()
    page.wait_for_url("**/book/task.html")


def test_its_numbers_are_counted_and_the_citation_is_the_repositorys(front):
    page, _ = front
    length = page.locator(".facts li").nth(1).inner_text()
    assert f"{FACTS['chapters']()} chapters, {FACTS['reading-hours']()} hours to read" in length
    citation = yaml.safe_load(Path("CITATION.cff").read_text())
    said = page.locator("#licence-and-citation").inner_text()
    assert said.count(citation["title"]) == 2 and citation["version"] in said
