"""`make chapter` runs one page, and never lets the next `make book` take another one for up to date."""

import pytest
from helpers import HEADER
from jupyter_cache import get_cache

from book._ext import build, chapter, notebooks
from book._ext.execute import to_execute

PAGES = ("dropout", "batch-norm", "task")


@pytest.fixture
def book(tmp_path, monkeypatch):
    """A folder with three chapters that have been built, as far as the commands can see; Sphinx is left out."""
    monkeypatch.chdir(tmp_path)
    for folder in ("book", "lib", "results"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n" + "".join(f"- file: book/{name}\n" for name in PAGES)
    )
    (tmp_path / "_config.yml").write_text("execute: {timeout: 60}\n")
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "lib" / "code.py").write_text("x = 1")
    for name in PAGES:
        write(tmp_path, name, "print(1)")
    monkeypatch.setenv(chapter.ONLY, "")
    monkeypatch.setenv("IPYTHONDIR", "")
    monkeypatch.setattr(build, "sphinx", sphinx)
    monkeypatch.setattr(notebooks, "write", lambda page: None)
    monkeypatch.setattr(notebooks, "main", lambda: None)
    monkeypatch.setattr("sys.argv", ["build"])
    return tmp_path


def sphinx() -> int:
    """Leaves what Sphinx remembers, and no page."""
    remembered = build.BUILD / ".doctrees" / "environment.pickle"
    remembered.parent.mkdir(parents=True, exist_ok=True)
    remembered.touch()
    return 0


def write(book, name: str, code: str) -> None:
    (book / "book" / f"{name}.md").write_text(f"{HEADER}# {name}\n\n```{{code-cell}} ipython3\n{code}  # {name}\n```\n")


def waiting(book) -> list[str]:
    """The chapters that would be run for a book built now."""
    cache = get_cache(str(build.CACHE))
    return [name for name in PAGES if to_execute(book / "book" / f"{name}.md", cache)]


def test_a_changed_chapter_is_run_alone_and_its_place_is_said(book, capsys):
    assert build.main() == 0 and waiting(book) == []
    write(book, "dropout", "print(2)")
    write(book, "task", "print(2)")
    capsys.readouterr()
    assert chapter.rebuild("book/dropout") == 0
    told = capsys.readouterr()
    assert "dropout.md: " in told.err and "task.md" not in told.err
    assert told.err.startswith("== pages to run: 1, about ") and told.err.endswith("== writing the page\n")
    assert told.out.strip() == str(book / "_build" / "html" / "book" / "dropout.html")
    assert waiting(book) == ["task"]


def test_a_chapter_whose_cells_are_as_they_were_is_not_run_again(book, capsys):
    assert build.main() == 0
    capsys.readouterr()
    assert chapter.rebuild("book/dropout") == 0 and "dropout.md: " not in capsys.readouterr().err


def test_after_a_change_of_the_library_a_chapter_runs_again_and_make_book_redoes_all(book, capsys):
    assert build.main() == 0
    (book / "lib" / "code.py").write_text("x = 2")
    for _ in range(2):
        capsys.readouterr()
        assert chapter.rebuild("book/dropout") == 0 and "dropout.md: " in capsys.readouterr().err
    (book / "lib" / "code.py").write_text("x = 1")  # back again, but dropout was run with the other
    capsys.readouterr()
    assert build.main() == 0
    told = capsys.readouterr().err
    assert all(f"{name}.md: " in told for name in PAGES)


def test_a_chapter_that_fails_is_an_error_and_is_not_built(book, monkeypatch, capsys):
    assert build.main() == 0
    write(book, "dropout", "1 / 0")
    monkeypatch.setattr(build, "sphinx", lambda: pytest.fail("built a page that failed"))
    assert chapter.rebuild("book/dropout") == 1
    *_, failed, advice = capsys.readouterr().err.splitlines()
    assert failed == "FAILED: book/dropout.md, cell 1: ZeroDivisionError: division by zero"
    assert "run make chapter NAME=dropout again" in advice


@pytest.mark.parametrize(
    ("name", "told"),
    [("dropuot", "no chapter 'dropuot'. Did you mean dropout?"), ("", "make chapter NAME=dropout"), ("xyz", "task")],
)
def test_a_name_that_is_no_chapter_is_one_sentence_with_the_nearest(book, name, told, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["chapter", name])
    assert chapter.main() == 1
    [line] = capsys.readouterr().err.splitlines()
    assert told in line


@pytest.mark.parametrize("name", ["batch-norm", "book/batch-norm.md", "book/batch-norm"])
def test_a_chapter_is_found_by_its_name_or_its_file(book, name):
    assert chapter.find(name) == "book/batch-norm"


def test_without_a_book_one_sentence_says_to_build_it(book, capsys):
    assert chapter.rebuild("book/dropout") == 1
    assert "run make book once" in capsys.readouterr().err
