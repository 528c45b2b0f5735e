"""The code that a round runs through, as a fingerprint: the ledger's names have it, and a cluster's workers compare it.

Of lib's modules it is the source text, of what a learner wrote the bytecode.
"""

import ast
import dataclasses
import dis
import functools
import hashlib
import inspect
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np
import torch

from lib.recipes import Recipe
from lib.values import Value

# The modules that every round runs through. Those of its extras, optimiser, loss and protocol are found in it.
ALWAYS = ("data", "heads", "layers", "models", "recipes", "rounds", "training")
LIB = Path(__file__).parents[1]
# Taken at import, because that is the code that runs: an edit on disk counts from the next start of Python.
SOURCES = {f"lib.{name}": (LIB / f"{name}.py").read_text(encoding="utf-8") for name in ALWAYS}
SOURCES |= {f"lib.extras.{path.stem}": path.read_text(encoding="utf-8") for path in (LIB / "extras").glob("*.py")}

PLAIN = (bool, int, float, complex, str, bytes, range, np.generic, torch.dtype, torch.device)
WRITTEN = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__replace__")  # by dataclasses


def fingerprint(recipe: Recipe) -> str:
    """The code that a round of ``recipe`` runs through, hashed; an edit in a comment or docstring is none."""
    modules = {f"lib.{name}" for name in ALWAYS}
    own = [kind for kind in kinds(recipe) if kind.__module__ not in SOURCES]  # parts that a learner wrote
    modules |= {kind.__module__ for kind in kinds(recipe)} & SOURCES.keys()
    texts = [outline(SOURCES[name]) for name in sorted(modules)] + [behaviour(kind) for kind in own]
    return hashlib.sha256("".join(texts).encode()).hexdigest()


def kinds(value: Any) -> Iterator[Any]:
    """The classes of all parts of a recipe, those they inherit from, and its functions, each once, in a fixed order."""
    found: dict[Any, None] = {}
    waiting = [value]
    while waiting:
        part = waiting.pop(0)
        own: type = type(part)
        if dataclasses.is_dataclass(part):
            found |= dict.fromkeys(kind for kind in own.__mro__ if kind not in (Value, object))
            waiting += [getattr(part, field.name) for field in dataclasses.fields(part)]
        elif inspect.isfunction(part):
            found[part] = None
        elif isinstance(part, tuple | list):
            waiting += part
    yield from found


@functools.cache
def outline(source: str) -> str:
    """Source text as its syntax tree without comments, docstrings and layout, hashed: in all versions of Python alike.

    (``ast.dump`` writes empty fields in one version and leaves them out in another, and new versions have new ones.)
    """
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
        if isinstance(node, ast.JoinedStr):  # Python 3.12 ends a format within a format with an empty text
            node.values = [part for part in node.values if getattr(part, "value", None) != ""]
    return hashlib.sha256(json.dumps(branch(tree)).encode()).hexdigest()


def branch(node: Any) -> Any:
    """A syntax tree as nested lists, without what is empty."""
    if isinstance(node, ast.AST):
        filled = [(name, value) for name, value in ast.iter_fields(node) if value is not None and value != []]
        return [type(node).__name__, *([name, branch(value)] for name, value in filled)]
    return [branch(item) for item in node] if isinstance(node, list) else repr(node)


def behaviour(part: Any) -> str:
    """What a class or a function does that a learner wrote, with all that it reads of its own module.

    Python finds no source of a class in a notebook, so its bytecode is taken.
    """
    module, told, waiting = part.__module__, {}, [part]
    while waiting:
        part = waiting.pop(0)
        if id(part) in told:
            continue
        told[id(part)] = found = [part.__qualname__, *([name, content(value)] for name, value in members(part))]
        for name, value in reads(part):
            found.append([name, content(value)])
            if (inspect.isfunction(value) or inspect.isclass(value)) and value.__module__ == module:
                waiting.append(value)
    return json.dumps(list(told.values()))


def members(part: Any) -> list[tuple[str, Any]]:
    """What a class is made of, by name, without what dataclasses and Python write into it; of a function, itself."""
    if inspect.isfunction(part):
        return [("", part)]
    found = {name: getattr(value, "__func__", getattr(value, "fget", value)) for name, value in vars(part).items()}
    written = WRITTEN if "__dataclass_fields__" in found else ()
    return [
        (name, x) for name, x in found.items() if name not in written and (inspect.isfunction(x) or name[:2] != "__")
    ]


def reads(part: Any) -> Iterator[tuple[str, Any]]:
    """What the functions of ``part`` read that is not their own: globals, and names of a function around them.

    Of a class, it is also what it inherits from.
    """
    if inspect.isclass(part):
        yield from ((kind.__name__, kind) for kind in part.__mro__[1:])
    for _, function in members(part):
        if inspect.isfunction(function):
            for name in names(function.__code__):
                if name in function.__globals__:
                    yield name, function.__globals__[name]
            for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
                yield name, cell.cell_contents


def names(bytecode: CodeType) -> Iterator[str]:
    """The globals that a function reads, and those that the functions inside it read."""
    yield from (step.argval for step in dis.get_instructions(bytecode) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"))
    for inner in filter(inspect.iscode, bytecode.co_consts):
        yield from names(inner)


def content(value: Any) -> Any:
    """What a value is, as nested lists that are the same in every run.

    Of a thing that it does not know, it says something else each time: a round that depends on it is never taken for
    another one, but trained again.
    """
    if value is None or isinstance(value, PLAIN):
        return repr(value)
    if inspect.isfunction(value):
        return [value.__qualname__, content(value.__defaults__), content(value.__kwdefaults__), content(value.__code__)]
    if inspect.iscode(value):
        return [value.co_code.hex(), *value.co_names, content(value.co_consts)]
    if isinstance(value, tuple | list):
        return [type(value).__name__, *map(content, value)]
    if isinstance(value, set | frozenset):
        return ["set", *sorted(json.dumps(content(item)) for item in value)]
    if isinstance(value, dict):
        return ["dict", *([content(name), content(item)] for name, item in value.items())]
    if isinstance(value, torch.Tensor | np.ndarray):
        array = np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)
        return [str(array.dtype), *array.shape, hashlib.sha256(array.tobytes()).hexdigest()]
    if dataclasses.is_dataclass(value) and not inspect.isclass(value):
        return [
            type(value).__name__,
            *([field.name, content(getattr(value, field.name))] for field in dataclasses.fields(value)),
        ]
    if inspect.ismodule(value) or inspect.isclass(value) or inspect.isbuiltin(value):
        return [getattr(value, "__module__", None) or "", value.__name__]
    return secrets.token_hex()
