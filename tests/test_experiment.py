import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from pathlib import Path
from shutil import copytree

import numpy as np
import pandas as pd
import pytest
import torch

import lib
import lib.data
import lib.models
import lib.training
from lib import experiment, ledger
from lib.data import Digits
from lib.experiment import COLUMNS, curves, run
from lib.models import Layer, Pair, Siamese
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.training import play, play_task


@pytest.fixture
def systems(tiny) -> dict[str, Recipe]:
    """A plain system, and one that uses every source of random numbers."""
    branch = (Layer(4, kernel=3, then="pool2 relu norm"), Layer(16, then="relu dropout0.5"), Layer(10, then=""))
    return {"pair": tiny, "siamese": replace(tiny, model=Siamese(branch, (Layer(1, then=""),)), loss=Loss(1, 1))}


@pytest.fixture
def diverging(tiny) -> Recipe:
    return replace(tiny, optimiser=Optimiser("sgd", 1e20))


@pytest.fixture
def fail_to_play(monkeypatch):
    """Call it, and from then on every training is an error."""

    def fail(*_):
        raise AssertionError("a round was trained")

    return lambda: monkeypatch.setattr(experiment, "play_task", fail)


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """A table without what differs from run to run: the time, and the order of the rows."""
    return table.drop(columns="seconds").sort_values(["system", "round"], ignore_index=True)


def python(code: str, *arguments: object, **environment: str) -> subprocess.Popen:
    """Python at work on ``code``, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *map(str, arguments)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# --- tables -----------------------------------------------------------------------------------------------


def test_a_table_has_the_columns_of_the_contract(systems, digits):
    table = run(systems, 2, digits, jobs=1)
    assert list(table.columns) == COLUMNS
    assert " ".join(COLUMNS) == (
        "system round protocol data parameters seconds status train_accuracy test_accuracy digit_accuracy"
    )
    assert table["system"].tolist() == ["pair", "pair", "siamese", "siamese"]
    assert table["round"].tolist() == [0, 1, 0, 1]
    assert set(table["status"]) == {"done"}
    assert table["test_accuracy"].between(0.2, 1).all()
    assert table["digit_accuracy"].isna().tolist() == [True, True, False, False]


def test_rounds_may_be_named(tiny, digits):
    assert run({"a": tiny}, [7, 2], digits, jobs=1)["round"].tolist() == [7, 2]
    assert run({"a": tiny}, range(2, 4), digits, jobs=1)["round"].tolist() == [2, 3]


def test_rounds_may_be_numpys(tiny, digits):
    assert run({"a": tiny}, np.arange(2), digits, jobs=1)["round"].tolist() == [0, 1]


def test_two_names_for_one_recipe_are_two_systems(tiny, digits):
    table = run({"a": tiny, "b": tiny}, 1, digits, jobs=1)
    assert table["system"].tolist() == ["a", "b"]
    assert table["test_accuracy"].nunique() == 1


@pytest.mark.parametrize(("chosen", "rounds"), [(False, 3), (True, 0), (True, [])])
def test_nothing_to_run_is_refused(chosen, rounds, systems, digits):
    with pytest.raises(ValueError, match="nothing to run: give at least one system and one round"):
        run(systems if chosen else {}, rounds, digits, jobs=1)


def test_curves_have_one_row_for_each_epoch(systems, digits):
    table = curves(systems, 2, digits, jobs=1)
    assert " ".join(table.columns) == (
        "system round epoch loss train_loss test_loss train_accuracy test_accuracy digit_accuracy"
    )
    assert table["epoch"].tolist() == [1, 2] * 4
    last = table[table["epoch"] == 2]["test_accuracy"].tolist()
    assert last == run(systems, 2, digits, jobs=1)["test_accuracy"].tolist()


def test_a_round_that_diverges_is_a_row_and_the_others_go_on(tiny, diverging, digits):
    table = run({"bad": diverging, "good": tiny}, 2, digits, jobs=1)
    assert table["status"].tolist() == ["diverged", "diverged", "done", "done"]
    assert table["test_accuracy"].isna().tolist() == [True, True, False, False]


def test_curves_leave_out_rounds_that_diverged(tiny, diverging, digits):
    assert set(curves({"bad": diverging, "good": tiny}, 1, digits, jobs=1)["system"]) == {"good"}


def test_curves_of_nothing_but_divergence_keep_their_columns(diverging, tiny, digits):
    empty = curves({"bad": diverging}, 1, digits, jobs=1)
    assert len(empty) == 0
    assert list(empty.columns) == list(curves({"good": tiny}, 1, digits, jobs=1).columns)


def test_a_round_is_the_same_to_the_bit_alone_in_another_order_and_side_by_side(systems, digits, monkeypatch, tmp_path):
    tables = {}
    for name, chosen, rounds, jobs in (
        ("in order", systems, [0, 1, 2], 1),
        ("another order", dict(reversed(systems.items())), [2, 0, 1], 1),
        ("side by side", systems, [0, 1, 2], 2),
    ):
        monkeypatch.setenv("LIB_LEDGER", str(tmp_path / name))
        tables[name] = numbers(run(chosen, rounds, "sample", jobs))
    pd.testing.assert_frame_equal(tables["in order"], tables["another order"], check_exact=True)
    pd.testing.assert_frame_equal(tables["in order"], tables["side by side"], check_exact=True)
    alone = play(systems["siamese"], 2, digits)["row"]
    for column in ("train_accuracy", "test_accuracy", "digit_accuracy"):
        assert tables["in order"][column].iloc[-1] == alone[column]


def test_a_carried_over_protocol_is_one_chain_whatever_is_asked_first(tiny, digits, monkeypatch, tmp_path):
    chained = {"a": replace(tiny, protocol=replace(tiny.protocol, carried=True))}
    whole = numbers(run(chained, 3, digits, jobs=1))
    monkeypatch.setenv("LIB_LEDGER", str(tmp_path / "another"))
    alone = numbers(run(chained, [2], digits, jobs=1))
    assert alone["test_accuracy"].iloc[0] == whole["test_accuracy"].iloc[2]
    pd.testing.assert_frame_equal(numbers(run(chained, 3, digits, jobs=2)), whole, check_exact=True)


def test_a_chain_is_trained_in_one_go(tiny, digits, monkeypatch):
    played = []
    monkeypatch.setattr(experiment, "play_task", lambda *task: played.append(sorted(task[1])) or play_task(*task))
    run({"a": replace(tiny, protocol=replace(tiny.protocol, carried=True)), "b": tiny}, 3, digits, jobs=1)
    assert sorted(played) == [[0], [0, 1, 2], [1], [2]]


# --- the ledger -------------------------------------------------------------------------------------------


def test_every_finished_round_has_a_file_with_its_recipe_and_its_row(tiny, digits, ledger_folder):
    table = run({"a": tiny}, 2, digits, jobs=1)
    entries = [json.loads(path.read_text()) for path in ledger_folder.iterdir()]
    assert {entry["record"]["row"]["round"] for entry in entries} == {0, 1}
    assert {entry["record"]["row"]["test_accuracy"] for entry in entries} == set(table["test_accuracy"])
    assert entries[0]["recipe"]["protocol"]["name"] == "tiny"
    assert {path.stem for path in ledger_folder.iterdir()} == {entry["key"] for entry in entries}


@pytest.mark.parametrize("jobs", [-1, 1, 2])
def test_the_second_time_nothing_is_trained(systems, digits, fail_to_play, jobs):
    first = run(systems, 2, digits, jobs=1)
    fail_to_play()
    pd.testing.assert_frame_equal(run(systems, 2, digits, jobs=jobs), first)


def test_a_round_that_diverged_is_not_trained_again_either(diverging, digits, fail_to_play):
    first = run({"a": diverging}, 1, digits, jobs=1)
    fail_to_play()
    pd.testing.assert_frame_equal(run({"a": diverging}, 1, digits, jobs=-1), first)


def test_only_new_rounds_are_trained(tiny, digits, monkeypatch):
    played = []
    monkeypatch.setattr(experiment, "play_task", lambda *task: played.extend(task[1]) or play_task(*task))
    run({"a": tiny}, 2, digits, jobs=1)
    run({"a": tiny}, 4, digits, jobs=1)
    assert played == [0, 1, 2, 3]


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"key": "other", "record": {"row": 1}}'])
def test_a_damaged_file_is_trained_again(tiny, digits, ledger_folder, content):
    first = run({"a": tiny}, 1, digits, jobs=1)
    (path,) = ledger_folder.iterdir()
    path.write_bytes(content)
    pd.testing.assert_frame_equal(numbers(run({"a": tiny}, 1, digits, jobs=1)), numbers(first))
    assert ledger.find(path.stem)["row"]["status"] == "done"


def test_a_file_cut_short_is_trained_again(tiny, digits, ledger_folder):
    run({"a": tiny}, 1, digits, jobs=1)
    (path,) = ledger_folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert ledger.find(path.stem) is None
    run({"a": tiny}, 1, digits, jobs=1)
    assert len(path.read_bytes()) == pytest.approx(len(whole), abs=30)


def test_a_full_disk_names_the_file_and_the_way_out(tiny, digits, ledger_folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"No space left on device: .*LIB_LEDGER") as caught:
        run({"a": tiny}, 1, digits, jobs=1)
    assert str(ledger_folder) in str(caught.value)
    assert list(ledger_folder.iterdir()) == []


def test_the_ledger_is_in_the_cache_folder_unless_told_otherwise(monkeypatch, cache):
    monkeypatch.delenv("LIB_LEDGER")
    assert ledger.folder() == cache / "ledger"


# --- the key ----------------------------------------------------------------------------------------------

CONTENT = "the digits' own fingerprint"
KEYED = Recipe(Siamese((Layer(16), Layer(10, then="")), (Layer(2, then=""),)))


@pytest.mark.parametrize(
    "other",
    [
        replace(KEYED, optimiser=Optimiser("sgd")),
        replace(KEYED, optimiser=Optimiser(rate=0.002)),
        replace(KEYED, epochs=24),
        replace(KEYED, batch=50),
        replace(KEYED, loss=Loss(2.0)),
        replace(KEYED, loss=Loss(digits=0.1)),
        replace(KEYED, protocol=Protocol("other")),
        replace(KEYED, protocol=Protocol(train=999)),
        replace(KEYED, protocol=Protocol(test=999)),
        replace(KEYED, protocol=Protocol(validation=1)),
        replace(KEYED, protocol=Protocol(shuffle="never")),
        replace(KEYED, model=replace(KEYED.model, sharing="unshared")),
        replace(KEYED, model=replace(KEYED.model, between="softmax")),
        replace(KEYED, model=replace(KEYED.model, digit_head=None)),
        replace(KEYED, model=replace(KEYED.model, init="he")),
        replace(KEYED, model=replace(KEYED.model, branch=(Layer(16, then="tanh"), Layer(10, then="")))),
        replace(KEYED, model=Pair((Layer(2, then=""),))),
    ],
)
def test_the_key_changes_with_every_part_of_the_recipe(other):
    assert ledger.key(KEYED, 0, CONTENT, False) == ledger.key(replace(KEYED), 0, CONTENT, False)
    assert ledger.key(other, 0, CONTENT, False) != ledger.key(KEYED, 0, CONTENT, False)


def test_the_key_changes_with_the_round_the_digits_and_the_curves(digits):
    images = digits.images.clone()
    images[17, 3, 3] += 1
    others = [replace(digits, images=images), replace(digits, test=~digits.test), replace(digits, name="mine")]
    others.append(Digits(digits.images, (digits.labels + 1) % 10, digits.test, digits.name))
    keys = {ledger.key(KEYED, 0, ledger.fingerprint(digits), False), ledger.key(KEYED, 1, CONTENT, False)}
    keys |= {ledger.key(KEYED, 0, CONTENT, True)} | {
        ledger.key(KEYED, 0, ledger.fingerprint(other), False) for other in others
    }
    assert len(keys) == 7
    assert {len(key) for key in keys} == {40}


def test_a_round_judged_by_epoch_serves_a_run_as_well(tiny, monkeypatch):
    by_epoch = experiment.curves({"a": tiny}, 2, jobs=1)
    monkeypatch.setattr(experiment, "_train", lambda tasks, *rest: {} if not tasks else pytest.fail("trained again"))
    table = experiment.run({"a": tiny}, 2, jobs=1)
    last = by_epoch[by_epoch["epoch"] == tiny.epochs]
    assert list(table["test_accuracy"]) == list(last["test_accuracy"])


def test_the_key_changes_with_torchs_version(monkeypatch):
    before = ledger.key(KEYED, 0, CONTENT, False)
    monkeypatch.setattr(torch, "__version__", "1.0")
    assert ledger.key(KEYED, 0, CONTENT, False) != before


def test_equal_fields_of_unlike_parts_do_not_look_equal():
    assert ledger.plain(Loss(1, 1)) != ledger.plain(Protocol(1, 1))
    assert ledger.plain(Pair(())) == {"is": "Pair", "layers": []}


def test_fields_at_their_default_are_left_out_and_others_are_not():
    """So that a new switch, off by default, makes no recorded result stale."""
    assert ledger.plain(Loss()) == {"is": "Loss"}
    assert ledger.plain(Loss(digits=0.5)) == {"is": "Loss", "digits": 0.5}


CODE = '''
"""What the module is for."""
RATE = 0.1

class Step:
    """One step."""

    def go(self, x):
        """Down the hill."""
        return x - RATE * 2  # the gradient
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("for.", "for, in other words."),
        ('    """One step."""\n\n', ""),
        ("Down the hill.", "Downhill."),
        ("  # the gradient", ""),
        ("x - RATE * 2", "(x - (RATE * 2))"),
        ("\n\nclass", "\n\n\n# a comment\nclass"),
    ],
)
def test_an_edit_of_comments_docstrings_and_layout_means_the_same(old, new):
    edited = CODE.replace(old, new)
    if '"""One step' in old:
        edited = CODE.replace("One step.", "A step.")
    assert edited != CODE
    assert ledger.meaning(edited) == ledger.meaning(CODE)


@pytest.mark.parametrize(("old", "new"), [("0.1", "0.2"), ("x -", "x +"), ("go", "run"), ("* 2", "* 2.0")])
def test_an_edit_of_code_means_something_else(old, new):
    assert ledger.meaning(CODE.replace(old, new)) != ledger.meaning(CODE)


TRAIN = """
import joblib
from lib import experiment
from lib.models import Layer, Pair
from lib.recipes import Protocol, Recipe
from lib.training import play_task
played = []
experiment.play_task = lambda *task: played.append(task) or play_task(*task)
recipe = Recipe(Pair((Layer(2, then=""),)), epochs=1, protocol=Protocol(train=10, test=10))
with joblib.parallel_config("threading"):  # in this process, so that the calls can be counted
    experiment.run({"a": recipe}, 1, jobs=-1)
print(len(played), experiment.__file__)
"""


@pytest.fixture
def course(tmp_path, monkeypatch) -> Path:
    """A copy of the library to edit."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "copy"))
    return Path(copytree(Path(lib.__file__).parent, tmp_path / "copy" / "lib"))


def edit(path: Path, code: str) -> None:
    path.write_text(path.read_text() + f"\n{code}\n")


def trainings(course: Path) -> int:
    """How many rounds a fresh Python trains with the copied library."""
    count, file = python(TRAIN).communicate()[0].split()
    assert Path(file).parent == course
    return int(count)


def test_an_edit_of_a_figure_or_a_comment_retrains_nothing_and_an_edit_of_training_retrains(course):
    assert trainings(course) == 1
    for name in ("figures/charts", "compare", "reports/a", "experiment"):
        edit(course / f"{name}.py", "ANOTHER = 1")
    for name in ("data", "models", "training"):
        edit(course / f"{name}.py", "# only a remark")
    assert trainings(course) == 0
    edit(course / "training.py", "ANOTHER = 1")
    assert trainings(course) == 1


@pytest.mark.parametrize("name", ["data", "distort", "heads", "models", "recipes", "training"])
def test_the_key_covers_the_code_of(name, monkeypatch):
    modules, getsource = (
        (lib.data, lib.distort, lib.heads, lib.models, lib.recipes, lib.training),
        ledger.inspect.getsource,
    )
    assert ledger.code_of(*modules) == ledger.CODE
    edited = lambda module: getsource(module) + "\nANOTHER = 1" * (module.__name__ == f"lib.{name}")  # noqa: E731
    monkeypatch.setattr(ledger.inspect, "getsource", edited)
    assert ledger.code_of(*modules) != ledger.CODE


def test_a_file_edited_under_a_running_python_does_not_change_what_the_running_code_is_called(course):
    code = """
import sys
from lib import data, ledger, models, training
before = ledger.CODE
assert training.__file__ == sys.argv[1]  # the copy, not the library itself
with open(sys.argv[1], "a") as file:
    file.write("ANOTHER = 1")
print(before == ledger.CODE)
"""
    assert python(code, course / "training.py").communicate()[0] == "True\n"


# --- accidents --------------------------------------------------------------------------------------------

MANY = """
import sys
from lib import experiment
from lib.models import Layer, Pair
from lib.recipes import Protocol, Recipe
rounds, jobs = map(int, sys.argv[1:])
recipe = Recipe(Pair((Layer(16), Layer(2, then=""))), epochs=10, batch=10, protocol=Protocol(train=100, test=100))
table = experiment.run({"a": recipe}, rounds, jobs=jobs)
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
