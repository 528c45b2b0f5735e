"""A panel in a page that was opened as a file: by mouse, by keyboard, on a phone; and when something fails."""

import gzip
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lib import course, experiment
from lib.page.lab import lab as panel
from lib.recipes import Optimiser, Protocol

QUICK = Protocol(train=200, test=300)
PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title><link rel="stylesheet" href="course.css">'
    '<main><h1>t</h1>{}</main><script defer src="lab.js"></script>'
)


def systems(weight: float = 1.0, epochs: int = 2):
    short = {"epochs": epochs, "protocol": QUICK}
    return {
        "shared": replace(course.dense_siamese(), **short),
        "shared + digits": replace(course.dense_siamese(auxiliary=weight), **short),
    }


@pytest.fixture(scope="module")
def folder(scripts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, text in scripts.items():
        (folder / name).write_text(text)
    (folder / "course.css").write_text(Path("book/_static/course.css").read_text())
    shown = panel(systems, "digits", weight=[1, 0.1])
    (folder / "page.html").write_text(PAGE.format(shown.html()))
    (folder / "long.html").write_text(PAGE.format(panel(partial(systems, epochs=80), "digits", weight=[1]).html()))
    return folder


@pytest.fixture
def visit(browser, folder):
    """visit(before="", …) → an open page; ``before`` is JavaScript that runs first. No page may log an error."""
    contexts, errors = [], []

    def open_page(before: str = "", address: str = "page.html", width: int = 1280, name: str = ""):
        contexts.append(browser.new_context(viewport={"width": width, "height": 800}, has_touch=width < 500))
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.requests = []
        page.on("request", lambda request: page.requests.append(request.url))
        page.add_init_script(before)
        page.goto(f"{folder.as_uri()}/{name or address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def press(page, name: str):
    page.get_by_role("button", name=name).click()


def done(page, count: int):
    expect(page.locator(".lab-status")).to_contain_text(f"{count} of {count} networks trained", timeout=60_000)


def test_ten_rounds_train_in_the_page_and_are_libs(visit):
    page = visit()
    press(page, "Run ten rounds")
    done(page, 20)
    table = experiment.run(systems(), 10)
    page.get_by_text("The numbers").click()
    means = [float(cell) for cell in page.locator("tbody td:nth-child(3)").all_inner_texts()]
    ours = [100 * table.loc[table["system"] == name, "test_accuracy"].mean() for name in systems()]
    assert means == pytest.approx(ours, abs=1.0)
    assert page.locator(".lab-dots circle.round").count() == 20 and page.locator(".lab-curves").count() == 1
    assert page.locator(".lab-gaps circle.round").count() == 10 and "points" in page.locator(".lab-gaps").text_content()
    assert "epoch of round 9" in page.locator(".lab-curves").text_content()
    assert re.match(
        r"shared \+ digits − shared: [+−]\d+\.\d+ points \[.*\] in 10 rounds\.",
        page.locator(".lab-difference").inner_text(),
    )


def test_only_files_beside_the_page_are_loaded_and_the_digits_once_when_they_are_needed(visit):
    page = visit()
    assert not any("digits" in request for request in page.requests)
    for _ in range(2):
        press(page, "Run one round")
        done(page, 2)
    loaded = [request for request in page.requests if not request.startswith("blob:")]
    assert all(request.startswith("file:") for request in loaded)
    assert sum("lab-digits.js" in request for request in loaded) == 1


def test_few_rounds_tempt_nobody_to_conclude(visit):
    page = visit()
    press(page, "Run one round")
    done(page, 2)
    expect(page.locator(".lab-difference")).to_contain_text("when both have finished three rounds. So far: 1.")
    expect(page.locator(".lab-gaps")).to_have_count(0)
    for _ in range(2):
        press(page, "Run one round")
        done(page, 2)
    expect(page.locator(".lab-difference")).to_contain_text("These are 3 rounds: too few to conclude from. Run ten.")


def test_everything_can_be_done_by_keyboard_and_a_run_can_be_stopped(visit):
    page = visit(name="long.html")  # twenty rounds of seconds: a busy machine cannot finish them before it hears Stop
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Run ten rounds":
            break
    page.keyboard.press("Enter")
    expect(page.locator(".lab-status")).to_contain_text("Round", timeout=60_000)
    page.get_by_role("button", name="Stop").press("Enter")
    expect(page.locator(".lab-status")).to_have_text("Stopped. What is finished is kept.")
    kept = page.locator(".lab-dots circle.round").count()
    assert 1 <= kept < 20
    press(page, "Run ten rounds")
    done(page, 20 - kept)
    assert page.locator(".lab-dots circle.round").count() == 20


def test_a_second_press_while_the_digits_load_trains_no_round_twice(visit):
    page = visit()
    page.get_by_role("button", name="Run one round").evaluate("(button) => { button.click(); button.click(); }")
    done(page, 2)
    expect(page.get_by_role("button", name="Run one round")).to_be_enabled()
    assert page.locator(".lab-dots circle.round").count() == 2


def test_what_is_stopped_while_the_digits_load_does_not_begin(visit):
    page = visit()
    page.evaluate(
        "(names) => names.forEach((name) => [...document.querySelectorAll('button')]"
        ".find((button) => button.textContent === name).click())",
        ["Run ten rounds", "Stop"],
    )
    expect(page.locator(".lab-status")).to_have_text("Stopped. What is finished is kept.")
    page.wait_for_timeout(1000)
    assert page.locator(".lab-dots circle.round").count() == 0 and not page.workers


def test_a_finished_run_leaves_no_workers_and_lets_the_tab_close(visit):
    page = visit()
    asks = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    press(page, "Run ten rounds")
    expect(page.locator(".lab-status")).to_contain_text("Round", timeout=60_000)
    assert page.evaluate(asks)  # the rounds of this run would be lost
    done(page, 20)
    expect(page.get_by_role("button", name="Run one round")).to_be_enabled()
    assert page.workers == [] and not page.evaluate(asks)


def test_another_link_in_the_same_tab_is_followed(visit):
    page = visit(address="page.html#lab-digits=7,1")
    with page.expect_navigation(url="**#lab-digits=3,0"):
        page.evaluate("location.hash = '#lab-digits=3,0'")
    expect(page.get_by_label("first round")).to_have_value("3")


@pytest.mark.parametrize(("typed", "kept"), [("-4", "0"), ("99999999999", "9999"), ("2.7", "2"), ("", "0")])
def test_a_first_round_is_one_that_there_is(visit, typed, kept):
    page = visit()
    page.get_by_label("first round").fill(typed)
    page.get_by_label("first round").press("Tab")
    expect(page.get_by_label("first round")).to_have_value(kept)


def test_the_pages_code_and_the_digits_are_small(scripts):
    sizes = [len(gzip.compress(scripts[name].encode())) for name in ("lab.js", "lab-digits.js")]
    assert sizes[0] <= 60_000 and sizes[1] <= 470_000, sizes


def test_seed_and_switches_stand_in_the_address(visit):
    page = visit()
    page.get_by_label("first round").fill("7")
    page.get_by_label("first round").press("Tab")
    page.get_by_label("weight").select_option("0.1")
    assert page.url.endswith("#lab-digits=7,1")
    again = visit(address="page.html#lab-digits=7,1")
    assert again.get_by_label("first round").input_value() == "7" and again.get_by_label("weight").input_value() == "1"
    press(again, "Run one round")
    done(again, 2)
    expect(again.locator(".lab-status")).to_contain_text("Round 7")


def test_the_books_rounds_stand_behind(visit, folder):
    shown = panel(systems(), "book", experiment.run(systems(), 3))
    (folder / "book.html").write_text(PAGE.format(shown.html()))
    assert visit(name="book.html").locator(".lab-dots circle.book").count() == 6


def test_a_panel_is_usable_on_a_phone(visit):
    page = visit(width=390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.get_by_role("button").all():
        assert button.bounding_box()["height"] >= 24  # WCAG 2.2, target size


@pytest.mark.parametrize("width", [1280, 390])
def test_a_panel_is_accessible_before_and_after_a_run(visit, width):
    page = visit(width=width)
    for _ in range(2):
        assert Axe().run(page).response["violations"] == []
        press(page, "Run one round")
        done(page, 2)
        page.get_by_text("The numbers").click()


# --- what fails is told, and loses nothing ----------------------------------------------------------------------


def test_without_webassembly_the_loops_run_in_plain_javascript_and_the_page_says_so(visit):
    page = visit("WebAssembly.validate = () => false;")
    press(page, "Run one round")
    expect(page.locator(".lab-status")).to_contain_text("without WebAssembly")
    done(page, 2)


def test_a_browser_that_cannot_multiply_and_add_at_once_takes_the_other_compiled_loops(visit):
    page = visit("let asked = 0; WebAssembly.validate = () => ++asked > 1;")
    press(page, "Run one round")
    done(page, 2)
    assert "without WebAssembly" not in page.locator(".lab-status").text_content()


def test_without_workers_one_round_trains_at_a_time(visit):
    page = visit("window.Worker = class { constructor() { throw new Error('not here'); } };")
    press(page, "Run one round")
    expect(page.locator(".lab-status")).to_contain_text("one round at a time")
    done(page, 2)


def test_where_workers_cannot_start_the_page_trains_itself(visit):
    page = visit(
        "window.Worker = class {"
        "constructor() { setTimeout(() => this.onerror({})); } postMessage() {} terminate() {} };"
    )
    press(page, "Run one round")
    done(page, 2)
    expect(page.locator(".lab-status")).to_contain_text("one round at a time")


def test_without_memory_the_page_says_so(visit):
    page = visit(
        "window.Worker = class { constructor() { throw new Error('not here'); } };"
        "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate'); } };"
    )
    press(page, "Run one round")
    expect(page.locator(".lab-status")).to_contain_text("has no memory left for another network: close other pages")
    expect(page.get_by_role("button", name="Run one round")).to_be_enabled()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "the file is missing"),
        ('labDigits("AAAA");', "the file is damaged"),
        ('labDigits("!");', "the file is damaged"),
    ],
)
def test_digits_that_cannot_be_read_are_one_clear_sentence(visit, folder, content, words):
    script = (folder / "lab.js").read_text().replace("lab-digits.js", "other-digits.js")
    (folder / "other.js").write_text(script)
    if content is not None:
        (folder / "other-digits.js").write_text(content)
    (folder / "other.html").write_text((folder / "page.html").read_text().replace("lab.js", "other.js"))
    page = visit(name="other.html")
    press(page, "Run one round")
    expect(page.locator(".lab-status")).to_contain_text(f"The digits could not be loaded ({words})")
    expect(page.get_by_role("button", name="Run ten rounds")).to_be_enabled()


def test_a_network_that_diverges_is_counted_and_the_rest_goes_on(visit, folder):
    wild = {
        name: replace(recipe, optimiser=Optimiser("sgd", 1e30)) if "+" in name else recipe
        for name, recipe in systems().items()
    }
    (folder / "wild.html").write_text(PAGE.format(panel(wild, "wild").html()))
    page = visit(name="wild.html")
    press(page, "Run one round")
    done(page, 2)
    page.get_by_text("The numbers").click()
    assert "1 more diverged" in page.locator("tbody").inner_text()
    expect(page.locator(".lab-difference")).to_contain_text("one of the two diverged do not count: 1.")
    expect(page.locator(".lab-status")).to_contain_text("a lower learning rate usually helps")  # it stays to be read


def test_a_recipe_that_the_page_cannot_train_is_told_by_name(visit, folder):
    strange = {"pair": replace(course.dense_pair(), protocol=Protocol(carried=True))}
    (folder / "strange.html").write_text(PAGE.format(panel(strange, "strange").html()))
    page = visit(name="strange.html")
    press(page, "Run one round")
    expect(page.locator(".lab-status")).to_contain_text("This page cannot do carried = true of Protocol")


def test_what_is_copied_makes_the_same_systems_in_a_notebook():
    scope = {}
    exec(panel(systems(), "x").variants[0]["code"], scope)
    assert scope["systems"] == systems()
