"""``python -m lib reproduce``: the five reports beside their reruns."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_ind, ttest_ind_from_stats

from lib import experiment
from lib.course import command, reports, reproduce
from lib.course.reports import System

ROOT = Path(__file__).parents[3]


def call(*words: str, **environment: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "lib", "reproduce", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)


def rows_of(capsys) -> list[list[str]]:
    return [line.split() for line in capsys.readouterr().out.splitlines()]


def test_without_options_the_recorded_table_is_printed(capsys):
    command.main(["reproduce"])
    lines = rows_of(capsys)
    assert lines[0] == ["report", "system", "published", "clean", "as", "published"]
    assert len(lines) == 1 + len(reports.systems())
    assert ["E", "ConvAux", "88.04", "±", "1.97"] in [line[:5] for line in lines]


def test_the_comparison_has_numbers_for_what_is_recorded():
    table = reproduce.comparison(reproduce.choose("E"))
    names = ["report", "system", "parameters", "published", "source", "mean", "low", "high", "diverged", "seconds"]
    assert list(table.columns) == [*names, "change", "change_low", "change_high"]
    row = table.set_index("system").loc["Digits"]
    assert row["published"] == pytest.approx(98.26) and row["source"] == "Table 1"
    assert row["low"] < row["mean"] < row["high"] and abs(row["mean"] - 97.6) < 0.5
    assert row["change_low"] < row["change"] == pytest.approx(row["mean"] - row["published"])
    assert row["change_high"] < 0  # E carried its weights over


def test_a_number_without_a_published_spread_has_no_interval():
    table = reproduce.comparison(reproduce.choose("B", "MLP"))
    assert table[["change_low", "change_high"]].isna().all(axis=None) and table["change"].notna().all()


ROUNDS = pd.DataFrame({"test_accuracy": [0.81, 0.84, 0.80, 0.83, 0.82, np.nan]})


def published(mean: float, std: float | None, report: str = "A") -> System:
    recipe = reports.a_configured("pair", 0.1)
    return System(report, "pair", recipe, recipe, mean, std, "nowhere")


def test_what_goes_beyond_the_published_number_is_welchs_interval():
    effect = reproduce.beyond_published(published(0.80, 0.02), ROUNDS)
    values = 100 * ROUNDS["test_accuracy"].dropna()
    told = ttest_ind_from_stats(values.mean(), values.std(), 5, 80, 2, 10, equal_var=False)
    assert effect.mean == pytest.approx(2) and effect.lost == 1
    assert effect.p_value() == pytest.approx(told.pvalue)
    ten = pd.Series(80 + 2 * np.array([-1, 1] * 5) * np.sqrt(0.9))  # mean 80, standard deviation 2
    low, high = ttest_ind(values, ten, equal_var=False).confidence_interval(0.95)
    assert (effect.low, effect.high) == (pytest.approx(low), pytest.approx(high))


def test_e_published_population_deviations_which_are_too_small():
    a, e = (reproduce.beyond_published(published(0.8, 0.02, letter), ROUNDS) for letter in "AE")
    assert e.low < a.low and a.high < e.high
    assert e.high == reproduce.beyond_published(published(0.8, 0.02 * np.sqrt(10 / 9)), ROUNDS).high


@pytest.mark.parametrize(("std", "rounds"), [(None, 5), (0.02, 1)])
def test_without_two_spreads_nothing_is_known(std, rounds):
    assert reproduce.beyond_published(published(0.8, std), ROUNDS.iloc[:rounds]) is None


@pytest.mark.parametrize(
    ("change", "low", "high", "verdict"),
    [
        (-4.0, -1.0, 0.5, "explains it"),
        (4.0, -0.5, 3.9, "explains it"),
        (-4.0, -1.5, -0.5, "something else, too"),
        (4.0, 0.1, 8.0, "something else, too"),
        (-4.0, -4.5, 1.0, "cannot tell"),
        (-1.0, -0.2, 1.5, "cannot tell"),
        (-4.0, np.nan, np.nan, "cannot tell"),
    ],
)
def test_a_protocol_explains_a_change_where_what_remains_is_surely_smaller(change, low, high, verdict):
    assert reproduce.verdict(change, low, high) == verdict


def test_the_list_as_csv_has_fractions(capsys):
    command.main(["reproduce", "--list", "--csv", "--report", "E"])
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert list(rows[0]) == ["report", "system", "parameters", "published_mean", "published_std"]
    assert len(rows) == 10
    assert {"system": "Digits", "parameters": "72226", "published_mean": "0.9826"}.items() <= rows[4].items()


def test_the_list_tells_what_a_round_costs(capsys):
    command.main(["reproduce", "--list", "--report", "A"])
    header, first, *_ = rows_of(capsys)
    assert header[-3:] == ["seconds", "a", "round"] and float(first[-1]) > 0


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (["--system", "ConvAxu"], "no system is called 'ConvAxu'; try ConvAux"),
        (["--report", "F"], "no report is called 'F'; try A, B, C, D, E"),
        (["--report", "A", "--system", "Digits"], "report A has no system 'Digits'"),
        (["--csv"], "--csv goes with --list"),
        (["--rounds", "0"], "--rounds must be at least 1"),
    ],
)
def test_what_cannot_be_done_is_one_clear_error(words, cause):
    with pytest.raises(ValueError, match=cause):
        command.main(["reproduce", *words])


def test_on_the_command_line_an_error_is_one_line():
    result = call("--system", "ConvAxu")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1


def test_a_system_is_run_on_the_sample_beside_its_published_number(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path))
    command.main(["reproduce", "--system", "FCBaseline", "--rounds", "2", "--data", "sample", "--where", "1"])
    lines = rows_of(capsys)
    assert lines[0] == ["[1/1]", "E", "FCBaseline:", "0", "rounds", "recorded,", "2", "to", "run"]
    table = experiment.run({"FCBaseline": reproduce.choose(system="FCBaseline")[0].clean}, 2, where=1)
    mean, sd = (100 * table["test_accuracy"].agg([*("mean", "std")])).tolist()
    assert lines[2][:5] == ["E", "FCBaseline", "79.71", "±", "1.36"]
    assert lines[2][5:] == [f"{mean:.2f}", "±", f"{sd:.2f}"]


def test_recorded_rounds_are_not_run_again(capsys, monkeypatch):
    monkeypatch.setattr(experiment, "run", lambda *_: pytest.fail("it ran something"))
    command.main(["reproduce", "--report", "E"])
    assert "Digits: 10 rounds recorded, 0 to run" in capsys.readouterr().out


def test_ctrl_c_keeps_all_finished_rounds_and_the_next_start_continues(tmp_path):
    words = [sys.executable, "-m", "lib", "reproduce", "--system", "FCAux", "--data", "sample", "--where", "1"]
    environment = os.environ | {"LIB_LEDGER": str(tmp_path)}
    streams = {"stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL}
    listen = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs ignore it
    process = subprocess.Popen(words, cwd=ROOT, env=environment, preexec_fn=listen, **streams)
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("*.json"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and b"what is finished is kept" in errors and b"Traceback" not in errors
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    assert 2 <= len(kept) < 10
    assert (
        call("--system", "FCAux", "--rounds", str(len(kept)), "--data", "sample", LIB_LEDGER=str(tmp_path)).returncode
        == 0
    )
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")} == kept
