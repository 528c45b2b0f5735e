"""What in a notebook's code a person should look at: words that no answer needs, but whoever deceives a grader does.

Nothing is forbidden here, and nobody loses points. Whoever knows this list can do without its words.
"""

import ast
import re
from collections.abc import Iterator, Sequence

LOOK = "look at this notebook"  # so begins a remark that is for whoever grades, and not for the student
LONGEST = 10  # words in a remark
WORDS = re.compile(
    r"(?<!\w)(?:_getframe|currentframe|f_back|f_globals|f_locals|tb_frame|gi_frame|co_consts|settrace|setprofile"
    r"|get_objects|get_referrers|__subclasses__|__builtins__|builtins|addaudithook|atexit|ctypes|otter|grading|examiner"
    r"|dup2|fdopen|socket|_exit|fork|forkpty|setitimer|prctl|/proc\b|/dev/fd\b|__(?:eq|ne|lt|le|gt|ge|abs|sub|rsub|bool)__)(?!\w)"
)
MODULES = ("torch", "lib", "numpy", "pandas", "scipy", "json", "inspect", "math", "statistics")


def odd_words(cells: Sequence[str]) -> list[str]:
    """The odd words of a notebook's code, each once, in their order."""
    found = dict.fromkeys(word for cell in cells for word in WORDS.findall(cell))
    modules = {name for cell in cells for name in imported(cell)}
    changed = [f"{name} = …" for cell in cells for name in assigned(cell) if name.split(".")[0] in modules]
    return list(dict.fromkeys([*found, *changed]))[:LONGEST]


def parsed(cell: str) -> Iterator[ast.AST]:
    """The nodes of a cell's code; none where it is not plain Python."""
    try:
        yield from ast.walk(ast.parse(cell))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return


def imported(cell: str) -> Iterator[str]:
    """The names under which a cell imports modules that tests rely on, or parts of them."""
    for node in parsed(cell):
        if isinstance(node, ast.Import):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names if ours(alias.name))
        elif isinstance(node, ast.ImportFrom) and ours(node.module or ""):
            yield from (alias.asname or alias.name for alias in node.names)


def ours(module: str) -> bool:
    return module.split(".")[0] in MODULES


def assigned(cell: str) -> Iterator[str]:
    """What a cell assigns to that is an attribute, as "data.load", and what it hands to setattr."""
    for node in parsed(cell):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr" and node.args:
            yield ast.unparse(node.args[0])
