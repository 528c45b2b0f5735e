"""Make an assignment: MyST text → a student's notebook, its solution, and an autograder for otter, in dist/NAME."""

import ast
import copy
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import jupytext
import nbformat
import yaml
from nbformat import NotebookNode
from otter.assign import main as otter_assign

from book._ext.first_cell import first_cell
from grading import archive
from grading.answers import HandGraded
from lib.store.files import write_atomically

ROOT = Path(__file__).parents[1]
SOURCES = ROOT / "book" / "assignments"
CONFIG = {  # otter's settings; the tests are read from text sources, so they are functions that raise
    "init_cell": False,
    "export_cell": False,
    "show_question_points": True,
    "tests": {"ok_format": False, "files": True},
    "generate": {"pdf": False, "show_stdout": True},
    "python_version": "3.12",
    "autograder_files": ["lib", archive.SEED],
}
SEED = re.compile(r"^SEED = (\d+)$", re.MULTILINE)
FLAW = re.compile(r"^(?P<indent> *)(?P<sound>.+?)  # FLAW (?P<name>\w+): (?P<flawed>.+)$")
FLAWS = 5  # of those that an assignment offers, so many are in it; the seed chooses which


def names() -> list[str]:
    """All assignments."""
    return sorted(path.stem for path in SOURCES.glob("*.md"))


def find(name: str) -> Path:
    """The source of an assignment. Raises ValueError for an unknown name."""
    if name not in names():
        raise ValueError(f"no assignment {name!r} in {SOURCES}: choose from {', '.join(names())}")
    return SOURCES / f"{name}.md"


def make(source: Path, folder: Path, seed: int | None = None) -> None:
    """Write NAME.ipynb, NAME-solution.ipynb and NAME-autograder.zip into ``folder``.

    ``seed`` stands in for the one in the source. Raises ValueError, naming the source, where it breaks a rule.
    """
    name = source.stem
    notebook = jupytext.read(source)
    seed = one_seed(notebook, seed, source)
    plant(notebook, seed, source)
    with TemporaryDirectory() as temporary:
        work, out = Path(temporary), Path(temporary) / "out"
        (work / archive.SEED).write_text(f"{seed}\n")
        shutil.copytree(ROOT / "lib", work / "lib", ignore=shutil.ignore_patterns("__pycache__"))
        nbformat.write(notebook, work / f"{name}.ipynb")
        otter_assign(str(work / f"{name}.ipynb"), str(out), no_pdfs=True, no_run_tests=True)
        front = front_cells(out / "student" / "tests")
        for part, file in {"student": name, "autograder": f"{name}-solution"}.items():
            text = finish(nbformat.read(out / part / f"{name}.ipynb", as_version=4), front, name)
            write(folder / f"{file}.ipynb", text)
        [made] = (out / "autograder").glob("*.zip")
        write_atomically(folder / f"{name}-autograder.zip", lambda file: file.write(made.read_bytes()))


def write(path: Path, text: str) -> None:
    write_atomically(path, lambda file: file.write(text.encode()))


def one_seed(notebook: NotebookNode, seed: int | None, source: Path) -> int:
    """``seed``, or where it is None, that of the source, which must have one."""
    found = [match for cell in notebook.cells if (match := SEED.search(cell.source)) and cell.cell_type == "code"]
    if len(found) != 1:
        raise ValueError(f"{source}: one code cell must hold the line SEED = number, but {len(found)} do")
    return int(found[0][1]) if seed is None else seed


def plant(notebook: NotebookNode, seed: int, source: Path) -> None:
    """Put otter's settings in front of the notebook, the seed into it, and the flaws that the seed chooses."""
    flaws: dict[int, str] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source, planted = plant_flaws(SEED.sub(f"SEED = {seed}", cell.source), seed)
            if planted and flaws:
                raise ValueError(
                    f"{source}: the lines with # FLAW must be in one cell, because they are numbered in it"
                )
            flaws |= planted
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = re.sub(r"\bFLAWS\b", repr(flaws), cell.source)
    for cell in test_cells(notebook):  # the tests know the number: whoever changes SEED does not fool them
        cell.source = re.sub(r"\bSEED\b", str(seed), cell.source)
    config = CONFIG | {"requirements": requirements()}
    notebook.cells.insert(0, nbformat.v4.new_raw_cell("# ASSIGNMENT CONFIG\n" + yaml.safe_dump(config)))


def plant_flaws(source: str, seed: int) -> tuple[str, dict[int, str]]:
    """A cell's source with FLAWS of its lines ``sound  # FLAW name: flawed`` flawed; {line from 1: name} of those."""
    lines = source.splitlines()
    offered = {i: match for i, line in enumerate(lines) if (match := FLAW.match(line))}
    chosen = random.Random(seed).sample(sorted(offered), min(FLAWS, len(offered)))
    for i, match in offered.items():
        lines[i] = match["indent"] + match["flawed" if i in chosen else "sound"]
    return "\n".join(lines), {i + 1: offered[i]["name"] for i in sorted(chosen)}


def test_cells(notebook: NotebookNode) -> Iterator[NotebookNode]:
    """The cells between # BEGIN TESTS and # END TESTS."""
    inside = False
    for cell in notebook.cells:
        if cell.cell_type == "raw" and "TESTS" in cell.source:
            inside = cell.source.startswith("# BEGIN")
        elif inside:
            yield cell


def by_hand(source: Path) -> dict[str, HandGraded]:
    """The questions that people grade, by name."""
    texts: dict[str, list[str]] = {}  # the question, and the rubric
    points: dict[str, float] = {}
    name, solution = "", False
    for cell in jupytext.read(source).cells:
        if cell.source.startswith("# BEGIN QUESTION"):
            question = yaml.safe_load(cell.source)  # the first line is a comment in YAML, too
            name = question["name"] if question.get("manual") else ""
            if name:
                texts[name], points[name] = ["", ""], float(question["points"])
        elif cell.cell_type == "raw":
            solution = cell.source.startswith("# BEGIN SOLUTION")
        elif name:
            texts[name][solution] = f"{texts[name][solution]}\n\n{cell.source}".strip()
    return {name: HandGraded(texts[name][0], texts[name][1], points[name]) for name in texts}


def requirements() -> list[str]:
    """The pins of lib, for otter's containers: the first part of requirements.txt, with PyTorch's small CPU build."""
    library = (ROOT / "requirements.txt").read_text().split("# The library")[1].split("\n\n")[0]
    pins = [line.split("#")[0].strip() for line in library.splitlines()]
    return ["--extra-index-url https://download.pytorch.org/whl/cpu", *filter(None, pins)]


def finish(notebook: NotebookNode, front: list[NotebookNode], name: str) -> str:
    """The text of a notebook that stands alone: ``front`` first, cells with stable names."""
    notebook.cells = [*front, *notebook.cells]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"{name}-{number}"
    notebook.metadata.setdefault("kernelspec", {"display_name": "Python 3", "language": "python", "name": "python3"})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return nbformat.writes(notebook) + "\n"


def front_cells(tests: Path) -> list[NotebookNode]:
    """The folded cells that every student's notebook begins with: the set-up, and the public tests."""
    public = nbformat.v4.new_code_cell(tests_cell(tests), metadata=copy.deepcopy(first_cell(ROOT).metadata))
    front = [copy.deepcopy(first_cell(ROOT)), public]
    for cell in front:
        cell.metadata["deletable"] = False
    return front


def tests_cell(tests: Path) -> str:
    """Code that makes ``grader`` from the public tests, which stand in it as text."""
    entries = [f'    "{path.stem}": r"""\n{public_functions(path)}\n""",' for path in sorted(tests.glob("*.py"))]
    head = ["#@title Public tests: run this cell, too", "from lib.checks import Grader", "", "PUBLIC_TESTS = {"]
    return "\n".join([*head, *entries, "}", "grader = Grader(globals(), PUBLIC_TESTS)"])


def public_functions(path: Path) -> str:
    """The functions of one of otter's test files, without its decorators, which need otter."""
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    for function in functions:
        function.decorator_list = []
    return "\n\n".join(ast.unparse(function) for function in functions)
