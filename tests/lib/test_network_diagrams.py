"""Diagrams of networks say what the built networks are."""

import re

import pytest
import torch

from lib import course
from lib.course import reports
from lib.course.studies import STUDIES
from lib.figures.network import Box, boxes, in_words, network, wrapped
from lib.heads import Hard, Score
from lib.layers import Block, Layer, Stack

RECIPES = {f"{row.report} {row.name}": row.clean for row in reports.systems() if " aux 0." not in row.name}
RECIPES |= {f"ladder {name}": recipe for name, recipe in STUDIES["ladder"]().systems.items()}
RECIPES |= {
    "pair": course.conv_pair(dropout=0.5),
    "unshared": course.siamese("unshared"),
    "partly": course.siamese("partly", own=True),
    "hard": course.with_head(Hard(), auxiliary=1, target=0),
    "score": course.with_head(Score()),
    "24 layers": course.deep(24, skip=True),
}


def words(recipe):
    """The text of a diagram, a line for each."""
    svg = network(recipe, "caption").svg.decode()
    return re.findall(r"<text[^>]*>(.*?)</text>", svg) or re.findall(r"<!-- (.*?) -->", svg)


@pytest.mark.parametrize("name", RECIPES)
def test_the_weights_in_the_boxes_are_those_of_the_network(name):
    shown = re.findall(r"([\d,]+) weights", "\n".join(words(RECIPES[name])))
    assert sum(int(number.replace(",", "")) for number in shown) == RECIPES[name].model.size()


@pytest.mark.parametrize("name", ["A siamese 10", "C ConvNet final", "B RWS aux", "E FCAux", "pair", "24 layers"])
def test_the_shapes_beside_the_arrows_are_those_that_flow(name):
    model = RECIPES[name].fresh(0)
    flowing = []
    for block in model.modules():
        if isinstance(block, Block):
            block.register_forward_hook(lambda _, __, out: flowing.append(" × ".join(parts(out.shape[1:]))))
    model(torch.zeros(3, 2, 14, 14))
    assert set(flowing) <= set(words(RECIPES[name]))


def parts(shape):
    return [str(shape[0]), *(["×".join(map(str, shape[1:]))] if len(shape) > 1 else [])]


def test_shared_layers_are_said_to_be_the_same_and_own_ones_are_not():
    counts = [
        words(course.siamese(sharing, own=True)).count("the same weights")
        for sharing in ("shared", "partly", "unshared")
    ]
    assert counts == [4, 3, 0]


def test_a_loss_stands_where_it_is_taken_with_its_weight():
    shown = words(course.siamese(auxiliary=0.3))
    assert shown.count("which digit?") == shown.count("loss × 0.3") == 2 and shown.count("loss × 1") == 1
    assert "which digit?" not in words(course.siamese())
    assert words(course.with_head(Hard(), auxiliary=1, target=0))[-2:] == ["first ≤ second?", "no loss"]


def test_heads_alone_keep_one_box_for_each_branch_with_all_its_weights():
    recipe = course.siamese(auxiliary=1)
    picture = network(recipe, "caption", heads_only=True)
    assert list(picture.table.index) == ["branch 1", "head 1", "head 2"]
    weights = [int(count.replace(",", "")) for count in picture.table["weights"]]
    assert sum(weights) == recipe.model.size() and picture.alt == network(recipe, "caption").alt


def test_equal_neighbours_become_one_box_and_keep_their_weights():
    layers = (Layer(8), *(Layer(8),) * 4, Layer(2, then=""))
    found = boxes(layers, Stack(layers, (8,), torch.Generator()))
    assert found == [Box("linear, ReLU", 5 * 72, (8,), count=5), Box("linear", 18, (2,))]
    assert found[0].lines() == ["5 layers: linear,", "ReLU", "360 weights"]


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        (
            Layer(8, kernel=3, before="dropout0.3", then="norm relu pool2"),
            "dropout 0.3, conv 3×3, batch norm, ReLU, max-pool 2×2",
        ),
        (Layer(8, then="selu", times=3), "linear, 3 times over, SELU"),
    ],
)
def test_a_layer_is_told_in_words(layer, told):
    assert in_words(layer) == told


def test_lines_break_after_commas_and_fit_into_the_box():
    assert wrapped("conv 3×3, batch norm, ReLU") == ["conv 3×3,", "batch norm, ReLU"]
    assert all(len(line) <= 20 for line in wrapped("sum of p·q over first ≤ second"))


def test_a_diagram_tells_its_network_in_one_sentence():
    recipe = course.siamese()
    assert network(recipe, "caption").alt == (
        "Siamese network, shared branches: 1 × 14×14 through 4 layers to 10 for each image; "
        f"a head from 20 to 1; {recipe.model.size():,} weights."
    )


def test_the_table_of_a_diagram_has_a_row_for_each_layer():
    table = network(course.siamese(auxiliary=1), "caption").table
    assert list(table["gives"]) == ["16 × 6×6", "32 × 4×4", "128", "10", "16", "1"]
    assert list(table.index) == [*(f"branch {i}" for i in range(1, 5)), "head 1", "head 2"]


@pytest.mark.parametrize(
    ("sharing", "doubled"),
    [("shared", []), ("partly", ["branch 2"]), ("unshared", [f"branch {i}" for i in range(1, 5)])],
)
def test_the_table_of_a_diagram_says_which_layers_exist_twice_and_adds_up(sharing, doubled):
    recipe = course.siamese(sharing, own=sharing == "partly")
    weights = network(recipe, "caption").table["weights"].str.replace(",", "")
    assert list(weights[weights.str.startswith("2 × ")].index) == doubled
    counted = weights.str.replace("2 × ", "").astype(int).where(~weights.index.isin(doubled), lambda one: 2 * one)
    assert counted.sum() == recipe.model.size()


def test_partly_shared_branches_are_called_so():
    assert "Siamese network, partly shared branches" in network(course.siamese("partly", own=True), "caption").alt


def test_several_networks_stand_in_a_row_each_with_its_name_and_its_own_alt_text():
    row = network({"one < two": course.conv_pair(), "shared": course.siamese()}, "A caption.")
    page = row._repr_html_()
    assert page.count("<svg ") == page.count('role="img" aria-label="') == 2 and "<p>one &lt; two</p>" in page
    assert page.index("one &lt; two") < page.index("shared") < page.index("<figcaption>A caption.")


def test_the_weight_of_a_loss_is_rounded():
    assert words(reports.a_configured("siamese 2", 0.25)).count("loss × 0.316") == 2
