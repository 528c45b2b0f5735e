"""Chapters are measured one by one, cold; pages and notebooks say what was measured, and that a guess is one."""

from pathlib import Path

import pytest
from helpers import HEADER

from book._ext import build, record_times, run_times
from book._ext.first_cell import first_cell
from book._ext.notebooks import chapters
from book._ext.record_times import main, measure
from book._ext.run_times import FILE, duration, read, sentence, text

ROOT = Path(__file__).parents[2]
RECORDED = """# command: make run-times
# date: 2026-11-26
# machine: 2 cores, A: processor
# versions: Python 3.11.7, torch 2.13.0
page,seconds,core_seconds,again
index,10.2,12.0,3.0
book/task,130.0,240.4,20.6
"""


@pytest.fixture
def file(tmp_path) -> Path:
    (path := tmp_path / "run-times.csv").write_text(RECORDED)
    return path


def test_the_page_says_where_and_when_and_what_is_estimated(file):
    shown = text(file)
    assert "`make run-times` on 2026-11-26, on 2 cores, A: processor (Python 3.11.7, torch 2.13.0)" in shown
    assert "| [](/book/task.md) | 130 | about 4 minutes | 240 | 21 |" in shown
    assert "twice the seconds" in (ROOT / "book/run-times.md").read_text() and run_times.COLAB == 2


def test_the_page_says_that_a_second_run_trains_what_no_ledger_keeps():
    pages = [ROOT / f"{name}.md" for name in chapters(ROOT / "_toc.yml")]
    outside = [page.stem for page in pages if "training.fit(" in page.read_text()]
    words = (ROOT / "book/run-times.md").read_text()
    assert "neither is trained twice" in words
    assert bool(outside) == ("with `training.fit` or a loop of its own, is trained again" in words)


@pytest.mark.skipif(not (ROOT / FILE).exists(), reason="make run-times has not been run yet")
def test_what_was_finished_is_back_in_a_fraction_of_the_time():
    """A ratio, as recorded: no test asserts a time of the machine that it runs on."""
    times = read(ROOT / FILE)
    assert times.again.sum() < times.seconds.sum() / 3


def test_without_a_record_the_page_names_the_command_and_notebooks_say_nothing(tmp_path):
    assert "make run-times" in text(tmp_path / "none.csv")
    assert sentence("book/task", tmp_path / "none.csv") == ""


def test_a_notebook_says_how_long_it_takes(file):
    words = sentence("book/task", file)
    assert words == "This chapter runs for about 2 minutes on two cores, in Colab about 4 minutes."
    assert sentence("index", file).endswith("less than a minute on two cores, also in Colab.")
    assert sentence("book/new", file) == ""
    assert f"set_up(ARCHIVE, NEEDS, {words!r})" in first_cell(ROOT, words).source


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(44, "less than a minute"), (89, "about a minute"), (90, "about 2 minutes"), (400, "about 7 minutes")],
)
def test_times_are_rounded_for_people(seconds, told):
    assert duration(seconds) == told


@pytest.mark.skipif(not (ROOT / FILE).exists(), reason="make run-times has not been run yet")
def test_the_record_has_every_chapter_with_code():
    with_code = [name for name in chapters(ROOT / "_toc.yml") if "{code-cell}" in (ROOT / f"{name}.md").read_text()]
    assert [*read(ROOT / FILE).page] == with_code


BUSY = "import time\nstart = time.process_time()\nwhile time.process_time() < start + 1.5: pass"


def page(folder: Path, name: str, code: str) -> Path:
    (path := folder / f"{name}.md").write_text(f"{HEADER}# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n")
    return path


def test_a_chapter_is_measured_with_an_empty_ledger_then_with_a_full_one_and_with_its_processes(tmp_path, monkeypatch):
    monkeypatch.setenv("LIB_LEDGER", "somebody's")
    monkeypatch.setenv("IPYTHONDIR", str(build.quiet_kernels()))
    check = (
        "import os\nledger = os.environ['LIB_LEDGER']\n"
        "with open('found.txt', 'a') as file: print(os.path.exists(ledger), 'some' in ledger, file=file)\n"
        "os.makedirs(ledger, exist_ok=True)\n"
    )
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])"
    seconds, cores, again = measure(page(tmp_path, "task", check + child), 60)
    assert seconds > 1.5 and cores > 1 and again > 1.5
    assert (tmp_path / "found.txt").read_text() == "False False\nTrue False\n"
    assert measure(page(tmp_path, "words", "").with_name("words.md"), 60) is not None  # an empty cell is one
    (tmp_path / "only.md").write_text("# Only words\n")
    assert measure(tmp_path / "only.md", 60) is None


@pytest.fixture
def quiet(tmp_path, monkeypatch):
    """A book of two chapters on a quiet machine; which chapters were measured."""
    measured = []

    def imitate(page: Path, timeout: int) -> tuple[float, float]:
        measured.append(page.stem)
        if page.stem == "stopped":
            raise KeyboardInterrupt
        return 1.0, 2.0, 0.5

    monkeypatch.chdir(tmp_path)
    for name in ("_config.yml", "requirements.txt"):
        (tmp_path / name).write_text("execute: {}" if "yml" in name else "")
    (tmp_path / "book").mkdir()
    contents(tmp_path, "task", "stopped", "dropout")
    monkeypatch.setattr(record_times, "measure", imitate)
    monkeypatch.setattr(record_times.psutil, "cpu_percent", lambda seconds: 1.0)
    for name in ("IPYTHONDIR", "OMP_NUM_THREADS", "LIB_QUIET"):
        monkeypatch.setenv(name, "")
    return measured


def contents(folder: Path, *names: str) -> None:
    (folder / "_toc.yml").write_text(
        "format: jb-book\nroot: index\nchapters:\n" + "".join(f"- file: book/{n}\n" for n in names)
    )
    for name in ("index", *(f"book/{name}" for name in names)):
        (folder / f"{name}.md").write_text("# Words\n")


def test_a_stopped_measurement_goes_on_and_leaves_no_half_file(quiet, tmp_path, monkeypatch):
    with pytest.raises(KeyboardInterrupt):
        main()
    assert not FILE.exists() and quiet == ["index", "task", "stopped"]
    imitate = record_times.measure
    monkeypatch.setattr(
        record_times, "measure", lambda page, timeout: imitate(page.with_stem(f"{page.stem} again"), timeout)
    )
    assert main() == 0
    assert quiet[3:] == ["stopped again", "dropout again"]
    assert [*read(FILE).page] == ["index", "book/task", "book/stopped", "book/dropout"] and "on 2" in text(FILE)


def test_what_was_measured_with_other_texts_is_measured_again(quiet, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        main()
    (tmp_path / "book" / "task.md").write_text("# Other words\n")
    with pytest.raises(KeyboardInterrupt):
        main()
    assert quiet == ["index", "task", "stopped"] * 2


def test_a_busy_machine_measures_nothing(quiet, monkeypatch, capsys):
    monkeypatch.setattr(record_times.psutil, "cpu_percent", lambda seconds: 80.0)
    assert main() == 1 and not quiet
    assert "This machine is busy (80 %" in capsys.readouterr().err
