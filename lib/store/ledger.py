"""The ledger: every finished round is kept in a file of its own, so that no round is trained twice.

The name of the file is a fingerprint of all that decides the result: the recipe, the round, the digits, torch's
version, and the code of all modules that a round of this recipe runs through. Change one of them and the name changes.
"""

import ast
import dataclasses
import functools
import hashlib
import inspect
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib.data import Digits
from lib.recipes import Recipe
from lib.store.files import cache_folder, user_path, write_atomically
from lib.values import Value

# The modules that every round runs through. Those of its extras, optimiser, loss and protocol are found in it.
ALWAYS = ("data", "heads", "layers", "models", "recipes", "rounds", "training")
LIB = Path(__file__).parents[1]
CONSTANTS = (int, float, str, tuple)
# Taken at import, because that is the code that runs: an edit on disk counts from the next start of Python.
SOURCES = {f"lib.{name}": (LIB / f"{name}.py").read_text(encoding="utf-8") for name in ALWAYS}
SOURCES |= {f"lib.extras.{path.stem}": path.read_text(encoding="utf-8") for path in (LIB / "extras").glob("*.py")}


@dataclass(frozen=True)
class Entry:
    """A round that is wanted, of a recipe, on digits with the fingerprint ``data``; ``curves``: judged by epoch."""

    recipe: Recipe
    round: int
    data: str
    curves: bool = False

    @property
    def key(self) -> str:
        """The fingerprint of the round, 40 hexadecimal characters."""
        parts = [plain(self.recipe), self.round, self.data, self.curves, torch.__version__, code(self.recipe)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def folder() -> Path:
    """Where the ledger is kept: LIB_LEDGER where it is set, else in the user's cache folder."""
    return user_path("LIB_LEDGER") or cache_folder() / "ledger"


def find(wanted: Iterable[Entry]) -> dict[Entry, dict]:
    """The results of the entries that are finished. One judged by epoch serves where only its end is wanted, too."""
    found = {}
    for entry in dict.fromkeys(wanted):
        result = read(entry) or read(dataclasses.replace(entry, curves=True))
        if result:
            found[entry] = result
    return found


def read(entry: Entry) -> dict | None:
    """The result of one finished round, or None where there is none, or none that can be read."""
    key = entry.key
    try:
        content = json.loads((folder() / f"{key}.json").read_text(encoding="utf-8"))
        return content["result"] if content["key"] == key and "row" in content["result"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(results: Mapping[Entry, dict]) -> None:
    """Write finished rounds, each in one step. Raises OSError, naming the file, when the disk is full."""
    for entry, result in results.items():
        _write(entry, result)


def _write(entry: Entry, result: dict) -> None:
    content = json.dumps({"key": entry.key, "recipe": plain(entry.recipe), "result": result}, indent=1)
    write_atomically(folder() / f"{entry.key}.json", lambda file: file.write(content.encode()))


def plain(value: Any) -> Any:
    """A recipe as JSON values, every field of every part; parts carry their names, so that equal fields differ."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"is": type(value).__name__} | fields
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def fingerprint(digits: Digits) -> str:
    """The content of a set of digits, hashed: 30 ms for the 70,000."""
    content = hashlib.sha256(digits.name.encode())
    for tensor in (digits.images, digits.labels, digits.test):
        content.update(tensor.contiguous().numpy().data)
    return content.hexdigest()


@functools.cache
def code(recipe: Recipe) -> str:
    """The code that a round of ``recipe`` runs through, hashed; an edit in a comment or docstring is none."""
    names = {f"lib.{name}" for name in ALWAYS}
    own = [kind for kind in kinds(recipe) if kind.__module__ not in SOURCES]  # parts that a learner wrote
    names |= {kind.__module__ for kind in kinds(recipe)} & SOURCES.keys()
    texts = [outline(SOURCES[name]) for name in sorted(names)] + [behaviour(kind) for kind in own]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def kinds(value: Any) -> Iterator[type]:
    """The classes of all parts of a recipe, and those they inherit from, each once and in a fixed order."""
    found: dict[type, None] = {}
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        own: type = type(part)
        if dataclasses.is_dataclass(part):
            found |= dict.fromkeys(kind for kind in own.__mro__ if kind not in (Value, object))
            waiting += [getattr(part, field.name) for field in dataclasses.fields(part)]
        elif isinstance(part, tuple):
            waiting += part
    yield from found


@functools.cache
def outline(source: str) -> str:
    """Source text as its syntax tree without comments, docstrings and layout, the same in every version of Python.

    (``ast.dump`` writes empty fields in one version and leaves them out in another, and new versions have new ones.)
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
        if isinstance(node, ast.JoinedStr):  # Python 3.12 ends a format within a format with an empty text
            node.values = [part for part in node.values if getattr(part, "value", None) != ""]
    return json.dumps(branch(tree))


def branch(node: Any) -> Any:
    """A syntax tree as nested lists, without what is empty."""
    if isinstance(node, ast.AST):
        filled = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
        return [type(node).__name__, *([name, branch(value)] for name, value in filled)]
    return [branch(item) for item in node] if isinstance(node, list) else repr(node)


def behaviour(kind: type) -> str:
    """What a class does that a learner wrote, from its bytecode: in a notebook, Python finds no source of a class."""
    members = {name: getattr(value, "__func__", getattr(value, "fget", value)) for name, value in vars(kind).items()}
    methods = {name: instructions(value) for name, value in members.items() if inspect.isfunction(value)}
    constants = {
        name: repr(value) for name, value in members.items() if isinstance(value, CONSTANTS) and name[0] != "_"
    }
    return json.dumps([kind.__name__, methods, constants], sort_keys=True)


def instructions(part: Any) -> Any:
    """A function as nested lists, without its place in a file."""
    if inspect.isfunction(part):
        return [repr(part.__defaults__), instructions(part.__code__)]
    if inspect.iscode(part):
        return [part.co_code.hex(), *part.co_names, *map(instructions, part.co_consts)]
    return repr(part)
