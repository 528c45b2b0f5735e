"""A term's work, from Moodle's download to what goes back, by the commands that an instructor types."""

import csv
import zipfile
from pathlib import Path

import nbformat
import pytest

from grading import assign, command

TINY = Path(__file__).parent / "assignments" / "tiny.md"
HEADER = "Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments"
CLASS = {"Ada Lovelace": 11, "Grace Hopper": 12, "Emmy Nöther": 13}


@pytest.fixture
def place(tmp_path, monkeypatch, cache) -> Path:
    """A folder with the tiny assignment made, Moodle's download of two submissions, and its worksheet."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "tiny.md").write_text(TINY.read_text())
    monkeypatch.setattr(assign, "SOURCES", tmp_path / "sources")
    monkeypatch.setattr(command, "DIST", tmp_path / "dist")
    run("assign", "tiny")
    for name, change in {"Ada Lovelace": ("", ""), "Grace Hopper": ("return x + SEED", "return None")}.items():
        notebook = nbformat.read(tmp_path / "dist" / "tiny" / "tiny-solution.ipynb", as_version=4)
        notebook.cells[:2] = [nbformat.v4.new_code_cell("class grader:\n    check = print")]
        for cell in notebook.cells:
            cell.source = cell.source.replace(*change) if change[0] else cell.source
        folder = tmp_path / "in" / f"{name}_{CLASS[name]}_assignsubmission_file"
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / "tiny.ipynb")
    lines = [f"Participant {number},{name},-,,7.00,Yes,-," for name, number in CLASS.items()]
    (tmp_path / "list.csv").write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8-sig")
    return tmp_path


def run(*words: object) -> None:
    command.main(command.parser().parse_args([str(word) for word in words]))


def rows(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def test_from_the_download_to_what_goes_back(place, capsys):
    folder, words = place / "in", ("grade", "tiny", place / "in", "--roster", place / "list.csv")
    run(*words)
    names = ["scores.csv", "scores-answers.html", "scores-feedback.zip", "scores-summary.html", "scores-moodle.csv"]
    assert capsys.readouterr().out.splitlines()[-5:] == [str(folder / name) for name in names]
    assert [row["Grade"] for row in rows(folder / "scores-moodle.csv")] == ["", "", ""]  # nothing is complete yet
    table = folder / "scores.csv"
    typed = table.read_text().replace("Ada Lovelace_11,3,2,,5,7,,", "Ada Lovelace_11,3,2,2,5,7,Well done,")
    table.write_text(typed.replace(",", ";"))  # as a spreadsheet may save it
    run(*words)
    told = {row["student"]: (row["q3"], row["total"], row["comment"]) for row in rows(table)}
    assert told == {"Ada Lovelace_11": ("2", "7", "Well done"), "Grace Hopper_12": ("", "2", "")}
    back = rows(folder / "scores-moodle.csv")
    assert [(row["Grade"], row["Feedback comments"]) for row in back] == [("7", "Well done"), ("", ""), ("", "")]
    summary = (folder / "scores-summary.html").read_text()
    assert "Emmy Nöther: handed in nothing" in summary and "q3: 1 without points" in summary
    with zipfile.ZipFile(folder / "scores-feedback.zip") as archive:
        page = archive.read("Grace Hopper_12_assignsubmission_file/feedback.html").decode()
    assert "add_seed returns nothing yet." in page and "this year's seed" not in page


def test_what_is_wrong_with_a_list_is_told_before_anything_runs(place):
    (place / "list.csv").write_text((place / "list.csv").read_text().replace("7.00", "100.00"))
    with pytest.raises(ValueError, match=r"Moodle takes 100 points in 'Grade', but the assignment gives 7"):
        run("grade", "tiny", place / "in", "--roster", place / "list.csv")
    assert not (place / "in" / "scores.csv").exists()
