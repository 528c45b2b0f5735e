"""Strange and hostile submissions: each gets what it earned, and nothing of anybody else's is hurt."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import nbformat
import psutil
import pytest

from grading import answers, assign, odd, sandbox, supervise
from grading.examiner import Examiner, Outcome, read_tests
from grading.supervise import Limits

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "assignments" / "tiny.md"
QUICK = Limits(seconds=60, cell=3, memory=700, output=1, disk=50)
FULL = {"q1": 3, "q2": 2}
STUB = "class grader:\n    check = print"  # importing lib takes seconds


@pytest.fixture(scope="session")
def tests(tmp_path_factory, cache) -> Path:
    """The folder of the tiny assignment's tests, and beside it the solution."""
    folder = tmp_path_factory.mktemp("hostile")
    assign.make(TINY, folder)
    with zipfile.ZipFile(folder / "tiny-autograder.zip") as file:
        file.extractall(folder, [name for name in file.namelist() if name.startswith("tests/")])
    os.rename(folder / "tiny-solution.ipynb", folder / "solution.ipynb")
    return folder / "tests"


@pytest.fixture(params=["sandbox", "folder"])
def way(request, monkeypatch) -> str:
    """Where submissions run: in a sandbox where there can be one, and as they do where there is none."""
    if request.param == "folder":
        monkeypatch.setattr(sandbox, "problem", lambda: "no sandbox for this test")
    elif sandbox.problem():
        pytest.skip(sandbox.problem())
    return request.param


@pytest.fixture
def sandboxed() -> None:
    if sandbox.problem():
        pytest.skip(sandbox.problem())


def solved(tests: Path) -> list[str]:
    """The code cells of the solution: set-up, seed, answer 1, check, answer 2, check, and those without an answer."""
    cells = nbformat.read(tests.parent / "solution.ipynb", as_version=4).cells
    return [
        STUB,
        *(cell.source for cell in cells[1:] if cell.cell_type == "code" and "PUBLIC_TESTS" not in cell.source),
    ]


def bytes_of(codes: list[str]) -> bytes:
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells)).encode()


def examined(tests: Path, folder: Path, content: bytes | list[str], limits: Limits = QUICK) -> Outcome:
    """What becomes of a notebook."""
    path = folder / "one.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else bytes_of(content))
    return supervise.supervise(path, tests, limits, "test")


def behind(tests: Path, code: str, place: str = 'grader.check("q1")') -> list[str]:
    """The solution, with a cell of ``code`` behind the one that begins as ``place``."""
    codes = solved(tests)
    [at] = [number for number, cell in enumerate(codes) if cell.startswith(place)]
    return [*codes[: at + 1], code, *codes[at + 1 :]]


def remarks(outcome: Outcome) -> str:
    return "; ".join(outcome.remarks)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_a_notebook_is_graded_in_any_encoding_of_json(tests, tmp_path, encoding):
    outcome = examined(tests, tmp_path, bytes_of(solved(tests)).decode().encode(encoding))
    assert (outcome.scores, remarks(outcome)) == (FULL, "")


def test_a_cell_that_swallows_the_first_alarm_in_a_deep_recursion_costs_only_itself(tests, tmp_path, way):
    deep = "import sys; sys.setrecursionlimit(30000)\ndef f(n): return f(n+1)\nf(0)"
    outcome = examined(tests, tmp_path, [STUB, deep, *solved(tests)[1:]])
    assert outcome.scores == FULL and "the cell 'import sys; sys.setrecursionlimit(30000)' raised" in remarks(outcome)


def test_an_answer_below_its_check_counts_and_a_better_one_above_is_kept(tests, tmp_path):
    codes = solved(tests)
    [first, second] = [code for code in codes if code.startswith("grader.check")]
    below = [first, second, *(code for code in codes if code not in (first, second))]
    assert examined(tests, tmp_path, [STUB, *below]).scores == FULL
    assert examined(tests, tmp_path, [*codes, "add_seed = flawed = None"]).scores == FULL


def test_a_copied_question_shows_the_answer():
    begin = f"{answers.BEGIN}\n\nWhy?\n\n_Points:_ 2"
    texts = [begin, begin, "MY LONG ANSWER", "_Type your answer here, replacing this text._", "<!-- END QUESTION -->"]
    collected = answers.collect([nbformat.v4.new_markdown_cell(text) for text in texts])
    assert answers.written("Why?", 0, collected) == "MY LONG ANSWER"


REACH = """
import os, socket
done = []
def attempt(name, act):
    try:
        act()
        done.append(name)
    except Exception:
        pass
attempt("saw a rival", lambda: open(RIVAL).read())
attempt("wrote over a rival", lambda: open(RIVAL, "w").write("{}"))
attempt("wrote the table", lambda: open(TABLE, "a").write("me,9"))
attempt("saw the tests", lambda: os.listdir(TESTS))
attempt("wrote into grading", lambda: open(__import__("grading").__path__[0] + "/x.py", "w"))
attempt("wrote into lib", lambda: open("/course/lib/x.py", "w"))
attempt("used the network", lambda: socket.create_connection(("127.0.0.1", PORT), 1))
attempt("saw another process", lambda: os.kill(PARENT, 0) if PARENT > 50 else 1 / 0)
attempt("read a secret", lambda: os.environ["A_SECRET"])
attempt("read the project", lambda: open(PROJECT + "/README.md"))
attempt("wrote outside", lambda: open("/x", "w"))
if done: raise RuntimeError(", ".join(done))
"""


def test_in_the_sandbox_a_submission_reaches_nothing_of_others(tests, tmp_path, monkeypatch, sandboxed):
    rival, table = tmp_path / "rival.ipynb", tmp_path / "scores.csv"
    for path in (rival, table):
        path.write_text("mine")
    monkeypatch.setenv("A_SECRET", "key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        values = {
            "RIVAL": str(rival),
            "TABLE": str(table),
            "TESTS": str(tests),
            "PORT": server.getsockname()[1],
            "PARENT": os.getpid(),
            "PROJECT": str(ROOT),
        }
        names = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        outcome = examined(tests, tmp_path, behind(tests, names + REACH))
    assert outcome.scores == FULL and "raised" not in remarks(outcome), remarks(outcome)
    assert rival.read_text() == table.read_text() == "mine"


WIRES = "import os, socket, json\nwires = [n for n in range(3, 50) if os.path.exists(f'/dev/fd/{n}')]\n"


def to_the_wire(words: str) -> str:
    """Code that writes ``words``, an expression of bytes, into every open file that takes them."""
    return f"{WIRES}for n in wires:\n    try: os.write(n, {words})\n    except OSError: pass"


def indented(code: str) -> str:
    return code.replace("\n", "\n  ")


def test_points_that_a_submission_writes_itself_do_not_count_and_are_seen(tests, tmp_path, way):
    forged = [
        {"event": "judged", "question": "q1", "ticket": "", "said": ["", ""]},
        {"event": "judged", "question": "q2", "ticket": "0" * 16, "said": [""]},
        {"event": "score", "question": "q1", "score": 1e9},
        {"event": "begin"},
        {"event": "done"},
    ]
    lines = "".join(json.dumps(event) + "\n" for event in forged).encode()
    outcome = examined(tests, tmp_path, [STUB, to_the_wire(repr(lines)), "import os; os._exit(0)"])
    assert sum(outcome.scores.values()) == 0
    assert "look at this notebook: it gave q1 points out of turn" in remarks(outcome)


def test_a_submission_that_tells_too_much_is_stopped_and_keeps_what_it_earned(tests, tmp_path, way):
    once = indented(to_the_wire("b'x' * 10**6"))
    flood = f"def flood():\n  {once}\nwhile True: flood()"
    outcome = examined(tests, tmp_path, behind(tests, flood), Limits(seconds=60, cell=50))
    assert outcome.scores == {"q1": 3} and "it told the grader more than 20 MB" in remarks(outcome)


def test_many_small_files_meet_a_total_limit(tests, tmp_path, way):
    code = "for n in range(300): open(f'f{n}', 'wb').write(b'x' * 900_000)\nimport time\ntime.sleep(20)"
    outcome = examined(tests, tmp_path, behind(tests, code), Limits(seconds=60, cell=30, disk=50, output=1))
    wrote = "wrote more files than there is room for" if way == "sandbox" else "stopped: it wrote more than 50 MB"
    assert outcome.scores["q1"] == 3 and wrote in remarks(outcome)


def test_the_text_of_an_error_may_be_code_that_does_not_end(tests, tmp_path):
    endless = "class Odd(Exception):\n    def __str__(self):\n        while True: pass\nraise Odd"
    outcome = examined(tests, tmp_path, behind(tests, endless))
    assert outcome.scores == FULL and "raised Odd" in remarks(outcome)


def test_no_word_of_a_hidden_test_reaches_a_remark(tests, tmp_path):
    spy = (
        "def add_seed(x):\n    import sys, gc\n"
        "    held = [o for o in gc.get_objects() if isinstance(o, dict) and isinstance(o.get('source'), str)]\n"
        "    raise AssertionError(' '.join(o['source'] for o in held) if x else '')"
    )
    outcome = examined(tests, tmp_path, behind(tests, spy, "def add_seed"))
    assert "this year" not in remarks(outcome) and "add_seed(5)" not in remarks(outcome)
    assert "look at this notebook: its code has" in remarks(outcome)


def test_a_hidden_test_is_not_in_the_process_before_its_question_is_due(tests, tmp_path):
    """Looked for in all strings of all dictionaries and lists, after question 1 has been judged, and before it."""
    spy = (
        "import gc\nname = 'def test_' + 'NAME'\nfound = []\nfor held in gc.get_objects():\n"
        "    if type(held) in (dict, list, tuple):\n"
        "        texts = held.values() if type(held) is dict else held\n"
        "        texts = [text for text in list(texts) if type(text) is str and text != name]\n"
        "        found += [1 for text in texts if name in text and 'gc.get_' not in text]\n"
        "if found: raise RuntimeError('seen')"
    )
    for word, place in (("other", "SEED"), ("flawed", 'grader.check("q1")')):
        assert "seen" not in remarks(examined(tests, tmp_path, behind(tests, spy.replace("NAME", word), place)))


def test_what_is_no_ordinary_file_is_told_and_keeps_nobody_waiting(tests, tmp_path):
    os.mkfifo(tmp_path / "pipe.ipynb")
    with open(tmp_path / "sparse.ipynb", "wb") as file:
        file.truncate(10**10)
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    (tmp_path / "lost.ipynb").symlink_to("nowhere")
    began = time.monotonic()
    told = {path.stem: remarks(supervise.supervise(path, tests, QUICK, "test")) for path in tmp_path.iterdir()}
    assert time.monotonic() - began < 20
    assert told == {
        "pipe": "not a notebook: it is no ordinary file",
        "sparse": "not a notebook: it has more than 100 MB",
        "zero": "not a notebook: it is no ordinary file",
        "lost": "it cannot be read: No such file or directory",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the signal")
def test_nothing_stays_when_the_grader_is_killed(tests, tmp_path, way):
    path, mark = tmp_path / "one.ipynb", f"killed-{os.getpid()}-{way}"
    path.write_bytes(
        bytes_of([STUB, "import time\nwhile True:\n    try: time.sleep(9)\n    except BaseException: pass"])
    )
    code = (
        "import sys; from pathlib import Path; from grading import sandbox, supervise\n"
        f"if {way == 'folder'}: sandbox.problem = lambda: 'none'\n"
        f"supervise.supervise(Path({str(path)!r}), Path({str(tests)!r}), supervise.Limits(), {mark!r})"
    )
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    started = wait(lambda: list(supervise.marked(mark)))
    time.sleep(1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    gone, alive = psutil.wait_procs(started, timeout=10)
    assert gone and not alive and not list(supervise.marked(mark))


def wait(condition, seconds: float = 60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
    return found


def test_where_there_is_no_sandbox_it_is_said_and_may_be_required(monkeypatch):
    monkeypatch.setattr(sandbox, "problem", lambda: "bubblewrap is not installed")
    assert sandbox.must_be_safe("auto").startswith("Careful: bubblewrap is not installed, so submissions run without")
    with pytest.raises(ValueError, match=r"^bubblewrap is not installed: install it \(apt-get install bubblewrap\)"):
        sandbox.must_be_safe("require")
    monkeypatch.setattr(sandbox, "problem", lambda: "")
    assert sandbox.must_be_safe("require") == sandbox.must_be_safe("auto") == ""


def test_packages_that_the_caller_names_are_there_for_submissions_and_the_project_is_not(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT), str(tmp_path / "absent")]))
    assert sandbox.packages() == [tmp_path.resolve()]
    with sandbox.place(5, "mark") as there:
        assert str(tmp_path.resolve()) in " ".join([*there.words, *there.environment.values()])


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("import sys; sys._getframe(1)", "_getframe"),
        ("open('/proc/self/maps')", "/proc"),
        ("import otter", "otter"),
        ("import ctypes", "ctypes"),
        ("from lib import data\ndata.load = None", "data.load = …"),
        ("import torch as t\nsetattr(t, 'allclose', print)", "t = …"),
        ("class A:\n    def __eq__(self, other): return True", "__eq__"),
    ],
)
def test_odd_code_is_named_for_a_person(code, word):
    assert word in odd.odd_words([code])


def test_ordinary_code_is_not_odd(tests):
    assert odd.odd_words(["import torch\nx = torch.ones(2)\nx.grad = None\nrotter = processor = 1"]) == []


def test_each_question_counts_once_and_only_when_asked(tests):
    examiner = Examiner(read_tests(tests), cell=3)
    tell = lambda **event: examiner.hear(json.dumps(event).encode())  # noqa: E731
    paper = tell(event="ask", question="q1")
    judged = {"event": "judged", "question": "q1", "ticket": paper["ticket"]}
    tell(**judged, said=["", "wrong"])
    tell(**judged, said=["", ""])  # the same ticket again
    tell(event="judged", question="q2", ticket=paper["ticket"], said=[""])
    outcome = examiner.finish("", 0)
    assert outcome.scores == {"q1": 1} and "out of turn" in remarks(outcome)


@pytest.mark.parametrize(
    "line",
    [b"", b"[1]", b"{", b"\xff\xfe", b"[" * 10**5, b'{"event": "judged", "question": "q1", "said": NaN}'],
)
def test_a_line_that_the_grader_does_not_say_is_odd_and_harmless(tests, line):
    examiner = Examiner(read_tests(tests), cell=3)
    assert examiner.hear(line) is None
    assert "it said what the grader does not say" in remarks(examiner.finish("", 0))
