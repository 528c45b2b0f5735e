"""Pages are executed side by side, each once; what fails is told with its page and cell, and Ctrl-C leaves nothing."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from helpers import HEADER
from jupyter_cache import get_cache

from book._ext import execute as execution
from book._ext.build import quiet_kernels
from book._ext.execute import execute, minutes

ROOT = Path(__file__).parents[2]


def write(folder: Path, **cells: str) -> list[Path]:
    pages = []
    for name, code in cells.items():
        pages.append(folder / f"{name}.md")
        pages[-1].write_text(f"{HEADER}# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n")
    return pages


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """And kernels that do not warn of TCP."""
    monkeypatch.setenv("IPYTHONDIR", str(quiet_kernels()))
    return tmp_path / "cache"


def test_each_page_runs_once_and_again_only_after_a_change(tmp_path, cache, capsys):
    pages = write(tmp_path, one="print(1)", two="print(2)")
    (tmp_path / "words.md").write_text("# Only words\n")
    assert execute([*pages, tmp_path / "words.md"], cache, 60)
    told = capsys.readouterr().err
    assert "one.md: " in told and "two.md: " in told and "0 left" in told and "words.md" not in told
    assert execute(pages, cache, 60) and not capsys.readouterr().err
    write(tmp_path, two="print(3)")
    assert execute(pages, cache, 60)
    assert "two.md" in (told := capsys.readouterr().err) and "one.md" not in told


def test_a_page_that_fails_is_named_with_its_cell_and_the_others_are_kept(tmp_path, cache, capsys):
    pages = write(tmp_path, good="print(1)", bad="x = 1\nx.nothing")
    assert not execute(pages, cache, 60)
    told = capsys.readouterr().err
    assert "bad.md failed" in told and "x.nothing" in told and "AttributeError" in told
    write(tmp_path, bad="x = 1")
    assert execute(pages, cache, 60) and "good.md" not in capsys.readouterr().err


def test_the_longest_page_begins_first_as_recorded_or_by_its_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/run-times.csv").write_text("page,seconds,core_seconds\nbook/slow,60.0,100.5\n")
    write(tmp_path / "book", slow="1", new="1  # " + 995 * "x")
    pages = {page: execution.to_execute(page, get_cache(str(tmp_path))) for page in sorted(Path("book").glob("*.md"))}
    assert execution.expected(pages) == {Path("book/slow.md"): 100.5, Path("book/new.md"): 10.0}


def test_the_largest_page_begins_first_and_the_time_left_is_said(tmp_path, cache, capsys, monkeypatch):
    monkeypatch.setattr(execution.os, "cpu_count", lambda: 1)
    assert execute(write(tmp_path, short="1", long="import time; time.sleep(2)  # " + 26 * "long"), cache, 60)
    first, second = capsys.readouterr().err.splitlines()
    assert "long.md" in first and "1 left, about 0 s" in first and "short.md" in second


@pytest.mark.parametrize(("seconds", "told"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (640, "11 min")])
def test_times_are_told_in_seconds_or_minutes(seconds, told):
    assert minutes(seconds) == told


def test_ctrl_c_ends_the_kernels(tmp_path, cache):
    [page] = write(tmp_path, slow=f"open('{tmp_path}/on', 'w').close()\nimport time\ntime.sleep(600)")
    code = "from pathlib import Path\nfrom book._ext.execute import execute\n"
    code += f"execute([Path({str(page)!r})], Path({str(cache)!r}), 600)"
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL) as build:
        while not (tmp_path / "on").exists():
            time.sleep(0.1)
            assert build.poll() is None
        kernels = psutil.Process(build.pid).children(recursive=True)
        build.send_signal(signal.SIGINT)
        assert build.wait(30) != 0
    assert kernels and not psutil.wait_procs(kernels, timeout=10)[1]
