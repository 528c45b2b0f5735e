"""Experiments: one table, whoever trains its rounds, where and in which order."""

import os
import signal
import time
from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
import torch
from helpers import numbers, python

from lib.data import draw
from lib.experiment import COLUMNS, run
from lib.heads import Hard
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe
from lib.rounds import play, play_all
from lib.store import ledger, workers
from lib.store.pictures import pictures


@pytest.fixture
def systems(tiny) -> dict[str, Recipe]:
    """A plain system, and one that uses every source of random numbers."""
    branch = (Layer(4, kernel=3, then="pool2 relu norm"), Layer(16, then="relu dropout0.5"), Layer(10, then=""))
    return {"pair": tiny, "siamese": replace(tiny, model=SiameseNetwork(branch, (Layer(1, then=""),)), loss=Loss(1, 1))}


@pytest.fixture
def diverging(tiny) -> Recipe:
    return replace(tiny, optimiser=Optimiser("sgd", 1e20))


@pytest.fixture
def fail_to_play(monkeypatch):
    """Call it, and from then on every training is an error."""

    def fail(*_):
        raise AssertionError("a round was trained")

    return lambda: monkeypatch.setattr(workers, "play_all", fail)


@pytest.fixture
def played(monkeypatch) -> list[tuple[Recipe, list[int]]]:
    """What is trained from now on: recipes, and their rounds."""
    tasks = []
    monkeypatch.setattr(workers, "play_all", lambda *task: tasks.append(task[:2]) or play_all(*task))
    return tasks


# --- tables -----------------------------------------------------------------------------------------------


def test_a_table_has_the_columns_of_the_contract(systems, digits):
    table = run(systems, 2, digits, where=1)
    assert list(table.columns) == COLUMNS["round"]
    assert " ".join(COLUMNS["round"]) == (
        "system round protocol data parameters seconds status train_accuracy test_accuracy digit_accuracy"
    )
    assert table["system"].tolist() == ["pair", "pair", "siamese", "siamese"]
    assert table["round"].tolist() == [0, 1, 0, 1]
    assert set(table["status"]) == {"done"}
    assert table["test_accuracy"].between(0.2, 1).all()
    assert table["digit_accuracy"].isna().tolist() == [True, True, False, False]


def test_rounds_may_be_named(tiny, digits):
    assert run({"a": tiny}, [7, 2], digits, where=1)["round"].tolist() == [7, 2]
    assert run({"a": tiny}, range(2, 4), digits, where=1)["round"].tolist() == [2, 3]


def test_rounds_may_be_numpys(tiny, digits):
    assert run({"a": tiny}, np.arange(2), digits, where=1)["round"].tolist() == [0, 1]


def test_two_names_for_one_recipe_are_two_systems_trained_once(tiny, digits, played):
    table = run({"a": tiny, "b": replace(tiny)}, 2, digits, where=1)
    assert table["system"].tolist() == ["a", "a", "b", "b"]
    assert table["test_accuracy"].tolist()[:2] == table["test_accuracy"].tolist()[2:]
    assert played == [(tiny, [0]), (tiny, [1])]


def test_a_round_that_is_asked_for_twice_is_one_row(tiny, digits):
    assert run({"a": tiny}, [3, 1, 3], digits, where=1)["round"].tolist() == [3, 1]


@pytest.mark.parametrize(("chosen", "rounds"), [(False, 3), (True, 0), (True, [])])
def test_nothing_to_run_is_refused(chosen, rounds, systems, digits):
    with pytest.raises(ValueError, match="nothing to run: give at least one system and one round"):
        run(systems if chosen else {}, rounds, digits, where=1)


def test_an_unknown_word_for_the_rows_is_refused_and_the_known_ones_named(tiny, digits, fail_to_play):
    fail_to_play()
    with pytest.raises(ValueError, match="unknown per 'epochs': choose from 'round', 'epoch', 'mistake'"):
        run({"a": tiny}, 1, digits, per="epochs")


def test_no_processes_are_refused(tiny, digits):
    with pytest.raises(ValueError, match="0 processes play nothing: choose at least 1, or −1 for one for each core"):
        run({"a": tiny}, 1, digits, where=0)


def test_a_round_that_diverges_is_a_row_and_the_others_go_on(tiny, diverging, digits):
    table = run({"bad": diverging, "good": tiny}, 2, digits, where=1)
    assert table["status"].tolist() == ["diverged", "diverged", "done", "done"]
    assert table["test_accuracy"].isna().tolist() == [True, True, False, False]


def test_a_round_is_the_same_to_the_bit_alone_in_another_order_and_side_by_side(systems, digits, monkeypatch, tmp_path):
    tables = {}
    for name, chosen, rounds, where in (
        ("in order", systems, [0, 1, 2], 1),
        ("another order", dict(reversed(systems.items())), [2, 0, 1], 1),
        ("side by side", systems, [0, 1, 2], 2),
    ):
        monkeypatch.setenv("LIB_LEDGER", str(tmp_path / name))
        tables[name] = numbers(run(chosen, rounds, "sample", where=where))
    pd.testing.assert_frame_equal(tables["in order"], tables["another order"], check_exact=True)
    pd.testing.assert_frame_equal(tables["in order"], tables["side by side"], check_exact=True)
    alone = play(systems["siamese"], 2, digits)["row"]
    for column in ("train_accuracy", "test_accuracy", "digit_accuracy"):
        assert tables["in order"][column].iloc[-1] == alone[column]


def test_a_carried_over_protocol_is_one_chain_whatever_is_asked_first(tiny, digits, monkeypatch, tmp_path):
    chained = {"a": replace(tiny, protocol=replace(tiny.protocol, carried=True))}
    whole = numbers(run(chained, 3, digits, where=1))
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "another"))
    alone = numbers(run(chained, [2], digits, where=1))
    assert alone["test_accuracy"].iloc[0] == whole["test_accuracy"].iloc[2]
    pd.testing.assert_frame_equal(numbers(run(chained, 3, digits, where=2)), whole, check_exact=True)


def test_a_chain_is_trained_in_one_go(tiny, digits, played):
    chained = replace(tiny, protocol=replace(tiny.protocol, carried=True))
    run({"a": chained, "b": tiny}, 3, digits, where=1)
    assert sorted(played, key=str) == sorted([(chained, [0, 1, 2]), *((tiny, [k]) for k in range(3))], key=str)


# --- a row for each epoch ---------------------------------------------------------------------------------


def test_curves_have_one_row_for_each_epoch(systems, digits):
    table = run(systems, 2, digits, "epoch", where=1)
    assert " ".join(table.columns) == (
        "system round epoch loss train_loss test_loss train_accuracy test_accuracy digit_accuracy"
    )
    assert table["epoch"].tolist() == [1, 2] * 4
    last = table[table["epoch"] == 2]["test_accuracy"].tolist()
    assert last == run(systems, 2, digits, where=1)["test_accuracy"].tolist()


def test_curves_leave_out_rounds_that_diverged(tiny, diverging, digits):
    assert set(run({"bad": diverging, "good": tiny}, 1, digits, "epoch", where=1)["system"]) == {"good"}


def test_curves_of_nothing_but_divergence_keep_their_columns(diverging, digits):
    empty = run({"bad": diverging}, 1, digits, "epoch", where=1)
    assert len(empty) == 0
    assert list(empty.columns) == COLUMNS["epoch"]


def test_a_round_judged_by_epoch_serves_the_other_tables_as_well(tiny, digits, fail_to_play):
    by_epoch = run({"a": tiny}, 2, digits, "epoch", where=1)
    fail_to_play()
    table, wrong = (run({"a": tiny}, 2, digits, per, where=1) for per in ("round", "mistake"))
    last = by_epoch[by_epoch["epoch"] == tiny.epochs]
    assert list(table["test_accuracy"]) == list(last["test_accuracy"]) and len(wrong)


def test_a_round_judged_at_its_end_is_trained_again_for_its_curves(tiny, digits, played):
    run({"a": tiny}, 1, digits, where=1)
    run({"a": tiny}, 1, digits, "epoch", where=1)
    assert played == 2 * [(tiny, [0])]


# --- a row for each mistake -------------------------------------------------------------------------------


@pytest.fixture
def reading(tiny) -> Recipe:
    """A small network that reads digits and compares them."""
    return replace(
        tiny, model=SiameseNetwork((Layer(32), Layer(10, then="")), Hard()), loss=Loss(target=0, auxiliary=1), epochs=5
    )


def test_every_wrong_pair_is_found_and_no_other(reading, digits):
    found, table = (run({"it": reading}, 2, digits, per, where=1) for per in ("mistake", "round"))
    for number, row in table.set_index("round").iterrows():
        pairs = found[found["round"] == number]
        assert len(pairs) == round(100 * (1 - row["test_accuracy"])) > 0
        truth = pairs["digit0"] <= pairs["digit1"]
        assert ((pairs["read0"] <= pairs["read1"]) != truth).all()


def test_a_mistake_has_the_digits_and_the_pictures_of_its_pair(reading, digits):
    found = run({"it": reading}, [1], digits, "mistake", where=1)
    test = draw(digits, 1, 100, 100).test
    shown = test.images[torch.tensor(found["pair"])]
    shown = (shown - shown.amin()) / (test.images.max() - test.images.min())
    assert torch.allclose(pictures(found), shown, atol=0.5 / 255)
    assert found[["digit0", "digit1"]].to_numpy().tolist() == test.labels[torch.tensor(found["pair"])].tolist()


def test_a_network_without_digit_outputs_reads_nothing(tiny, digits):
    found = run({"it": tiny}, 1, digits, "mistake", where=1)
    assert len(found) > 5 and found[["read0", "read1"]].isna().all().all()


def test_a_table_survives_being_written_and_read(reading, digits, tmp_path):
    found = run({"it": reading}, 1, digits, "mistake", where=1)
    found.to_csv(tmp_path / "it.csv", index=False)
    assert torch.equal(pictures(pd.read_csv(tmp_path / "it.csv")), pictures(found))


def test_mistakes_have_the_columns_of_the_contract(tiny, diverging, digits):
    names = "system round pair digit0 digit1 read0 read1 image0 image1"
    for recipe in (tiny, diverging):  # and a round that diverged has no rows
        assert " ".join(run({"it": recipe}, 1, digits, "mistake", where=1).columns) == names


def test_looking_at_mistakes_trains_nothing_anew(reading, digits, fail_to_play):
    run({"it": reading}, 2, digits, where=1)
    fail_to_play()
    assert len(run({"it": reading}, 2, digits, "mistake", where=1))


# --- what is finished is not trained again ----------------------------------------------------------------


@pytest.mark.parametrize("where", [-1, 1, 2])
def test_the_second_time_nothing_is_trained(systems, digits, fail_to_play, where):
    first = run(systems, 2, digits, where=1)
    fail_to_play()
    pd.testing.assert_frame_equal(run(systems, 2, digits, where=where), first)


def test_a_round_that_diverged_is_not_trained_again_either(diverging, digits, fail_to_play):
    first = run({"a": diverging}, 1, digits, where=1)
    fail_to_play()
    pd.testing.assert_frame_equal(run({"a": diverging}, 1, digits, where=-1), first)


def test_only_new_rounds_are_trained(tiny, digits, played):
    run({"a": tiny}, 2, digits, where=1)
    run({"a": tiny}, 4, digits, where=1)
    assert played == [(tiny, [k]) for k in range(4)]


def test_the_ledger_is_asked_once_and_told_after_each_task(tiny, digits, monkeypatch):
    calls, find, keep = [], ledger.find, ledger.keep
    monkeypatch.setattr(ledger, "find", lambda wanted: calls.append("find") or find(wanted))
    monkeypatch.setattr(ledger, "keep", lambda done: calls.append([entry.round for entry in done]) or keep(done))
    monkeypatch.setattr(workers, "play_all", lambda *task: calls.append("play") or play_all(*task))
    chained = replace(tiny, protocol=replace(tiny.protocol, carried=True))
    run({"a": tiny, "b": chained}, 2, digits, where=1)
    assert calls == ["find", "play", [0], "play", [0, 1], "play", [1]]


def test_what_was_finished_before_an_error_is_kept(tiny, digits, monkeypatch, played):
    def stop(*task):
        if task[1] == [2]:
            raise KeyboardInterrupt
        return play_all(*task)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(workers, "play_all", stop)
        run({"a": tiny}, 4, digits, where=1)
    run({"a": tiny}, 4, digits, where=1)
    assert played == [(tiny, [2]), (tiny, [3])]


# --- accidents --------------------------------------------------------------------------------------------


MANY = """
import sys
from lib import experiment
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Protocol, Recipe
rounds, where = map(int, sys.argv[1:])
model = PairNetwork((Layer(16), Layer(2, then="")))
recipe = Recipe(model, epochs=10, batch=10, protocol=Protocol(train=100, test=100))
table = experiment.run({"a": recipe}, rounds, where=where)
print(table.drop(columns="seconds").to_csv(index=False))
"""


def test_a_run_killed_in_the_middle_goes_on_where_it_was(ledger_folder):
    rounds = 60
    killed = python(MANY, rounds, 2)
    while killed.poll() is None and len(list(ledger_folder.glob("*.json"))) < 3:
        time.sleep(0.01)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.communicate()
    finished = {path: path.stat().st_mtime_ns for path in ledger_folder.glob("*.json")}
    assert killed.returncode == -signal.SIGKILL
    assert 3 <= len(finished) < rounds
    again = python(MANY, rounds, 1)
    table = pd.read_csv(StringIO(again.communicate()[0]))
    assert again.returncode == 0
    assert table["round"].tolist() == list(range(rounds))
    assert set(table["status"]) == {"done"}
    assert len(list(ledger_folder.glob("*.json"))) == rounds
    assert {path: path.stat().st_mtime_ns for path in finished} == finished


def test_two_runs_at_once_both_finish_with_the_same_table(ledger_folder):
    runs = [python(MANY, 10, 1) for _ in range(2)]
    first, second = (run.communicate()[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert first == second
    assert len(pd.read_csv(StringIO(first))) == 10 == len(list(ledger_folder.iterdir()))
