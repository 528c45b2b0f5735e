import re
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
import torch

from lib import compare, data, figures


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
    return ElementTree.fromstring(re.search(r"<svg .*</svg>", picture._repr_html_(), re.DOTALL)[0])


def test_the_table_holds_the_numbers_of_the_data(table):
    low, high = compare.interval(100 * table[table.system == "c"].test_accuracy)
    numbers = figures.rounds(table, "caption").table
    assert numbers.loc["c", f"{compare.LEVEL} interval"] == f"{low:.1f} to {high:.1f}"
    assert len(numbers.loc["c", "rounds"].split(", ")) == 10


def test_the_table_counts_diverged_rounds(table):
    table.loc[0, ["status", "test_accuracy"]] = ["diverged", np.nan]
    assert list(figures.rounds(table, "caption").table["diverged"]) == [1, 0]


def test_ten_equal_rounds_have_room_for_a_dot_each():
    rows = [{"system": name, "round": k, "test_accuracy": 0.95} for name in "abcde" for k in range(10)]
    table = pd.DataFrame(rows).assign(status="done", seconds=1.0, parameters=1)
    table.loc[0, "test_accuracy"] = 0.1  # a wide axis
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert figures.rounds(table, "caption").svg


def test_the_alt_text_of_rounds_names_the_best_and_the_worst(table):
    best, worst = 100 * table.groupby("system")["test_accuracy"].mean()
    alt = figures.rounds(table, "caption").alt
    assert f"highest with {best:.2f} (a & b) and lowest with {worst:.2f} (c)" in alt


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
    picture = figures.curves(history, "c")
    assert picture.alt == "In epoch 4, mean test accuracy is 70 (a), training accuracy 90."
    assert picture.table["a, training accuracy (%)"].round(6).tolist() == [60, 70, 80, 90]


def test_matched_counts_rising_rounds(table):
    assert "10 of 10 rounds rise" in figures.matched(table, "a & b", "c", "caption").alt


def test_effects_tell_each_difference(table):
    effect = compare.paired(table, "a & b", "c")
    picture = figures.effects([effect], "c")
    assert str(effect) in picture.alt and str(effect) in picture.table.iloc[0, 0]


def test_effects_without_rounds_have_no_column_for_them(table):
    known, published = compare.paired(table, "a & b", "c"), compare.Effect("as published", 1.0, -1.0, 3.0)
    assert list(figures.effects([published], "c").table) == [f"mean and {compare.LEVEL} interval"]
    assert list(figures.effects([known, published], "c").table["rounds"])[1] == ""


def test_effects_count_the_intervals_on_either_side_of_zero(table):
    both = [compare.paired(table, "a & b", "c"), compare.paired(table, "c", "a & b")]
    assert figures.effects(both, "c").alt.startswith("Of 2 intervals, 1 lies above zero and 1 below; the largest")


def test_shares_are_told_from_100():
    low, high = (compare.estimate(f"share {k}", pd.Series([k, k + 1.0]), unit="%") for k in (40, 120))
    alt = figures.effects([low, high], "c", "share (%)", equal=100).alt
    assert alt.startswith("Of 2 intervals, 1 lies above 100 and 1 below; the farthest is share 40, 40.5 %")


def test_effects_in_groups_stand_below_their_headings(table):
    first, second = compare.paired(table, "a & b", "c"), compare.paired(table, "c", "a & b")
    picture = figures.effects({"Up": [first], "Down": [second]}, "c")
    texts = [element for element in drawn(picture).iter() if element.tag.endswith("text")]
    heights = {
        text.text: float(re.search(r"([\d.]+)\)?$", text.get("transform") or text.get("y"))[1]) for text in texts
    }
    assert heights["Up"] < heights[first.name] < heights["Down"] < heights[second.name]
    assert picture.alt.startswith("Of 2 intervals") and list(picture.table.index) == [first.name, second.name]


def test_effects_can_share_an_axis(table):
    both = [compare.paired(table, "a & b", "c"), compare.paired(table, "c", "a & b")]
    wide = [drawn(figures.effects([effect], "c", limits=(-300, 300))) for effect in both]
    ticks = [{element.text for element in svg.iter() if element.text in ("−200", "0", "200")} for svg in wide]
    assert ticks == [{"−200", "0", "200"}] * 2


def test_means_end_at_the_interval_of_all_rounds(table):
    only = table[table.system == "c"]
    low, high = compare.interval(100 * only.test_accuracy)
    assert f"{low:.1f} to {high:.1f} after 10." in figures.means(only, "c").alt


def test_pairs_say_what_they_show(digits):
    shown = data.draw(digits, 0).train[:3]
    picture = figures.pairs(shown, "c")
    first, second = shown.labels[0].tolist()
    assert picture.table.iloc[0, 0] == f"{first} ≤ {second}: {'yes' if first <= second else 'no'}"
    assert f"in {int(shown.target.sum())} the first is at most the second" in picture.alt


def test_the_question_names_both_digits_and_not_the_answer(digits):
    shown = data.draw(digits, 0).train[6:7]
    first, second = shown.labels[0].tolist()
    picture = figures.question(shown, "c")
    assert f"A handwritten {first} and a handwritten {second}" in picture.alt and "yes" not in picture.alt
    assert "≤ ?" in picture.svg.decode()


def test_side_by_side_puts_the_first_image_left(digits):
    images = data.draw(digits, 0).train.images[0]
    joined = figures.side_by_side(images)
    assert joined.shape == (14, 29)
    assert joined[:, :14].equal(images[0]) and joined[:, 15:].equal(images[1])


@pytest.fixture
def swept(table) -> pd.DataFrame:
    return pd.concat([table.assign(dropout=rate, test_accuracy=table.test_accuracy - rate / 10) for rate in (0.0, 0.5)])


def test_a_sweep_tells_the_mean_at_every_value_of_every_line(swept):
    picture = figures.sweep(swept, "dropout", "caption", by="system")
    means = 100 * swept.groupby(["system", "dropout"])["test_accuracy"].mean()
    for (system, rate), mean in means.items():
        assert picture.table.loc[rate, system].startswith(f"{mean:.1f} [")
    assert picture.alt == (
        f"Against dropout rate, mean test accuracy is highest with {means.max():.1f} at 0, a & b, "
        f"and lowest with {means.min():.1f} at 0.5, c."
    )


def test_a_sweep_leaves_diverged_rounds_out(swept):
    swept = swept.reset_index(drop=True)
    swept.loc[0, "test_accuracy"] = np.nan
    assert "nan" not in figures.sweep(swept, "dropout", "caption", by="system")._repr_html_()


def test_no_interval_of_a_sweep_goes_beyond_100_percent():
    nearly = pd.DataFrame({"pairs": [1, 1, 1, 2, 2, 2], "test_accuracy": [0.994, 0.998, 1.0, 0.5, 0.6, 0.7]})
    picture = figures.sweep(nearly, "pairs", "caption", errors=True)
    assert [told.split(", ")[1] for told in picture.table["test accuracy"]] == ["100.0]", "84.8]"]


@pytest.mark.parametrize("options", [{"log": True}, {"even": True}, {"errors": True}, {}])
def test_a_sweep_can_be_drawn_without_groups_and_on_every_axis(swept, options):
    swept["rate"] = swept["dropout"] + 0.001
    assert drawn(figures.sweep(swept, "rate", "caption", **options)) is not None


def test_traces_have_a_panel_for_each_table_and_a_line_for_each_layer():
    seen = pd.DataFrame({"batch": [1, 2, 1, 2], "layer": list("aabb"), "norm": [1.0, 0.0, 2.0, 0.5]})
    picture = figures.traces({"with": seen, "without": seen}, "norm", "size", "caption", log=True)
    assert picture.alt == "At the end, across the layers, the size is 0 to 0.5 (with) and 0 to 0.5 (without)."
    assert list(picture.table["with, b"]) == [2, 0.5]


def test_lines_tell_where_they_begin_and_end():
    table = pd.DataFrame({"plain": [0.1, 1e-9], "residual": [0.6, 58]}, index=pd.Index([2, 24], name="depth"))
    alt = figures.lines(table, "caption", "gradient", log=True).alt
    assert alt == "gradient: plain from 0.1 to 10⁻⁹ and residual from 0.6 to 58."


def test_lines_say_what_they_are_told_where_their_ends_say_nothing():
    table = pd.DataFrame({"a": [0.0, 1.0, 0.0]}, index=pd.Index([1, 2, 3], name="layer"))
    said = "It is largest at 2 layers."
    assert figures.lines(table, "caption", "share", alt=said).alt == said


def test_a_line_may_end_early():
    table = pd.DataFrame(
        {"short": [3.0, 2.0, np.nan], "long": [3.0, 2.0, 1.0]}, index=pd.Index([1, 2, 3], name="layer")
    )
    alt = figures.lines(table, "caption", "gradient", limits=(0, 5)).alt
    assert alt == "gradient: short from 3 to 2 and long from 3 to 1."


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
    picture = figures.confusion({"one": counts}, "caption")
    assert list(picture.table["one"])[3:5] == ["5 (75 %)", "4 (100 %)"]
    assert "9 of ten (one)" in picture.alt


def test_published_against_rerun_counts_who_is_near_and_names_who_is_far():
    rows = [("A", "near", 80.0, 81.0), ("D", "far", 97.0, 93.0), ("D", "lost", 90.0, np.nan)]
    table = pd.DataFrame(rows, columns=["report", "system", "published", "mean"])
    table = table.assign(low=table["mean"] - 1, high=table["mean"] + 1)
    picture = figures.against(table, "caption")
    assert picture.alt.startswith("1 of 2 systems lie within two points")
    assert picture.alt.endswith("D far, published 97.0, rerun 93.0.") and list(picture.table.index) == [
        "A near",
        "D far",
    ]


def test_the_rows_that_fall_furthest_are_numbered_and_named_below():
    falls = {"rises": -3, "falls": 2, "close to it": 1.9, "stays": 0}
    table = pd.DataFrame(
        {"report": "D", "system": list(falls), "published": 90.0, "mean": [90 - f for f in falls.values()]}
    )
    table = table.assign(low=table["mean"] - 1, high=table["mean"] + 1)
    words = [
        text.text for text in drawn(figures.against(table, "caption", named=2)).iter() if text.tag.endswith("text")
    ]
    assert "D falls" in words and "D close to it" in words and not {"D rises", "D stays"} & set(words)
    plain = [text.text for text in drawn(figures.against(table, "caption")).iter() if text.tag.endswith("text")]
    assert "D falls" not in plain


def test_bars_have_a_place_for_each_entry_of_the_index():
    table = pd.DataFrame({"before": [0.5, 0.5], "after": [0.9, 0.1]}, index=pd.Index([3, 8], name="digit"))
    picture = figures.bars(table, "caption", "probability")
    assert picture.alt == "Probability, after, is highest with 0.9 (3) and lowest with 0.1 (8), of 2."
    words = [text.text for text in drawn(picture).iter() if text.tag.endswith("text")]
    assert {"3", "8", "digit", "before", "after"} <= set(words) and "4" not in words


def test_the_frontier_holds_what_is_better_than_all_that_is_cheaper():
    mean = pd.Series({"good": 90.0, "cheap": 80.0, "beaten": 79.0, "dear": 89.0, "hardly": 90.05})
    table = pd.DataFrame({"seconds": [4.0, 1, 2, 8, 16], "mean": mean, "low": mean - 1, "high": mean + 1})
    picture = figures.frontier(table, "caption")
    assert picture.alt.startswith("2 of 5 networks") and "from cheap (80.0 %) to good (90.0 %)" in picture.alt
    assert picture.table.loc["dear", "mean"] == 89
    other = figures.frontier(table.rename(columns={"seconds": "multiply_adds"}), "caption", cost="multiply_adds")
    assert "billions of multiply-adds a round" in other.table


def test_mistakes_tell_what_was_there_and_what_was_read():
    black = "00" * 196
    found = pd.DataFrame(
        {"digit0": [3, 9], "digit1": [5, 4], "read0": [8, np.nan], "read1": [5, np.nan]}
        | {"image0": black, "image1": black}
    )
    picture = figures.mistakes(found, "caption")
    assert list(picture.table["the truth"]) == ["3 ≤ 5, read 8 and 5", "9 > 4"]
    groups = figures.mistakes({"once": found[:1], "never": found[:0], "twice": found}, "caption")
    assert list(groups.table["the truth"]) == ["3 ≤ 5, read 8 and 5", "3 ≤ 5, read 8 and 5", "9 > 4"]
    assert groups.alt == "3 pairs of digits that are answered wrongly: 1 once, 0 never, 2 twice."
    hidden = figures.mistakes(found, "caption", told=False)
    assert "9 > 4" not in hidden._repr_html_() and hidden.table is None
