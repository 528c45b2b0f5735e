"""The fingerprint of the code that a round runs through: what changes it, and what does not."""

import ast
import inspect
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import lib
from lib.extras.augmentation import Distortion
from lib.extras.epsilon import WithEpsilon
from lib.extras.labels import Relabelled
from lib.extras.losses import Balanced
from lib.extras.protocols import Published
from lib.extras.schedules import OneCycle
from lib.extras.starts import Starts
from lib.extras.wrappers import BestEpoch
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Extra, Recipe
from lib.store import code
from lib.store.code import fingerprint
from lib.store.ledger import Entry

KEYED = Recipe(SiameseNetwork((Layer(16), Layer(10, then="")), (Layer(2, then=""),)))

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
    assert code.outline(edited) == code.outline(CODE)


@pytest.mark.parametrize(("old", "new"), [("0.1", "0.2"), ("x -", "x +"), ("go", "run"), ("* 2", "* 2.0")])
def test_an_edit_of_code_means_something_else(old, new):
    assert code.outline(CODE.replace(old, new)) != code.outline(CODE)


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
{inspect.getsource(code.outline.__wrapped__)}
{inspect.getsource(code.branch)}
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
    sources = json.dumps(code.SOURCES | {"unusual": UNUSUAL})
    outlines = {
        name: subprocess.run(
            [program, "-I", "-c", OUTLINES], input=sources, capture_output=True, text=True, check=True
        ).stdout.splitlines()
        for name, program in programs.items()
    }
    one = outlines["{}.{}".format(*sys.version_info[:2])]
    assert len(one) == len(code.SOURCES) + 1
    assert {name: set(one) ^ set(other) for name, other in outlines.items()} == {name: set() for name in programs}


def code_after_an_edit(name: str, recipe: Recipe, line: str = "ANOTHER = 1") -> str:
    """What the fingerprint would be if lib.``name`` had another line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(code.SOURCES, f"lib.{name}", code.SOURCES[f"lib.{name}"] + f"\n{line}\n")
        return fingerprint(recipe)


@pytest.mark.parametrize("name", code.ALWAYS)
def test_the_key_covers_the_code_of(name):
    assert code_after_an_edit(name, KEYED) != fingerprint(KEYED)
    assert code_after_an_edit(name, KEYED, "# only a remark") == fingerprint(KEYED)


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
    assert found - {"values"} == set(code.ALWAYS)


USERS = {
    "augmentation": replace(KEYED, extras=(Distortion(shift=1.0),)),
    "labels": replace(KEYED, protocol=Relabelled()),
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
        user for user, recipe in recipes.items() if code_after_an_edit(f"extras.{name}", recipe) != fingerprint(recipe)
    }
    assert changed == {name} & set(USERS)  # probes and choosing stand in no recipe


def test_the_key_covers_an_extra_inside_another():
    class Outer(Extra):
        inside: Extra = BestEpoch()

    recipe = replace(KEYED, extras=(dataclass(frozen=True)(Outer)(),))
    assert code_after_an_edit("extras.wrappers", recipe) != fingerprint(recipe)


MINE = """
from dataclasses import dataclass
from lib.recipes import Loss
HALF = 0.5

class Doubled:
    def __init__(self, value):
        self.value = value * 2

class Twice(Doubled):
    pass

def halved(value):
    return HALF * Twice(value).value

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
        return self.SHARE * self.weight * halved(total[0])
"""


def code_with(text: str) -> str:
    """The fingerprint of a recipe with the class that ``text`` defines, as in a notebook: there is no source of it."""
    space = {"__name__": "__main__"}
    exec(text, space)
    return fingerprint(replace(KEYED, loss=space["Mine"]()))


def test_a_class_that_a_learner_defines_is_in_the_key_and_the_same_every_time():
    assert code_with(MINE) == code_with(MINE) == code_with("\n# moved down\n" + MINE) != fingerprint(KEYED)


LABELLED = """
from collections.abc import Callable
from dataclasses import dataclass
from lib.recipes import Loss

def dark(pairs):
    return pairs.images.sum() > 10

@dataclass(frozen=True)
class Mine(Loss):
    label: Callable = dark

def bright(pairs):
    return pairs.images.sum() < 10
"""


def test_a_function_in_a_recipe_is_in_the_key_by_what_it_does():
    keys = set()
    for text in (LABELLED, LABELLED, LABELLED.replace("> 10", "> 20")):
        space = {"__name__": "__main__"}
        exec(text, space)
        recipes = [replace(KEYED, loss=space["Mine"](label=space[name])) for name in ("dark", "bright")]
        keys |= {Entry(recipe, 0, "digits").key for recipe in recipes}
    assert len(keys) == 4  # of dark and bright, and of both where the class has another default


def test_a_helper_that_is_redefined_in_a_running_notebook_changes_the_key_of_the_same_recipe():
    space = {"__name__": "__main__"}
    exec(MINE, space)
    recipe = replace(KEYED, loss=space["Mine"]())
    before = fingerprint(recipe)
    exec("def halved(value):\n    return value / 3", space)
    assert fingerprint(recipe) != before


READS = """
import numpy as np
import torch
from dataclasses import dataclass, field
from lib.recipes import Loss
LIST, SET, DICT = [1, 2], {"a", "b", "c"}, {"x": [3]}
ARRAY, TENSOR = np.arange(4), torch.arange(5)

def around(power):
    def inside(value, *, share=1):
        return share * value**power if value not in {"d", "e", "f"} else LIST, SET, DICT, ARRAY, TENSOR
    return inside

@dataclass(frozen=True)
class Mine(Loss):
    _SHARE = 0.5
    SHIFTS = [1]
    within: Loss = Loss(2.0)

    def __call__(self, output, pairs, generator=None):
        return around(2)(self._SHARE), raised(self.SHIFTS)

raised = around(3)
"""


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (MINE, "self.weight * halved", "self.weight + halved"),
        (MINE, "total[0]", "total[-1]"),
        (MINE, "self.scaled(part) for", "-self.scaled(part) for"),
        (MINE, "by * value", "by / value"),
        (MINE, "by=2", "by=3"),
        (MINE, "SHARE = 0.5", "SHARE = 0.4"),
        (MINE, "return HALF * Twice", "return HALF + Twice"),
        (MINE, "HALF = 0.5", "HALF = 0.4"),
        (MINE, "value * 2", "value * 3"),
        (READS, "[1, 2]", "[1, 3]"),
        (READS, '"c"}', '"g"}'),
        (READS, '"x": [3]', '"x": [4]'),
        (READS, "np.arange(4)", "np.arange(4.0)"),
        (READS, "torch.arange(5)", "torch.arange(5) + 1"),
        (READS, "share=1", "share=2"),
        (READS, '"f"}', '"g"}'),
        (READS, "_SHARE = 0.5", "_SHARE = 0.4"),
        (READS, "SHIFTS = [1]", "SHIFTS = [2]"),
        (READS, "Loss(2.0)", "Loss(3.0)"),
        (READS, "around(3)", "around(4)"),
    ],
)
def test_an_edit_of_a_learners_class_and_of_all_that_it_reads_or_inherits_changes_the_key(text, old, new):
    assert text.count(old) == 1
    assert code_with(text.replace(old, new)) != code_with(text)


def test_the_key_of_a_learners_class_is_the_same_in_every_run():
    """Sets come in another order, and functions lie elsewhere in memory."""
    program = f"""
from dataclasses import replace
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Recipe
from lib.store.ledger import Entry
{READS}
print(Entry(Recipe(PairNetwork((Layer(2, then=""),)), loss=Mine()), 0, "digits").key)
"""
    words = [sys.executable, "-c", program]
    keys = [
        subprocess.run(words, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in ("1", "2", "3")
    ]
    assert len({run.stdout for run in keys}) == 1 and len(keys[0].stdout.strip()) == 40


def test_what_cannot_be_told_is_never_found_again():
    """So that a round is trained again, and not taken for another one."""
    for value in ("object()", "(0.5, object())", "[object()]"):
        text = MINE.replace("HALF = 0.5", f"HALF = {value}")
        assert code_with(text) != code_with(text)


def test_a_learners_class_that_inherits_from_an_extra_is_in_the_key_with_that_extra():
    class Mine(BestEpoch):
        def chooses(self) -> bool:
            return True

    recipe = replace(KEYED, extras=(Mine(),))
    assert code_after_an_edit("extras.wrappers", recipe) != fingerprint(recipe)
