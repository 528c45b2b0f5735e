"""What a newcomer meets first: the set-up, and the files at the root."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


def pins() -> list[Requirement]:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return [Requirement(text) for line in lines if (text := line.split("#")[0].strip())]


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
    if not (ROOT / ".venv" / "made-from").exists():
        pytest.skip("these tests run outside make's own .venv")
    result = make("install", f"PYTHON={sys.executable}")
    assert (result.returncode, result.stdout) == (0, "")


def test_help_names_the_verbs():
    text = make("help").stdout
    assert all(
        f"make {verb} " in text
        for verb in ("book", "test", "assignments", "grade", "bench", "serve", "picture", "clean")
    )


def test_the_book_keeps_its_own_ledger_whatever_a_learner_has_set(tmp_path):
    result = make("-pn", "clean", LIB_LEDGER=str(tmp_path))
    [line] = [line for line in result.stdout.splitlines() if line.startswith("LIB_LEDGER ")]
    assert line.endswith("/_build/ledger")


def test_every_requirement_is_pinned_exactly():
    assert all(str(pin.specifier).startswith("==") for pin in pins())


def test_the_pins_lie_inside_the_ranges_of_the_package():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {pin.name.lower(): str(pin.specifier).removeprefix("==") for pin in pins()}
    for text in project["dependencies"]:
        need = Requirement(text)
        if need.name != "ipython":  # comes with ipykernel
            assert pinned[need.name] in need.specifier


def test_ci_runs_make_test():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "exec make test" in script.read_text()


def test_nothing_generated_or_large_is_tracked():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    files = [ROOT / name for name in tracked if name and (ROOT / name).exists()]
    assert not [file for file in files if file.suffix in (".ipynb", ".pyc") or "_build" in file.parts]
    assert not [file for file in files if file.stat().st_size > 500_000]


def test_the_citation_file_is_whole():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)


def test_the_readmes_files_exist():
    text = (ROOT / "README.md").read_text()
    for name in ("book/_static/answer.svg", "CONTRIBUTING.md", "LICENSE", "LICENSE-TEXT"):
        assert name in text and (ROOT / name).exists()
