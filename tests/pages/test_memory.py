"""What the reader's browser remembers, in the built book: predictions, exercises, questions; and when it cannot."""

import itertools
import json
import re
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import picture
from playwright.sync_api import expect
from scipy.stats import binomtest

BOOK = Path("_build/html")
KEY = "which-digit-is-bigger"
DENIED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"
FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"
FREE = "A program always says yes. How often is it right?"


@pytest.fixture
def page(chromium):
    """An empty browser of its own, in which an error of a script fails the test."""
    context, errors = chromium.new_context(viewport={"width": 390, "height": 844}, accept_downloads=True), []
    page = context.new_page()
    page.on("pageerror", lambda error: ours(error) and errors.append(error.stack))
    yield page
    assert errors == []
    context.close()


def ours(error) -> bool:
    """The theme's own scripts do not catch what a browser throws that denies them its storage."""
    return "memory.js" in error.stack or "record.js" in error.stack


@pytest.fixture
def record(page, address):
    """Opens the page "Your record"."""

    def visit():
        page.goto(f"{address}/book/your-record.html")
        return page.locator("#record")

    return visit


def predict(page, letter: str, sure: str = "") -> None:
    """The first prediction of the open chapter."""
    quiz = page.locator("fieldset.quiz").first
    quiz.locator(f"input[value={letter}]").check()
    quiz.get_by_label("How sure are you?").select_option(sure)
    quiz.get_by_role("button", name="Predict").click()


def kept(page) -> dict:
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')"))


def test_a_prediction_is_there_again_after_a_reload_and_in_the_record(page, address, record):
    page.goto(f"{address}/book/task.html")
    predict(page, "B", "sure")
    quiz = page.get_by_role("group", name=FREE)
    expect(quiz).to_contain_text("Kept in your record, in this browser only.")
    page.reload()
    expect(quiz.locator("input[value=B]")).to_be_checked()
    expect(quiz.get_by_role("status")).to_contain_text("You predicted B.")
    expect(quiz.get_by_label("How sure are you?")).to_have_value("sure")
    assert page.locator(".predicted.free").inner_text().strip() == "You predicted B."
    shown = record()
    expect(shown).to_contain_text("1 prediction")
    row = shown.locator("[data-place=predictions] tbody tr").first
    cells = row.locator("td").all_text_contents()
    assert cells[:5] == [FREE, "A bit more than half", "came true", "sure", "The task"]
    sure = shown.locator("[data-place=calibration] tbody tr").first.locator("td").all_text_contents()
    assert sure[::2] == ["sure", "1 of 1", "90\u00a0%"] and "so few" in sure[1]


def test_the_first_prediction_counts_but_a_slip_can_be_put_right(page, address):
    page.clock.set_fixed_time(datetime(2026, 5, 1, 12))
    page.goto(f"{address}/book/task.html")
    predict(page, "A")
    page.clock.set_fixed_time(datetime(2026, 5, 1, 12, 0, 30))
    predict(page, "B")
    assert kept(page)["predictions"]["task#free"]["answer"] == "A bit more than half"
    page.clock.set_fixed_time(datetime(2026, 5, 1, 12, 5))
    predict(page, "C")
    assert kept(page)["predictions"]["task#free"]["answer"] == "A bit more than half"
    expect(page.get_by_role("group", name=FREE)).to_contain_text("Your record keeps your first prediction.")


def test_an_exercise_is_ticked_and_counted(page, address, record):
    page.goto(f"{address}/book/dropout.html")
    page.get_by_label("I have done this exercise").first.check()
    page.reload()
    expect(page.get_by_label("I have done this exercise").first).to_be_checked()
    assert re.search(r"Dropout: 1 of \d", record().inner_text())


def test_export_forget_import(page, address, record, tmp_path):
    page.goto(f"{address}/book/task.html")
    predict(page, "A", "guess")
    shown = record()
    with page.expect_download() as download:
        shown.get_by_role("button", name="Save as a file").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    assert file.suffix == ".json" and json.loads(file.read_text())["version"] == 1

    shown.get_by_role("button", name="Forget everything", exact=True).click()
    expect(shown.get_by_role("button", name="No, keep it")).to_be_focused()  # Enter must not forget
    shown.get_by_role("button", name="No, keep it").click()
    expect(shown).to_contain_text("1 prediction")
    shown.get_by_role("button", name="Forget everything", exact=True).click()
    shown.get_by_role("button", name="Yes, forget everything").click()
    expect(shown).to_contain_text("You have made no prediction yet.")
    assert page.evaluate("localStorage.length") == 0 or page.evaluate(f"localStorage.getItem('{KEY}')") is None

    shown.get_by_label("Read a saved file").set_input_files(file)
    expect(shown).to_contain_text("1 prediction")
    expect(shown.locator("[data-place=predictions] tbody tr")).to_contain_text(["did not come true"])


BAD = {
    "no.json": ("not at all", "it is no JSON"),
    "other.json": ('{"version": 2}', "one of a later edition"),
    "null.json": ("null", "it is no record of this book"),
    "entry.json": ('{"version": 1, "exercises": {"task#x": {"at": "today", "done": true}}}', "task#x"),
    "proto.json": ('{"version": 1, "exercises": {"__proto__": {"at": 1, "done": true}}}', "__proto__"),
    "large.json": (" " * 2_000_001, "larger than any record"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_one_sentence_and_nothing_is_lost(page, address, record, tmp_path, name):
    page.goto(f"{address}/book/task.html")
    predict(page, "A")
    before, shown = kept(page), record()
    (tmp_path / name).write_text(BAD[name][0])
    shown.get_by_label("Read a saved file").set_input_files(tmp_path / name)
    said = shown.locator("[data-place=said]")
    expect(said).to_contain_text(f"“{name}” was not read, and nothing has changed")
    expect(said).to_contain_text(BAD[name][1])
    assert kept(page) == before


def test_a_file_is_joined_with_what_is_here_and_the_first_prediction_counts(page, address, record, tmp_path):
    old = {"question": FREE, "answer": "Half the time: it is a coin toss", "sure": "", "at": 1}
    done = {"at": 1, "done": True}
    later = time.time() * 1000 + 3_600_000
    (tmp_path / "old.json").write_text(
        json.dumps({"version": 1, "predictions": {"task#free": old}, "exercises": {"task#task-pairs": done}})
    )
    page.goto(f"{address}/book/task.html")
    predict(page, "B")
    record().get_by_label("Read a saved file").set_input_files(tmp_path / "old.json")
    expect(page.locator("[data-place=said]")).to_contain_text("was read")
    assert kept(page)["predictions"]["task#free"] == old
    assert kept(page)["exercises"]["task#task-pairs"] == done
    newer = {"version": 1, "predictions": {"task#free": old | {"answer": "Never", "at": later}}}
    newer["exercises"] = {"task#task-pairs": {"at": later, "done": False}}
    (tmp_path / "newer.json").write_text(json.dumps(newer))
    page.get_by_label("Read a saved file").set_input_files(tmp_path / "newer.json")
    expect(page.locator("[data-place=said]")).to_contain_text("“newer.json” was read")
    assert kept(page)["predictions"]["task#free"] == old
    assert kept(page)["exercises"]["task#task-pairs"]["done"] is False


MERGED = """([mine, theirs]) => {
  const entry = ([question, answer, at]) => ({ question, answer, sure: "", at });
  const record = (one) => ({ version: 1, predictions: { "task#free": entry(one) }, exercises: {}, questions: {} });
  return memory.merged(record(mine), record(theirs)).predictions["task#free"].answer;
}"""


@pytest.mark.parametrize(
    ("mine", "theirs", "counts"),
    [
        (["q", "later", 200_000], ["q", "first", 1_000], "first"),
        (["q", "first", 1_000], ["q", "later", 200_000], "first"),
        (["q", "slip", 1_000], ["q", "put right", 30_000], "put right"),
        (["an old question", "first", 1_000], ["q", "later", 200_000], "later"),
    ],
)
def test_the_first_prediction_counts_unless_it_was_a_slip_or_of_another_question(page, address, mine, theirs, counts):
    page.goto(f"{address}/book/task.html")
    assert page.evaluate(MERGED, [mine, theirs]) == counts


def test_a_damaged_record_is_put_aside_and_saved_with_the_file(page, address, record, tmp_path):
    page.goto(f"{address}/book/task.html")
    page.evaluate(f"localStorage.setItem('{KEY}', '{{damaged')")
    page.reload()
    predict(page, "B")
    assert kept(page)["predictions"].keys() == {"task#free"}
    shown = record()
    expect(shown.get_by_role("status").first).to_contain_text("could not be read")
    with page.expect_download() as download:
        shown.get_by_role("button", name="Save as a file").click()
    download.value.save_as(tmp_path / "record.json")
    assert json.loads((tmp_path / "record.json").read_text())["damaged"] == ["{damaged"]


def test_where_storage_is_denied_the_page_works_and_says_so(page, address, record):
    page.add_init_script(DENIED)
    page.goto(f"{address}/book/task.html")
    predict(page, "B")
    quiz = page.get_by_role("group", name=FREE)
    expect(quiz).to_contain_text("You predicted B.")
    expect(quiz).to_contain_text("Your browser does not let this page keep anything")
    expect(record().get_by_role("status").first).to_contain_text("does not let this page keep anything")


def test_where_storage_is_full_nothing_is_lost_while_the_page_is_open(page, address, record, tmp_path):
    page.add_init_script(FULL)
    shown = record()
    shown.get_by_label("Ask me").select_option("task")
    answer(shown, right=True)
    expect(shown.get_by_role("status").first).to_contain_text("no room left")
    with page.expect_download() as download:
        shown.get_by_role("button", name="Save as a file").click()
    download.value.save_as(tmp_path / "record.json")
    assert len(json.loads((tmp_path / "record.json").read_text())["questions"]) == 1


def test_a_damaged_record_without_room_to_put_it_aside_is_not_written_over(page, address):
    page.goto(f"{address}/book/task.html")
    page.evaluate(f"localStorage.setItem('{KEY}', '{{damaged')")
    page.add_init_script(FULL)
    page.reload()
    predict(page, "B")
    assert page.evaluate(f"localStorage.getItem('{KEY}')") == "{damaged"
    expect(page.get_by_role("group", name=FREE)).to_contain_text("cannot be read")


def test_a_page_that_was_opened_as_a_file_says_what_that_means(page):
    page.goto((BOOK / "book/task.html").resolve().as_uri())
    predict(page, "B")
    expect(page.get_by_role("group", name=FREE)).to_contain_text("You predicted B.")
    page.goto((BOOK / "book/your-record.html").resolve().as_uri())
    expect(page.locator("#record")).to_contain_text("opened as a file")


def answer(shown, right: bool) -> str:
    """Answers the question that is shown; its text."""
    form = shown.locator("fieldset.asked")
    text = form.locator("legend").inner_text()
    item = shown.page.locator("li.question", has=shown.page.locator("p", has_text=text)).first
    good = int(item.get_attribute("data-right"))
    form.get_by_role("radio").nth(good if right else (good + 1) % 3).check()
    form.get_by_role("button", name="Answer").click()
    return text


def test_questions_come_the_day_after_and_again_after_growing_intervals(page, address, record):
    start = datetime(2026, 5, 1, 22)
    page.clock.set_fixed_time(start)
    page.goto(f"{address}/book/task.html")
    predict(page, "B")
    expect(record()).to_contain_text("No question is due today.")
    day = start + timedelta(hours=4)  # two in the morning is the next day
    for days in (1, 3, 7, 21, 60, 60):
        page.clock.set_fixed_time(day)
        shown = record()
        expect(shown).to_contain_text("5 questions to ask.")
        for _ in range(5):
            answer(shown, right=True)
            expect(shown.locator("fieldset.asked output")).to_contain_text("✓ Right.")
            shown.get_by_role("button", name="Next question").click()
        expect(shown).to_contain_text("No question is due today.")
        page.clock.set_fixed_time(day + timedelta(days=days - 1))
        expect(record()).to_contain_text("No question is due today.")
        day += timedelta(days=days)


def test_a_wrong_answer_is_told_its_own_reason_and_begins_again(page, record):
    page.clock.set_fixed_time(datetime(2026, 5, 1, 12))
    shown = record()
    shown.get_by_label("Ask me").select_option("baseline")
    reasons = set()
    for _ in range(5):
        answer(shown, right=False)
        told = shown.locator("fieldset.asked output p").first.inner_text()
        assert told.startswith("✗ No.")
        reasons.add(told)
        expect(shown.locator("fieldset.asked output")).to_contain_text("It comes again on May 2, 2026.")
        expect(shown.get_by_role("button", name="Next question")).to_be_focused()
        page.keyboard.press("Enter")
    assert len(reasons) == 5
    assert {entry["step"] for entry in kept(page)["questions"].values()} == {0}


def test_a_question_is_answered_by_keyboard_alone(page, record):
    shown = record()
    shown.get_by_label("Ask me").select_option("task")
    shown.get_by_label("Ask me").focus()
    for key in ("Tab", "Space", "ArrowDown", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(shown.locator("fieldset.asked output")).to_contain_text(re.compile("Right|No"))
    page.keyboard.press("Enter")
    expect(shown.locator("fieldset.asked legend")).to_be_focused()


def test_without_scripts_all_questions_can_be_read(chromium, address):
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/book/your-record.html")
    chapter = page.locator("details.chapter").first
    chapter.locator("summary").first.click()
    assert chapter.locator(".question > p").first.is_visible()
    chapter.locator(".question details summary").first.click()
    assert chapter.locator(".reasons").first.is_visible()
    assert page.locator("article noscript").inner_text().startswith("To keep a record")
    assert not page.locator("#record").is_visible()
    page.context.close()


@pytest.mark.parametrize("name", ["../index", "instructors", "the-lab", "errata", "references"])
def test_pages_with_nothing_to_remember_load_no_script_for_it(name):
    text = (BOOK / f"book/{name}.html").read_text()
    assert "memory.js" not in text and "record.js" not in text


def test_chapters_load_the_memory_and_only_the_record_asks():
    assert "memory.js" in (BOOK / "book/task.html").read_text()
    assert "record.js" not in (BOOK / "book/task.html").read_text()


def test_no_exercise_says_that_there_is_nothing_to_check():
    pages = [page.read_text() for page in (BOOK / "book").glob("*.html")]
    assert not any("Nothing to check yet" in page for page in pages)
    assert sum(page.count("No code runs on this page.") for page in pages) > 20


def test_the_interval_of_a_share_is_wilsons(page, record):
    record()
    for k, n in ((0, 1), (1, 1), (3, 7), (0, 20), (20, 20), (17, 25)):
        low, high = page.evaluate("([k, n]) => record.wilson(k, n)", [k, n])
        right = binomtest(k, n).proportion_ci(0.95, method="wilson")
        assert (low, high) == pytest.approx((right.low, right.high), abs=1e-12)


VERDICTS = [
    ({"k": 2, "n": 10, "fits": 0.9}, "too sure: the interval lies below 90\u00a0%"),
    ({"k": 10, "n": 10, "fits": 0.33}, "not sure enough: the interval lies above 33\u00a0%"),
    ({"k": 9, "n": 10, "fits": 0.9}, "fits"),
    ({"k": 3, "n": 4, "fits": 0.9}, "fits, as most would with so few"),
    ({"k": 3, "n": 4, "fits": None}, ""),
]


def test_a_verdict_says_what_the_interval_says(page, record):
    record()
    assert page.evaluate("(rows) => rows.map(record.verdict)", [row for row, _ in VERDICTS]) == [
        said for _, said in VERDICTS
    ]


def test_until_a_prediction_counts_an_example_says_what_will_be_seen_and_that_it_is_one(page, address, record):
    shown = record().locator("[data-place=calibration] figure")
    expect(shown.locator("figcaption")).to_contain_text("An example: these answers are invented.")
    expect(shown.locator("svg text").first).to_have_text("An example: these answers are invented.")
    assert shown.get_by_role("img").get_attribute("aria-label").startswith("An example with invented answers: sure, ")
    too_sure, *others = page.evaluate("record.EXAMPLE.map(record.verdict)")  # what its caption says
    assert too_sure.startswith("too sure") and all(said.startswith("fits") for said in others)
    page.goto(f"{address}/book/task.html")
    predict(page, "B", "sure")
    expect(record()).not_to_contain_text("invented")
    assert (
        shown.get_by_role("img").get_attribute("aria-label")
        == "Your predictions: sure, 1 of 1 came true, 90\u00a0% would fit."
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_example_is_accessible_and_can_be_read_on_a_phone(page, record, theme):
    page.emulate_media(color_scheme=theme)
    shown = record().locator("figure.calibration svg")
    assert shown.evaluate("svg => 13 * svg.getScreenCTM().a") >= 11
    found = Axe().run(page, context={"include": [["#record"]]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_a_prediction_that_the_results_leave_open_is_not_counted(page, address, record):
    page.goto(f"{address}/book/weight-sharing.html")
    predict(page, "A", "sure")
    shown = record()
    expect(shown.locator("[data-place=predictions]")).to_contain_text("open: the results do not decide")
    assert shown.locator("[data-place=calibration] tr").count() == 0


def test_a_prediction_of_a_question_that_has_changed_is_kept_and_not_counted(page, address, record):
    old = {"question": "How often is it right?", "answer": "A bit more than half", "sure": "sure", "at": 1}
    page.goto(f"{address}/book/errata.html")
    text = json.dumps({"version": 1, "predictions": {"task#free": old}})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, text])
    shown = record()
    expect(shown.locator("[data-place=predictions]")).to_contain_text("the book has changed the question since")
    assert shown.locator("[data-place=calibration] tr").count() == 0
    page.goto(f"{address}/book/task.html")
    assert page.locator("fieldset.quiz").first.locator("input:checked").count() == 0


def test_what_is_added_to_a_chapter_is_accessible(page, address):
    page.goto(f"{address}/book/task.html")
    predict(page, "B", "sure")
    page.get_by_label("I have done this exercise").first.check()
    found = Axe().run(page, context={"include": [["fieldset.quiz"], [".done"]]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_the_record_fits_the_screen_and_is_accessible(page, address):
    for name, letter, sure in (("task", "B", "sure"), ("baseline", "A", "rather"), ("dropout", "B", "guess")):
        page.goto(f"{address}/book/{name}.html")
        predict(page, letter, sure)
    page.goto(f"{address}/book/your-record.html")
    page.get_by_label("Ask me").select_option("auxiliary-loss")
    page.locator("details.chapter, #record details").evaluate_all("all => all.forEach(one => { one.open = true; })")
    page.add_style_tag(content="* { transition: none !important }")
    for width, theme in itertools.product((390, 1280), ("light", "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1")
        found = Axe().run(page, context={"include": [["article"]]}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], (width, theme)
        picture(page, f"record-{width}-{theme}")
