"""Which editions a build makes, and what it answers when one of them fails."""

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


@pytest.mark.parametrize("edition", [STUDENT, INSTRUCTOR])
def test_if_one_edition_fails_the_build_has_failed(made, edition):
    status, told, written = made("--student", "--instructor", failing=(edition,))
    assert status == 1 and told == [STUDENT, INSTRUCTOR] and not written
