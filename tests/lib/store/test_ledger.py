"""The ledger: what it keeps, and by which name it finds it again."""

import errno
import json
import os
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import pandas as pd
import pytest
import torch
from helpers import numbers, python

import lib
from lib.data import Digits
from lib.experiment import run
from lib.extras.augmentation import Distortion, NewPairs
from lib.extras.losses import Balanced
from lib.extras.protocols import Published
from lib.extras.schedules import OneCycle
from lib.extras.wrappers import BestEpoch
from lib.layers import Layer
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.store import ledger
from lib.store.ledger import Entry

CONTENT = "the digits' own fingerprint"
KEYED = Recipe(SiameseNetwork((Layer(16), Layer(10, then="")), (Layer(2, then=""),)))


def test_every_finished_round_has_a_file_with_its_recipe_and_its_row(tiny, digits, ledger_folder):
    table = run({"a": tiny}, 2, digits, where=1)
    entries = [json.loads(path.read_text()) for path in ledger_folder.iterdir()]
    assert {entry["result"]["row"]["round"] for entry in entries} == {0, 1}
    assert {entry["result"]["row"]["test_accuracy"] for entry in entries} == set(table["test_accuracy"])
    assert entries[0]["recipe"]["protocol"]["name"] == "tiny"
    assert {path.stem for path in ledger_folder.iterdir()} == {entry["key"] for entry in entries}


def test_what_is_kept_is_found_and_nothing_else():
    wanted, other, result = Entry(KEYED, 0, CONTENT), Entry(KEYED, 1, CONTENT), {"row": {"round": 0}}
    ledger.keep({wanted: result})
    assert ledger.find([wanted, other]) == {wanted: result}


def test_a_round_judged_by_epoch_serves_where_its_end_is_wanted_and_not_the_other_way_round():
    short, long = Entry(KEYED, 0, CONTENT), Entry(KEYED, 0, CONTENT, curves=True)
    ledger.keep({short: {"row": "short"}})
    assert ledger.find([long]) == {}
    ledger.keep({long: {"row": "long"}})
    assert ledger.find([short, long]) == {short: {"row": "short"}, long: {"row": "long"}}
    (ledger.folder() / f"{short.key}.json").unlink()
    assert ledger.find([short]) == {short: {"row": "long"}}


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"key": "other", "result": {"row": 1}}'])
def test_a_damaged_file_is_trained_again(tiny, digits, ledger_folder, content):
    first = run({"a": tiny}, 1, digits, where=1)
    (path,) = ledger_folder.iterdir()
    path.write_bytes(content)
    pd.testing.assert_frame_equal(numbers(run({"a": tiny}, 1, digits, where=1)), numbers(first))
    assert json.loads(path.read_text())["result"]["row"]["status"] == "done"


def test_a_file_cut_short_is_trained_again(tiny, digits, ledger_folder):
    run({"a": tiny}, 1, digits, where=1)
    (path,) = ledger_folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert ledger.find([Entry(tiny, 0, ledger.fingerprint(digits))]) == {}
    run({"a": tiny}, 1, digits, where=1)
    assert len(path.read_bytes()) == pytest.approx(len(whole), abs=30)


def test_a_full_disk_names_the_file_and_the_way_out(tiny, digits, ledger_folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"No space left on device: .*LIB_LEDGER") as caught:
        run({"a": tiny}, 1, digits, where=1)
    assert str(ledger_folder) in str(caught.value)
    assert list(ledger_folder.iterdir()) == []


def test_the_ledger_is_in_the_cache_folder_unless_told_otherwise(monkeypatch, cache):
    monkeypatch.delenv("LIB_LEDGER")
    assert ledger.folder() == cache / "ledger"


# --- the key ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        replace(KEYED, optimiser=Optimiser("sgd")),
        replace(KEYED, optimiser=Optimiser(rate=0.002)),
        replace(KEYED, epochs=24),
        replace(KEYED, batch=50),
        replace(KEYED, loss=Loss(2.0)),
        replace(KEYED, loss=Loss(auxiliary=0.1)),
        replace(KEYED, protocol=Protocol("other")),
        replace(KEYED, protocol=Protocol(train=999)),
        replace(KEYED, protocol=Protocol(test=999)),
        replace(KEYED, protocol=Protocol(carried=True)),
        replace(KEYED, protocol=Published("clean", shuffle="never")),
        replace(KEYED, protocol=Published("clean")),
        replace(KEYED, optimiser=OneCycle()),
        replace(KEYED, extras=(BestEpoch(),)),
        replace(KEYED, extras=(BestEpoch(validation=1),)),
        replace(KEYED, extras=(NewPairs(), Distortion())),
        replace(KEYED, extras=(Distortion(), NewPairs())),
        replace(KEYED, model=replace(KEYED.model, sharing="unshared")),
        replace(KEYED, model=replace(KEYED.model, between="softmax")),
        replace(KEYED, model=replace(KEYED.model, digit_head=None)),
        replace(KEYED, model=replace(KEYED.model, init="he")),
        replace(KEYED, model=replace(KEYED.model, branch=(Layer(16, then="tanh"), Layer(10, then="")))),
        replace(KEYED, model=PairNetwork((Layer(2, then=""),))),
    ],
)
def test_the_key_changes_with_every_part_of_the_recipe(other):
    assert Entry(KEYED, 0, CONTENT).key == Entry(replace(KEYED), 0, CONTENT).key
    assert Entry(other, 0, CONTENT).key != Entry(KEYED, 0, CONTENT).key


def test_the_key_changes_with_the_round_the_digits_and_the_curves(digits):
    images = digits.images.clone()
    images[17, 3, 3] += 1
    others = [replace(digits, images=images), replace(digits, test=~digits.test), replace(digits, name="mine")]
    others.append(Digits(digits.images, (digits.labels + 1) % 10, digits.test, digits.name))
    wanted = [Entry(KEYED, 0, ledger.fingerprint(digits)), Entry(KEYED, 1, CONTENT), Entry(KEYED, 0, CONTENT, True)]
    wanted += [Entry(KEYED, 0, ledger.fingerprint(other)) for other in others]
    keys = {entry.key for entry in wanted}
    assert len(keys) == 7
    assert {len(key) for key in keys} == {40}


def test_the_key_changes_with_torchs_version(monkeypatch):
    before = Entry(KEYED, 0, CONTENT).key
    monkeypatch.setattr(torch, "__version__", "1.0")
    assert Entry(KEYED, 0, CONTENT).key != before


def test_equal_fields_of_unlike_parts_do_not_look_equal():
    assert ledger.plain(Loss(1, 1)) != ledger.plain(Balanced(1, 1)) != ledger.plain(Published())
    assert ledger.plain(PairNetwork(())) == {"is": "PairNetwork", "layers": [], "init": "default"}


def test_every_field_is_written_down_also_one_at_its_default():
    """So that a changed default changes the name of everything that was made with it."""
    assert ledger.plain(Loss()) == {"is": "Loss", "target": 1.0, "auxiliary": 0.0, "smoothing": 0.0}
    assert set(ledger.plain(KEYED)) == {"is", "model", "optimiser", "epochs", "batch", "loss", "protocol", "extras"}


def test_a_changed_default_changes_the_key(monkeypatch):
    before = Entry(Recipe(KEYED.model), 0, CONTENT).key
    monkeypatch.setattr(Recipe.__init__, "__defaults__", (Optimiser(), 26, *Recipe.__init__.__defaults__[2:]))
    assert Recipe(KEYED.model).epochs == 26
    assert Entry(Recipe(KEYED.model), 0, CONTENT).key != before


# --- an edit of the library ---------------------------------------------------------------------------------


TRAIN = """
from lib import experiment
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Protocol, Recipe
from lib.rounds import play_all
from lib.store import workers
played = []
workers.play_all = lambda *task: played.append(task) or play_all(*task)
recipe = Recipe(PairNetwork((Layer(2, then=""),)), epochs=1, protocol=Protocol(train=10, test=10))
experiment.run({"a": recipe}, 1, where=1)
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
    for name in ("figures/charts", "compare", "course/reports/a", "experiment", "extras/wrappers", "store/ledger"):
        edit(course / f"{name}.py", "ANOTHER = 1")
    for name in ("data", "layers", "models", "training"):
        edit(course / f"{name}.py", "# only a remark")
    assert trainings(course) == 0
    edit(course / "training.py", "ANOTHER = 1")
    assert trainings(course) == 1


def test_a_file_edited_under_a_running_python_does_not_change_what_the_running_code_is_called(course):
    code = """
import sys
from lib import training
from lib.models import PairNetwork
from lib.recipes import Recipe
from lib.store import code
recipe = Recipe(PairNetwork(()))
before = code.fingerprint(recipe)
assert training.__file__ == sys.argv[1]  # the copy, not the library itself
with open(sys.argv[1], "a") as file:
    file.write("ANOTHER = 1")
print(before == code.fingerprint(recipe))
"""
    assert python(code, course / "training.py").communicate()[0] == "True\n"
