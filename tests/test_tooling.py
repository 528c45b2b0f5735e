"""The project's habits: what make lint checks, what runs before a commit, and what contributors are met with."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PYPROJECT = ROOT / "pyproject.toml"
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def lint_commands() -> list[str]:
    """The commands of `make lint`, without those of its prerequisite."""
    words = ["make", "--no-print-directory", "--dry-run", "--assume-old=install", "lint"]
    lines = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return [line for line in lines if not line.startswith("echo")]


def hooks() -> list[dict]:
    [repository] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"  # nothing with a version of its own
    return repository["hooks"]


def test_the_hooks_run_exactly_the_commands_of_make_lint():
    assert [hook["entry"] for hook in hooks()] == lint_commands()
    for hook in hooks():
        assert (hook["language"], hook["pass_filenames"], hook["always_run"]) == ("system", False, True)


def test_pre_commit_takes_the_file():
    words = [BIN / "pre-commit", "validate-config", ".pre-commit-config.yaml"]
    subprocess.run(words, cwd=ROOT, check=True)


def test_every_tool_is_pinned():
    text = (ROOT / "requirements.txt").read_text()
    packages = {"lint-imports": "import-linter"}
    tools = {Path(shlex.split(command)[0]).name for command in lint_commands()} - {"python"} | {"pre-commit"}
    assert tools == {"ruff", "mypy", "codespell", "lint-imports", "pre-commit"}
    for tool in tools:
        assert re.search(rf"^{packages.get(tool, tool)}==[\d.]+$", text, re.MULTILINE), tool


def test_types_and_imports_are_checked_along_the_same_path():
    tools = tomllib.loads(PYPROJECT.read_text())["tool"]
    strict = next(part["module"] for part in tools["mypy"]["overrides"] if "disallow_untyped_defs" in part)
    layers, forbidden, *_ = tools["importlinter"]["contracts"]
    ordered = [name for name in reversed(layers["layers"]) if "store" not in name]
    assert set(strict) == set(forbidden["source_modules"]) == set(ordered)
    top = {f"lib.{path.stem}" for path in (ROOT / "lib").glob("*.py") if not path.stem.startswith("__")}
    assert set(strict) == top


def copy(folder: Path) -> Path:
    """The folder, with a copy of lib in it, to be spoilt."""
    shutil.copytree(ROOT / "lib", folder / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def spoil(folder: Path, file: str, text: str) -> None:
    with (folder / "lib" / file).open("a") as module:
        module.write(text)


def run(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([BIN / words[0], *words[1:]], cwd=folder, capture_output=True, text=True)


def imports(folder: Path) -> subprocess.CompletedProcess:
    return run(folder, "lint-imports", "--no-logo", "--no-cache", str(PYPROJECT))


def test_a_sound_copy_keeps_all_contracts(tmp_path):
    assert imports(copy(tmp_path)).returncode == 0


WRONG_IMPORTS = [
    ("data.py", "lib.course", "Nothing but the command line imports the course's content"),
    ("checks/task.py", "lib.course", "Nothing but the command line imports the course's content"),
    ("models.py", "lib.extras.probes", "Of the folders beside it, the path imports only store"),
    ("heads.py", "lib.training", "The path is read in this order"),
    ("store/files.py", "lib.data", "The path is read in this order"),
    ("extras/starts.py", "lib.extras.wrappers", "The extras do not need one another"),
    ("page/claims.py", "lib.checks", "Figures and pages know neither checks nor extras"),
]


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, str]:
    """What is said of a copy with all these imports: for each broken contract, its part of the report."""
    folder = copy(tmp_path_factory.mktemp("imports"))
    for file, module, _ in WRONG_IMPORTS:
        spoil(folder, file, f"\nimport {module}\n")
    result = imports(folder)
    assert result.returncode == 1
    parts = re.split(r"^(.+)\n-+\n", result.stdout.partition("Broken contracts\n")[2], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize(("file", "module", "contract"), WRONG_IMPORTS)
def test_a_wrong_import_is_found(found, file, module, contract):
    importer = ".".join(("lib", *Path(file).with_suffix("").parts))
    [report] = [text for told, text in found.items() if told.startswith(contract)]
    assert f"{importer} -> {module} (l." in report


def test_a_type_error_is_found(tmp_path):
    """In the one module of the path that needs no PyTorch: to read that takes mypy half a minute."""
    wrong = "def wrong() -> int:\n    return 'text'"
    untyped = "def untyped(value):\n    return value"  # the path is strict
    spoil(copy(tmp_path), "values.py", f"\n\n{wrong}\n\n\n{untyped}\n")
    cache = str(tmp_path / "cache")
    result = run(tmp_path, "mypy", "--config-file", str(PYPROJECT), "--cache-dir", cache, "lib/values.py")
    assert result.returncode == 1
    for message in ("Incompatible return value type", "Function is missing a type annotation"):
        assert message in result.stdout


def test_a_misspelt_word_is_found(tmp_path):
    typo = "bel" + "eive"  # in two parts, or codespell finds it here
    (tmp_path / "page.md").write_text(f"We {typo} in Fran{{\\c c}}ois.\n")
    result = run(tmp_path, "codespell", "--toml", str(PYPROJECT))
    assert result.returncode != 0 and result.stdout.split(": ")[1].strip() == f"{typo} ==> believe"


def uncommented(text: str) -> str:
    """JSON with // comments, as VS Code reads it, without them; a // in a string stays."""
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*', lambda found: found[1] or "", text)


def test_the_development_container_is_whole():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    container = json.loads(uncommented(text))
    python = container["image"].rpartition(":")[2].partition("-")[0]
    requires = tomllib.loads(PYPROJECT.read_text())["project"]["requires-python"]
    assert python in SpecifierSet(requires)
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text())["jobs"]["book"]
    [setup] = [step for step in workflow["steps"] if "setup-python" in step.get("uses", "")]
    assert python == setup["with"]["python-version"]
    assert container["containerEnv"] == workflow["env"]  # PyTorch without CUDA
    assert "chromium" in container["onCreateCommand"] and container["postCreateCommand"] == "make install"
    assert "make book" in text and "make test" in text


def test_blank_issues_are_welcome():
    assert yaml.safe_load((FORMS[0].parent / "config.yml").read_text()) == {"blank_issues_enabled": True}


@pytest.mark.parametrize("form", [path for path in FORMS if path.stem != "config"], ids=lambda path: path.stem)
def test_an_issue_form_has_what_github_needs(form):
    content = yaml.safe_load(form.read_text())
    assert content["name"] and content["description"] and content["body"]
    ids = [field["id"] for field in content["body"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[\w-]+", word) for word in ids)
    for field in content["body"]:
        assert field["type"] in ("input", "textarea", "dropdown")
        assert field["attributes"]["label"]
        if field["type"] == "dropdown":
            options = field["attributes"]["options"]
            assert len(set(options)) == len(options) > 1 and all(isinstance(option, str) for option in options)
    assert any(field.get("validations", {}).get("required") for field in content["body"])


def test_there_are_three_issue_forms_and_their_names_differ():
    names = {yaml.safe_load(path.read_text()).get("name") for path in FORMS} - {None}
    assert len(names) == 3


def test_the_pull_request_template_names_what_the_project_has():
    text = (ROOT / ".github" / "pull_request_template.md").read_text()
    assert all(word in text for word in ("make test", "make screenshots", "claim(", "interval", "CHANGELOG.md"))


def test_the_changelog_has_an_unreleased_section_and_this_version():
    titles = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert titles[0] == "Unreleased"
    version = tomllib.loads(PYPROJECT.read_text())["project"]["version"]
    released = yaml.safe_load((ROOT / "CITATION.cff").read_text())["date-released"]
    assert titles[1] == f"{version} – {released}"


def test_the_changelog_names_only_what_lib_has():
    """The right column of its table, as far as it names modules."""
    text = (ROOT / "CHANGELOG.md").read_text().partition("## 0.1.0")[0]
    now = " ".join(line.split("|")[2] for line in text.splitlines() if line.startswith("  | `"))
    for dotted in re.findall(r"\blib(?:\.[a-z_]+)+", now):
        path = ROOT / Path(*dotted.split("."))
        assert path.is_dir() or path.with_suffix(".py").exists(), dotted


def test_the_table_of_where_to_look_names_files_that_exist():
    table = Path("CONTRIBUTING.md").read_text(encoding="utf-8").split("## Where to look")[1].split("## ")[0]
    named = re.findall(r"`([\w./]+(?:\.py|\.yml|\.css|/))`", table)
    assert len(named) >= 12
    assert all(Path(name).exists() for name in named), named
