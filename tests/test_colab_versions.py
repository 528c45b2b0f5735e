"""Requirements made of Colab's own list, and the workflow that runs the notebooks with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from colab_versions import PINS, published, requirements

ROOT = Path(__file__).parents[1]
FREEZE = """# Do not modify this file directly
en-core-web-sm @ https://github.com/x/en_core_web_sm-3.6.0-py3-none-any.whl#sha256=83
google-colab @ file:///colabtools/dist/google-colab-1.0.0.tar.gz
ipython==7.34.0
jupyter_client==7.4.9
numpy==2.0.2
pytest==8.4.2
scikit-learn==1.6.1
torch @ https://download.pytorch.org/whl/cu118/torch-2.9.1%2Bcu118-cp310-cp310-linux_x86_64.whl#sha256=a8
torchvision==0.24.0+cu126
"""


def test_versions_of_wheels_and_of_builds_for_a_gpu_are_found():
    found = {name: str(version) for name, version in published(FREEZE).items()}
    assert found["torch"] == "2.9.1" and found["torchvision"] == "0.24.0" and found["jupyter-client"] == "7.4.9"
    assert "google-colab" not in found  # no wheel, no version


def test_what_colab_has_replaces_our_pins_and_nothing_else():
    pins = "# words\ntorch==2.13.0  # why\nscikit-learn==1.0\nmlxtend==0.23.4\npytest==9.2.0\njupyter-client==1.0\n"
    expected = ["torch==2.9.1", "scikit-learn==1.6.1", "mlxtend==0.23.4", "pytest==9.2.0", "jupyter-client==7.4.9"]
    assert requirements(FREEZE, pins) == expected


def test_every_pin_of_ours_is_among_them():
    ours = [line.partition("==")[0] for line in PINS.read_text().splitlines() if line[:1].isalpha()]
    assert [line.partition("==")[0] for line in requirements(FREEZE, PINS.read_text())] == ours


@pytest.mark.parametrize("content", ["<html>not found</html>", "", "torch==2.0\nnumpy==2.0.2\n"])
def test_a_list_in_another_form_is_one_sentence(content, tmp_path):
    (file := tmp_path / "pip-freeze.txt").write_text(content)
    words = [sys.executable, ROOT / "tests" / "colab_versions.py", file]
    result = subprocess.run(words, capture_output=True, text=True)
    assert result.returncode == 1 and not result.stdout
    assert "has its form changed?" in result.stderr and len(result.stderr.splitlines()) == 1


def steps() -> dict[str, dict[str, str]]:
    found = yaml.safe_load((ROOT / ".github" / "workflows" / "colab.yml").read_text())
    assert "schedule" in found[True]  # YAML reads the key "on" as yes
    return {step["name"]: step for step in found["jobs"]["colab"]["steps"] if "run" in step}


def test_other_versions_train_every_round_again():
    """They may give other bits, so nothing is compared with the book's, or taken from its ledger."""
    [words] = [line.split(" 2>&1")[0].split()[1:] for line in steps()["Run the notebooks"]["run"].splitlines()]
    text = subprocess.run(["make", "-n", *words, "COLAB_PYTHON=true"], cwd=ROOT, capture_output=True, text=True).stdout
    assert 'test -n "newest.txt" || cp -R' in text and text.count('test -n "newest.txt" || PYTHONPATH') == 2
    assert '-r "newest.txt"' in text and "requirements-colab.txt" not in text


def summary(folder: Path, *log: str) -> list[str]:
    """What the workflow writes when the notebooks have failed with this log."""
    (folder / "notebooks.log").write_text("\n".join(log) + "\n")
    (folder / "newest.txt").write_text("torch==2.9.1\n")
    environment = os.environ | {"GITHUB_STEP_SUMMARY": str(folder / "summary")}
    subprocess.run(["bash", "-e", "-c", steps()["Which broke"]["run"]], cwd=folder, env=environment, check=True)
    return (folder / "summary").read_text().splitlines()


def test_the_workflow_says_which_notebooks_broke(tmp_path):
    log = ("..F", "FAILED ../dropout.ipynb::Cell 3", "FAILED x/y/dropout.ipynb::Cell 4 - Kernel", "ERROR x/task.ipynb")
    told, *rest = summary(tmp_path, *log)
    assert told.endswith("these notebooks break:") and rest == ["- dropout", "- task", "torch==2.9.1"]


def test_where_no_notebook_broke_the_workflow_says_how_it_ended(tmp_path):
    """As when pip cannot install Colab's versions together."""
    told, *rest = summary(tmp_path, *map(str, range(99)), "ERROR: ResolutionImpossible: torch", "make: *** Error 1")
    assert "failed before a notebook broke" in told and "break:" not in told
    assert rest[0] == "81" and rest[-3:] == ["ERROR: ResolutionImpossible: torch", "make: *** Error 1", "torch==2.9.1"]


def test_a_summary_of_notebooks_is_written_only_where_they_have_failed():
    """A book that cannot be built, or a list that cannot be had, has broken no notebook."""
    found = steps()
    [name] = [name for name, step in found.items() if step.get("id") == "notebooks"]
    assert "make notebooks" in found[name]["run"]
    assert found["Which broke"]["if"] == "failure() && steps.notebooks.outcome == 'failure'"
