"""Whose each file is: known shapes are known, and no row is lost."""

import os
from pathlib import Path

import nbformat
import pytest

from grading import inbox


def touch(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def found(folder: Path) -> dict[str, tuple[str, str]]:
    return {one.student: (one.number, one.remark) for one in inbox.find(folder, set())}


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace_123_assignsubmission_file_/siamese.ipynb",  # Moodle before 4.1
        "Ada Lovelace_123_assignsubmission_file/siamese.ipynb",  # and since
        "Ada Lovelace_123_assignsubmission_file_siamese.ipynb",  # not in folders
    ],
)
def test_moodles_shapes(name, tmp_path):
    text = "Ada Lovelace_123_assignsubmission_onlinetext/onlinetext.html"
    touch(tmp_path, name, text, "__MACOSX/._Ada Lovelace_123_assignsubmission_file_", "Thumbs.db")
    assert found(tmp_path) == {"Ada Lovelace_123": ("123", "sent a text online, too, which is not graded")}


def test_the_shapes_of_moodles_teams(tmp_path):
    touch(
        tmp_path, "Team 1_12_assignsubmission_file/siamese.ipynb", "Default group_assignsubmission_file/siamese.ipynb"
    )
    assert found(tmp_path) == {"Team 1_12": ("12", ""), "Default group": ("", "")}


def test_a_text_online_and_nothing_else_is_a_submission(tmp_path):
    touch(tmp_path, "Ada Lovelace_123_assignsubmission_onlinetext_/onlinetext.html")
    assert found(tmp_path) == {"Ada Lovelace_123": ("123", "")}


def test_canvas_shapes(tmp_path):
    touch(tmp_path, "lovelaceada_LATE_12_34_siamese.ipynb", "hoppergrace_56_78_my_work-1.ipynb", "noether_9_text.html")
    assert found(tmp_path) == {"lovelaceada_12": ("12", ""), "hoppergrace_56": ("56", ""), "noether_9": ("9", "")}


def test_names_that_look_alike_in_a_table_have_rows_of_their_own(tmp_path):
    touch(tmp_path, "a\x01b.ipynb", "a\x02b.ipynb", "plain.ipynb")
    names = list(found(tmp_path))
    assert len(set(names)) == 3 and "plain" in names and sum(name.startswith("a b [") for name in names) == 2
    touch(tmp_path, "a\x00b.ipynb".replace("\x00", "\x03"))
    assert set(names) < set(found(tmp_path))  # and keep their names when another comes


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("a\x01b.ipynb", "a\x02b.ipynb"),
        ("a\x01b.ipynb", "a b.ipynb"),
        ("a b.ipynb", "a\x01b.ipynb"),
        ("ada/a\x01b.ipynb", "ada/a\x02b.ipynb"),
        ("=1.ipynb", "'=1.ipynb"),
        ("'=1.ipynb", "=1.ipynb"),
        ("a\x01b.ipynb", "a b [{short}].ipynb"),
    ],
)
def test_a_name_stays_when_one_that_looks_alike_comes_later(first, later, tmp_path):
    """Else the row that has the points is nobody's."""
    touch(tmp_path, first, "ada/other.ipynb")  # ada's are told apart by their files
    before = set(found(tmp_path))
    touch(tmp_path, later.format(short=inbox.short("a\x01b")))
    after = found(tmp_path)
    assert before < set(after) and len(after) == len(before) + 1


def test_a_mark_stands_only_where_a_name_alone_would_not_tell(tmp_path):
    """Not at the names of some languages, which have letters that are not printed, where a platform gave a number."""
    touch(tmp_path, "علی\u200cرضا_12_34_x.ipynb", "'t Hooft.ipynb", "0042.ipynb", "a\x01b.ipynb")
    mark = inbox.short("a\x01b")
    assert set(found(tmp_path)) == {"علی رضا_12", "'t Hooft", "'0042", f"a b [{mark}]"}


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+a", "-b", "@c", "0042", "123456789012345678", "1e5", "2-3", "3/4", "jan1", "1 March", "March-5", "true"],
)
def test_what_a_spreadsheet_would_change_is_marked_as_text(name):
    assert inbox.text(name) == f"'{name}"


@pytest.mark.parametrize("name", ["ada", "Ada Lovelace_123", "march", "a2", "marta7x", "Jane 5b"])
def test_other_names_stay(name):
    assert inbox.text(name) == name


def test_only_ordinary_files_are_read_and_only_so_much(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "large").write_bytes(b"12345")
    (tmp_path / "small").write_bytes(b"1234")
    monkeypatch.setattr(inbox, "LARGEST", 4)
    names = ("pipe", "zero", "loop", "large", "small", "missing")
    assert [inbox.read(tmp_path / name) for name in names] == [None] * 4 + [b"1234", None]
    assert len(inbox.find(tmp_path, set())) == 5


def test_the_seeds_of_a_notebook():
    sources = ["SEED = 7", "x = 1\nSEED=8  # mine", "SEED = OTHER\nMY_SEED = 9"]
    cells = [nbformat.v4.new_code_cell(source) for source in sources] + [nbformat.v4.new_markdown_cell("SEED = 1")]
    assert inbox.seeds(cells) == {7, 8}
    words = nbformat.writes(nbformat.v4.new_notebook(cells=cells))
    assert all(inbox.seeds(inbox.cells(words.encode(code))) == {7, 8} for code in ("utf-8", "utf-8-sig", "utf-16"))
    assert inbox.cells(b"[" * 100_000) == inbox.cells(b"words") == inbox.cells(None) == []


def test_a_notebook_of_millions_of_parts_is_left_to_its_own_process(monkeypatch):
    """Its 50 MB would need gigabytes of the grader's own memory, and hours to be found invalid."""
    monkeypatch.setattr(nbformat, "reads", lambda *_, **__: pytest.fail("taken apart"))
    assert inbox.cells(b'{"cells": [' + b"{}," * 10**6 + b"{}]}") == []
    assert inbox.cells(('{"cells": [' + "[]," * 10**6 + "[]]}").encode("utf-16")) == []
