"""`make stick`: one folder for a room without a network."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from grading import assign, command, stick


@pytest.fixture
def pip(monkeypatch):
    """In pip's place: what it was asked for, and whether it finds it."""
    asked = SimpleNamespace(words=[], fails=False)

    def run(words):
        asked.words = words
        return SimpleNamespace(returncode=int(asked.fails))

    monkeypatch.setattr(stick.subprocess, "run", run)
    return asked


@pytest.fixture
def made(monkeypatch, tmp_path):
    """A small book, and a folder in which one of the assignments lies already; the others are listed when made."""
    (tmp_path / "html" / "notebooks").mkdir(parents=True)
    for name in ("index.html", "notebooks/task.ipynb"):
        (tmp_path / "html" / name).write_text(name)
    dist, listed = tmp_path / "dist", []

    def make(name: str, seed: int | None, folder: Path) -> None:
        folder.mkdir(parents=True)
        for kind in ("", "-solution"):
            (folder / f"{name}{kind}.ipynb").write_text(f"{name}{kind}, seed {seed}")
        listed.append(name)

    make("siamese", 2027, dist / "siamese")
    listed.clear()
    monkeypatch.setattr(stick, "BOOK", tmp_path / "html")
    monkeypatch.setattr(command, "DIST", dist)
    monkeypatch.setattr(command, "make", make)
    return listed


def fill(folder: Path, *options: str) -> None:
    command.main(command.parser().parse_args(["stick", str(folder), *options]))


def test_the_book_and_every_students_notebook_are_copied_and_nothing_else(tmp_path, made, pip):
    to = tmp_path / "to"
    to.mkdir()
    for _ in range(2):  # a second time, over the first
        fill(to)
    assert (to / "book" / "notebooks" / "task.ipynb").read_text() == "notebooks/task.ipynb"
    assert sorted(path.stem for path in (to / "assignments").iterdir()) == assign.names()
    assert (to / "assignments" / "siamese.ipynb").read_text() == "siamese, seed 2027"  # what was handed out stays
    assert made == [name for name in assign.names() if name != "siamese"]


def test_pip_is_asked_for_what_lib_needs_and_for_jupyter(tmp_path, made, pip):
    fill(tmp_path, "--only-binary=:all:", "--platform", "win_amd64")
    needs = (tmp_path / "needs.txt").read_text().splitlines()
    assert needs[-1] == "jupyterlab" and any(need.startswith("torch") for need in needs)
    assert pip.words[-3:] == ["--only-binary=:all:", "--platform", "win_amd64"]
    assert pip.words[pip.words.index("--dest") + 1] == str(tmp_path / "wheels")


def test_what_pip_cannot_find_is_told(tmp_path, made, pip):
    pip.fails = True
    with pytest.raises(ValueError, match="but not all packages"):
        fill(tmp_path)


def test_without_a_book_nothing_is_copied(tmp_path, made, pip):
    (tmp_path / "html" / "index.html").unlink()
    with pytest.raises(ValueError, match="run make book first"):
        fill(tmp_path)
    assert not (tmp_path / "book").exists() and not pip.words


def test_pip_knows_the_options_that_it_is_given():
    words = [stick.sys.executable, "-m", "pip", "download", "--help"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert all(option in said for option in ("--dest", "--extra-index-url", "--requirement", "--only-binary"))
