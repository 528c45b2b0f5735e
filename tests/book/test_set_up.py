"""The first cell of every notebook: it must work alone, twice, and never replace a package."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType

import pytest

from book._ext import set_up
from book._ext.first_cell import archive, first_cell, library

ROOT = Path(__file__).parents[2]
READY = "Ready. A CPU is enough. Finished rounds are kept: run the notebook again, and they are not trained twice.\n"


@pytest.fixture(autouse=True)
def offline(monkeypatch):
    """No test of the cell may install anything into the environment that the tests run in; nor is it told a ledger."""
    monkeypatch.delenv("LIB_LEDGER", raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")


@pytest.fixture(scope="module")
def packed() -> str:
    return archive(ROOT)


@pytest.fixture(scope="module")
def source() -> str:
    return first_cell(ROOT).source


def run_alone(source: str, then: str, folder: Path) -> subprocess.CompletedProcess:
    """Run the cell in an empty folder, in a Python that has the packages but not this checkout.

    -S leaves out .pth files, and with them lib itself, which is installed as a link to the checkout.
    """
    packages = f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n"
    program = folder.with_suffix(".py")
    program.write_text(f"{packages}{source}\n{then}\n")
    words = [sys.executable, "-I", "-S", str(program)]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def empty(tmp_path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def test_the_checkout_is_out_of_reach_in_these_tests(empty):
    result = run_alone("", "import lib", empty)
    assert "No module named 'lib'" in result.stderr


def test_the_cell_brings_lib_its_checks_and_the_recorded_results(empty, source):
    then = """
import lib, lib.checks
from lib.course import recorded
print(lib.__file__, len(recorded.read("dropout-size")), recorded.header("dropout-size")["data"])
import os, subprocess, sys
os.environ["PYTHONPATH"] += os.pathsep + sys.path[-1]
subprocess.run([sys.executable, "-S", "-m", "lib", "run", "--help"], check=True, stdout=subprocess.DEVNULL)
"""
    result = run_alone(source, then, empty)
    assert result.returncode == 0, result.stderr
    ready, line = result.stdout.splitlines()
    assert ready.startswith("Ready. A CPU is enough. Finished rounds are kept")
    assert line.startswith(str(empty / "which-digit-is-bigger-")) and line.endswith("sample, 10 rounds")


def test_the_cell_may_run_twice_and_again_in_a_new_kernel(empty, source):
    first = run_alone(f"{source}\n{source}", "", empty)
    assert (first.returncode, first.stdout) == (0, READY + READY), first.stderr
    [folder] = empty.iterdir()
    (folder / "lib" / "mine.py").write_text("answer = 42")
    second = run_alone(source, "from lib import mine; print(mine.answer)", empty)
    assert second.stdout == f"{READY}42\n", second.stderr
    assert list(empty.iterdir()) == [folder]


def test_an_importable_lib_is_used(empty, source, monkeypatch, capsys):
    monkeypatch.chdir(empty)
    exec(compile(source, "cell", "exec"), {})
    assert capsys.readouterr().out == READY
    assert not list(empty.iterdir())


OURS = (ROOT / "lib" / "__init__.py").read_bytes()
BEFORE = OURS.replace(set_up.MARK.encode(), b"")  # an old copy of ours: it had no such line


def is_ours(place: Path) -> bool:
    """Whether the cell takes for the course's what ``import lib`` finds in ``place``, and nowhere else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "lib", raising=False)
        patch.setattr(sys, "path", [str(place)])
        patch.setattr(sys, "meta_path", [PathFinder])
        return set_up.importable()


@pytest.mark.parametrize(
    ("content", "ours"),
    [(OURS, True), (BEFORE, False), (b"", False), (b"raise SystemExit", False), (b"\xff\xfe\0", False)],
    ids=["ours", "an old copy of ours", "empty", "one that would not import", "no text"],
)
def test_a_lib_is_ours_by_its_line(content, ours, empty):
    (empty / "lib").mkdir()
    (empty / "lib" / "__init__.py").write_bytes(content)
    assert is_ours(empty) == ours


def test_no_lib_and_a_folder_without_code_are_not_ours(empty):
    assert not is_ours(empty)
    (empty / "lib").mkdir()
    assert not is_ours(empty)


def test_a_lib_that_is_no_file_of_its_own_is_not_ours(empty, monkeypatch):
    with zipfile.ZipFile(empty / "packed.zip", "w") as archive:
        archive.writestr("lib/__init__.py", OURS)
    assert not is_ours(empty / "packed.zip")
    monkeypatch.setitem(sys.modules, "lib", ModuleType("lib"))  # made in a cell: it has no place at all
    assert not set_up.importable()


def test_a_copy_of_ours_that_pip_made_is_told_and_not_used(empty, source):
    copy = empty / "site-packages"
    (copy / "lib").mkdir(parents=True)
    (copy / "lib" / "__init__.py").write_bytes(OURS)
    head = f"import sys; sys.path.insert(0, {str(copy)!r})\n"
    result = run_alone(f"{head}{source}\n{source}", "from lib import page; import lib; print(lib.__file__)", empty)
    told, *ready, used = result.stdout.splitlines()
    assert told.startswith("pip has put a copy of the course's library here") and ready == READY.splitlines() * 2
    assert used.startswith(str(empty / "which-digit-is-bigger-")), result.stderr


@pytest.mark.parametrize("content", [BEFORE, b""], ids=["an old copy of ours", "another one"])
def test_a_lib_that_is_not_ours_gives_way(content, empty, source):
    (empty / "lib").mkdir()
    (empty / "lib" / "__init__.py").write_bytes(content)
    result = run_alone(f"import sys; sys.path.insert(0, {str(empty)!r})\n{source}", "import lib.page", empty)
    assert (result.returncode, result.stdout) == (0, READY), result.stderr


def test_two_versions_do_not_mix(empty, packed):
    old = empty / "which-digit-is-bigger-00000000"
    old.mkdir()
    assert set_up.unpack(packed, empty) != old


def damage(text: str, how: str) -> str:
    middle = len(text) // 2
    letter = "A" if text[middle] != "A" else "B"
    return {
        "cut": text[: middle // 4 * 4],
        "changed": text[:middle] + letter + text[middle + 1 :],
        "not base64": text[:middle] + "…" + text[middle + 1 :],
        "empty": "",
    }[how]


@pytest.mark.parametrize("how", ["cut", "changed", "not base64", "empty"])
def test_a_damaged_archive_is_one_sentence_and_leaves_nothing(packed, how, empty):
    with pytest.raises(
        set_up.NotReady, match=r"^The library in this cell is damaged: download the notebook once more\.$"
    ):
        set_up.unpack(damage(packed, how), empty)
    assert not list(empty.iterdir())


def test_a_folder_that_cannot_be_written_is_one_sentence(packed, tmp_path):
    with pytest.raises(set_up.NotReady, match="move it to another folder"):
        set_up.unpack(packed, tmp_path / "not there")


def test_two_notebooks_may_unpack_at_the_same_time(packed, empty, monkeypatch):
    def too_late(source, target):
        (target / "lib").mkdir(parents=True)  # by the other one, just now
        os.rename(source, target)

    monkeypatch.setattr(set_up.Path, "rename", too_late)
    folder = set_up.unpack(packed, empty)
    assert list(empty.iterdir()) == [folder]


def test_jupyter_shows_the_sentence_without_a_traceback(empty, source, packed):
    cell = source.replace(packed, damage(packed, "cut"))
    then = """
from IPython.core.interactiveshell import InteractiveShell
InteractiveShell.instance(colors="NoColor").run_cell(CELL)
"""
    result = run_alone(f"CELL = {cell!r}", then, empty)
    assert result.stdout.splitlines() == ["✗ The library in this cell is damaged: download the notebook once more."]


def test_equal_files_give_equal_bytes_and_nothing_else_travels(packed):
    assert archive(ROOT) == packed
    names = set(library(ROOT))
    assert {"lib/__init__.py", "lib/checks/verdict.py", "lib/results/dropout-size.csv", "lib/LICENSE"} <= names
    assert {Path(name).suffix for name in names} == {".py", ".csv", ""}
    assert len(packed) < 400_000  # a notebook stays small enough to mail


def test_every_module_of_lib_and_every_recorded_file_travels():
    names = set(library(ROOT))
    assert names >= {path.relative_to(ROOT).as_posix() for path in (ROOT / "lib").rglob("*.py")}
    assert names >= {f"lib/results/{path.name}" for path in (ROOT / "results").glob("*.csv")}


def wheel(folder: Path, name: str, version: str, needs: str = "") -> None:
    """A package with nothing in it but its name, its version and what it needs."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + (
        f"Requires-Dist: {needs}\n" if needs else ""
    )
    files = {f"{name}.py": "", f"{info}/METADATA": metadata}
    files[f"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    """Packages to choose from: numb 1 and 2, and two that need numb 2, of which `gentle` was once content with 1."""
    folder = tmp_path_factory.mktemp("shop")
    wheel(folder, "numb", "1.0")
    wheel(folder, "numb", "2.0")
    wheel(folder, "needy", "1.0", "numb>=2")
    wheel(folder, "gentle", "1.0", "numb>=1")
    wheel(folder, "gentle", "2.0", "numb>=2")
    return folder


@pytest.fixture(scope="module")
def colab(tmp_path_factory, shop) -> Path:
    """A Python of its own, in which numb 1 is preinstalled, as numpy 2.0 is in Colab."""
    folder = tmp_path_factory.mktemp("colab")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-qq", "--no-index", "--find-links", shop, "numb==1.0"], check=True)
    return python


def install(python: Path, shop: Path, need: str) -> tuple[subprocess.CompletedProcess, str]:
    """Let the cell's code install ``need`` with ``python`` from ``shop``; the outcome, and the version of numb then."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    environment |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(shop), "PIP_CONFIG_FILE": os.devnull}
    program = f"from book._ext import set_up; set_up.install([{need!r}])"
    result = subprocess.run([python, "-c", program], cwd=ROOT, capture_output=True, text=True, env=environment)
    version = [python, "-c", "from importlib.metadata import version as v; print(v('numb'), end='')"]
    return result, subprocess.run(version, capture_output=True, text=True).stdout


def test_a_missing_package_comes_in_the_version_that_fits_what_is_there(colab, shop):
    result, numb = install(colab, shop, "gentle>=0.5")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "Installing gentle>=0.5\n"
    assert numb == "1.0"
    again, _ = install(colab, shop, "gentle>=0.5")
    assert (again.returncode, again.stdout) == (0, "")


def test_a_package_that_would_replace_another_is_refused(colab, shop):
    result, numb = install(colab, shop, "needy")
    assert "NotReady: needy could not be installed. pip says: ERROR:" in result.stderr
    assert numb == "1.0"


def test_an_old_version_is_left_alone(colab, shop):
    result, numb = install(colab, shop, "numb>=2")
    assert (result.returncode, result.stdout, numb) == (0, "", "1.0")


def test_without_a_network_one_sentence_names_the_package(colab, shop):
    result, _ = install(colab, shop, "elsewhere")
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("book._ext.set_up.NotReady: elsewhere could not be installed. pip says: ERROR:")
    assert last.endswith("(from versions: none) Is there a network?")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("error: externally-managed-environment\n\n× This environment is externally managed", "error: externally-man"),
        ("/usr/bin/python3: No module named pip", "/usr/bin/python3: No module named pip"),
    ],
)
def test_pips_own_reason_is_told_and_a_network_only_where_it_may_be_that(words, told, monkeypatch):
    monkeypatch.setattr(set_up.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 1, "", words))
    with pytest.raises(set_up.NotReady, match=f"could not be installed. pip says: {told}") as caught:
        set_up.install(["elsewhere"])
    assert "network" not in str(caught.value)


def test_what_pip_puts_into_a_user_site_that_is_new_is_found_at_once(tmp_path, monkeypatch):
    """Python looks for the folder when it starts, and pip makes it only later."""
    new = tmp_path / "user-site"
    monkeypatch.setattr(set_up.site, "getusersitepackages", lambda: str(new))
    monkeypatch.setattr(sys, "path", [*sys.path])

    def pip(words, **_):
        if "install" in words:
            (new / "newcomer-1.0.dist-info").mkdir(parents=True)
            (new / "newcomer-1.0.dist-info" / "METADATA").write_text(
                "Metadata-Version: 2.1\nName: newcomer\nVersion: 1.0\n"
            )
            (new / "newcomer.py").touch()
        return subprocess.CompletedProcess(words, 0, "", "")

    monkeypatch.setattr(set_up.subprocess, "run", pip)
    set_up.install(["newcomer"])
    import newcomer

    assert Path(newcomer.__file__).parent == new


def test_what_pip_says_it_installed_but_is_not_there_is_one_sentence(monkeypatch):
    monkeypatch.setattr(set_up.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, "", ""))
    with pytest.raises(set_up.NotReady, match="nowhere was installed, but this Python does not find it: restart"):
        set_up.install(["nowhere"])


def test_packages_that_lie_on_the_pythonpath_stay_there(empty, source, monkeypatch):
    """On clusters whose modules set it, the packages lie there, and workers must find them, too."""
    then = "import os; print(os.environ['PYTHONPATH'].split(os.pathsep)[1:])"
    result = run_alone(f"import os; os.environ['PYTHONPATH'] = '/opt/a:/opt/b'\n{source}", then, empty)
    assert result.stdout.splitlines()[-1] == "['/opt/a', '/opt/b']", result.stderr


def test_the_library_is_unpacked_by_a_python_without_filters_for_archives(packed, empty, monkeypatch):
    monkeypatch.delattr(set_up.tarfile, "data_filter")  # Python 3.11.2, Debian 12's, has none
    unpack = set_up.tarfile.TarFile.extractall

    def strict(self, path):
        unpack(self, path, filter="fully_trusted")

    monkeypatch.setattr(set_up.tarfile.TarFile, "extractall", strict)
    assert (set_up.unpack(packed, empty) / "lib" / "__init__.py").exists()


def test_after_a_lost_machine_finished_rounds_and_trained_networks_come_from_the_drive(tmp_path, source, monkeypatch):
    """Killed in the middle; then another machine, on which only the Drive is what it was."""
    drive = tmp_path / "MyDrive"
    drive.mkdir()
    cell = source.replace("/content/drive/MyDrive", str(drive))
    play = """
from dataclasses import replace
from lib import course, experiment
systems = {"dense": replace(course.dense_pair(), epochs=1)}
experiment.run(systems, ROUNDS, where=1)
print(experiment.train(systems["dense"]).history)  # to look inside
"""
    die = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    machines = [tmp_path / "first", tmp_path / "second"]
    for machine, rounds, end in zip(machines, (2, 3), (die, ""), strict=True):
        machine.mkdir()
        monkeypatch.setenv("LIB_CACHE", str(machine / "cache"))
        before = {path: path.stat().st_mtime_ns for path in drive.rglob("*.*")}
        result = run_alone(cell, play.replace("ROUNDS", str(rounds)) + end, machine)
        after = {path: path.stat().st_mtime_ns for path in drive.rglob("*.*")}
        assert before.items() <= after.items() and len(after) == rounds + 1, result.stderr
        assert sorted(path.suffix for path in after) == rounds * [".json"] + [".pt"]
    assert result.returncode == 0 and f"kept in {drive}/which-digit-is-bigger, also when" in result.stdout


@pytest.fixture
def lasting(tmp_path, monkeypatch) -> dict[str, Path]:
    """A Drive that is mounted in Colab, or Kaggle's output: whichever a test makes."""
    places = {"Colab": tmp_path / "MyDrive", "Kaggle": tmp_path / "working"}
    monkeypatch.setattr(set_up, "LASTING", dict(zip(map(str, places.values()), set_up.LASTING.values(), strict=True)))
    return places


def test_on_the_next_machine_the_drive_comes_first(lasting):
    lasting["Colab"].mkdir()
    assert set_up.keep_rounds() == (
        f"Finished rounds are kept in {lasting['Colab']}/which-digit-is-bigger, also when this machine is lost: "
        "on the next one, mount your Drive first, then choose Run all."
    )
    assert os.environ["LIB_LEDGER"] == f"{lasting['Colab']}/which-digit-is-bigger"


def test_kaggle_keeps_rounds_on_a_condition(lasting):
    """Its folder outlives a session only where Persistence is set so: nothing is promised without that word."""
    lasting["Kaggle"].mkdir()
    told = set_up.keep_rounds()
    assert f"kept in {lasting['Kaggle']}/which-digit-is-bigger, also for the next session if" in told
    assert "Persistence to Files" in told and "before this one ends" in told


@pytest.mark.parametrize("place", ["Colab", "Kaggle"])
def test_a_ledger_elsewhere_stays_and_is_promised_nothing(place, lasting, tmp_path, monkeypatch):
    lasting[place].mkdir()
    for elsewhere in (tmp_path / "elsewhere", f"{lasting[place]}-not", lasting[place] / ".." / "elsewhere"):
        monkeypatch.setenv("LIB_LEDGER", str(elsewhere))
        told = set_up.keep_rounds()
        assert told.startswith(
            f"Finished rounds are kept in {elsewhere}, where LIB_LEDGER says: run the notebook again"
        )
        assert os.environ["LIB_LEDGER"] == str(elsewhere)


def test_a_ledger_of_ones_own_in_the_drive_lasts(lasting, tmp_path, monkeypatch):
    (lasting["Colab"] / "mine").mkdir(parents=True)
    (tmp_path / "short").symlink_to(lasting["Colab"])
    monkeypatch.setenv("HOME", str(lasting["Colab"]))
    for ours in (str(lasting["Colab"] / "mine"), str(tmp_path / "short" / "mine"), "~/mine"):
        monkeypatch.setenv("LIB_LEDGER", ours)
        assert f"kept in {ours}, also when this machine is lost" in set_up.keep_rounds()
    monkeypatch.setenv("LIB_LEDGER", "")  # as if it were not set
    assert f"kept in {lasting['Colab']}/which-digit-is-bigger, also" in set_up.keep_rounds()


def test_colab_without_a_drive_says_how_to_keep_rounds(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert "mount your Drive" in set_up.keep_rounds()
    monkeypatch.setenv("LIB_LEDGER", "/tmp/elsewhere")  # which a Drive would not change
    assert "Drive" not in set_up.keep_rounds()


def test_the_cell_says_how_long_the_notebook_takes_where_that_is_known(monkeypatch, capsys):
    monkeypatch.setattr(set_up, "importable", lambda: True)
    set_up.set_up("", [], "This takes a minute.")
    set_up.set_up("", [])
    with_time, without = capsys.readouterr().out.splitlines()
    assert with_time.startswith("Ready. A CPU is enough. This takes a minute. ")
    assert without.startswith("Ready. A CPU is enough. Finished")
