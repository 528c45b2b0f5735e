"""Submissions that mean harm, or come in strange forms: nobody's work is lost, and nobody else's points change.

What is tried here is tried in the sandbox, and where a folder promises it too, there as well.
"""

import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial

import nbformat
import psutil
import pytest
from test_grading import QUICK, ROOT, TINY, graded, solution, submit, wait, write_down

from grading import answers, assign, command, odd, sandbox, supervise
from grading.examiner import Case, Examiner
from grading.supervise import Limits

NO_SANDBOX = pytest.mark.skipif(bool(sandbox.problem()), reason=sandbox.problem() or "there is a sandbox")


# strange forms


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-le"])
def test_a_notebook_in_another_encoding_is_graded(made, tmp_path, encoding):
    (tmp_path / "mark.ipynb").write_bytes(nbformat.writes(solution(made)).encode(encoding))
    assert graded(made, tmp_path)["mark"]["total"] == "5"


def test_a_notebook_with_broken_letters_is_graded(made, tmp_path):
    notebook = solution(made)
    notebook.cells.append(nbformat.v4.new_markdown_cell("Grüße"))
    (tmp_path / "latin.ipynb").write_bytes(nbformat.writes(notebook).encode("latin-1"))
    assert graded(made, tmp_path)["latin"]["total"] == "5"


def test_an_answer_beside_a_copy_of_its_question_is_on_the_page(made, tmp_path):
    answer = nbformat.v4.new_markdown_cell("MY LONG ANSWER")

    def copied(cells: list) -> None:
        cells[-2:-2] = [cells[-3].copy(), answer]

    write_down(made, tmp_path, "ada", copied)
    write_down(made, tmp_path, "alan", lambda cells: cells.insert(0, cells[-3].copy()))
    graded(made, tmp_path, by_hand=assign.by_hand(TINY))
    page = (tmp_path / "scores-answers.html").read_text()
    assert "<h2>ada</h2>\n<pre>MY LONG ANSWER</pre>" in page and "<h2>alan</h2>\n<pre>class grader" in page


def test_questions_that_have_changed_places_are_told_apart():
    first, second = "## Question 1. Why?\n\nSay why.", "## Question 2. How?\n\nSay how."
    cells = [f"{answers.BEGIN}\n\n{second}", "so", f"{answers.BEGIN}\n\n{first}", "because"]
    collected = answers.collect([nbformat.v4.new_markdown_cell(text) for text in cells])
    assert [answers.written(text, i, collected) for i, text in enumerate((first, second))] == ["because", "so"]


def test_what_is_no_ordinary_file_keeps_nobody_waiting(made, tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    (tmp_path / "gone.ipynb").symlink_to(tmp_path / "nowhere")
    with open(tmp_path / "sparse.ipynb", "wb") as file:
        file.truncate(10**12)
    submit(made, tmp_path, "good", "")
    rows = graded(made, tmp_path)
    odd_ones = {name: row["remark"] for name, row in rows.items() if name != "good"}
    assert rows["good"]["total"] == "5"
    assert odd_ones == {
        "pipe": "not a notebook: it is no ordinary file",
        "zero": "not a notebook: it is no ordinary file",
        "gone": "it cannot be read: No such file or directory",
        "sparse": "not a notebook: it has more than 50 MB",
    }


DEEP = "import sys; sys.setrecursionlimit(30000)\ndef f(n): return f(n + 1)\nf(0)"


@pytest.mark.parametrize(
    ("code", "remark"),
    [
        (DEEP, ""),  # it ends in one of several ways
        ("try:\n    while True: pass\nexcept BaseException:\n    while True: pass", "took longer than 3 s"),
        ("class Slow(Exception):\n    def __str__(self):\n        while True: pass\nraise Slow()", "raised Slow"),
        ("class Dead(Exception):\n    def __str__(self): raise SystemExit\nraise Dead()", "raised Dead"),
        ("open('big', 'wb').write(bytes(3 * 10**6))", "wrote a larger file than is allowed (1 MB)"),
        (
            "import numpy\nnumpy.save('big', numpy.zeros(393216))",
            "wrote a larger file than is allowed (1 MB), and raised OSError: 393216 requested",
        ),
        (
            "import torch\ntorch.save(torch.zeros(393216), 'big')",
            "wrote a larger file than is allowed (1 MB), and raised RuntimeError:",
        ),
        (
            "try: open('big', 'wb').write(bytes(3 * 10**6))\nexcept OSError: later",
            "wrote a larger file than is allowed (1 MB), and raised NameError: name 'later'",
        ),
        ("import os\nfor fd in (0, 1, 2): os.close(fd)\nraise RuntimeError('after')", "raised RuntimeError: after"),
    ],
    ids=["deep", "catches the first", "a slow text", "a deadly text", "a large file", "NumPy's", "PyTorch's", "caught"]
    + ["closed"],
)
def test_only_the_cell_is_lost(made, tmp_path, code, remark):
    notebook = solution(made)
    notebook.cells.insert(1, nbformat.v4.new_code_cell(code))
    nbformat.write(notebook, tmp_path / "ada.ipynb")
    row = graded(made, tmp_path)["ada"]
    assert row["total"] == "5" and remark in row["remark"]


def test_a_large_file_is_no_reason_for_what_a_later_cell_does(made, tmp_path):
    notebook = solution(made)
    codes = [
        "try: open('big', 'wb').write(bytes(3 * 10**6))\nexcept OSError: pass",
        "import time; time.sleep(0.3)",
        "0 / 0",
    ]
    notebook.cells[1:1] = map(nbformat.v4.new_code_cell, codes)
    nbformat.write(notebook, tmp_path / "ada.ipynb")
    assert graded(made, tmp_path)["ada"]["remark"] == "the cell '0 / 0' raised ZeroDivisionError: division by zero"


@NO_SANDBOX
@pytest.mark.parametrize(
    "code", ["open('big', 'wb').write(bytes(10**8))", "import torch\ntorch.save(torch.ones(2 * 10**7), 'big')"]
)
def test_a_place_without_room_is_named_whoever_writes(made, tmp_path, code):
    notebook = solution(made)
    notebook.cells.append(nbformat.v4.new_code_cell(code))  # after the questions, whose room it takes
    nbformat.write(notebook, tmp_path / "ada.ipynb")
    row = graded(made, tmp_path, replace(QUICK, disk=20, output=500))["ada"]
    assert row["total"] == "5" and "wrote more files than there is room for" in row["remark"]


def test_a_slow_text_of_an_answer_costs_only_its_question(made, tmp_path):
    slow = "class Slow(Exception):\n    def __str__(self):\n        while True: pass\ndef add_seed(x): raise Slow()"
    submit(made, tmp_path, "ada", slow, after="def add_seed")
    row = graded(made, tmp_path)["ada"]
    assert (row["q1"], row["q2"], row["remark"]) == ("0", "2", "q1: Slow")


def test_answers_below_their_checks_count(made, tmp_path):
    notebook = solution(made)
    notebook.cells.sort(key=lambda cell: not cell.source.startswith(("grader.check", "class grader")))
    nbformat.write(notebook, tmp_path / "late.ipynb")
    assert (row := graded(made, tmp_path)["late"])["total"] == "5" and row["remark"] == ""


def test_an_answer_that_was_right_at_its_check_stays_right(made, tmp_path):
    submit(made, tmp_path, "spoils", "add_seed = flawed = None", after='grader.check("q2")')
    assert (row := graded(made, tmp_path)["spoils"])["total"] == "5" and row["remark"] == ""


def test_an_unanswered_question_is_named(made, tmp_path):
    open_cell = nbformat.v4.new_code_cell("flawed = ...\nadd_seed = abs")
    nbformat.write(nbformat.v4.new_notebook(cells=[open_cell]), tmp_path / "open.ipynb")
    assert "q2: flawed is still `...`: it has not been answered." in graded(made, tmp_path)["open"]["remark"]


# harm to others

PROBE = """
import os, sys
mine = ("/tmp/ipython", "/tmp/matplotlib", "/tmp/cache", "/tmp/work", "/tmp/ledger")
found = []
for top in ("/tmp", "/root", "/home", "/work", "/course", "/etc", {here!r}):
    for inside, folders, names in os.walk(top):
        for path in [os.path.join(inside, name) for name in names]:
            if os.path.isfile(path) and not path.startswith(mine):
                try: found += [path] if b"SECRET OF THE INSTRUCTOR" in open(path, "rb").read(1000) else []
                except OSError: pass
                try: found.append(open(path, "r+b").name)
                except OSError: pass
for pid in range(3, 100000):
    try: os.kill(pid, 0) or pid == os.getpid() or found.append(pid)
    except OSError: pass
found += [name for name in os.environ if "SECRET" in name]
assert not found, found
"""


@NO_SANDBOX
def test_in_the_sandbox_nothing_of_others_can_be_read_or_changed(made, tmp_path, monkeypatch):
    monkeypatch.setenv("A_SECRET", "a key")
    folder = tmp_path / "in"
    submit(made, folder, "probes", PROBE.format(here=str(tmp_path)))
    submit(made, folder, "beside", "import time; time.sleep(8)")
    (tmp_path / "secret.txt").write_text("SECRET OF THE INSTRUCTOR")
    rows = graded(made, folder, Limits(seconds=120, cell=30, memory=700, output=1), jobs=2)
    assert {name: (row["total"], row["remark"]) for name, row in rows.items()} == {
        "probes": ("5", ""),
        "beside": ("5", ""),
    }


@NO_SANDBOX
def test_in_the_sandbox_no_child_stays_to_change_the_table(made, tmp_path):
    late = "import time; time.sleep(20); open('/tmp/late', 'w').write('x'); time.sleep(4243)"
    child = (
        f"import os, subprocess, sys\nif os.fork() == 0:\n    os.setsid()\n    os.environ.clear()\n"
        f"    if os.fork() == 0: os.execve(sys.executable, ['python', '-c', {late!r}], {{}})\n    os._exit(0)"
    )
    submit(made, tmp_path, "leaves", child)
    assert graded(made, tmp_path)["leaves"]["total"] == "5"
    assert not [p for p in psutil.process_iter(["cmdline"]) if "4243" in " ".join(p.info["cmdline"] or [])]


@NO_SANDBOX
def test_in_the_sandbox_there_is_no_network(made, tmp_path):
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    call = f"import socket; socket.create_connection(('127.0.0.1', {server.server_port}), timeout=1)"
    submit(made, tmp_path, "calls", call)
    assert "raised ConnectionRefusedError" in graded(made, tmp_path)["calls"]["remark"]
    server.shutdown()
    server.server_close()


@NO_SANDBOX
@pytest.mark.parametrize("where", ["/tmp", "/dev/shm"])
def test_in_the_sandbox_all_files_together_are_limited(made, tmp_path, where):
    many = f"for i in range(300): open('{where}/' + str(i), 'wb').write(bytes(900_000))"
    submit(made, tmp_path, "fills", many)
    row = graded(made, tmp_path, Limits(seconds=60, cell=30, memory=700, output=1, disk=50))["fills"]
    assert row["total"] == "5" and "wrote more files than there is room for" in row["remark"]


@NO_SANDBOX
def test_in_the_sandbox_the_rest_of_the_system_cannot_be_written(made, tmp_path):
    code = (
        "import os\nroot = '/x', '/dev/x', '/course/lib/x', '/usr/x'\n"
        "for path in (*root, '/proc/sys/kernel/hostname', '/proc/sysrq-trigger'):\n"
        "    try: open(path, 'w')\n    except OSError: continue\n    raise SystemExit(path)\n"
        "assert os.system('unshare -Ur true 2>/dev/null') and os.system('mount -t tmpfs x /tmp 2>/dev/null')"
    )
    submit(made, tmp_path, "writes", code)
    assert graded(made, tmp_path)["writes"]["remark"] == "look at this notebook: its code has /proc"


@NO_SANDBOX
@pytest.mark.parametrize(
    ("code", "total", "remark"),
    [
        ("os.kill(-1, signal.SIGKILL)", "5", "raised ProcessLookupError"),
        ("os.killpg(0, signal.SIGKILL)", "3", "its process ended by itself (exit code -9)"),
        ("os.kill(os.getpid(), signal.SIGSTOP)", "3", "stopped after 12 s"),
        ("import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))", "5", "raised ValueError: not allowed"),
        ("os.closerange(3, 100)", "3", "its process ended by itself (exit code 1)"),
    ],
)
def test_in_the_sandbox_whoever_kills_or_stops_hits_only_itself(made, tmp_path, code, total, remark):
    submit(made, tmp_path, "hits", f"import os, signal\n{code}")
    submit(made, tmp_path, "beside", "import time; time.sleep(2)")
    rows = graded(made, tmp_path, Limits(seconds=12, cell=3, memory=700, output=1), jobs=2)
    assert rows["beside"]["total"] == "5" and rows["hits"]["total"] == total and remark in rows["hits"]["remark"]


@NO_SANDBOX
def test_in_the_sandbox_too_many_processes_are_ended(made, tmp_path):
    submit(made, tmp_path, "bomb", "import os, time\nfor _ in range(9): os.fork()\ntime.sleep(600)")
    submit(made, tmp_path, "good", "")
    rows = graded(made, tmp_path, Limits(seconds=60, cell=30, memory=10**6), jobs=2)  # else a slow look sees that first
    assert rows["good"]["total"] == "5" and "it had more than 100 processes" in rows["bomb"]["remark"]


def test_in_a_folder_all_files_together_are_limited_and_removed(made, tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "problem", lambda: "no sandbox for this test")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(sandbox.tempfile, "tempdir", str(tmp_path / "temporary"))
    deep = "import os\nfor _ in range(3000):\n    os.mkdir('d'); os.chdir('d')"
    submit(made, tmp_path / "in", "deep", deep)
    many = "import time\nfor i in range(300): open(str(i), 'wb').write(bytes(900_000))\ntime.sleep(20)"
    submit(made, tmp_path / "in", "fills", many)
    rows = graded(made, tmp_path / "in", Limits(seconds=60, cell=30, memory=700, output=1, disk=50))
    assert rows["deep"]["total"] == "5"
    assert "stopped: it wrote more than 50 MB, or 100000 files" in rows["fills"]["remark"]
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize("flood", ["b'x' * 10**6", "b'{}\\n' * 10**5", "b'[' * 10**5 + b'\\n'"])
def test_a_flood_of_words_is_stopped_and_what_was_earned_counts(made, tmp_path, flood, way):
    code = (
        "import os, stat\nends = [fd for fd in range(3, 50) if os.path.exists(f'/dev/fd/{fd}')\n"
        "        and stat.S_ISSOCK(os.fstat(fd).st_mode)]\nassert ends\n"
        f"while True: [os.write(fd, {flood}) for fd in ends]"
    )
    submit(made, tmp_path, "floods", code)
    row = graded(made, tmp_path, Limits(seconds=40, cell=40, memory=700))["floods"]
    assert row["total"] == "3" and row["remark"].startswith("stopped"), row


KILLED = """
import sys
from pathlib import Path
from grading import grade, sandbox
from grading.supervise import Limits
if {way!r} == "folder":
    sandbox.problem = lambda: "no sandbox for this test"
grade.grade(Path({archive!r}), Path({folder!r}), Limits(600, 600), jobs=1)
"""


def words_of(process: psutil.Process) -> list[str]:
    """Its words; none where it has just ended."""
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def test_no_submission_outlives_a_grader_that_is_killed(made, tmp_path, way):
    submit(made, tmp_path, "sleeps", "import time; time.sleep(500)")
    code = KILLED.format(way=way, archive=str(made / "tiny-autograder.zip"), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        started: list[psutil.Process] = []

        def sleeping() -> bool:
            started[:] = psutil.Process(process.pid).children(recursive=True)
            return any("grading.submission" in words_of(child) for child in started) and time.sleep(1) is None

        try:
            wait(sleeping)
        finally:
            process.send_signal(signal.SIGKILL)
    wait(lambda: not list(supervise.living(started)), seconds=10)


# points that were not earned

CASES = {
    "q1": [
        Case("test_a", "def test_a(x): assert x", ["x"], 1.0, False),
        Case("test_b", "def test_b(x): assert x == 'the hidden words of a test'", ["x"], 2.0, True),
    ],
}


@pytest.fixture
def examiner() -> Examiner:
    begun = Examiner(CASES, 3)
    begun.hear(b'{"event": "begin"}')
    return begun


def say(examiner: Examiner, event: str, **values: object) -> dict | None:
    return examiner.hear(json.dumps({"event": event} | values).encode())


def asked(examiner: Examiner) -> dict:
    return say(examiner, "ask", question="q1", key=examiner.key)


def judged(examiner: Examiner, *said: object) -> None:
    say(examiner, "judged", question="q1", ticket=asked(examiner)["ticket"], said=list(said))


def test_the_better_of_two_judgements_counts_once(examiner):
    judged(examiner, "", "no")
    judged(examiner, "no", "")
    assert examiner.finish("", 0).scores == {"q1": 2.0}
    assert examiner.outcome.failed == {"q1": ["no"]} and examiner.odd == {}


@pytest.mark.parametrize(
    "line",
    [
        b'{"event": "judged", "question": "q1", "ticket": "", "said": ["", ""]}',
        b'{"event": "judged", "question": "q1", "ticket": "guessed", "said": ["", ""]}',
        b'{"event": "judged", "question": "q9", "ticket": "", "said": []}',
        b'{"event": "score", "question": "q1", "score": NaN, "wrong": []}',
        b'{"event": "score", "question": "q1", "score": -1e9}',
        b'{"event": "answers", "texts": ["another answer"]}',
        b'{"event": "begin"}',
        b'{"event": "ask", "question": "../q1"}',
        b'{"event": "ask", "question": "q1"}',  # without the key
        b'{"event": "ask", "question": "q1", "key": ""}',
        b'{"event": "done"}',
        b"nonsense",
        b"[" * 100_000,
        b"1" * 100_000,
        b'{"event": []}',
        b"\xff\xfe",
    ],
)
def test_what_a_grader_does_not_say_earns_nothing_and_is_flagged(examiner, line):
    assert examiner.hear(line) is None
    outcome = examiner.finish("", 0)
    assert outcome.scores == {} and outcome.answers == []
    assert any(remark.startswith("look at this notebook: it ") for remark in outcome.remarks)


@pytest.mark.parametrize("said", [[], [""], ["", "", ""], [None, None], [0, 0], [["", ""]], [True, True], [{}, {}]])
def test_a_result_must_name_every_test_once(examiner, said):
    judged(examiner, *said)
    assert examiner.finish("", 0).scores == {} and examiner.odd


def test_a_question_that_is_asked_for_too_often_is_flagged(examiner):
    judged(examiner, "", "")
    assert asked(examiner) == {"ticket": "", "tests": []}  # it had all points
    assert "it asked for q1 more often than the grader does" in examiner.finish("", 0).remarks[-1] + str(examiner.odd)


def test_a_ticket_is_good_for_one_result(examiner):
    ticket = asked(examiner)["ticket"]
    say(examiner, "judged", question="q1", ticket=ticket, said=["no", "no"])
    say(examiner, "judged", question="q1", ticket=ticket, said=["", ""])
    assert examiner.finish("", 0).scores == {"q1": 0.0} and examiner.odd == {"it gave q1 points out of turn": None}


def test_a_report_that_ends_early_says_where(examiner):
    say(examiner, "cell", text="x = 1")
    told = "its process ended by itself (exit code 9), in the cell 'x = 1'; what was earned before counts"
    assert examiner.finish("", 9).remarks == [told]


def test_the_words_of_hidden_tests_are_in_no_remark(examiner):
    words = "x == 'the hidden words of a test'"
    say(examiner, "cell", text=words)
    say(examiner, "remark", text=f"the cell 'y' raised ValueError: x == \n\"{words[6:-1]}\"")
    judged(examiner, f"ValueError: {words}", "AssertionError: the hidden words")
    outcome = examiner.finish("", 1)
    assert not [text for text in [*outcome.remarks, *outcome.failed["q1"]] if "hidden words of" in text]
    assert outcome.hidden == {"q1": ["AssertionError: the hidden words"]}  # for whoever grades


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("took longer than 3 s", "took longer than 3 s"),
        ("x is not defined.", "x is not defined."),
        ("y is not defined.", "hidden test 2 of 2 fails"),
        ("anything", "hidden test 2 of 2 fails"),
    ],
)
def test_of_a_hidden_test_only_our_own_words_are_told(examiner, text, told):
    judged(examiner, "", text)
    assert examiner.finish("", 0).remarks[-1] == f"q1: {told}"


FAKES = {  # each comes before both questions are answered, with wrong answers
    "forges": (
        "import os, json\nfor fd in range(3, 30):\n    for q, n in (('q1', 2), ('q2', 1)):\n        try: os.write(fd, "
        "b'{}\\n' + json.dumps({'event': 'judged', 'question': q, 'ticket': '', 'said': [''] * n}).encode() + b'\\n')\n"
        "        except OSError: pass",
        "it said what the grader does not say, it gave q1 points out of turn",
    ),
    "speaks": (
        "import json, os, socket, stat\nends = [fd for fd in range(3, 30) if os.path.exists(f'/dev/fd/{fd}')\n"
        "        and stat.S_ISSOCK(os.fstat(fd).st_mode)]\n"
        "line = socket.socket(fileno=os.dup(ends[0])).makefile('rwb')\n"
        "line.write(json.dumps({'event': 'ask', 'question': 'q1', 'key': ''}).encode() + b'\\n')\n"
        "line.write(json.dumps({'event': 'done'}).encode() + b'\\n')\nline.flush(); os._exit(0)",
        "it said what the grader does not say",
    ),
    "shadows": (
        "import os\nos.mkdir('lib')\nfor name in ('lib/__init__', 'json', 'otter'):\n"
        "    open(name + '.py', 'w').write('raise SystemExit(0)')\nimport json, lib",
        "",
    ),
    "patches": (
        "from otter.test_files.exception_test import test_case\n"
        "test_case.call_func = test_case.__call__ = lambda *_: None",
        "its code has otter",
    ),
    "builtins": ("import builtins\nbuiltins.exec = builtins.any = lambda *_: False", "its code has builtins"),
    "hides": (
        "b = __import__('built' + 'ins')\ndef fake(source, scope): scope.update(test_zero=print, test_other=print)\n"
        "b.exec = fake",
        "it replaced the built-in exec",
    ),
    "intrudes": ("import statistics\nvars(statistics)['mean'] = lambda numbers: 0", "it replaced statistics.mean"),
    "searches": (
        "import glob, os, sys\nhits = [hit for hit in glob.glob('../**', recursive=True)"
        " if hit.endswith(('.py', '.ipynb'))]"
        "\nassert not hits and not [word for word in [*sys.orig_argv, *os.environ.values()]"
        " if word.endswith(('tests', '.ipynb'))]",
        "",
    ),
    "remembers": (
        "import gc\nword = 'test_' + 'other'\n"
        "assert not [s for s in gc.get_objects() if isinstance(s, (list, dict)) and word in str(s)[:9999]], 'found'",
        "its code has get_objects",
    ),
}


def test_what_fakes_points_earns_none_and_is_flagged(made, tmp_path, way):
    for name, (code, _) in FAKES.items():
        notebook = solution(made)
        for cell in notebook.cells:
            cell.source = cell.source.replace("return x + SEED", "return None").replace(
                "flawed = {", "flawed = {1: 1, "
            )
        notebook.cells.insert(1, nbformat.v4.new_code_cell(code))
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    rows = graded(made, tmp_path, jobs=2)
    assert {name: row["total"] for name, row in rows.items()} == dict.fromkeys(FAKES, "0")
    told = {name: row["remark"] for name, row in rows.items()}
    assert {name: told[name] for name, (_, remark) in FAKES.items() if remark not in told[name]} == {}
    assert not [text for text in told.values() if "raised AssertionError" in text]


SPIES = {
    "the frame": "__import__('sys')._getframe(1).f_code.co_consts",
    "the memory": "[o['source'] for o in __import__('gc').get_objects() if type(o) is dict and x and 'source' in o]",
}


@pytest.mark.parametrize("secret", SPIES.values(), ids=SPIES)
def test_a_hidden_test_that_an_answer_has_read_is_told_to_nobody(made, tmp_path, secret):
    spy = f"def add_seed(x): raise AssertionError(' '.join(map(str, {secret})))"
    submit(made, tmp_path, "spy", spy, after="def add_seed")
    row = graded(made, tmp_path)["spy"]
    assert row["q1"] == "0" and "this year" not in row["remark"] and "add_seed(5)" not in row["remark"]
    assert "look at this notebook: its code has " in row["remark"]


def test_a_module_that_a_cell_writes_can_be_imported(made, tmp_path):
    submit(made, tmp_path, "writes", "%%writefile helper.py\nhere = True")
    submit(made, tmp_path, "imports", "open('helper.py', 'w').write('here = 1')\nimport helper\nassert helper.here")
    assert {row["total"] + row["remark"] for row in graded(made, tmp_path).values()} == {"5"}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import inspect\ninspect.currentframe().f_back", ["currentframe", "f_back"]),
        ("open('/proc/self/maps')", ["/proc"]),
        ("from lib import data\ndata.load = None", ["data.load = …"]),
        ("import torch as t\nsetattr(t, 'equal', 1)\nt.nn.Linear = 2", ["t = …", "t.nn.Linear = …"]),
        ("class Any:\n    def __eq__(self, other): return True", ["__eq__"]),
        ("pot = otterly = 'in proceedings'; x.data = 1; %magic", []),
        ("class A:\n    def __init__(self): self.branch = 1", []),
        ("(" * 5000, []),
    ],
)
def test_odd_words_are_found_and_ordinary_ones_are_not(code, words):
    assert sorted(odd.odd_words([code])) == sorted(words)


# a sandbox, or none


def test_without_a_sandbox_there_is_one_warning_or_a_refusal(monkeypatch, tmp_path, capsys, made):
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    monkeypatch.setattr(command, "DIST", tmp_path / "dist")
    monkeypatch.setattr(assign, "SOURCES", TINY.parent)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "tiny").symlink_to(made)
    for name in ("ada", "alan"):
        submit(made, tmp_path / "in", name, "")
    words = partial(command.parser().parse_args, ["grade", "tiny", str(tmp_path / "in"), "--jobs", "1"])
    command.main(words())
    assert capsys.readouterr().err.count("bubblewrap is not installed") == 1
    strict = command.parser().parse_args(["grade", "tiny", str(tmp_path / "in"), "--sandbox", "require"])
    with pytest.raises(ValueError, match=r"bubblewrap is not installed: install it \(apt-get install bubblewrap\)"):
        command.main(strict)


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("echo 'bwrap: uid map: denied' >&2; exit 1", "bubblewrap does not work here (bwrap: uid map: denied)"),
        ("", "bubblewrap is not installed"),
    ],
)
def test_a_bubblewrap_that_does_not_work_says_why(tmp_path, monkeypatch, program, told):
    if program:
        (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{program}\n")
        (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin" if program else str(tmp_path))
    assert sandbox.problem.__wrapped__() == told


@pytest.mark.parametrize(
    ("told", "switch", "advice"),
    [
        (sandbox.ABSENT, "1", "install it (apt-get install bubblewrap)"),
        ("bubblewrap does not work here", "1", "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"),
        ("bubblewrap does not work here", "0", "the book's page on grading"),
        ("bubblewrap does not work here", None, "the book's page on grading"),
    ],
)
@pytest.mark.parametrize("wanted", ["auto", "require"])
def test_who_has_no_sandbox_is_told_how_to_get_one(told, switch, advice, wanted, tmp_path, monkeypatch):
    """Ubuntu installs a bubblewrap that may not work: to install it once more is no help."""
    path = tmp_path / sandbox.RESTRICTED.name
    if switch:
        path.write_text(f"{switch}\n")
    monkeypatch.setattr(sandbox, "RESTRICTED", path)
    monkeypatch.setattr(sandbox, "problem", lambda: told)
    if wanted == "require":
        with pytest.raises(ValueError, match=re.escape(advice)):
            sandbox.must_be_safe(wanted)
    else:
        assert advice in sandbox.must_be_safe(wanted)


def test_packages_of_a_cluster_are_there_and_the_course_is_not(made, tmp_path, way, monkeypatch):
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "on_the_cluster.py").write_text("here = True")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT}{os.pathsep}{tmp_path / 'modules'}")
    code = "import on_the_cluster, importlib.util" + "\nassert not importlib.util.find_spec('book')" * (
        way == "sandbox"
    )
    submit(made, tmp_path / "in", "ada", code)
    assert graded(made, tmp_path / "in", QUICK)["ada"]["remark"] == ""
