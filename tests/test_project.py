"""What a newcomer meets first: the set-up, and the files at the root."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from book._ext import notebooks, repository

ROOT = Path(__file__).parents[1]


def pins(file: str = "requirements.txt") -> dict[str, Requirement]:
    lines = (ROOT / file).read_text().splitlines()
    found = [Requirement(text) for line in lines if (text := line.split("#")[0].strip())]
    return {pin.name.lower(): pin for pin in found}


def ranges() -> list[Requirement]:
    """What lib needs to run, and what a learner's Jupyter does."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["notebook"]]


def make(*words: str, **environment: str) -> subprocess.CompletedProcess:
    words = ["make", "--no-print-directory", *words]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)


def imitate(tmp_path: Path, script: str) -> str:
    """A program that stands in for Python."""
    program = tmp_path / "python3"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return f"PYTHON={program}"


def test_a_missing_python_is_one_clear_line():
    result = make("install", "PYTHON=no-such-python")
    assert result.returncode != 0
    assert result.stdout.splitlines() == [
        "no-such-python was not found: install Python 3.11 or newer, or name yours: make PYTHON=python3.12"
    ]


def test_a_python_that_is_too_old_is_one_clear_line(tmp_path):
    old = imitate(tmp_path, 'if [ "$1" = --version ]; then echo Python 3.8.1; else exit 1; fi')
    result = make("install", old)
    assert result.returncode != 0
    assert result.stdout.startswith("Python 3.8.1 is too old") and len(result.stdout.splitlines()) == 1


def test_a_python_without_venv_is_one_clear_line(tmp_path):
    bare = imitate(tmp_path, 'case "$2" in *venv*) exit 1;; esac')
    result = make("install", bare)
    assert result.returncode != 0
    assert "has no venv module" in result.stdout and len(result.stdout.splitlines()) == 1


def test_nothing_is_installed_while_the_pins_stay_the_same():
    made_from = ROOT / ".venv" / "made-from"
    pinned = (ROOT / "requirements.txt").read_text() + (ROOT / "pyproject.toml").read_text()
    if not made_from.exists() or made_from.read_text() != pinned:  # else the test would empty the .venv it runs in
        pytest.skip("these tests run outside make's own .venv")
    result = make("install", f"PYTHON={sys.executable}")
    assert (result.returncode, result.stdout) == (0, "")


def test_help_names_the_verbs():
    text = make("help").stdout
    assert all(
        f"make {verb} " in text
        for verb in (
            "book",
            "book-instructor",
            "chapter",
            "pdf",
            "screenshots",
            "test",
            "test-all",
            "links",
            "assignments",
            "grade",
            "stick",
            "bench",
            "run-times",
            "serve",
            "picture",
            "clean",
        )
    )


@pytest.mark.parametrize("words", [[], ["TO=no/such/folder"], ["TO=Makefile"]])
def test_a_stick_that_is_not_there_is_one_clear_line(words):
    result = make("stick", "--assume-old=install", *words)
    assert result.returncode != 0
    assert result.stdout.splitlines() == ["Say which folder, one that is there already: make stick TO=/media/you/STICK"]


def test_the_book_keeps_its_own_ledger_whatever_a_learner_has_set(tmp_path):
    result = make("-pn", "clean", LIB_LEDGER=str(tmp_path))
    [line] = [line for line in result.stdout.splitlines() if line.startswith("LIB_LEDGER ")]
    assert line.endswith("/_build/ledger")


def test_make_obeys_no_foreign_pythonpath_but_lets_submissions_use_a_clusters_packages(tmp_path):
    foreign = {"PYTHONPATH": "/foreign", "PYTHONSTARTUP": "/foreign/first.py"}
    probe = imitate(tmp_path, 'echo "$PYTHONPATH$PYTHONSTARTUP"').replace("PYTHON", "COLAB_PYTHON")
    assert make("colab-python", probe, **foreign).stdout == "\n"
    text = make("-n", "grade", "--assume-old=install", "NAME=siamese", "SUBMISSIONS=folder", **foreign).stdout
    assert 'PYTHONPATH="/foreign" .venv/bin/python -m grading grade "siamese" "folder"' in text
    text = make("-n", "notebooks", **foreign).stdout
    assert text.count(f'PYTHONPATH="{ROOT}" .venv') == 2 and "/foreign" not in text  # it sets its own, for two commands


PINS = ["requirements.txt", "requirements-colab.txt"]


@pytest.mark.parametrize("file", PINS)
def test_every_requirement_is_pinned_exactly(file):
    assert all(str(pin.specifier).startswith("==") for pin in pins(file).values())


@pytest.mark.parametrize(
    ("file", "elsewhere"),
    [
        ("requirements.txt", {"ipython", "jupyterlab"}),  # the first comes with ipykernel; the book needs no JupyterLab
        ("requirements-colab.txt", {"jupyterlab", "jupytext"}),  # Colab has neither
    ],
)
def test_the_ranges_of_the_package_admit_both_environments(file, elsewhere):
    pinned = {name: str(pin.specifier).removeprefix("==") for name, pin in pins(file).items()}
    for need in ranges():
        if need.name not in elsewhere:
            assert pinned[need.name] in need.specifier, need


def test_every_folder_of_lib_is_a_package_that_gets_installed():
    """setuptools takes the packages that pyproject.toml lists, and so does the notebooks' first cell."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    folders = {path.parent.relative_to(ROOT) for path in (ROOT / "lib").rglob("*.py")}
    assert {*listed} == {".".join(folder.parts) for folder in folders} | {"lib.results"}
    assert all((ROOT / folder / "__init__.py").exists() for folder in folders)


def test_both_environments_have_one_torch():
    assert pins(PINS[0])["torch"] == pins(PINS[1])["torch"]


def test_a_python_that_colabs_versions_do_not_know_is_one_clear_line(tmp_path):
    new = imitate(tmp_path, "exit 1").replace("PYTHON", "COLAB_PYTHON")
    result = make("install-colab", "--assume-old=install", new)  # this test installs nothing
    assert result.returncode != 0
    assert (
        result.stdout.startswith("Colab's versions need Python 3.11 or 3.12") and len(result.stdout.splitlines()) == 1
    )


def test_ci_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()


def workflow(name: str = "book") -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def step(name: str) -> dict:
    """The step of that name in the workflow that publishes."""
    [found] = [step for step in workflow()["jobs"]["book"]["steps"] if step.get("name") == name]
    return found


def test_the_workflow_calls_verbs_that_the_makefile_has():
    called = [word for step in workflow()["jobs"]["book"]["steps"] for word in verbs(step.get("run", ""))]
    assert called == ["test"]
    assert all(make("-n", verb).returncode == 0 for verb in called)


def test_links_are_checked_on_a_schedule():
    found = workflow("links")
    assert "schedule" in found[True]  # YAML reads the key "on" as yes
    assert [word for step in found["jobs"]["links"]["steps"] for word in verbs(step.get("run", ""))] == ["links"]
    assert make("-n", "links").returncode == 0


ROUNDING = {"ATEN_CPU_CAPABILITY", "MKL_ENABLE_INSTRUCTIONS", "ONEDNN_MAX_CPU_ISA"}  # what PyTorch and its parts read


def test_every_python_that_the_readme_promises_is_tried_on_a_schedule():
    found = workflow("versions")
    pythons = found["jobs"]["versions"]["strategy"]["matrix"]["python"]
    [promised] = re.findall(r"have wheels for Python ([^L]*) on Linux", (ROOT / "README.md").read_text())
    assert "schedule" in found[True] and pythons == re.findall(r"3\.\d+", promised)
    requires = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    assert all(python in SpecifierSet(requires) for python in pythons)
    other = [row["sums"] for row in found["jobs"]["versions"]["strategy"]["matrix"]["include"]]  # ways of rounding
    assert all({words.split("=")[0] for words in sums.split()} <= ROUNDING for sums in other) and len(other) == 2
    called = [word for step in found["jobs"]["versions"]["steps"] for word in verbs(step.get("run", ""))]
    assert called == ["unit", "book"] and all(make("-n", verb).returncode == 0 for verb in called)


def verbs(script: str) -> list[str]:
    """What a step asks of make: "make test" → ["test"]."""
    return [line.split()[1] for line in script.splitlines() if line.split()[:1] == ["make"]]


def test_the_workflow_publishes_what_is_built_where_the_links_point():
    steps = workflow()["jobs"]["book"]["steps"]
    publish = step("Publish")
    assert publish["working-directory"] == str(notebooks.BOOK)
    assert f"--initial-branch {repository.BRANCH}" in publish["run"] and publish["run"].endswith(
        f"{repository.BRANCH}\n"
    )
    assert "refs/heads/main" in publish["if"]
    names = [step.get("name") for step in steps]
    assert [name for name in names if name][-3:] == ["Build and test", "Publish", "Fetch what was published"]
    assert step("Fetch what was published")["if"] == publish["if"]


def test_the_workflow_trusts_no_action_that_can_change():
    steps = [step for name in ("book", "links", "colab", "versions") for step in workflow(name)["jobs"][name]["steps"]]
    uses = [step["uses"] for step in steps if "uses" in step]
    assert uses and all(len(action.partition("@")[2]) == 40 for action in uses)


def test_publishing_pushes_the_built_book_to_the_repositorys_branch(tmp_path):
    """The workflow's own script, with a bare repository in GitHub's place."""
    book, hub = tmp_path / "html", tmp_path / "hub.git"
    (book / "notebooks").mkdir(parents=True)
    (book / "notebooks" / "task.ipynb").write_text("{}")
    subprocess.run(["git", "init", "-q", "--bare", hub], check=True)
    script = step("Publish")["run"]
    script = script.replace("https://x-access-token:$TOKEN@github.com/$GITHUB_REPOSITORY.git", str(hub))
    for _ in range(2):  # the second push replaces the first
        subprocess.run(["rm", "-rf", book / ".git"], check=True)
        environment = os.environ | {"GITHUB_SHA": "abc"}
        subprocess.run(["bash", "-e", "-c", script], cwd=book, env=environment, check=True)
    listing = ["git", "--git-dir", hub, "ls-tree", "-r", "--name-only", repository.BRANCH]
    files = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    assert files == [".nojekyll", "notebooks/task.ipynb"]


def test_make_test_runs_the_notebooks_after_the_book_in_colabs_environment():
    text = make("-n", "test", f"PYTHON={sys.executable}").stdout
    order = ["ruff check", "--ignore tests/pages", "book._ext.build --fresh", "-n 2 tests/pages", "--nbval-lax"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    [run] = [line for line in text.replace("\\\n", " ").splitlines() if "--nbval-lax" in line]
    assert "-n 2 --dist loadfile" in run  # the cells of a notebook stay together, in their order
    assert ".venv-colab/bin/python" in run and "env -u PYTHONPATH" in run and "_build/colab/ledger" in run
    kept = "cp -R _build/ledger/. _build/colab/ledger"  # rounds that the book has trained
    assert f'test -n "" || {kept}' in text and f'test -n "yes" || {kept}' in make("-n", "notebooks", "ALL=yes").stdout


def tracked(root: Path) -> list[Path]:
    """The files that git keeps of a folder; skips where it does not say: an unpacked download, another user's clone."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True)
    if listing.returncode:
        pytest.skip(f"git does not say which files are tracked: {listing.stderr.strip()}")
    return [root / name for name in listing.stdout.split("\0") if name and (root / name).exists()]


def test_nothing_generated_or_large_is_tracked():
    files = tracked(ROOT)
    assert not [file for file in files if file.suffix in (".ipynb", ".pyc") or "_build" in file.parts]
    assert not [file for file in files if file.stat().st_size > 500_000]


@pytest.mark.parametrize(("clone", "words"), [(False, "not a git repository"), (True, "detected dubious ownership")])
def test_a_folder_of_which_git_says_nothing_skips_and_does_not_fail(clone, words, tmp_path, monkeypatch):
    """An unpacked download, and another user's clone."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    if clone:
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(pytest.skip.Exception, match=rf"which files are tracked: fatal: {words}"):
        tracked(tmp_path)


def test_the_citation_file_is_whole():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)


def test_the_lab_of_the_readme_is_a_small_picture():
    assert (ROOT / "book/_static/lab.png").stat().st_size <= 250_000


def test_the_readmes_files_exist():
    text = (ROOT / "README.md").read_text()
    for name in ("book/_static/answer.svg", "book/_static/lab.png", "CONTRIBUTING.md", "LICENSE", "LICENSE-TEXT"):
        assert name in text and (ROOT / name).exists()
