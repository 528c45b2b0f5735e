"""Which editions a build makes, what it says meanwhile, and what it answers when one of them fails."""

import os
from pathlib import Path

import pytest
from helpers import HEADER

from book._ext import build, notebooks

STUDENT: list[str] = []
INSTRUCTOR = ["--path-output", "_build/instructor", "--toc", "_build/instructor/_toc.yml"]


@pytest.fixture
def made(tmp_path, monkeypatch):
    """build.main() in a folder with one chapter and its solutions: its status, what Sphinx was told, its notebooks."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book" / "solutions").mkdir(parents=True)
    (tmp_path / "lib").mkdir()
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nparts:\n- chapters:\n  - file: book/task\n")
    (tmp_path / "_config.yml").write_text("execute: {timeout: 60}\n")
    for name in ("index", "book/task", "book/solutions/task", "requirements"):
        text = f"{HEADER}# {name}\n\n```{{code-cell}} ipython3\n1  # {name}\n```\n" if name != "requirements" else ""
        (tmp_path / f"{name}.{'md' if text else 'txt'}").write_text(text)
    monkeypatch.setenv("IPYTHONDIR", "")

    def run(*words: str, failing: tuple[list[str], ...] = ()) -> tuple[int, list[list[str]], bool]:
        told, written = [], []
        monkeypatch.setattr("sys.argv", ["build", *words])
        monkeypatch.setattr(notebooks, "main", lambda: written.append(True))

        def sphinx(*words: object) -> int:
            told.append([str(word) for word in words])
            return -9 if told[-1] in failing else 0

        monkeypatch.setattr(build, "sphinx", sphinx)
        return build.main(), sorted(told), bool(written)

    return run


def test_each_edition_alone(made, capsys):
    assert made() == (0, [STUDENT], True)
    assert "solutions" not in capsys.readouterr().err
    assert made("--instructor") == (0, [INSTRUCTOR], False)
    told = capsys.readouterr().err
    assert "solutions/task.md: " in told and "book/task.md: " not in told  # which had been run


def test_both_at_once_and_no_page_runs_twice(made, capsys):
    assert made("--fresh", "--student", "--instructor") == (0, [STUDENT, INSTRUCTOR], True)
    told = capsys.readouterr().err
    assert told.count("book/task.md: ") == told.count("solutions/task.md: ") == 1


def test_the_last_book_stays_until_every_page_of_the_new_one_has_run(made, tmp_path):
    page = tmp_path / "_build" / "html" / "index.html"
    page.parent.mkdir(parents=True)
    page.touch()
    (tmp_path / "book" / "task.md").write_text(f"{HEADER}# Task\n\n```{{code-cell}} ipython3\nraise OSError\n```\n")
    assert made("--fresh") == (1, [], False) and page.exists()
    (tmp_path / "book" / "task.md").write_text(f"{HEADER}# Task\n\n```{{code-cell}} ipython3\n1\n```\n")
    assert made() == (0, [STUDENT], True) and not page.exists()  # made with a library that nobody knows
    page.parent.mkdir(parents=True)
    page.touch()
    assert made() == (0, [STUDENT], True) and page.exists()
    (tmp_path / "lib" / "new.py").touch()
    assert made() == (0, [STUDENT], True) and not page.exists()


@pytest.mark.parametrize("edition", [STUDENT, INSTRUCTOR])
def test_if_one_edition_fails_the_build_has_failed(made, edition):
    status, told, written = made("--student", "--instructor", failing=(edition,))
    assert status == 1 and told == [STUDENT, INSTRUCTOR] and not written


def test_a_build_says_how_much_there_is_to_do_which_page_begins_and_when_sphinx_writes(made, capsys):
    assert made()[0] == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("== pages to run: 2, about ")
    assert {"   index.md begins", "   book/task.md begins"} < {*lines[1:]}
    assert lines[-1] == "== writing the pages (student edition)"
    made("--student", "--instructor")
    assert capsys.readouterr().err.endswith("== writing the pages (student and instructor edition)\n")


@pytest.mark.parametrize(("words", "command"), [([], "make book"), (["--instructor"], "make book-instructor")])
def test_a_page_that_fails_ends_the_build_with_its_name_and_the_command_to_run_again(made, words, command, capsys):
    path = Path("book/task.md")
    path.write_text(path.read_text().replace("1  #", "1 / 0  #"))
    assert made(*words) == (1, [], False)
    *_, failed, advice = capsys.readouterr().err.splitlines()
    assert failed == "FAILED: book/task.md, cell 1: ZeroDivisionError: division by zero"
    assert advice.startswith(f"Correct this and run {command} again.")


def test_kernels_import_nothing_of_a_callers_pythonpath_and_run_no_lines_of_theirs(made, tmp_path, monkeypatch):
    foreign = tmp_path / "foreign"
    for name in ("lib", "numpy"):
        (foreign / name).mkdir(parents=True)
        (foreign / name / "__init__.py").write_text("raise ImportError('a foreign one')")
    (foreign / "first.py").write_text("foreign = True")
    monkeypatch.setenv("PYTHONPATH", str(foreign))
    monkeypatch.setenv("PYTHONSTARTUP", str(foreign / "first.py"))
    path = Path("book/task.md")
    path.write_text(path.read_text().replace("1  #", "import lib, numpy; assert 'foreign' not in globals()  #"))
    assert made()[0] == 0
    assert "PYTHONPATH" not in os.environ and "PYTHONSTARTUP" not in os.environ  # nor does Sphinx see them
