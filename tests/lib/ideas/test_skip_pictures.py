"""The pictures of skip connections say what is there."""

import re

import pandas as pd

from lib import figures


def texts(picture):
    drawn = picture.svg.decode()
    return set(re.findall(r"<text[^>]*>(.*?)</text>", drawn) or re.findall(r"<!-- (.*?) -->", drawn))


def test_a_residual_layer_has_a_second_way_back_on_which_the_gradient_stays_what_it_is():
    shown = texts(figures.residual_layer("caption"))
    assert {"y = f(x)", "y = x + f(x)", "× J", "× 1", "+"} <= shown


def test_three_layers_have_eight_paths_and_each_has_its_product():
    picture = figures.paths(3, "caption")
    assert "8 paths" in picture.alt and "1 around all, 3 through 1, 3 through 2, 1 through 3." in picture.alt
    assert {"I", "J₁", "J₃ J₁", "J₃ J₂ J₁"} <= texts(picture)


def test_four_layers_have_sixteen_paths():
    assert "16 paths" in figures.paths(4, "caption").alt


def test_a_cliff_tells_where_each_way_to_start_falls_below_epsilon():
    depths = pd.Index([2, 8, 24], name="depth")
    measured = pd.DataFrame({"default": [1e-3, 1e-7, 1e-12], "He": [1e-2, 1e-2, 1e-2]}, depths)
    picture = figures.cliff(measured, measured, 1e-8, "caption")
    assert "within a factor of 1 of" in picture.alt and "default: at 24 layers; He: nowhere" in picture.alt
    assert {"Adam's ε", "default", "He"} <= texts(picture)


def test_a_cliff_tells_how_far_the_measured_gradients_are_from_the_predicted_ones():
    measured = pd.DataFrame({"He": [1e-2, 2e-3]}, pd.Index([2, 48], name="depth"))
    assert "within a factor of 5 of" in figures.cliff(measured, 0 * measured + 9e-3, 1e-8, "caption").alt
