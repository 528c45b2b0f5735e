"""What imports what in lib, and what an import leaves alone."""

import ast
from pathlib import Path

import pytest
from helpers import python

import lib

LIB = Path(lib.__file__).parent
PATH = [path.stem for path in LIB.glob("*.py") if not path.stem.startswith("_")]
MODULES = [path.relative_to(LIB) for path in LIB.rglob("*.py")]


def imported(path: Path) -> set[str]:
    """The modules of lib that a file of lib imports, without "lib."; "course" for lib.course itself."""
    names = set()
    for node in ast.walk(ast.parse((LIB / path).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lib":
            names |= {f"{node.module}.{alias.name}".removeprefix("lib.") for alias in node.names}
        if isinstance(node, ast.Import):
            names |= {alias.name.removeprefix("lib.") for alias in node.names if alias.name.startswith("lib.")}
    return names


def folders(path: Path) -> set[str]:
    """The folders of lib that a file of lib imports from."""
    return {name.split(".")[0] for name in imported(path)} - set(PATH)


def test_the_path_is_what_the_package_says():
    assert all(f"{name}," in lib.__doc__ or f"{name}." in lib.__doc__ for name in PATH if name != "values")


@pytest.mark.parametrize("name", PATH)
def test_the_path_imports_nothing_but_itself_and_the_store(name):
    assert folders(Path(f"{name}.py")) <= {"store"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] == "extras"], ids=str)
def test_extras_do_not_depend_on_one_another(path):
    if path.stem != "__init__":  # which names them all
        assert folders(path) <= {"store"}


@pytest.mark.parametrize("path", [path for path in MODULES if path.parts[0] != "course"], ids=str)
def test_nothing_but_the_command_imports_the_courses_content(path):
    assert "course" not in folders(path) or path == Path("__main__.py")


EVERYTHING = (
    "import lib, lib.course.studies, lib.extras, lib.training, lib.experiment, lib.compare, lib.figures, lib.checks"
)


@pytest.mark.parametrize("modules", ["import lib", "import lib.training, lib.experiment", EVERYTHING])
def test_importing_lib_leaves_torchs_threads_alone(modules):
    code = f"import torch; torch.set_num_threads(3); {modules}; print(torch.get_num_threads())"
    assert python(code).communicate()[0] == "3\n"


def test_importing_lib_leaves_the_readers_random_numbers_alone():
    code = f"""
import torch, random, numpy; torch.manual_seed(7); random.seed(7); numpy.random.seed(7)
state = lambda: (torch.get_rng_state().tolist(), random.getstate(), str(numpy.random.get_state()))
before = state()
{EVERYTHING}
assert state() == before
print("same")
"""
    assert python(code).communicate()[0] == "same\n"


def test_a_worker_starts_without_pandas():
    code = "import sys, lib.rounds, lib.extras; print('pandas' in sys.modules)"
    assert python(code).communicate()[0] == "False\n"


def test_a_notebook_can_tell_this_lib_from_any_other():
    assert lib.PROJECT == "which-digit-is-bigger"
