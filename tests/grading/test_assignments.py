"""Each assignment: its solution earns everything, a blank notebook nearly nothing, a half-right one what it should."""

import ast
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jupytext
import nbformat
import pytest

from grading import answers, assign, grade
from grading.archive import PLACE
from grading.supervise import Limits

HERE = Path(__file__).parent
NAMES = assign.names()
HALF = {  # the scores of submissions/NAME.md, by question
    "siamese": {"q1": 3, "q2": 2, "q3": 1, "q4": 6, "q5": 1, "q6": 1},
    "auxiliary": {"q1": 3, "q2": 3, "q3": 1, "q4": 2, "q5": 3, "q6": 1},
    "audit": {"q1": 3, "q2": 2, "q3": 3, "q4": 1, "q5": 2, "q6": 4},
    "lab": {"q1": 1, "q2": 1, "q3": 4, "q4": 0, "q5": 1},
}


@pytest.fixture(scope="session")
def made(tmp_path_factory, cache):
    """A function: the folder of an assignment, made once, with the seed of its source or another."""
    return _made(tmp_path_factory)


def _made(tmp_path_factory):
    @cache
    def make(name: str, seed: int | None = None) -> Path:
        folder = tmp_path_factory.mktemp(name)
        assign.make(assign.find(name), folder, seed)
        return folder

    return make


def scores(archive: Path, notebook: Path | nbformat.NotebookNode, folder: Path) -> dict[str, str]:
    """The row that one notebook gets."""
    if isinstance(notebook, Path):
        notebook = nbformat.read(notebook, as_version=4)
    nbformat.write(notebook, folder / "one.ipynb")
    [row] = grade.grade(archive, folder, Limits(seconds=1200), jobs=1).rows
    return row


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_earns_everything_whatever_the_seed(made, name, tmp_path):
    folder = made(name, 2027)
    row = scores(folder / f"{name}-autograder.zip", folder / f"{name}-solution.ipynb", tmp_path)
    assert (row["total"], row["remark"]) == (row["possible"], "")


@pytest.mark.parametrize("name", NAMES)
def test_otters_own_run_gives_the_solution_everything(made, name, tmp_path):
    """This is what Gradescope and otter's containers do with the autograder."""
    archive, notebook = (made(name) / f"{name}{end}" for end in ("-autograder.zip", "-solution.ipynb"))
    program = Path(sys.executable).with_name("otter")
    words = [program, "run", "-a", archive, "-o", tmp_path, "--no-logo", notebook]
    subprocess.run(words, check=True, capture_output=True, cwd=tmp_path)
    tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    graded = [test for test in tests if "max_score" in test]
    assert len(graded) >= 5 and all(test["score"] == test["max_score"] for test in graded)


@pytest.mark.parametrize("name", NAMES)
def test_the_archive_holds_what_gradescope_runs(made, name):
    """Gradescope calls setup.sh once and run_autograder for each submission; the rest is otter's, and ours."""
    with zipfile.ZipFile(made(name) / f"{name}-autograder.zip") as archive:
        names = set(archive.namelist())
        environment = archive.read("environment.yml").decode()
    assert names >= {"setup.sh", "run_autograder", "run_otter.py", "otter_config.json", PLACE}
    assert {"files/lib/__init__.py", "tests/q1.py"} <= names and re.search(r"torch==\d", environment)


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_notebook_earns_at_most_a_tenth(made, name, tmp_path):
    row = scores(made(name) / f"{name}-autograder.zip", made(name) / f"{name}.ipynb", tmp_path)
    assert float(row["total"]) <= 0.1 * float(row["possible"])
    assert "stopped" not in row["remark"] and "ended by itself" not in row["remark"]


@pytest.mark.parametrize("name", NAMES)
def test_a_half_right_notebook_earns_what_it_should(made, name, tmp_path):
    notebook = nbformat.read(made(name) / f"{name}-solution.ipynb", as_version=4)
    for answer in jupytext.read(HERE / "submissions" / f"{name}.md").cells:
        if answer.cell_type == "code":
            replace_cell(notebook, answer.source)
    row = scores(made(name) / f"{name}-autograder.zip", notebook, tmp_path)
    assert {question: float(row[question]) for question in HALF[name]} == HALF[name], row["remark"]


def replace_cell(notebook: nbformat.NotebookNode, source: str) -> None:
    """Put ``source`` in place of the one cell that begins as its first line does, up to the "="."""
    start = source.splitlines()[0].split(" = ")[0]
    [cell] = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.startswith(start)]
    cell.source = source


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_the_solution_is_in_the_students_notebook(made, name):
    secret, public = split(jupytext.read(assign.find(name)).cells)
    handed_out = "\n".join(cell.source for cell in nbformat.read(made(name) / f"{name}.ipynb", as_version=4).cells)
    handed_out = re.sub(r"[\w+/=]{1000,}", "", handed_out)  # the packed library: any short word is in it by chance
    handed_out = " ".join(re.split(r"[\s'\"\\]+", handed_out))
    leaked = [line for line in secret - public if " ".join(re.split(r"[\s'\"\\]+", line)).strip() in handed_out]
    assert len(secret - public) > 30 and not leaked
    assert "SOLUTION" not in handed_out and "HIDDEN" not in handed_out and "FLAW" not in handed_out


def split(cells: list[nbformat.NotebookNode]) -> tuple[set[str], set[str]]:
    """The telling lines of solutions, rubrics and hidden tests, and the lines of everything that is not a test."""
    secret: set[str] = set()
    public: set[str] = set()
    block = ""
    for cell in cells:
        if cell.cell_type == "raw" and (match := re.match(r"# (BEGIN|END) (SOLUTION|TESTS)", cell.source)):
            block = match[2] if match[1] == "BEGIN" else ""
        elif block == "TESTS":
            if cell.source.startswith("# HIDDEN"):
                secret |= {line.strip() for line in cell.source.splitlines() if line.strip().startswith("assert")}
        else:
            whole = block == "SOLUTION" and cell.cell_type == "markdown"
            told, shown = split_cell(cell.source, whole)
            secret, public = secret | told, public | shown
    return secret, public


def split_cell(source: str, whole: bool) -> tuple[set[str], set[str]]:
    """The lines of a cell that belong to a solution (all if ``whole``), and the others; short ones tell nothing."""
    told, shown, inside = set(), set(), False
    for line in map(str.strip, source.splitlines()):
        inside = (inside or line.startswith("# BEGIN SOLUTION")) and line != "# END SOLUTION"
        if len(line) > 24 and not line.startswith("#"):
            (told if whole or inside or line.endswith("# SOLUTION") else shown).add(
                line.removesuffix("# SOLUTION").strip()
            )
    return told, shown


@pytest.mark.parametrize("name", NAMES)
def test_every_question_says_how_long_it_takes_and_one_is_for_people(name):
    text = assign.find(name).read_text()
    minutes = [int(number) for number in re.findall(r"^## Question \d+\. .*\((\d+) minutes\)$", text, re.MULTILINE)]
    questions = re.findall(r"^name: (q\d+)$", text, re.MULTILINE)
    assert 5 <= len(questions) <= 7 and len(minutes) == len(questions) and 60 <= sum(minutes) <= 120
    [(last, asked)] = assign.by_hand(assign.find(name)).items()
    assert last == questions[-1] and asked.text.startswith("## Question") and "the rubric" in asked.rubric
    assert f"the rubric ({asked.points:g} points)" in asked.rubric


@pytest.mark.parametrize("name", NAMES)
def test_the_question_for_people_stands_in_the_notebook_as_it_does_in_the_source(made, name):
    cells = nbformat.read(made(name) / f"{name}.ipynb", as_version=4).cells
    page = answers.page(assign.by_hand(assign.find(name)), {"blank": answers.collect(cells)})
    assert page.endswith("<h2>blank</h2>\n<pre>(nothing)</pre>\n")


STANDS_ALONE = """
import json, os, sys
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in getattr(f, "__module__", "") + repr(f)]
sys.path[:] = [p for p in sys.path if p and "site-packages" in p or "python3" in p]
setup, tests = [cell["source"] for cell in json.load(open(sys.argv[1]))["cells"][:2]]
for source in (setup, tests, setup, tests):
    exec("".join(source), globals())
import lib
assert os.path.realpath(lib.__file__).startswith(os.path.realpath(os.getcwd())), lib.__file__
assert "otter" not in sys.modules
print(grader.check("q1"))
yes_share = lambda classes: (classes[:, 0] < classes[:, 1]).double().mean().item()
print(grader.check("q1"))
yes_share = lambda classes: (classes[:, 0] <= classes[:, 1]).double().mean().item()
print(grader.check("q1"))
free = 0.55
print(grader.check("q1"))
"""


def test_a_students_notebook_stands_alone_and_checks_without_otter(made, tmp_path):
    words = [sys.executable, "-c", STANDS_ALONE, made("siamese") / "siamese.ipynb"]
    result = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    empty, ties, half, right = result.stdout.splitlines()[-4:]
    assert empty.startswith("✗ Nothing to check yet") and ties == "✗ Look at ties: 4 ≤ 4 is a yes."
    assert half.startswith("✗ Nothing to check yet")  # free is not answered, and no tick may say that all is done
    assert right.startswith("✓ q1: the public tests pass (2).")


@pytest.mark.parametrize("name", NAMES)
def test_no_public_check_passes_while_an_answer_is_missing(made, name):
    """Each name that the template leaves open is asked for by a public test, or what the template makes of it is."""
    notebook = nbformat.read(made(name) / f"{name}.ipynb", as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    public = ast.literal_eval(re.search(r"PUBLIC_TESTS = ({.*?\n})", cells[1], re.DOTALL)[1])
    missing, made_of = set(), {}
    for cell in cells[2:]:
        if check := re.match(r'grader\.check\("(q\d+)"\)', cell):
            asked = parameters(public[check[1]])
            assert missing <= asked.union(*(made_of.get(name, set()) for name in asked)), check[1]
            missing.clear()
        elif not cell.startswith("%"):
            for names, words, unanswered in definitions(cell):
                made_of |= dict.fromkeys(names, words)
                missing |= set(names) if unanswered else set()


def parameters(source: str) -> set[str]:
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return {argument.arg for function in functions for argument in function.args.args}


def definitions(cell: str) -> Iterator[tuple[list[str], set[str], bool]]:
    """What a cell defines: names, the names that they are made of, and whether there is a ... in it."""
    for node in ast.parse(cell).body:
        names = [node.name] if hasattr(node, "name") else list(map(ast.unparse, getattr(node, "targets", [])))
        parts = list(ast.walk(node))
        yield (
            names,
            {part.id for part in parts if isinstance(part, ast.Name)},
            any(isinstance(part, ast.Constant) and part.value is ... for part in parts),
        )


def test_students_notebooks_are_valid_and_the_same_each_time(made, tmp_path):
    for name in NAMES:
        notebook = nbformat.read(made(name) / f"{name}.ipynb", as_version=4)
        nbformat.validate(notebook)
        assert len({cell["id"] for cell in notebook.cells}) == len(notebook.cells)
    assign.make(assign.find("audit"), tmp_path)
    assert (tmp_path / "audit.ipynb").read_bytes() == (made("audit") / "audit.ipynb").read_bytes()


def test_an_assignment_without_one_seed_is_refused(tmp_path):
    source = tmp_path / "odd.md"
    source.write_text("```{code-cell} ipython3\nprint(1)\n```\n")
    with pytest.raises(ValueError, match=r"odd\.md: one code cell must hold the line SEED = number, but 0 do"):
        assign.make(source, tmp_path)


def test_the_seed_chooses_the_flaws():
    lines = [f"x{i} = 1  # FLAW name{i}: x{i} = 2" for i in range(7)]
    planted = [assign.plant_flaws("\n".join(lines), seed) for seed in range(12)]
    assert all(len(flaws) == 5 for _, flaws in planted) and len({str(flaws) for _, flaws in planted}) > 5
    for source, flaws in planted:
        given = source.splitlines()
        assert given == [f"x{i} = {2 if i + 1 in flaws else 1}" for i in range(7)]
        assert all(name == f"name{line - 1}" for line, name in flaws.items())


def test_a_solution_that_loses_points_is_told(made, tmp_path):
    wrong = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("found = 1")])
    nbformat.write(wrong, tmp_path / "wrong.ipynb")
    with pytest.raises(ValueError, match=r"loses points in q1, q2, q3, q4, q5, q6: .*choose another SEED"):
        grade.prove(tmp_path / "wrong.ipynb", made("audit") / "audit-autograder.zip", Limits())
