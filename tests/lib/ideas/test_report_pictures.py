"""The pictures of the five reports say what is there."""

import re

import numpy as np
import pandas as pd
import pytest

from lib import compare, figures


@pytest.fixture
def rows() -> pd.DataFrame:
    columns = ["verdict", "change", "change_low", "change_high", "left", "left_low", "left_high"]
    told = [
        ("explains it", -4.1, -5.0, -3.2, -0.3, -0.7, 0.2),
        ("cannot tell", 4.1, 0.3, 7.8, 0.2, -5.4, 5.7),
        ("explains it", -0.7, -1.1, -0.3, -0.1, -0.5, 0.4),
    ]
    return pd.DataFrame(told, index=["D shared aux", "C ConvNet tanh", "E Digits"], columns=columns)


def texts(picture) -> list[str]:
    return re.findall(r"<text[^>]*>(.*?)</text>", picture.svg.decode())


def test_rows_with_the_same_verdict_stand_below_it(rows):
    shown = texts(figures.verdicts(rows, "caption"))
    order = ["explains it", "D shared aux", "E Digits", "cannot tell", "C ConvNet tanh"]
    assert [text for text in shown if text in order] == order


def test_the_alt_text_counts_the_verdicts_and_the_table_has_both_intervals(rows):
    picture = figures.verdicts(rows, "caption")
    assert picture.alt.startswith("3 rows") and picture.alt.endswith("explains it: 2, cannot tell: 1.")
    assert list(picture.table.loc["E Digits"]) == [
        "-0.70 points [-1.10, -0.30]",
        "-0.10 points [-0.50, +0.40]",
        "explains it",
    ]


def test_a_rerun_beside_a_printed_number_tells_both():
    rounds = pd.Series([93.0, 95, 94, 93, 94])
    picture = figures.beside_printed(rounds, 97.7, (90, 100), "caption")
    low, high = compare.interval(rounds)
    assert f"is 93.8 %, and its interval is {low:.1f} to {high:.1f}; the printed mean is 97.7 %." in picture.alt
    assert np.allclose(picture.table.loc["rerun"], [93.8, low, high, 97.7])


def test_frames_of_a_slider_have_the_same_axis():
    pictures = [figures.beside_printed(pd.Series(values), 97.7, (90, 100), "c") for values in ([91.0, 92], [97.0, 98])]
    one, other = ([text for text in texts(picture) if re.fullmatch(r"\d+", text)] for picture in pictures)
    assert one == other
