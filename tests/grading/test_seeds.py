"""A seed for each student or group."""

from pathlib import Path

import nbformat
import pytest

from grading import assign, command, grade, seeds
from grading.inbox import Submission
from grading.supervise import Limits

TINY = Path(__file__).parent / "assignments" / "tiny.md"


def table(folder: Path, text: str) -> Path:
    path = folder / "seeds.csv"
    path.write_text(text)
    return path


def test_a_student_is_found_by_any_name(tmp_path):
    given = seeds.read(table(tmp_path, "student;seed\nAda Lovelace;7\n'0042;8\n13;9\n"))
    variants = seeds.Variants(tmp_path / "seeds.csv", given, {seed: Path(f"{seed}.zip") for seed in (7, 8, 9)})

    def chosen(student: str, number: str = "", own: set[int] = frozenset()) -> tuple[str, str]:
        path, told = variants.choose(Submission(Path("x"), student, "", number), own)
        return path.stem, told

    assert chosen("Ada Lovelace_12", "12") == chosen("ada lovelace") == ("7", "")
    assert chosen("'0042") == ("8", "") and chosen("Emmy_13", "13") == ("9", "")
    assert chosen("unknown", own={8}) == ("8", "seeds.csv does not name this student: graded for the seed 8")
    assert chosen("unknown", own={5})[0] == "7"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,seed\nada,1\n", "must have the columns student,seed"),
        ("student,seed\nada,one\n", "not 'ada,one'"),
        ("student,seed\n", "must have the columns"),
        ("student,seed\nada,1\nAda,2\n", "has several lines of ada"),
    ],
)
def test_another_table_is_refused(text, told, tmp_path):
    with pytest.raises(ValueError, match=rf"seeds\.csv {'' if told.startswith(('must', 'has')) else '.*'}{told}"):
        seeds.read(table(tmp_path, text))


def test_each_is_graded_for_their_own_seed_and_anothers_notebook_is_told(tmp_path, monkeypatch, cache):
    sources, dist, folder = tmp_path / "sources", tmp_path / "dist", tmp_path / "in"
    for path in (sources, folder):
        path.mkdir()
    (sources / "tiny.md").write_text(TINY.read_text())
    monkeypatch.setattr(assign, "SOURCES", sources)
    monkeypatch.setattr(command, "DIST", dist)
    source = table(tmp_path, "student,seed\nada,7\ngrace,8\ncopies,8\n")
    run = lambda *words: command.main(command.parser().parse_args([*map(str, words)]))  # noqa: E731
    with pytest.raises(FileNotFoundError, match=r"seed-7/tiny-autograder\.zip is missing: run make assign"):
        run("grade", "tiny", folder, "--seeds", source)
    run("assign", "tiny", "--seeds", source)
    for student, seed in {"ada": 7, "grace": 8, "copies": 7}.items():
        notebook = nbformat.read(dist / "tiny" / f"seed-{seed}" / "tiny-solution.ipynb", as_version=4)
        notebook.cells[:2] = [nbformat.v4.new_code_cell("class grader:\n    check = print")]
        nbformat.write(notebook, folder / f"{student}.ipynb")
    run("grade", "tiny", folder, "--seeds", source)
    variants = seeds.variants(source, dist / "tiny", "tiny", None)
    result = grade.grade(
        next(iter(variants.archives.values())), folder, Limits(), scores=tmp_path / "s.csv", variants=variants
    )
    rows = {row["student"]: row for row in result.rows}
    assert (rows["ada"]["total"], rows["grace"]["total"]) == ("5", "5")
    assert rows["copies"]["q1"] == "1" and rows["copies"]["remark"].startswith("its SEED is 7, and not 8; ")
