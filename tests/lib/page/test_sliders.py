"""Sliders over figures: the page's form without a kernel, and the live one with a kernel."""

import ast
import inspect
import itertools
import json

import matplotlib.pyplot as plt
import nbclient
import nbformat
import pytest
from bs4 import BeautifulSoup

from lib.figures import Picture
from lib.page import sliders


def draw(weight: float, layer: str = "first") -> Picture:
    return Picture(plt.figure(figsize=(1, 1)), f"alt: <{layer}> at {weight}", f"caption: {layer} at {weight}")


@pytest.fixture
def explorer() -> sliders.Explorer:
    return sliders.explore(draw, weight=[0, 0.3, 1], layer=["first", "<last>"])


def page_of(explorer: sliders.Explorer) -> BeautifulSoup:
    return BeautifulSoup(explorer.html(), "html.parser")


def test_every_combination_has_a_frame_with_its_alt_text_and_caption(explorer):
    page = page_of(explorer)
    chosen = list(itertools.product([0, 0.3, 1], ["first", "<last>"]))
    assert [image["aria-label"] for image in page.select("svg")] == [f"alt: <{layer}> at {w}" for w, layer in chosen]
    assert [text.text for text in page.select("figcaption")] == [f"caption: {layer} at {w}" for w, layer in chosen]


def test_only_the_first_frame_is_shown(explorer):
    assert [frame.has_attr("hidden") for frame in page_of(explorer).select(".frame")] == [False] + 5 * [True]


def test_every_slider_has_a_name_and_says_its_value_in_words(explorer):
    page = page_of(explorer)
    assert [label.text.strip() for label in page.select("label")] == ["weight", "layer"]
    first, second = page.select("label input[type=range]")
    assert (first["max"], first["aria-valuetext"]) == ("2", "0")
    assert json.loads(second["data-words"]) == ["first", "<last>"]
    assert [text.text for text in page.select(".slider > span")] == ["0", "first"]


def test_an_argument_of_two_words_is_named_by_both():
    explorer = sliders.explore(lambda hidden_layers: draw(hidden_layers), hidden_layers=[1, 2])
    assert page_of(explorer).label.text.strip() == "hidden layers"
    assert repr(explorer) == "[sliders] hidden layers 1, 2"


@pytest.mark.parametrize("wrong", [{}, {"weight": [1]}, {"weight": [1, 2], "layer": []}])
def test_nothing_to_slide_is_an_error(wrong):
    with pytest.raises(ValueError, match="at least two values"):
        sliders.explore(draw, **wrong)


def test_live_values_of_no_slider_are_an_error():
    with pytest.raises(ValueError, match="live has values for rate"):
        sliders.explore(draw, weight=[0, 1], live={"rate": [1, 2]})


def test_a_function_that_draws_nothing_is_an_error():
    with pytest.raises(TypeError, match=r"must return a Picture.*not None"):
        sliders.explore(lambda weight: None, weight=[0, 1]).html()


def test_live_sliders_have_the_live_values_and_begin_where_the_page_does():
    explorer = sliders.explore(draw, weight=[1, 3], layer=["a", "b"], live={"weight": range(10)})
    controls = explorer.controls()
    assert [value for _, value in controls["weight"].options] == list(range(10))
    assert [value for _, value in controls["layer"].options] == ["a", "b"]
    assert (controls["weight"].value, controls["layer"].value) == (1, "a")


def test_moving_a_live_slider_draws(capsys, explorer):
    weight, layer, _ = explorer.widget().children
    weight.value = 0.3
    layer.value = "<last>"
    shown = [line for line in capsys.readouterr().out.splitlines() if line.startswith("alt: ")]
    assert shown == ["alt: <first> at 0", "alt: <first> at 0.3", "alt: <<last>> at 0.3"]


def test_the_live_form_needs_nothing_that_colabs_ipywidgets_lacks():
    names = {node.attr for node in ast.walk(ast.parse(inspect.getsource(sliders))) if is_ipywidgets(node)}
    assert names == {"SelectionSlider", "VBox", "interactive_output"}  # all of them are in 7.7


def is_ipywidgets(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ipywidgets"


def test_in_a_kernel_one_output_has_both_forms_and_the_live_one_follows_its_slider():
    show = "import matplotlib.pyplot as plt\nfrom lib.page import sliders\nfrom lib.figures import Picture\n"
    show += inspect.getsource(draw) + "sliders.explore(draw, weight=[0, 0.3, 1])"
    move = "import gc, ipywidgets\n"
    move += "[slider] = [x for x in gc.get_objects() if type(x) is ipywidgets.SelectionSlider]\nslider.value = 1"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (show, move)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    [output] = notebook.cells[0].outputs
    assert {sliders.VIEW, "text/html", "text/plain"} == set(output.data)
    assert output.data["text/html"].count("<svg ") == 3
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state
    assert states[output.data[sliders.VIEW]["model_id"]].model_name == "VBoxModel"
    [shown] = [state.state.outputs for state in states.values() if state.model_name == "OutputModel"]
    assert [frame["data"]["text/plain"].splitlines()[-1] for frame in shown] == ["alt: <first> at 1"]
