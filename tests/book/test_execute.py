"""Pages are executed side by side, each once; what failed is told last, with page and cell; Ctrl-C is one sentence."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import psutil
import pytest
from helpers import HEADER
from jupyter_cache import get_cache

from book._ext import execute as execution
from book._ext.build import quiet_kernels
from book._ext.execute import execute
from book._ext.progress import Progress, minutes

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
    assert "bad.md, cell 1\n" in told and "x.nothing" in told and "Traceback" in told
    write(tmp_path, bad="x = 1")
    assert execute(pages, cache, 60) and "good.md" not in capsys.readouterr().err


def test_what_failed_is_told_last_in_a_line_with_page_and_cell_and_what_to_do(tmp_path, cache, capsys, monkeypatch):
    monkeypatch.setattr(execution.os, "cpu_count", lambda: 1)  # so that a page runs after those that fail
    texts = {"bad": f"1  # {999 * 'x'}\n```\n\n```{{code-cell}} ipython3\nassert 0", "late": "import time"}
    bad, slow, late = write(tmp_path, bad=texts["bad"], slow=f"import time; time.sleep(9)  # {500 * 'x'}", late="1")
    assert not execute([late, slow, bad], cache, 2, "make chapter NAME=bad")
    *before, first, second, last = capsys.readouterr().err.splitlines()
    assert any(line.startswith(f"   {late}: ") for line in before)
    assert first == f"FAILED: {bad}, cell 2: AssertionError"
    assert second.startswith(f"FAILED: {slow}, cell 1: CellTimeoutError: A cell timed out") and "2 seconds" in second
    assert "run make chapter NAME=bad again" in last


def test_a_kernel_that_is_killed_is_one_sentence_with_its_page_and_the_others_go_on(tmp_path, cache, capsys):
    [killed, good] = write(tmp_path, killed="import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", good="print(1)")
    assert not execute([killed, good], cache, 60)
    told = capsys.readouterr().err
    sentence = (
        f"FAILED: {killed}, cell 1: the process that ran it was killed or crashed, perhaps because no memory was left"
    )
    assert told.splitlines()[-2] == sentence and "Traceback" not in told
    assert execute([good], cache, 60) and not capsys.readouterr().err


def test_a_page_for_which_there_is_no_kernel_is_told_likewise(tmp_path, cache, capsys):
    [page] = write(tmp_path, strange="1")
    page.write_text(page.read_text().replace("name: python3", "name: julia"))
    assert not execute([page], cache, 60)
    assert capsys.readouterr().err.splitlines()[-2] == f"FAILED: {page}: NoSuchKernel: No such kernel named julia"


def test_the_longest_page_begins_first_as_recorded_or_by_its_code(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/run-times.csv").write_text("page,seconds,core_seconds\nbook/slow,60.0,100.5\n")
    write(tmp_path / "book", slow="1", new="1  # " + 995 * "x")
    pages = {page: execution.to_execute(page, get_cache(str(tmp_path))) for page in sorted(Path("book").glob("*.md"))}
    assert execution.expected(pages) == {Path("book/slow.md"): 100.5, Path("book/new.md"): 10.0}


def test_the_largest_page_begins_first_and_the_time_left_is_said(tmp_path, cache, capsys, monkeypatch):
    monkeypatch.setattr(execution.os, "cpu_count", lambda: 1)
    short, long = write(tmp_path, short="1", long="import time; time.sleep(2)  # " + 26 * "long")
    assert execute([short, long], cache, 60)
    start, first, ended, second, last = capsys.readouterr().err.splitlines()
    assert start == "== pages to run: 2, about 1 s"
    assert (first, second) == (f"   {long} begins", f"   {short} begins")
    assert ended.startswith(f"   {long}: ") and ended.endswith("1 left, about 0 s") and last.endswith("0 left")


def test_the_time_left_is_said_before_anything_has_run_and_is_never_less_than_the_longest_page(capsys):
    Progress({Path("one.md"): 300.0, Path("other.md"): 300.0, Path("third.md"): 600.0}, cores=2)
    Progress({Path("one.md"): 100.0, Path("other.md"): 600.0}, cores=16)
    assert capsys.readouterr().err.splitlines() == [
        "== pages to run: 3, about 10 min",
        "== pages to run: 2, about 10 min",
    ]


@pytest.mark.parametrize(("seconds", "told"), [(0, "0 s"), (89, "89 s"), (90, "2 min"), (640, "11 min")])
def test_times_are_told_in_seconds_or_minutes(seconds, told):
    assert minutes(seconds) == told


STOPPED = "stopped; finished pages and rounds are kept, and make book goes on from there"
BUILD = """import sys
from pathlib import Path
from book._ext.build import prepare, stoppable
from book._ext.execute import execute
prepare()
stoppable(lambda: execute([Path(page) for page in sys.argv[2:]], Path(sys.argv[1]), 600))
"""


@pytest.mark.parametrize("begun", [True, False], ids=["in the cells", "while a kernel begins"])
@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_kernels_and_is_one_sentence(tmp_path, cache, signum, begun):
    """To the whole process group, and twice, as impatient people press it at a terminal."""
    code = "open('{}', 'w').close()\nimport time\ntime.sleep(600)"
    on = [tmp_path / "1", tmp_path / "2"]
    pages = write(tmp_path, one=code.format(on[0]), other=code.format(on[1]), late="1")
    words = [sys.executable, "-P", "-c", BUILD, cache, *pages]
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # in a background shell it is ignored
    environment = os.environ | {"PYTHONPATH": str(ROOT), "LOKY_MAX_CPU_COUNT": "1"}
    pipes = {"stderr": subprocess.PIPE, "text": True, "start_new_session": True, "preexec_fn": heard}
    with subprocess.Popen(words, cwd=tmp_path, env=environment, **pipes) as build:
        told = [build.stderr.readline() for _ in range(3)]
        while not (all(path.exists() for path in on) if begun else psutil.Process(build.pid).children()):
            time.sleep(0.05)
            assert build.poll() is None
        kernels = psutil.Process(build.pid).children(recursive=True)
        for _ in range(2):
            os.killpg(build.pid, signum)
            time.sleep(0.1)
        assert (build.stderr.read(), build.wait(30)) == (f"\n{STOPPED}\n", 130)
    assert told[0].startswith("== pages to run: 3") and all(line.endswith(" begins\n") for line in told[1:])
    assert kernels and not psutil.wait_procs(kernels, timeout=10)[1]


def test_who_stops_after_a_page_failed_is_told_why_it_did(tmp_path, cache):
    pages = write(tmp_path, bad="nothing", slow="import time\ntime.sleep(600)")
    words = [sys.executable, "-P", "-c", BUILD, cache, *pages]
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    pipes = {"stderr": subprocess.PIPE, "text": True, "preexec_fn": heard}
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=tmp_path, env=environment, **pipes) as build:
        while "failed" not in build.stderr.readline():
            assert build.poll() is None
        build.send_signal(signal.SIGINT)
        *_, failed, _, _, last = build.stderr.read().splitlines()
    assert failed == f"FAILED: {pages[0]}, cell 1: NameError: name 'nothing' is not defined" and last == STOPPED
