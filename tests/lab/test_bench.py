"""The lab page: every preset and every switch, drawing, and a link that an instructor sends."""

import json
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from lib import figures
from lib.course import weights
from lib.course.networks import siamese, with_head
from lib.course.presets import LADDER, presets
from lib.heads import Probability
from lib.page import bench
from lib.store.ledger import plain

SWITCHES = """(start) => SWITCHES.filter(({ read }) => read(start) !== null).flatMap(({ name, choices, read, write }) =>
  (choices ?? [read(start)]).map((value) => {
    const recipe = write(start, value);
    return { name, value, recipe, found: read(recipe) };
  }))"""

STEP = """(recipe) => {
  const network = fresh(recipe, 0, bytes(KERNELS)), round = draw(window.digits, 0);
  const enough = () => { throw "enough"; };
  try { fit(network, round, recipe, generator(0, "training"), true, enough).next(); }
  catch (error) { if (error !== "enough") throw error; }
  return evaluate(network, round.test).accuracy;
}"""


@pytest.mark.parametrize("name", presets())
def test_every_preset_can_be_trained_and_every_switch_gives_what_it_says(engine, name):
    recipe = plain(presets()[name])
    assert engine.evaluate("(recipe) => fresh(recipe, 0, null).size", recipe) == presets()[name].model.size()
    assert engine.evaluate(STEP, recipe) >= 0  # there is memory enough, too
    for one in engine.evaluate(SWITCHES, recipe):
        assert one["found"] == one["value"], one["name"]
        refused = engine.evaluate("(r) => { try { check(r) } catch (error) { return error.message } }", one["recipe"])
        assert refused is None or "hard comparison cannot learn" in refused.lower()


def test_a_recipe_as_python_builds_the_same(engine):
    scope = {}
    exec("from lib.extras import *\nfrom lib.heads import *\nfrom lib.layers import *\nfrom lib.models import *", scope)
    exec("from lib.recipes import *", scope)
    for recipe in presets().values():
        assert eval(engine.evaluate("python", plain(recipe)), scope) == recipe


DRAWN = """(recipe) => [...diagram(fresh(recipe, 0, null), recipe.loss).querySelectorAll(".lab-column")].map((part) => {
  const words = (query, inside = part) => [...inside.querySelectorAll(query)].map(({ textContent }) => textContent);
  const shapes = words(".lab-flow").slice(1);
  const told = (box, i) => [...words("span", box), words("small", box)[0] ?? "", shapes[i]];
  return [...part.querySelectorAll(".lab-box")].map(told);
})"""


@pytest.mark.parametrize("name", presets())
def test_the_drawn_network_is_the_one_that_the_book_draws(engine, name):
    first, *others = engine.evaluate(DRAWN, plain(presets()[name]))
    ours = first + (others[-1] if others else [])  # the branch and the head, or the layers of a pair network
    theirs = figures.network(presets()[name], "").table
    assert [does.partition(", with a skip")[0] for does, _, _ in ours] == list(theirs["does"])
    assert [shape for _, _, shape in ours] == list(theirs["gives"])
    counts = theirs["weights"].str.removeprefix("2 × ")
    assert [weights for _, weights, _ in ours] == [f"{count} weights" if count != "0" else "" for count in counts]
    if others:
        doubled = theirs["weights"].str.startswith("2 × ")
        assert [weights != "the same weights" for _, weights, _ in others[0]] == list(doubled[: len(first)])


SET = "([recipe, name, value]) => SWITCHES.find((one) => one.name === name).write(recipe, value)"


def test_partly_shared_branches_are_those_of_the_chapter_on_sharing(engine):
    partly = engine.evaluate(SET, [plain(siamese()), "branches", "partly"])
    assert partly == plain(siamese("partly", own=True))


def test_a_head_behind_a_softmax_is_that_of_the_chapter_on_knowledge_and_none_stays_behind_another_head(engine):
    softmax = engine.evaluate(SET, [plain(siamese()), "head", "learned, softmax"])
    assert softmax == plain(siamese(between="softmax"))
    assert engine.evaluate(SET, [softmax, "head", "probability"]) == plain(with_head(Probability()))
    assert engine.evaluate(SET, [softmax, "head", "learned"]) == plain(siamese())


def test_a_network_twice_as_wide_keeps_its_proportions(engine):
    wide = engine.evaluate(SET, [plain(siamese()), "width, last hidden layer", "256"])
    assert [layer["out"] for layer in wide["model"]["branch"]] == [32, 64, 256, 10]


@pytest.fixture
def page(browser, scripts, tmp_path):
    for name, text in scripts.items():
        (tmp_path / name).write_text(text)
    few = {name: recipe for name, recipe in presets().items() if "fully connected" in name or "Report B" in name}
    shown = bench(few, LADDER[:1], weights.recipe())
    (tmp_path / "page.html").write_text(f'<meta charset="utf-8">{shown}<script defer src="lab.js"></script>')
    page, errors = browser.new_page(), []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((tmp_path / "page.html").as_uri())
    yield page
    page.close()
    assert errors == []


def side(page, i: int):
    return page.locator(".lab-side").nth(i)


def test_the_layers_and_the_number_of_weights_follow_the_switches(page):
    expect(side(page, 0)).to_contain_text("70,760 weights")
    side(page, 0).get_by_label("extra hidden layers").select_option("3")
    expect(side(page, 0)).to_contain_text("3 layers: linear, ReLU")
    expect(side(page, 0).get_by_label("extra hidden layers")).to_be_focused()
    side(page, 1).get_by_label("head").select_option("hard")
    expect(side(page, 1)).to_contain_text("largest ≤ largest?")
    side(page, 1).get_by_label("weight of each digit loss").select_option("0")
    expect(side(page, 1)).to_contain_text("cannot learn")


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (1000, False), (390, False)])
def test_the_result_stands_beside_the_switches_where_there_is_room_and_above_them_elsewhere(page, width, beside):
    page.set_viewport_size({"width": width, "height": 720})
    page.reload()
    page.add_style_tag(path="book/_static/course.css")
    side(page, 1).get_by_label("start from").select_option(label="Report B: siamese aux")  # the widest: two branches
    switches, result = (page.locator(name).bounding_box() for name in (".lab-sides", ".lab-result"))
    assert (result["x"] >= switches["x"] + switches["width"]) is beside
    assert (result["y"] + result["height"] <= switches["y"]) is not beside
    assert page.locator(".lab-network").first.is_visible() is beside  # elsewhere it is folded
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate("scrollTo(0, document.querySelector('.lab-side details').getBoundingClientRect().top)")
    assert (0 <= page.get_by_role("button", name="Run ten rounds").bounding_box()["y"] < 400) is beside  # it stays
    found = Axe().run(page, context={"include": [[".lab-bench"]]}).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_the_keyboard_goes_from_a_to_b_to_what_runs_them(page):
    for i, after in enumerate((side(page, 1).get_by_label("start from"), page.get_by_label("first round"))):
        side(page, i).get_by_label("epochs").focus()
        page.keyboard.press("Tab")
        expect(side(page, i).locator("summary")).to_be_focused()
        page.keyboard.press("Tab")
        expect(after).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Run one round")).to_be_focused()


def test_a_window_that_becomes_narrow_has_the_buttons_first_and_for_the_keyboard_too(page):
    page.set_viewport_size({"width": 390, "height": 720})
    page.get_by_role("button", name="Copy as notebook cell").focus()
    for after in (page.get_by_text("The numbers"), side(page, 0).get_by_label("start from")):
        page.keyboard.press("Tab")
        expect(after).to_be_focused()


def test_layers_that_were_folded_stay_folded(page):
    layers = side(page, 0).locator(".lab-network")
    expect(layers).to_be_visible()
    side(page, 0).locator("summary").click()
    side(page, 0).get_by_label("extra hidden layers").select_option("3")
    expect(side(page, 0).locator("summary")).to_contain_text("weights, layer by layer")
    expect(layers).to_be_hidden()
    expect(side(page, 1).locator(".lab-network")).to_be_visible()


def test_drawn_digits_are_read_by_the_networks_that_were_trained(page):
    expect(page.locator(".lab-answers")).to_contain_text("No network yet")
    page.get_by_role("button", name="Run one round").click()
    expect(page.locator(".lab-status")).to_contain_text("2 of 2 networks trained", timeout=60_000)
    expect(page.locator(".lab-empty")).to_have_count(2)  # each says "draw here"
    strokes = [[(80, 20), (80, 150)], [(50, 30), (120, 30), (80, 150)]]  # a 1 and a 7
    for field, stroke in zip(page.locator("canvas.lab-field").all(), strokes, strict=True):
        field.scroll_into_view_if_needed()
        box = field.bounding_box()
        page.mouse.move(box["x"] + stroke[0][0], box["y"] + stroke[0][1])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(box["x"] + x, box["y"] + y, steps=8)
        page.mouse.up()
    expect(page.locator(".lab-empty")).to_have_count(0)
    expect(page.locator(".lab-answers")).to_contain_text("It reads 1")
    expect(page.locator(".lab-answers")).to_contain_text("swapped")
    page.locator(".lab-fields").get_by_role("button", name="Clear").first.click()
    expect(page.locator(".lab-empty")).to_have_count(1)


def test_outputs_that_no_loss_made_digits_are_not_said_to_be_read(page):
    side(page, 0).get_by_label("start from").select_option(label="Siamese, fully connected, digit losses")
    side(page, 0).get_by_label("weight of each digit loss").select_option("0")
    page.get_by_role("button", name="Run one round").click()
    expect(page.locator(".lab-status")).to_contain_text("2 of 2 networks trained", timeout=60_000)
    for field in page.get_by_label("test digit", exact=True).all():
        field.fill("5")
        field.press("Tab")
    expect(page.locator(".lab-answers")).to_contain_text("no loss asked them to be digits")
    expect(page.locator(".lab-answers")).to_contain_text("It reads")  # B has digit losses


def test_the_rungs_of_the_ladder_are_trained_on_demand_and_read_what_is_drawn(page):
    page.get_by_role("button", name="Train the ladder").click()
    expect(page.get_by_text("Trained 1 of the 1 rungs")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Train the ladder")).to_be_disabled()
    for field in page.get_by_label("test digit", exact=True).all():
        field.fill("5")
        field.press("Tab")
    expect(page.locator(".lab-answers")).to_contain_text(f"{LADDER[0]}, round 0")


def test_a_test_digit_is_chosen_by_keyboard(page):
    page.get_by_role("button", name="Run one round").click()
    expect(page.locator(".lab-status")).to_contain_text("2 of 2 networks trained", timeout=60_000)
    for field in page.get_by_label("test digit", exact=True).all():
        field.fill("5")
        field.press("Tab")
    expect(page.locator(".lab-answers tbody tr")).to_have_count(2)
    for share in page.locator(".lab-answers td").all():
        bar = share.locator("i").evaluate("(bar) => bar.style.width")
        assert bar == share.text_content().replace("\u00a0", "")  # a bar is as long as its number says


def test_a_link_for_students_hides_what_they_shall_not_change(page):
    side(page, 1).get_by_label("weight of each digit loss").select_option("3")
    page.get_by_text("Assign this by a link").click()
    page.add_style_tag(path="book/_static/course.css")
    box = page.get_by_role("checkbox", name="dropout")
    assert box.bounding_box()["width"] < 30  # each word stands at its own box
    box.check()
    page.get_by_role("checkbox", name="start from").check()
    address = page.get_by_role("link", name="the link for your students").get_attribute("href")
    page.goto(page.url.split("#")[0] + address)  # in the same tab: the page loads itself again
    expect(page.get_by_text("Assign this by a link")).to_have_count(0)
    expect(side(page, 1).get_by_label("weight of each digit loss")).to_have_value("3")
    assert side(page, 1).get_by_label("dropout").count() == 0 and side(page, 0).get_by_label("start from").count() == 0


def sent(page, a: dict, b: dict, **others):
    """Open the address that asks for two sides."""
    state = {"seed": 0, "sides": [a, b], **others}
    page.goto(page.url.split("#")[0] + "#lab=" + quote(json.dumps(state)))


DENSE = {"preset": "A first network, fully connected"}
ODD = {
    "no such network": [{"preset": "toString"}, DENSE],
    "no such switch": [DENSE | {"changes": {"warmth": "3"}}, DENSE],
    "no such choice": [DENSE | {"changes": {"optimiser": "<b>"}}, DENSE],
    "no number": [DENSE, DENSE | {"changes": {"learning rate": "fast"}}],
    "one side": [DENSE, None],
}


@pytest.mark.parametrize("name", ODD)
def test_a_link_that_is_not_understood_is_told_and_the_page_works(page, name):
    sent(page, *ODD[name])
    expect(page.locator(".lab-status")).to_contain_text("Not all of this page's address could be understood")
    assert page.locator(".lab-problem").count() == 0 and page.get_by_label("first round").input_value() == "0"
    assert "1 change" not in page.locator(".lab-dots").inner_html()


@pytest.mark.parametrize(("seed", "locked"), [("x", 3), (-1, "dropout"), (1e12, ["colour"]), (None, None)])
def test_a_seed_or_a_lock_that_makes_no_sense_breaks_nothing(page, seed, locked):
    sent(page, DENSE, DENSE | {"changes": None}, seed=seed, locked=locked)
    expect(page.get_by_label("first round")).to_have_value("9999" if seed == 1e12 else "0")
    assert side(page, 1).get_by_label("dropout").count() == 1


def test_another_link_in_the_same_tab_is_followed(page):
    sent(page, DENSE, DENSE | {"changes": {"dropout": "0.5"}}, seed=4)
    expect(side(page, 1).get_by_label("dropout")).to_have_value("0.5")
    expect(page.get_by_label("first round")).to_have_value("4")


TYPED = [
    ("learning rate", "1e9", "10"),
    ("learning rate", "-1", "0.00001"),
    ("learning rate", "", "0.002"),
    ("training pairs", "5000", "1250"),
    ("training pairs", "123.4", "123"),
    ("epochs", "0", "1"),
]


@pytest.mark.parametrize(("name", "typed", "kept"), TYPED)
def test_a_number_that_cannot_be_is_the_nearest_that_can(page, name, typed, kept):
    field = side(page, 0).get_by_label(name)
    field.fill(typed)
    field.press("Tab")
    expect(field).to_have_value(kept)


def test_what_is_put_back_is_no_change(page):
    names = page.locator(".lab-dots .name")
    side(page, 0).get_by_label("start from").select_option(label="Report B: siamese aux")
    weight = side(page, 0).get_by_label("weight of each digit loss")
    weight.select_option("3")
    expect(names.first).to_contain_text("1 change")
    weight.select_option("0.7")  # the report's own, which the switch would not have
    expect(names.first).not_to_contain_text("change")


def test_a_network_that_says_yes_both_times_takes_the_digits_for_equal(page):
    page.get_by_role("button", name="Ask the record").click()
    for field in page.get_by_label("test digit", exact=True).all():
        field.fill("5")  # the same image in both
        field.press("Tab")
    expect(page.locator(".lab-answers")).to_contain_text("It says yes both times")


def test_the_colours_of_the_curves_are_those_of_a_and_b_whichever_finishes_first(page):
    side(page, 0).get_by_label("epochs").fill("60")
    side(page, 0).get_by_label("epochs").press("Tab")
    page.get_by_role("button", name="Run one round").click()
    expect(page.locator(".lab-status")).to_contain_text("Round 0: A", timeout=60_000)
    expect(page.locator(".lab-status")).to_contain_text("2 of 2 networks trained", timeout=60_000)
    assert page.locator(".lab-curves .key").all_text_contents() == ["— A", "- - B"]


def test_networks_that_are_cleared_answer_no_more(page):
    page.get_by_role("button", name="Run one round").click()
    expect(page.locator(".lab-status")).to_contain_text("2 of 2 networks trained", timeout=60_000)
    expect(page.locator(".lab-answers")).to_contain_text("Waiting for two digits")
    side(page, 0).get_by_label("dropout").select_option("0.5")
    expect(page.locator(".lab-answers")).to_contain_text("No network yet")


def test_the_difference_is_told_of_a_and_b(page):
    page.get_by_role("button", name="Run one round").click()
    words = "The difference B − A appears here when both have finished three rounds. So far: 1."
    expect(page.locator(".lab-difference")).to_contain_text(words, timeout=60_000)


@pytest.mark.parametrize(("typed", "kept"), [("5000", "1999"), ("-3", "0"), ("2.7", "2"), ("", "")])
def test_a_test_digit_is_one_that_there_is(page, typed, kept):
    field = page.get_by_label("test digit", exact=True).first
    field.fill("7")
    field.press("Tab")
    field.fill(typed)
    field.press("Tab")
    expect(field).to_have_value(kept)
    inked = "(field) => field.getContext('2d').getImageData(0, 0, 168, 168).data.some((v, i) => i % 4 < 3 && v > 50)"
    page.wait_for_function("document.querySelector('canvas.lab-field')")
    assert page.locator("canvas.lab-field").first.evaluate(inked) == bool(kept)


def test_a_test_digit_without_the_file_of_digits_is_told(page, tmp_path):
    (tmp_path / "lab-digits.js").unlink()
    page.get_by_label("test digit", exact=True).first.fill("7")
    page.get_by_label("test digit", exact=True).first.press("Tab")
    expect(page.locator(".lab-answers")).to_contain_text("The digits could not be loaded (the file is missing)")


def test_many_strokes_need_no_more_memory_than_one(page):
    page.add_init_script("""window.made = 0;
      WebAssembly.Memory = class extends WebAssembly.Memory { constructor(...given) { super(...given); made++; } };""")
    page.reload()
    page.get_by_role("button", name="Ask the record").click()
    for field in page.locator("canvas.lab-field").all():
        for _ in range(10):
            field.click()
    expect(page.locator(".lab-answers")).to_contain_text("swapped")
    assert page.evaluate("made") <= 2  # to read the weights, and to answer


# A line, a thin one, a small one in a corner, a thick one: (strokes in a field of 168×168, width of the pen).
ONES = {"middle": (80, 20, 150, 14), "thin": (84, 30, 140, 6), "small": (20, 10, 50, 8), "thick": (120, 20, 150, 26)}


@pytest.mark.parametrize("name", ONES)
def test_a_drawing_is_prepared_as_mnist_was_made(engine, name):
    x, top, bottom, width = ONES[name]
    grey = engine.evaluate(
        """([x, top, bottom, width]) => {
          const ink = new Float32Array(168 * 168);
          for (let v = top; v < bottom; v++) {
            for (let u = x - width / 2; u < x + width / 2; u++) ink[v * 168 + Math.round(u)] = 255;
          }
          return [...prepared(ink, 168)];
        }""",
        [x, top, bottom, width],
    )
    rows = [sum(grey[14 * r : 14 * r + 14]) for r in range(14)]
    columns = [sum(grey[c::14]) for c in range(14)]
    assert sum(value > 0 for value in rows) in (10, 11)  # 20 pixels high, of 28
    centre = [sum((i + 0.5) * value for i, value in enumerate(sums)) / sum(sums) for sums in (rows, columns)]
    assert centre == pytest.approx([7, 7], abs=0.51)
