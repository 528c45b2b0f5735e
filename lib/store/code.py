"""The code that a round runs through, as a fingerprint: the ledger's names have it, and a cluster's workers compare it.

Of lib's modules it is the source text, of what a learner wrote the bytecode.
"""

import ast
import dataclasses
import functools
import hashlib
import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

from lib.recipes import Recipe
from lib.values import Value

# The modules that every round runs through. Those of its extras, optimiser, loss and protocol are found in it.
ALWAYS = ("data", "heads", "layers", "models", "recipes", "rounds", "training")
LIB = Path(__file__).parents[1]
# Taken at import, because that is the code that runs: an edit on disk counts from the next start of Python.
SOURCES = {f"lib.{name}": (LIB / f"{name}.py").read_text(encoding="utf-8") for name in ALWAYS}
SOURCES |= {f"lib.extras.{path.stem}": path.read_text(encoding="utf-8") for path in (LIB / "extras").glob("*.py")}


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
        elif isinstance(part, tuple):
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


def behaviour(kind: Any) -> str:
    """What a class or a function does that a learner wrote, with all that it names of its own module.

    These are functions, classes and constants. All is told from bytecode: a notebook has no source of a class.
    """
    told: dict[str, Any] = {}
    waiting: dict[str, Any] = {kind.__name__: kind}
    while waiting:
        name, part = waiting.popitem()
        told[name] = [[member, instructions(value)] for member, value in members(part)]
        waiting |= {name: found for name, found in named(part, kind.__module__) if name not in told}
    return json.dumps(told, sort_keys=True)


def members(part: Any) -> list[tuple[str, Any]]:
    """The methods and constants of a class, by name; of anything else, itself. Of a property, it is the function."""
    if not inspect.isclass(part):
        return [("", part)]
    found = {name: getattr(value, "__func__", getattr(value, "fget", value)) for name, value in vars(part).items()}
    return [(name, x) for name, x in found.items() if inspect.isfunction(x) or (constant(x) and name[0] != "_")]


def named(part: Any, module: str) -> Iterator[tuple[str, Any]]:
    """What a function or a class of ``module`` names of this module: also what it inherits from."""
    if inspect.isclass(part):
        yield from ((kind.__name__, kind) for kind in part.__mro__[1:] if kind.__module__ == module)
    for _, function in members(part):
        for name in names(function.__code__) if inspect.isfunction(function) else ():
            value = function.__globals__.get(name)
            ours = inspect.isfunction(value) or inspect.isclass(value)
            if constant(value) or (ours and value.__module__ == module):
                yield name, value


def names(bytecode: CodeType) -> Iterator[str]:
    """All names in the bytecode of a function, and of the functions inside it."""
    yield from bytecode.co_names
    for inner in filter(inspect.iscode, bytecode.co_consts):
        yield from names(inner)


def constant(value: Any) -> bool:
    """A number, a text, or a tuple of them: what looks the same in every run."""
    return all(map(constant, value)) if isinstance(value, tuple) else isinstance(value, int | float | str)


def instructions(part: Any) -> Any:
    """A function as nested lists, without its place in a file; a constant as its text."""
    if inspect.isfunction(part):
        return [*map(instructions, part.__defaults__ or ()), instructions(part.__code__)]
    if inspect.iscode(part):
        return [part.co_code.hex(), *part.co_names, *map(instructions, part.co_consts)]
    return repr(part)
