"""A folder of submissions, some of them nasty, becomes a table; nobody's accident is another one's."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from html import unescape
from pathlib import Path

import nbformat
import psutil
import pytest

from grading import answers, assign, command, grade, inbox, supervise
from grading.supervise import Limits

ROOT = Path(__file__).parents[2]
TINY = Path(__file__).parent / "assignments" / "tiny.md"
QUICK = Limits(seconds=60, cell=3, memory=700, output=1)


def solution(made: Path) -> nbformat.NotebookNode:
    """The solution, with a grader that does nothing: grading has its own tests, and importing lib takes seconds."""
    notebook = nbformat.read(made / "tiny-solution.ipynb", as_version=4)
    notebook.cells[:2] = [nbformat.v4.new_code_cell("class grader:\n    check = print")]
    return notebook


def submit(made: Path, folder: Path, name: str, code: str, after: str = 'grader.check("q1")') -> None:
    """Hand in the solution, with a cell of ``code`` put behind the one that holds ``after``."""
    notebook = solution(made)
    [place] = [i for i, cell in enumerate(notebook.cells) if cell.source.startswith(after)]
    notebook.cells.insert(place + 1, nbformat.v4.new_code_cell(code))
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")


def graded(made: Path, folder: Path, limits: Limits = QUICK, **options) -> dict[str, dict[str, str]]:
    """The rows of the table, by student."""
    path = grade.grade(made / "tiny-autograder.zip", folder, limits, **options).scores
    with open(path, newline="", encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


NASTY = {  # each comes after question 1, which is worth 3 points, and before question 2, worth 2
    "loops": ("while True: pass", "5", "took longer than 3 s"),
    "raises": ("raise RuntimeError('deep\\nin the cell')", "5", "raised RuntimeError: deep in the cell"),
    "exits": ("import sys; sys.exit()", "5", "raised SystemExit"),
    "dies": ("import os; os._exit(0)", "3", "its process ended by itself (exit code 0)"),
    "prints": ("while True: print('again ' * 1000)", "5", "printed more than is allowed"),
    "shouts": ("import os\nwhile True: os.write(2, b'x' * 9999)", "5", "printed more than is allowed"),
    "allocates": ("held = []\nwhile True: held.append(bytearray(10**8))", "5", "raised MemoryError"),
    "crashes": ("import ctypes; ctypes.string_at(0)", "3", "its process ended by itself (exit code -11)"),
    "asks": ("input('your name?')", "5", "raised"),
    "shadows": ("print = json = open = None\nclass Exception: pass", "5", ""),
    "forks": ("import os, time\nif os.fork() == 0: time.sleep(600)", "5", "look at this notebook: its code has fork"),
    "breaks": ("def add_seed(:", "5", "raised SyntaxError"),
    "draws": ("%matplotlib inline\nshown = 1", "5", ""),
    "silences": ("import sys\nsys.stdout = None", "3", "object has no attribute 'write'"),
    "blocks": ("import time; time.sleep(600)", "5", "took longer than 3 s"),
}


def test_nasty_submissions_get_what_they_earned_and_a_good_one_among_them_its_score(made, tmp_path, way):
    for name, (code, _, _) in NASTY.items():
        submit(made, tmp_path, name, code)
    submit(made, tmp_path, "good", "")
    rows = graded(made, tmp_path, jobs=2, by_hand=assign.by_hand(TINY))
    good = {
        "student": "good",
        "q1": "3",
        "q2": "2",
        "q3": "",
        "total": "5",
        "possible": "7",
        "comment": "",
        "remark": "",
    }
    assert rows.pop("good") == good
    told = {name: (row["total"], row["remark"]) for name, row in rows.items()}
    wrong = {name: told[name] for name, (_, total, remark) in NASTY.items() if not fits(told[name], total, remark)}
    assert wrong == {} and told.keys() == NASTY.keys()


def fits(told: tuple[str, str], total: str, remark: str) -> bool:
    """A remark that says this, or none at all."""
    return told[0] == total and (remark in told[1] if remark else not told[1])


def test_what_is_no_notebook_gets_zero_and_says_so(made, tmp_path):
    (tmp_path / "words.ipynb").write_text("Dear professor, my dog")
    (tmp_path / "half.ipynb").write_text((made / "tiny-solution.ipynb").read_text()[:500])
    (tmp_path / "list.ipynb").write_text("[1, 2]")
    (tmp_path / "noise.ipynb").write_bytes(bytes(range(256)))
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    rows = graded(made, tmp_path)
    assert {(row["total"], row["remark"][:14]) for row in rows.values()} == {("0", "not a notebook")}
    assert len(rows) == 5


def test_a_stubborn_submission_is_stopped_and_keeps_what_it_earned(made, tmp_path):
    stubborn = "import time\nwhile True:\n    try: time.sleep(60)\n    except BaseException: pass"
    submit(made, tmp_path, "stubborn", stubborn)
    row = graded(made, tmp_path, Limits(seconds=15, cell=2))["stubborn"]
    assert row["total"] == "3" and row["remark"].startswith("stopped after 15 s, in the cell 'import time'")


@pytest.mark.parametrize(
    "start",
    [
        "subprocess.Popen(words, start_new_session=True)",
        "subprocess.Popen(words, env={})",
        "os.fork() or (subprocess.Popen(words), os._exit(0))",
    ],
    ids=["in a session of its own", "without the mark", "forked twice"],
)
def test_memory_of_children_counts_and_they_are_ended(made, tmp_path, start, way):
    words = "[sys.executable, '-c', 'x = bytearray(27 * 10**7); import time; time.sleep(60)']"
    code = f"import os, subprocess, sys, time\nwords = {words}\nfor _ in range(2): {start}\ntime.sleep(30)"
    submit(made, tmp_path, "parent", code)  # each child is small enough
    row = graded(made, tmp_path, Limits(seconds=60, cell=40, memory=500))["parent"]
    assert row["total"] == "3" and "it used more than 500 MB of memory" in row["remark"]


def test_a_child_with_a_session_of_its_own_does_not_stay(made, tmp_path, way):
    mark = "import subprocess\nsubprocess.Popen(['sleep', '4242'], start_new_session=True)"
    submit(made, tmp_path, "leaves", mark)
    assert graded(made, tmp_path)["leaves"]["total"] == "5"
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "4242"]]


def test_hidden_tests_that_an_answer_never_lets_end_cost_only_that_question(made, tmp_path):
    notebook = solution(made)
    for cell in notebook.cells:
        cell.source = cell.source.replace("return x + SEED", "while x: pass\n    return SEED")
    nbformat.write(notebook, tmp_path / "slow.ipynb")
    row = graded(made, tmp_path)["slow"]
    assert (row["q1"], row["q2"], row["remark"]) == ("1", "2", "q1: took longer than 3 s")


def test_a_question_without_its_check_cell_is_judged_at_the_end(made, tmp_path):
    notebook = solution(made)
    notebook.cells = [cell for cell in notebook.cells if not cell.source.startswith("grader.check")]
    nbformat.write(notebook, tmp_path / "bare.ipynb")
    assert graded(made, tmp_path)["bare"]["total"] == "5"


def test_questions_without_check_cells_are_judged_in_their_order():
    names = [f"q{number}" for number in range(1, 9)]
    code = (
        "from grading import submission\n"
        f"submission.grade([], {names}, 1, lambda *event, **values: None, lambda name, names: print(name))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.split() == names


def test_an_answer_that_is_not_there_is_named(made, tmp_path):
    typo = nbformat.v4.new_code_cell("addseed = abs")
    nbformat.write(nbformat.v4.new_notebook(cells=[typo]), tmp_path / "typo.ipynb")
    assert graded(made, tmp_path)["typo"]["remark"] == "q1: add_seed is not defined.; q2: flawed is not defined."


def test_last_years_answers_do_not_fit(made, tmp_path):
    old = tmp_path / "old"
    assign.make(TINY, old, seed=6)
    folder = tmp_path / "submissions"
    submit(made, folder, "own", "")
    nbformat.write(solution(old), folder / "copied.ipynb")
    row = graded(made, folder)["copied"]
    assert row["q1"] == "1" and "its SEED is 6, and not 7; q1: hidden test 2 of 2 fails; q2: " in row["remark"]


def test_an_autograder_for_another_seed_is_told_before_anything_runs(made, tmp_path):
    old = tmp_path / "old"
    assign.make(TINY, old, seed=6)
    submit(old, tmp_path / "in", "ada", "")
    with pytest.raises(ValueError, match=r"zip was made for the seed 7, but the notebooks have 6: put the autograder"):
        graded(made, tmp_path / "in")
    assert not (tmp_path / "in" / "scores.csv").exists()


def test_another_run_grades_only_what_has_changed(made, tmp_path, monkeypatch):
    ran = []
    original = grade.supervise
    monkeypatch.setattr(grade, "supervise", lambda path, *rest: ran.append(path.stem) or original(path, *rest))
    for name in ("ada", "grace"):
        submit(made, tmp_path, name, "")
    first = graded(made, tmp_path)
    (tmp_path / "scores.csv").unlink()
    assert graded(made, tmp_path) == first and sorted(ran) == ["ada", "grace"]
    submit(made, tmp_path, "grace", "flawed = {}")
    (tmp_path / "ada.ipynb").rename(tmp_path / "lovelace.ipynb")
    assert {name: row["total"] for name, row in graded(made, tmp_path).items()} == {
        "ada": "5",
        "grace": "5",
        "lovelace": "5",
    }
    graded(made, tmp_path, Limits(seconds=61, cell=3, memory=700, output=1))
    assert ran[2:] == ["grace", "grace", "lovelace"]
    graded(made, tmp_path, again=True)
    assert len(ran) == 7


def test_another_autograder_grades_everything_again(made, tmp_path):
    submit(made, tmp_path / "in", "ada", "")
    assert graded(made, tmp_path / "in")["ada"]["q1"] == "3"
    source = tmp_path / "tiny.md"
    source.write_text(TINY.read_text().replace("points: [1, 2]", "points: [2, 2]"))
    assign.make(source, tmp_path / "changed")
    assert graded(tmp_path / "changed", tmp_path / "in")["ada"]["q1"] == "4"


def test_the_outcome_of_a_file_that_changed_meanwhile_is_not_kept(made, tmp_path, monkeypatch):
    submit(made, tmp_path, "ada", "")
    monkeypatch.setattr(grade, "supervise", lambda path, *rest: path.write_bytes(b"{}") and supervise.Outcome())
    graded(made, tmp_path)
    assert not (tmp_path / ".graded").exists()


def test_an_outcome_that_cannot_be_read_is_graded_again(made, tmp_path):
    submit(made, tmp_path, "ada", "")
    first = graded(made, tmp_path)
    [kept] = (tmp_path / ".graded").iterdir()
    whole = kept.read_text()
    kept.write_text("{")
    assert graded(made, tmp_path) == first and kept.read_text() == whole


def test_a_submission_need_not_list_the_fonts_again(made, tmp_path):
    made_before = "import matplotlib, os\nmade = os.listdir(matplotlib.get_configdir())"
    newly = "from matplotlib import font_manager\nassert os.listdir(matplotlib.get_configdir()) == made, made"
    submit(made, tmp_path, "plots", f"{made_before}\n{newly}")
    assert graded(made, tmp_path)["plots"]["remark"] == ""


def test_one_process_that_cannot_start_stops_nobody(made, tmp_path, monkeypatch):
    for name in ("a", "b"):
        submit(made, tmp_path, name, "")
    original = supervise.watch
    calls = []

    def fail_once(process, *rest):
        calls.append(process)
        if len(calls) == 1:
            raise OSError("no more processes")
        return original(process, *rest)

    monkeypatch.setattr(supervise, "watch", fail_once)
    rows = graded(made, tmp_path, jobs=1)
    assert rows["a"]["remark"] == "could not be graded: OSError('no more processes')" and rows["b"]["total"] == "5"


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def found(folder: Path) -> dict[str, str]:
    """The remark on each student's submission before it runs."""
    return {one.student: one.remark for one in inbox.find(folder, grade.ours(folder, folder / "scores.csv"))}


def test_a_student_may_have_a_folder_and_hidden_files_are_not_graded(tmp_path):
    folder = touch(tmp_path, "ada.ipynb", "Grace H_42_file/siamese.ipynb", "Grace H_42_file/notes.txt", ".DS_Store")
    touch(folder, ".ipynb_checkpoints/ada-checkpoint.ipynb", "alan/.hidden.ipynb", "alan/report.pdf")
    assert found(folder) == {"Grace H_42_file": "", "ada": "", "alan": ""}


def test_two_submissions_of_one_student_are_told_apart_and_say_so(tmp_path):
    folder = touch(tmp_path, "ada.ipynb", "ada.txt", "grace/a.ipynb", "grace/b.ipynb", "alan/a.ipynb")
    twice = dict.fromkeys(("ada.ipynb", "ada.txt"), "one of 2 submissions of ada")
    twice |= dict.fromkeys(("grace/a.ipynb", "grace/b.ipynb"), "one of 2 submissions of grace")
    assert found(folder) == twice | {"alan": ""}


def test_folders_and_files_are_graded_side_by_side(made, tmp_path):
    submit(made, tmp_path, "ada", "")
    submit(made, tmp_path / "grace", "tiny", "")
    submit(made, tmp_path / "grace", "tiny (1)", "")
    touch(tmp_path, "alan/report.pdf")
    told = {student: (row["total"], row["remark"]) for student, row in graded(made, tmp_path).items()}
    twice = {f"grace/{name}.ipynb": ("5", "one of 2 submissions of grace") for name in ("tiny", "tiny (1)")}
    assert told == twice | {"ada": ("5", ""), "alan": ("0", "there is no notebook right in this folder")}


def write_down(made: Path, folder: Path, student: str, change: Callable[[list], object]) -> None:
    """Hand in the student's own notebook, whose last three cells are the question for people, the answer, the end."""
    notebook = nbformat.read(made / "tiny.ipynb", as_version=4)
    notebook.cells[:2] = solution(made).cells[:1]
    change(notebook.cells)
    (folder / f"{student}.ipynb").write_text(json.dumps(notebook))


def test_the_answers_for_people_are_on_one_page_and_cannot_run(made, tmp_path):
    evil = "</pre><script>alert(1)</script>\ud800 ![](https://example.org/x.png)"
    more = nbformat.v4.new_markdown_cell("Because I say so.")
    write_down(made, tmp_path, "<b>ada", lambda cells: cells[-2].update(source=evil))
    write_down(made, tmp_path, "alan", lambda cells: cells.append(more))  # below the end, and the placeholder stays
    write_down(made, tmp_path, "grace", lambda cells: None)
    write_down(made, tmp_path, "kurt", lambda cells: cells.__delitem__(slice(-3, None)))
    graded(made, tmp_path, by_hand=assign.by_hand(TINY))
    page = (tmp_path / "scores-answers.html").read_text()
    told = [unescape(text) for text in re.findall(r"<(?:h1|h2|pre)>(.*?)</(?:h1|h2|pre)>", page, re.DOTALL)]
    assert told[:2] == ["q3", "Why?\n\nBecause the rubric says so."]
    assert told[2:4] == ["<b>ada", evil.replace("\ud800", "?")]
    assert told[4:] == [
        "alan",
        "Because I say so.",
        "grace",
        "(nothing)",
        "kurt",
        "(this question is not in the notebook)",
    ]
    assert set(re.findall(r"<(\w+)", page)) == {"meta", "title", "style", "h1", "h2", "pre"}


def test_a_thousand_copies_of_a_question_are_cut_and_say_so():
    copies = ["Question 7\n" + "x" * 1000] * 1000
    assert len(answers.written("Question 7", 0, copies)) < answers.LONGEST + 100


def test_an_endless_answer_is_cut_and_says_so():
    cells = [nbformat.v4.new_markdown_cell(text) for text in ("before", answers.BEGIN, "long" * 10**6)]
    [text] = answers.collect(cells)
    assert len(text) < 21_000 and text.endswith(" … (cut here: the rest is in the notebook)")
    assert "before" not in text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["grade", "no-such", "."], "no assignment 'no-such' in"),
        (["grade", "siamese", "no-such-folder"], "there is no folder no-such-folder"),
        (["grade", "siamese", "EMPTY"], "holds no submissions"),
        (["grade", "siamese", ".", "--cell", "0"], "the limit cell must be at least 1, not 0"),
        (["grade", "siamese", ".", "--jobs", "0"], "--jobs must be at least 1, not 0"),
        (["assign", "no-such"], "choose from"),
    ],
)
def test_wrong_words_are_told_before_anything_runs(words, text, tmp_path, made, monkeypatch):
    (tmp_path / "siamese").mkdir()
    (tmp_path / "siamese" / "siamese-autograder.zip").write_bytes((made / "tiny-autograder.zip").read_bytes())
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(command, "DIST", tmp_path)
    words = [str(tmp_path / "empty") if word == "EMPTY" else word for word in words]
    with pytest.raises((ValueError, FileNotFoundError), match=text):
        command.main(command.parser().parse_args(words))


def test_an_assignment_is_made_only_when_its_solution_earns_everything(tmp_path, monkeypatch):
    sources, dist = tmp_path / "sources", tmp_path / "dist"
    sources.mkdir()
    monkeypatch.setattr(assign, "SOURCES", sources)
    monkeypatch.setattr(command, "DIST", dist)
    text = TINY.read_text()
    (sources / "wrong.md").write_text(text.replace("return x + SEED", "return x"))
    with pytest.raises(ValueError, match=r"^wrong-solution.ipynb loses points in q1: .* choose another SEED"):
        command.main(command.parser().parse_args(["assign", "wrong"]))
    assert not dist.exists()
    (sources / "right.md").write_text(text)
    command.main(command.parser().parse_args(["assign", "right", "--seed", "11"]))
    made = {path.name for path in (dist / "right").iterdir()}
    assert made == {"right.ipynb", "right-solution.ipynb", "right-autograder.zip"}
    assert (dist / "right").stat().st_mode & 0o777 == dist.stat().st_mode & 0o777  # who may read dist may read this
    assert "SEED = 11" in (dist / "right" / "right.ipynb").read_text()
    command.main(command.parser().parse_args(["assign", "right", "--seed", "11"]))  # the same again
    before = (dist / "right" / "right-autograder.zip").read_bytes()
    with pytest.raises(ValueError, match=r"right was made for the seed 11, and not 12: .* Move the folder away"):
        command.main(command.parser().parse_args(["assign", "right", "--seed", "12"]))
    assert (dist / "right" / "right-autograder.zip").read_bytes() == before


def test_an_error_is_one_clear_line():
    words = [sys.executable, "-m", "grading", "grade", "no-such", "."]
    result = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1


def test_grading_before_making_says_what_to_run(tmp_path):
    submit_here = tmp_path / "x.ipynb"
    submit_here.write_text("{}")
    with pytest.raises(FileNotFoundError, match="run make assignments first"):
        grade.grade(tmp_path / "missing.zip", tmp_path)


@pytest.mark.parametrize(("how", "text"), [("cut", "is damaged"), ("words", "is damaged"), ("other", "holds no tests")])
def test_a_broken_archive_is_told_before_anything_runs(made, how, text, tmp_path):
    archive, folder = tmp_path / "broken.zip", tmp_path / "submissions"
    submit(made, folder, "a", "")
    whole = (made / "tiny-autograder.zip").read_bytes()
    archive.write_bytes({"cut": whole[:5000], "words": b"not found", "other": b""}[how])
    if how == "other":
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("readme.txt", "another archive")
    with pytest.raises(ValueError, match=f"broken.zip {text}: run make assignments again"):
        grade.grade(archive, folder)
    assert not (folder / "scores.csv").exists()


def test_a_table_that_cannot_be_written_is_told_before_anything_runs(made, tmp_path):
    submit(made, tmp_path / "in", "a", "")
    with pytest.raises(OSError, match=r"a.ipynb/scores.csv cannot be written .*: name another file with --scores"):
        grade.grade(made / "tiny-autograder.zip", tmp_path / "in", scores=tmp_path / "in" / "a.ipynb" / "scores.csv")


def test_the_table_of_an_earlier_run_is_no_submission(tmp_path):
    touch(tmp_path, "a.ipynb", "scores.csv", "scores-answers.html", "out/elsewhere.csv")
    elsewhere = grade.ours(tmp_path, tmp_path / "out" / "elsewhere.csv")
    assert [one.student for one in inbox.find(tmp_path, elsewhere)] == ["a"]


def test_ctrl_c_while_modules_load_is_one_line(tmp_path):
    (tmp_path / "otter.py").write_text("import time; print('loading', flush=True); time.sleep(60)")
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    words = [sys.executable, "-m", "grading", "grade", "siamese", "."]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=ROOT, env=environment, preexec_fn=heard, **pipes) as process:
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read().strip() == "stopped; what was finished before is kept"
    assert process.returncode == 130


def test_ctrl_c_ends_all_submissions_and_keeps_what_is_done(made, tmp_path):
    submit(made, tmp_path, "a", "")
    submit(made, tmp_path, "b", "import time; time.sleep(500)")
    code = (
        "import sys; from pathlib import Path; from grading import grade; from grading.supervise import Limits\n"
        f"grade.grade(Path({str(made / 'tiny-autograder.zip')!r}), Path({str(tmp_path)!r}), Limits(600, 600), jobs=1)"
    )
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # in a background shell it is ignored
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, preexec_fn=heard)
    table = tmp_path / "scores.csv"
    wait(lambda: table.exists() and "a,3" in table.read_text() and list(supervise.marked("")))
    process.send_signal(2)
    assert process.wait(30) != 0
    process.stderr.close()
    assert "a,3,2,5,5,," in table.read_text()
    assert not [p for p in supervise.marked("") if str(tmp_path) in " ".join(p.cmdline())]


def wait(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
