"""The ledger: what it keeps, and by which name it finds it again."""

import ast
import errno
import inspect
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
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
from lib.extras.epsilon import WithEpsilon
from lib.extras.losses import Balanced
from lib.extras.protocols import Published
from lib.extras.schedules import OneCycle
from lib.extras.starts import Starts
from lib.extras.wrappers import BestEpoch
from lib.layers import Layer
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Extra, Loss, Optimiser, Protocol, Recipe
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


# --- the code ---------------------------------------------------------------------------------------------


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
    assert ledger.outline(edited) == ledger.outline(CODE)


@pytest.mark.parametrize(("old", "new"), [("0.1", "0.2"), ("x -", "x +"), ("go", "run"), ("* 2", "* 2.0")])
def test_an_edit_of_code_means_something_else(old, new):
    assert ledger.outline(CODE.replace(old, new)) != ledger.outline(CODE)


UNUSUAL = '''
@cache
async def go(a, /, *b: int, c=1, **d) -> "text":
    """What it does."""
    match a, f"{a!r:>{c}} and {{b}}" "joined":
        case [int() as x, *_] if (y := x) > 0: yield lambda: x @ y
    async with a as b: del d[1:2, ...]
    try: return {**d, 1: [*b]}
    except (OSError, ValueError) as error: raise error from None
    finally: print(1_000, 1e3, 2j, b"1", "\\n", True, None, not a, -a, a if b else c)
'''
OUTLINES = f"""
import ast, functools, hashlib, json, sys
from typing import Any
{inspect.getsource(ledger.outline.__wrapped__)}
{inspect.getsource(ledger.branch)}
for name, source in json.load(sys.stdin).items():
    print(name, hashlib.sha256(outline(source).encode()).hexdigest())
"""


def pythons() -> dict[str, str]:
    """Those versions of Python on this machine that lib may run in, by number."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = {"{}.{}".format(*sys.version_info[:2]): sys.executable}
    for name in ("3.11", "3.12", "3.13", "3.14"):
        for program in (*pyenv.glob(f"*/bin/python{name}"), shutil.which(f"python{name}")):
            told = program and subprocess.run([program, "--version"], capture_output=True, text=True).stdout
            if told and told.startswith(f"Python {name}."):
                found.setdefault(name, str(program))
    return found


def test_the_outline_of_every_hashed_module_is_the_same_in_every_version_of_python():
    programs = pythons()
    if len(programs) == 1:
        pytest.skip(f"there is only Python {next(iter(programs))} on this machine, and nothing to compare it with")
    sources = json.dumps(ledger.SOURCES | {"unusual": UNUSUAL})
    outlines = {
        name: subprocess.run(
            [program, "-I", "-c", OUTLINES], input=sources, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for name, program in programs.items()
    }
    one = outlines["{}.{}".format(*sys.version_info[:2])]
    assert len(one) == len(ledger.SOURCES) + 1
    assert {name: set(one) ^ set(other) for name, other in outlines.items()} == {name: set() for name in programs}


def code_after_an_edit(name: str, recipe: Recipe, line: str = "ANOTHER = 1") -> str:
    """What ``code`` would be if lib.``name`` had another line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ledger.SOURCES, f"lib.{name}", ledger.SOURCES[f"lib.{name}"] + f"\n{line}\n")
        return ledger.code.__wrapped__(recipe)


@pytest.mark.parametrize("name", ledger.ALWAYS)
def test_the_key_covers_the_code_of(name):
    assert code_after_an_edit(name, KEYED) != ledger.code(KEYED)
    assert code_after_an_edit(name, KEYED, "# only a remark") == ledger.code(KEYED)


def test_the_key_covers_every_module_that_a_round_runs_through():
    """But for those that read the digits, whose content is in the key, and for values, which only refuses."""
    found, waiting = set(), ["rounds"]
    while waiting:
        name = waiting.pop()
        found.add(name)
        tree = ast.parse((Path(lib.__file__).parent / f"{name}.py").read_text())
        modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        names = {module.removeprefix("lib.") for module in modules if module.startswith("lib.")}
        waiting += {name for name in names if not name.startswith("store")} - found
    assert found - {"values"} == set(ledger.ALWAYS)


USERS = {
    "augmentation": replace(KEYED, extras=(Distortion(shift=1.0),)),
    "losses": replace(KEYED, loss=Balanced()),
    "epsilon": replace(KEYED, optimiser=WithEpsilon()),
    "protocols": replace(KEYED, protocol=Published()),
    "schedules": replace(KEYED, optimiser=OneCycle()),
    "starts": replace(KEYED, extras=(Starts(2),)),
    "wrappers": replace(KEYED, extras=(BestEpoch(),)),
}


@pytest.mark.parametrize("name", [path.stem for path in (Path(lib.__file__).parent / "extras").glob("[!_]*.py")])
def test_the_key_covers_an_extra_where_a_recipe_has_it_and_nowhere_else(name):
    recipes = {"plain": KEYED} | USERS
    changed = {
        user for user, recipe in recipes.items() if code_after_an_edit(f"extras.{name}", recipe) != ledger.code(recipe)
    }
    assert changed == {name} & set(USERS)  # probes and choosing stand in no recipe


def test_the_key_covers_an_extra_inside_another():
    class Outer(Extra):
        inside: Extra = BestEpoch()

    recipe = replace(KEYED, extras=(dataclass(frozen=True)(Outer)(),))
    assert code_after_an_edit("extras.wrappers", recipe) != ledger.code(recipe)


MINE = """
from dataclasses import dataclass
from lib.recipes import Loss

class Base(Loss):
    SHARE = 0.5

    @staticmethod
    def scaled(value, by=2):
        return by * value

@dataclass(frozen=True)
class Mine(Base):
    weight: float = 1.0

    def __call__(self, output, pairs, generator=None):
        total = [self.scaled(part) for part in (super().__call__(output, pairs),)]
        return self.SHARE * self.weight * total[0]
"""


def code_with(text: str) -> str:
    """``code`` of a recipe with the class that ``text`` defines, as in a notebook: Python finds no source of it."""
    space = {"__name__": "__main__"}
    exec(text, space)
    return ledger.code(replace(KEYED, loss=space["Mine"]()))


def test_a_class_that_a_learner_defines_is_in_the_key_and_the_same_every_time():
    assert code_with(MINE) == code_with(MINE) == code_with("\n# moved down\n" + MINE) != ledger.code(KEYED)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.weight * total", "self.weight + total"),
        ("total[0]", "total[-1]"),
        ("self.scaled(part) for", "-self.scaled(part) for"),
        ("by * value", "by / value"),
        ("by=2", "by=3"),
        ("SHARE = 0.5", "SHARE = 0.4"),
    ],
)
def test_an_edit_of_a_learners_class_or_of_what_it_inherits_changes_the_key(old, new):
    assert MINE.count(old) == 1
    assert code_with(MINE.replace(old, new)) != code_with(MINE)


def test_a_learners_class_that_inherits_from_an_extra_is_in_the_key_with_that_extra():
    class Mine(BestEpoch):
        def chooses(self) -> bool:
            return True

    recipe = replace(KEYED, extras=(Mine(),))
    assert code_after_an_edit("extras.wrappers", recipe) != ledger.code(recipe)


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
from lib.store import ledger
recipe = Recipe(PairNetwork(()))
before = ledger.code(recipe)
assert training.__file__ == sys.argv[1]  # the copy, not the library itself
with open(sys.argv[1], "a") as file:
    file.write("ANOTHER = 1")
ledger.code.cache_clear()
print(before == ledger.code(recipe))
"""
    assert python(code, course / "training.py").communicate()[0] == "True\n"
