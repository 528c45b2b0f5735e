"""The ledger: every finished round is kept in a file of its own, so that no round is trained twice.

The name of the file is a fingerprint of all that decides the result: the recipe, the round, the digits,
torch's version, and the code of all modules that a round runs through. Change one of them and the name changes.
"""

import ast
import dataclasses
import functools
import hashlib
import inspect
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

from lib import data, distort, heads, models, recipes, training
from lib.data import Digits
from lib.recipes import Recipe
from lib.storage import cache_folder, write_atomically


def folder() -> Path:
    """Where the ledger is kept: LIB_LEDGER where it is set, else in the user's cache folder."""
    return Path(os.environ.get("LIB_LEDGER") or cache_folder() / "ledger")


def key(recipe: Recipe, round: int, content: str, curves: bool) -> str:
    """The fingerprint of one round, 40 hexadecimal characters; ``content`` is that of the digits."""
    parts = [plain(recipe), round, content, curves, torch.__version__, CODE]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:40]


def find(key: str) -> dict | None:
    """The record of a finished round, or None where there is none, or none that can be read."""
    try:
        entry = json.loads((folder() / f"{key}.json").read_text())
        return entry["record"] if entry["key"] == key and "row" in entry["record"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(key: str, recipe: Recipe, record: dict) -> None:
    """Write one finished round. Raises OSError, naming the file, when the disk is full."""
    entry = {"key": key, "recipe": plain(recipe), "record": record}
    write_atomically(folder() / f"{key}.json", lambda file: file.write(json.dumps(entry, indent=1).encode()))


def plain(value: Any) -> Any:
    """A recipe as JSON values; every dataclass carries its name, so that equal fields do not look equal.

    Fields that have their default are left out: a new switch, off by default, makes no recorded result stale.
    """
    if dataclasses.is_dataclass(value):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        defaults = {field.name: field.default for field in dataclasses.fields(value)}
        return {"is": type(value).__name__} | {k: plain(v) for k, v in fields.items() if v != defaults[k]}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value


def fingerprint(digits: Digits) -> str:
    """The content of a set of digits, hashed: 30 ms for the 70,000."""
    content = hashlib.sha256(digits.name.encode())
    for tensor in (digits.images, digits.labels, digits.test):
        content.update(tensor.contiguous().numpy())
    return content.hexdigest()


def code_of(*modules: ModuleType) -> str:
    """The code of modules, hashed without comments and docstrings: an edit there retrains nothing."""
    return hashlib.sha256("".join(meaning(inspect.getsource(module)) for module in modules).encode()).hexdigest()


@functools.cache
def meaning(source: str) -> str:
    """Source text as a syntax tree without comments, docstrings and layout."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return ast.dump(tree)


# Taken at import, because that is the code that runs: an edit on disk counts from the next start of Python.
CODE = code_of(data, distort, heads, models, recipes, training)
