import base64
import re
import xml.etree.ElementTree as ElementTree

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch

from lib import compare, data, figures
from lib.figures import charts


@pytest.fixture
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "system": name,
            "round": k,
            "parameters": 10,
            "status": "done",
            "seconds": 1.0,
            "test_accuracy": level + 0.01 * random.standard_normal(),
        }
        for name, level in {"a & b": 0.8, "c": 0.7}.items()
        for k in range(10)
    )


@pytest.fixture
def history() -> pd.DataFrame:
    return pd.DataFrame(
        {"system": "a", "round": k, "epoch": e, "train_accuracy": 0.5 + 0.1 * e, "test_accuracy": 0.5 + 0.05 * e}
        for k in range(3)
        for e in range(1, 5)
    )


def drawn(picture: figures.Picture) -> ElementTree.Element:
    """The SVG inside the picture's HTML."""
    source = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', picture._repr_html_())[1]
    return ElementTree.fromstring(base64.b64decode(source))


def test_alt_text_holds_the_numbers_of_the_data(table):
    low, high = compare.interval(100 * table[table.system == "c"].test_accuracy)
    assert f"[{low:.1f}, {high:.1f}]" in figures.rounds(table, "caption").alt


def test_alt_text_counts_diverged_rounds(table):
    table.loc[0, ["status", "test_accuracy"]] = ["diverged", np.nan]
    assert "1 of 10 rounds diverged" in figures.rounds(table, "caption").alt


def test_html_escapes_and_carries_alt_and_caption(table):
    picture = figures.rounds(table, "<caption>")
    assert "a &amp; b" in picture._repr_html_() and "&lt;caption&gt;" in picture._repr_html_()
    assert picture.alt in repr(picture)


def test_the_same_data_gives_the_same_file(table):
    assert figures.rounds(table, "c").svg == figures.rounds(table, "c").svg


def test_every_round_is_a_dot(table):
    uses = [e for e in drawn(figures.rounds(table, "c")).iter() if e.tag.endswith("use")]
    assert len(uses) >= 20


def test_curves_give_first_and_last_values(history):
    assert "60.00 to 90.00" in figures.curves(history, "c").alt


def test_matched_counts_rising_rounds(table):
    assert "10 of 10 rise" in figures.matched(table, "a & b", "c", "caption").alt


def test_effects_tell_each_difference(table):
    effect = compare.paired(table, "a & b", "c")
    assert str(effect) in figures.effects([effect], "c").alt


def test_means_end_at_the_interval_of_all_rounds(table):
    only = table[table.system == "c"]
    low, high = compare.interval(100 * only.test_accuracy)
    assert f"{low:.1f} to {high:.1f} after 10." in figures.means(only, "c").alt


def test_pairs_say_what_they_show(digits):
    shown = data.draw(digits, 0).train[:3]
    alt = figures.pairs(shown, "c").alt
    first, second = shown.labels[0].tolist()
    assert f"{first} ≤ {second}: {'yes' if first <= second else 'no'}" in alt


def test_side_by_side_puts_the_first_image_left(digits):
    images = data.draw(digits, 0).train.images[0]
    joined = figures.side_by_side(images)
    assert joined.shape == (14, 29)
    assert joined[:, :14].equal(images[0]) and joined[:, 15:].equal(images[1])


@pytest.fixture
def swept(table) -> pd.DataFrame:
    return pd.concat([table.assign(dropout=rate, test_accuracy=table.test_accuracy - rate / 10) for rate in (0.0, 0.5)])


def test_a_sweep_tells_the_mean_at_every_value_of_every_line(swept):
    alt = figures.sweep(swept, "dropout", "caption", by="system").alt
    means = 100 * swept.groupby(["system", "dropout"])["test_accuracy"].mean()
    assert "test accuracy (%) against dropout rate" in alt
    for (system, rate), mean in means.items():
        assert system in alt and f"{mean:.1f} at {rate:g}" in alt


def test_a_sweep_leaves_diverged_rounds_out(swept):
    swept = swept.reset_index(drop=True)
    swept.loc[0, "test_accuracy"] = np.nan
    assert "nan" not in figures.sweep(swept, "dropout", "caption", by="system").alt


@pytest.mark.parametrize("options", [{"log": True}, {"even": True}, {}])
def test_a_sweep_can_be_drawn_without_groups_and_on_every_axis(swept, options):
    swept["rate"] = swept["dropout"] + 0.001
    assert drawn(figures.sweep(swept, "rate", "caption", **options)) is not None


def test_traces_have_a_panel_for_each_table_and_a_line_for_each_layer():
    seen = pd.DataFrame({"batch": [1, 2, 1, 2], "layer": list("aabb"), "norm": [1.0, 0.0, 2.0, 0.5]})
    picture = figures.traces({"with": seen, "without": seen}, "norm", "size", "caption", log=True)
    assert (
        picture.alt
        == "size by layer, first to last: "
        + "; ".join(f"{name}, {ends}" for name in ("with", "without") for ends in ("a: 1 to 0", "b: 2 to 0.5"))
        + "."
    )


def test_lines_tell_where_they_begin_and_end():
    table = pd.DataFrame({"plain": [0.1, 1e-9], "residual": [0.6, 58]}, index=pd.Index([2, 24], name="depth"))
    alt = figures.lines(table, "caption", "gradient", log=True).alt
    assert alt == "gradient against hidden layers: plain from 0.1 to 1e-09; residual from 0.6 to 58."


def test_a_line_may_end_early():
    table = pd.DataFrame(
        {"short": [3.0, 2.0, np.nan], "long": [3.0, 2.0, 1.0]}, index=pd.Index([1, 2, 3], name="layer")
    )
    alt = figures.lines(table, "caption", "gradient", limits=(0, 5)).alt
    assert alt == "gradient against layer: short from 3 to 2; long from 3 to 1."


def test_activations_tell_size_and_how_much_is_active():
    maps = torch.zeros(5, 3, 2)
    maps[1, 0, 0], maps[4, 2, 1] = 1.0, 2.0
    shown = {"image": torch.ones(4, 4), "maps": maps, "units": torch.tensor([0.0, 0.5, 0.0, 0.0])}
    alt = figures.activations(shown, "caption").alt
    expected = ["image: an image of 4 × 4", "maps: 5 maps of 3 × 2, 2 of them above 0 somewhere"]
    assert alt == "; ".join(expected) + "; units: 4 units, 1 of them above 0."


def test_activations_with_labels_name_the_highest():
    picture = figures.activations({"7": torch.tensor([0.5, 3.0, 1.25])}, "caption", labels=["no", "yes", "perhaps"])
    assert picture.alt == "7: highest yes (3.0), then perhaps (1.2)."
    assert drawn(picture) is not None


def test_maps_are_tiled_row_by_row_with_gaps():
    tiled = figures.tiled(torch.arange(5.0).view(5, 1, 1).expand(5, 2, 2))
    assert tiled.shape == (5, 8)  # two rows of three maps, gaps between them
    assert tiled[::3, ::3].flatten().tolist()[:5] == [0, 1, 2, 3, 4]
    assert tiled[2].isnan().all() and tiled[:, 2].isnan().all() and tiled[3:, 6:].isnan().all()


@pytest.mark.parametrize(("units", "shape"), [(128, (8, 16)), (10, (2, 5)), (7, (1, 7)), (16, (4, 4))])
def test_units_are_tiled_in_a_rectangle_in_their_order(units, shape):
    tiled = figures.tiled(torch.arange(units))
    assert tiled.shape == shape and tiled.flatten().tolist() == list(range(units))


def test_a_confusion_matrix_names_each_digits_most_frequent_output():
    counts = torch.eye(10, dtype=torch.int64) * 8
    counts[3, 5], counts[3, 3] = 6, 2
    alt = figures.confusion({"one": counts}, "caption").alt
    assert "3 → 5 (75 %)" in alt and "4 → 4 (100 %)" in alt


def test_published_against_rerun_counts_who_is_near_and_names_who_is_far():
    rows = [("A", "near", 80.0, 81.0), ("D", "far", 97.0, 93.0), ("D", "lost", 90.0, np.nan)]
    table = pd.DataFrame(rows, columns=["report", "system", "published", "mean"])
    table = table.assign(low=table["mean"] - 1, high=table["mean"] + 1)
    alt = figures.against(table, "caption").alt
    assert "2 systems, 1 of them within two points" in alt and "Farthest: D far 97.0 and 93.0" in alt


def test_the_frontier_holds_what_is_better_than_all_that_is_cheaper():
    mean = pd.Series({"good": 90.0, "cheap": 80.0, "beaten": 79.0, "dear": 89.0, "hardly": 90.05})
    table = pd.DataFrame({"seconds": [4.0, 1, 2, 8, 16], "mean": mean, "low": mean - 1, "high": mean + 1})
    picture = figures.frontier(table, "caption")
    assert picture.alt.endswith("by 0.1 points: cheap; good.") and "dear: 89.0 in 8" in picture.alt
    drawn(picture)
    other = figures.frontier(table.rename(columns={"seconds": "multiply_adds"}), "caption", cost="multiply_adds")
    assert "billions of multiply-adds a round: cheap: 80.0 in 1" in other.alt
    drawn(other)


def test_mistakes_tell_what_was_there_and_what_was_read():
    black = "00" * 196
    found = pd.DataFrame(
        {"digit0": [3, 9], "digit1": [5, 4], "read0": [8, np.nan], "read1": [5, np.nan]}
        | {"image0": black, "image1": black}
    )
    picture = figures.mistakes(found, "caption")
    assert picture.alt == "2 pairs that are answered wrongly: 3 ≤ 5, read 8 and 5; 9 > 4."
    drawn(picture)
    assert figures.mistakes(found, "caption", told=False).alt == "2 pairs that are answered wrongly: 1; 2."


@pytest.mark.parametrize("decades", [0.5, 2, 4, 15, 40])
def test_a_logarithmic_axis_has_labels_however_many_decades_it_spans(decades, monkeypatch):
    seen = []
    monkeypatch.setattr(charts, "Picture", lambda figure, *_: seen.append(figure))
    values = pd.DataFrame({"gradient": [1.0, 10.0**-decades]}, index=pd.Index([1, 2], name="layer"))
    charts.lines(values, "A caption.", "size", log=True)
    seen[0].canvas.draw()
    axis, (low, high) = seen[0].axes[0].yaxis, seen[0].axes[0].get_ylim()
    labelled = [tick for tick in axis.get_major_ticks() if tick.label1.get_text() and low <= tick.get_loc() <= high]
    assert len(labelled) >= 2
    plt.close(seen[0])
