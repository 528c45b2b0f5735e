"""The ledger: every finished round is kept in a file of its own, so that no round is trained twice.

The name of the file is a fingerprint of all that decides the result: the recipe, the round, the digits, torch's
version, and the code of all modules that a round of this recipe runs through. Change one of them and the name changes.
"""

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lib.data import Digits
from lib.recipes import Recipe
from lib.store import code
from lib.store.files import cache_folder, user_path, write_atomically


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
        parts = [
            plain(self.recipe),
            self.round,
            self.data,
            self.curves,
            torch.__version__,
            code.fingerprint(self.recipe),
        ]
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
    """A recipe as JSON values, every field of every part; parts carry their names, so that equal fields differ.

    Raises ValueError for what is called but is no function, such as a partial one.
    """
    if dataclasses.is_dataclass(value):
        fields = {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"is": type(value).__name__} | fields
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if inspect.isfunction(value):
        return {"is": value.__name__}
    if callable(value):
        raise ValueError(f"a recipe cannot hold {value!r}, because nobody can tell what it does: define a function")
    return value


def fingerprint(digits: Digits) -> str:
    """The content of a set of digits, hashed: 30 ms for the 70,000."""
    content = hashlib.sha256(digits.name.encode())
    for tensor in (digits.images, digits.labels, digits.test):
        content.update(tensor.contiguous().numpy().data)
    return content.hexdigest()
