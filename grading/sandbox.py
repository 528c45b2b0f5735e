"""The place where a submission runs: a sandbox made by bubblewrap, or where there is none, a folder and good faith.

In the sandbox a submission sees Python, the course's library and the one notebook. It has no network, sees no process
but its own, and writes into memory of a limited size, which goes away with it.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from grading import fonts
from lib.store.files import cache_folder

ROOT = Path(__file__).parents[1]
COURSE = Path("/course")  # where lib and grading are in the sandbox
HOME = Path("/tmp")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/etc/alternatives", "/etc/ld.so.cache")
# Ubuntu's switch: 1 where AppArmor keeps programs without a profile of their own from making such sandboxes.
RESTRICTED = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
ABSENT = "bubblewrap is not installed"
SHARED = 64  # megabytes of memory that processes in the sandbox may share, as in Docker
MARK = "GRADING_MARK"  # an environment variable by which the processes of a submission are found
DIGITS = "digits-5000.npz"
MB = 2**20


@dataclass(frozen=True)
class Place:
    """How to start Python there: the words in front, the environment, the folder to be in.

    ``used`` is the folder to keep an eye on, where nothing else limits what is written.
    """

    words: tuple[str, ...]
    environment: dict[str, str]
    folder: Path
    used: Path | None = None


@cache
def problem() -> str:
    """Why there is no sandbox on this machine, in words; "" if there is one."""
    if not shutil.which("bwrap"):
        return ABSENT
    try:
        words = [*wrapped(1), sys.executable, "-c", "import sys"]
        subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    except subprocess.CalledProcessError as error:
        return f"bubblewrap does not work here ({' '.join(error.stderr.split()[-12:])})"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work here ({error})"
    return ""


def must_be_safe(wanted: str) -> str:
    """What to warn of before grading, or "". Raises ValueError where a sandbox is required, and there is none."""
    if not (told := problem()):
        return ""
    if wanted == "require":
        raise ValueError(f"{told}: {remedy(told)}, or leave out --sandbox require")
    return (
        f"Careful: {told}, so submissions run without a sandbox. They can read your files, change them, and use your "
        f"network. To give them one on Linux, {remedy(told)}"
    )


def remedy(told: str) -> str:
    """What to do where there is no sandbox, in words."""
    if told == ABSENT:
        return "install it (apt-get install bubblewrap)"
    try:
        restricted = RESTRICTED.read_text().strip() == "1"
    except OSError:  # not Ubuntu
        restricted = False
    allow = f"allow it (sudo sysctl kernel.{RESTRICTED.name}=0)"
    return allow if restricted else "see what the book's page on grading says of the sandbox"


@contextmanager
def place(disk: int, mark: str) -> Iterator[Place]:
    """A place for one submission, which may write ``disk`` MB; it is removed afterwards."""
    if problem():
        folder = Path(tempfile.mkdtemp(prefix="grading-"))
        try:
            yield open_place(folder, mark)
        finally:  # rm, because shutil.rmtree fails in a folder that is nested deeply enough
            subprocess.run(["rm", "-rf", str(folder)], stderr=subprocess.DEVNULL, check=False)
    else:
        yield Place((*wrapped(disk), sys.executable), {"PATH": os.defpath, MARK: mark}, Path("/"))


def open_place(folder: Path, mark: str) -> Place:
    """A place in ``folder`` that nothing closes off."""
    work, kept = folder / "work", folder / "cache" / DIGITS
    work.mkdir()
    kept.parent.mkdir()
    if (known := cache_folder() / DIGITS).exists():
        shutil.copy(known, kept)  # a second saved; a copy, so that nobody spoils the digits of others
    fonts.provide(folder / "matplotlib")
    environment = variables(folder, [ROOT, *packages()]) | {"PATH": os.environ.get("PATH", os.defpath), MARK: mark}
    return Place((sys.executable,), environment, work, folder)


def wrapped(disk: int) -> list[str]:
    """The words that start a command in a sandbox with ``disk`` MB to write into."""
    variable = variables(HOME, [COURSE, *packages()]) | {"PATH": os.defpath}
    return [
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session"),
        *("--cap-drop", "ALL", "--clearenv"),
        *("--proc", "/proc", "--dev", "/dev", "--size", str(SHARED * MB), "--tmpfs", "/dev/shm"),
        *("--size", str(disk * MB), "--tmpfs", str(HOME), "--dir", f"{HOME}/work", "--dir", f"{HOME}/cache"),
        *shown(),
        *("--remount-ro", "/dev", "--remount-ro", "/"),  # which would be memory without limit
        *("--remount-ro", "/proc"),  # with whose files root, even without its rights, could change the system
        *("--chdir", f"{HOME}/work"),
        *(word for name, value in variable.items() for word in ("--setenv", name, value)),
    ]


def shown() -> Iterator[str]:
    """What is to be seen in the sandbox, unchangeable: the system's programs, Python, packages, and of ours two."""
    for path in SYSTEM:
        if os.path.islink(path):  # on many systems /lib is usr/lib
            yield from ("--symlink", os.readlink(path), path)
        else:
            yield from ("--ro-bind-try", path, path)
    prefixes = [prefix for name in (sys.base_prefix, sys.prefix) for prefix in (name, os.path.realpath(name))]
    for path in dict.fromkeys([*prefixes, *map(str, packages())]):
        if not path.startswith(("/usr/", "/nix/store/")) and path != "/usr":
            yield from ("--ro-bind", path, path)
    for part in ("lib", "grading"):
        yield from ("--ro-bind", str(ROOT / part), str(COURSE / part))
    yield from ("--ro-bind-try", str(cache_folder() / DIGITS), f"{HOME}/cache/{DIGITS}")
    yield from ("--ro-bind-try", str(fonts.listed()), f"{HOME}/matplotlib/{fonts.listed().name}")


def packages() -> list[Path]:
    """Where the caller's PYTHONPATH has packages, as on clusters. Not this project: its tests would be seen there."""
    named = [Path(word).resolve() for word in os.environ.get("PYTHONPATH", "").split(os.pathsep) if word]
    return [path for path in named if path.is_dir() and path not in (ROOT, *ROOT.parents)]


def variables(home: Path, path: list[Path]) -> dict[str, str]:
    """A small environment: a home and a ledger of its own, one thread, and nothing that the caller may hold secret."""
    return {
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(home / "matplotlib"),
        "PYTHONPATH": os.pathsep.join(map(str, path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LIB_CACHE": str(home / "cache"),
        "LIB_LEDGER": str(home / "ledger"),
        "LIB_QUIET": "1",
        "OMP_NUM_THREADS": "1",
        "LOKY_MAX_CPU_COUNT": "1",  # the submissions run side by side instead
    }
