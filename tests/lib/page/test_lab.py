"""What a chapter writes into its page for a panel of the lab."""

import json
import re

import pandas as pd

from lib import course
from lib.page import lab
from lib.store.ledger import plain


def experiment(shown) -> dict:
    """What the page reads."""
    return json.loads(re.search(r"<script type=\"application/json\">(.*?)</script>", shown.html())[1])


def make(rate, weight):
    return {"plain": course.dense_siamese(), "digits": course.dense_siamese(auxiliary=weight * rate)}


def test_there_are_systems_for_every_choice_and_the_last_switch_moves_fastest():
    told = experiment(lab(make, "both", rate=[1, 2], weight=[0.5, 3]))
    assert told["id"] == "both"
    assert told["choices"] == [
        {"name": "rate", "values": ["1", "2"]},
        {"name": "weight", "values": ["0.5", "3"]},
    ]
    weights = [variant["systems"]["digits"]["loss"]["auxiliary"] for variant in told["variants"]]
    assert weights == [0.5, 3, 1.0, 6]


def test_a_recipe_is_what_the_ledger_writes():
    recipe = course.siamese("partly", own=True)
    assert experiment(lab({"it": recipe}, "one"))["variants"][0]["systems"]["it"] == plain(recipe)


def test_the_books_rounds_are_percent_and_those_that_diverged_are_left_out():
    table = pd.DataFrame({"system": ["it", "it", "other"], "test_accuracy": [0.81234, None, 0.5]})
    told = experiment(lab({"it": course.dense_pair()}, "one", table))
    assert told["variants"][0]["book"] == {"it": [81.23]}


def test_quantiles_are_students_for_ten_rounds():
    assert experiment(lab({"it": course.dense_pair()}, "one"))["quantiles"][9] == 2.2622


def test_a_name_cannot_end_the_script():
    assert "</script><b>" not in lab({"</script><b>": course.dense_pair()}, "one").html().split("json")[1]


def test_the_book_gets_the_panel_and_a_notebook_is_told_what_does_the_same(monkeypatch):
    shown = lab({"it": course.dense_pair()}, "one")
    monkeypatch.setenv("LIB_QUIET", "1")
    assert shown._repr_html_() == shown.html()
    monkeypatch.delenv("LIB_QUIET")
    assert shown._repr_html_() is None and "give its systems to experiment.run" in repr(shown)
