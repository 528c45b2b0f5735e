"""Recorded experiments: files in results/, and the command that makes them."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lib import course, experiment
from lib.course import command, recorded, reports
from lib.course.recorded import Study
from lib.course.studies import STUDIES
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Protocol, Recipe

ROOT = Path(__file__).parents[3]
TINY = Recipe(PairNetwork((Layer(4), Layer(2, then=""))), epochs=1, protocol=Protocol(train=40, test=40))
STUDY = Study({"a": TINY, "b": replace(TINY, epochs=2)}, report="C", rounds=3)


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded, "folder", lambda: tmp_path)
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "ledger"))
    return tmp_path


@pytest.fixture
def trained(monkeypatch):
    """The (system, rounds) that were asked of experiment.run."""
    asked, run = [], experiment.run
    monkeypatch.setattr(
        experiment,
        "run",
        lambda systems, rounds, *rest: asked.append((*systems, rounds)) or run(systems, rounds, *rest),
    )
    return asked


def test_a_record_has_the_columns_of_a_run_after_the_report(results):
    recorded.complete("x", STUDY, where=1)
    table = recorded.read("x")
    assert list(table.columns) == ["report", *experiment.COLUMNS["round"]]
    assert list(table["system"]) == ["a"] * 3 + ["b"] * 3 and set(table["report"]) == {"C"}


def test_a_record_says_how_it_was_made(results):
    recorded.complete("x", STUDY, where=1)
    header = recorded.header("x")
    assert header["command"] == "python -m lib run x"
    assert set(header) == {"command", "date", "data", "versions", "machine", "recipes"}


def test_a_second_record_trains_nothing_and_gives_the_same_file(results, trained):
    recorded.complete("x", STUDY, where=1)
    first = (results / "x.csv").read_bytes()
    recorded.complete("x", STUDY, where=1)
    assert len(trained) == 2 and (results / "x.csv").read_bytes() == first


def test_learning_curves_are_recorded_with_a_row_for_each_epoch(results, trained):
    study = replace(STUDY, report={"a": "B", "b": "D"}, per="epoch")
    recorded.complete("x", study, where=1)
    table = recorded.read("x")
    assert list(table.columns) == ["report", *experiment.COLUMNS["epoch"]]
    assert trained == [("a", [0, 1, 2]), ("b", [0, 1, 2])]
    assert [*zip(table["report"], table["round"], table["epoch"], strict=True)] == [
        *(("B", k, 1) for k in range(3)),
        *(("D", k, epoch) for k in range(3) for epoch in (1, 2)),
    ]


def test_an_interrupted_record_goes_on_where_it_stopped(results, trained):
    recorded.complete("x", replace(STUDY, rounds=2), where=1)
    (results / "ledger").rename(results / "gone")
    trained.clear()
    recorded.complete("x", STUDY, where=1)
    assert trained == [("a", [2]), ("b", [2])]
    assert len(recorded.read("x")) == 6


def test_only_systems_whose_recipe_changed_are_recorded_again(results, trained):
    recorded.complete("x", STUDY, where=1)
    trained.clear()
    recorded.complete("x", replace(STUDY, systems={"a": TINY, "b": replace(TINY, batch=20)}), where=1)
    assert trained == [("b", [0, 1, 2])]


def test_a_changed_default_makes_what_was_recorded_with_it_stale(results, monkeypatch):
    def make() -> Study:
        return Study({"it": Recipe(TINY.model, protocol=TINY.protocol)}, rounds=1)

    recorded.complete("x", make(), where=1)
    assert len(recorded.fresh("x", make())) == 1
    before, (optimiser, epochs, *rest) = make().fingerprints(), Recipe.__init__.__defaults__
    monkeypatch.setattr(Recipe.__init__, "__defaults__", (optimiser, epochs + 1, *rest))
    assert make().systems["it"].epochs == epochs + 1
    assert make().fingerprints() != before and recorded.fresh("x", make()).empty


def test_settings_are_read_from_the_names_of_systems():
    table = recorded.settings(pd.DataFrame({"system": ["pair; rate=0.1; norm=True", "pair; rate=1; norm=False"]}))
    assert list(table["system"]) == ["pair", "pair"] and list(table["rate"]) == [0.1, 1.0]
    assert list(table["norm"]) == ["True", "False"]


def test_a_system_may_be_called_by_a_number(results, trained):
    study = Study({"0": TINY, "0.10": replace(TINY, epochs=2)}, rounds=2)
    recorded.complete("x", study, where=1)
    trained.clear()
    assert list(recorded.complete("x", study, where=1)["system"].unique()) == ["0", "0.10"]
    assert trained == [] and len(recorded.read("x")) == 4


def test_a_missing_record_names_the_command_that_makes_it(results):
    with pytest.raises(FileNotFoundError, match=r"To make it: python -m lib run nothing"):
        recorded.read("nothing")


def test_a_damaged_record_is_made_again(results):
    recorded.complete("x", STUDY, where=1)
    (results / "x.csv").write_text("# recipes: {{{\nsystem\n")
    recorded.complete("x", STUDY, where=1)
    assert len(recorded.read("x")) == 6


def test_an_unknown_experiment_gets_the_nearest_names():
    with pytest.raises(ValueError, match="'dropout-sizes'; try dropout-size"):
        command.main(["run", "dropout-sizes"])


def test_ctrl_c_is_one_line_and_keeps_what_is_finished():
    code = "import runpy, lib.course.recorded as r\ndef stop(*_): raise KeyboardInterrupt\nr.complete = stop\n"
    code += "import sys; sys.argv = ['lib', 'run', 'knowledge']\nrunpy.run_module('lib', run_name='__main__')"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert result.returncode == 130 and "Traceback" not in result.stderr
    assert "what is finished is kept" in result.stderr


def test_every_file_in_results_belongs_to_a_study():
    assert {path.stem for path in (ROOT / "results").glob("*.csv")} == set(STUDIES)


@pytest.mark.parametrize("name", STUDIES)
def test_recorded_results_are_complete_and_of_todays_recipes(name):
    study = STUDIES[name]()
    table = recorded.fresh(name, study)
    done = table.groupby("system")["round"].nunique().reindex(list(study.systems), fill_value=0)
    least = 1 if study.per == "mistake" else study.rounds  # a round without a mistake has no row
    assert done.between(least, study.rounds).all(), f"stale or incomplete: python -m lib run {name}"
    assert len(table) == len(recorded.read(name))
    assert recorded.header(name)["command"] == f"python -m lib run {name}"


@pytest.mark.parametrize(
    ("name", "system", "recipe"),
    [
        ("norm-rate", "SGD, batch norm, 0.25", reports.train_as_a(reports.a_pair())),
        ("activations", "ConvNet, relu, 0.001", reports.train_as_c(reports.c_convnet())),
        ("auxiliary-weight", "25 epochs at 0.002, 0", course.dense_siamese(0)),
        ("auxiliary-weight", "25 epochs at 0.002, 1", course.dense_siamese(1)),
    ],
)
def test_a_recording_that_a_chapter_reads_in_place_of_a_run_is_of_the_same_recipe(name, system, recipe):
    assert STUDIES[name]().systems[system] == recipe


@pytest.mark.parametrize("report", "ABCDE")
def test_a_cheap_row_of_every_report_gives_what_was_recorded(report):
    """A change in lib that moves results is seen: round 0 on the sample, trained afresh."""
    table, study = recorded.read("sample"), STUDIES["sample"]()
    (name,) = table.loc[table["report"] == report, "system"].unique()
    row = table[(table["system"] == name) & (table["round"] == 0)].iloc[0]
    again = experiment.run({name: study.systems[name]}, rounds=[0], where=1).iloc[0]
    assert again["test_accuracy"] == pytest.approx(row["test_accuracy"], abs=0.03)  # another processor rounds otherwise
    assert again["parameters"] == row["parameters"]
