# This cell makes the notebook work on its own: in Colab, in Kaggle, in a Jupyter on your laptop.
# It is safe to run it again.
import base64
import importlib
import io
import lzma
import os
import site
import subprocess
import sys
import tarfile
import tempfile
from hashlib import sha256
from importlib import metadata, util
from pathlib import Path

MARK = 'PROJECT = "which-digit-is-bigger"'  # the course's lib/__init__.py says it, and no other lib
# What outlives the machine that Colab or Kaggle lends, and on what condition.
LASTING = {
    "/content/drive/MyDrive": "also when this machine is lost: on the next one, mount your Drive first, then choose "
    "Run all",
    "/kaggle/working": "also for the next session if you set Persistence to Files, in the notebook's options, before "
    "this one ends: then choose Run all",
}


class NotReady(Exception):
    """Jupyter shows it as one sentence, without a traceback."""

    def _render_traceback_(self):
        return [f"✗ {self}"]


def set_up(archive, needs, time=""):
    """Make ``lib`` importable, from ``archive`` unless it is already, install missing packages, say the ``time``."""
    if sys.version_info < (3, 11):  # noqa: UP036, a learner's Python may be any
        raise NotReady(f"This is Python {sys.version.split()[0]}, but the course needs Python 3.11 or newer.")
    if not importable():
        folder = str(unpack(archive, Path.cwd()))
        sys.path.insert(0, folder)
        before = os.environ.get("PYTHONPATH")  # on some clusters it holds the packages
        os.environ["PYTHONPATH"] = folder + (os.pathsep + before if before else "")  # for commands: !python -m lib
        importlib.invalidate_caches()
    install(needs)
    print(*filter(None, ("Ready. A CPU is enough.", time, keep_rounds())))


def keep_rounds():
    """Let finished rounds outlive the machine that Colab or Kaggle lends, where a folder is there that does; say where.

    Then, on the next machine, "Run all" takes them from there in place of training them again. A folder that somebody
    has chosen with LIB_LEDGER stays.
    """
    there = [place for place in LASTING if Path(place).is_dir()]
    if there and not os.environ.get("LIB_LEDGER"):
        os.environ["LIB_LEDGER"] = str(Path(there[0], "which-digit-is-bigger"))
    if ours := os.environ.get("LIB_LEDGER"):
        folder = Path(ours).expanduser().resolve()
        whole = [LASTING[place] for place in there if folder.is_relative_to(Path(place).resolve())]
        again = whole[0] if whole else "where LIB_LEDGER says: run the notebook again, and they are not trained twice"
        return f"Finished rounds are kept in {ours}, {again}."
    if "google.colab" in sys.modules:
        return (
            "To keep finished rounds when Colab ends this machine, mount your Drive (folder icon) and run this again."
        )
    return "Finished rounds are kept: run the notebook again, and they are not trained twice."


def importable():
    """Whether ``import lib`` finds the course's, in a clone or unpacked; not another lib, nor a copy that pip made."""
    try:
        found = util.find_spec("lib")
        text = Path(found.origin).read_text("utf-8", "replace") if found and found.origin else ""
    except (ValueError, OSError):  # a lib that does not say where it is, or that cannot be read
        text = ""
    if MARK not in text:
        return False
    if copied := bool({"site-packages", "dist-packages"} & {*Path(found.origin).parts}):
        print("pip has put a copy of the course's library here, maybe an old one: this notebook uses its own instead.")
    return not copied


def unpack(archive, here):
    """Put the library into a folder beside the notebook, named by its content: two versions never mix."""
    folder = here / f"which-digit-is-bigger-{sha256(archive.encode()).hexdigest()[:8]}"
    if folder.exists():
        return folder
    try:
        content = io.BytesIO(lzma.decompress(base64.b64decode(archive, validate=True)))
    except (ValueError, EOFError, lzma.LZMAError):
        raise NotReady("The library in this cell is damaged: download the notebook once more.") from None
    try:
        with tempfile.TemporaryDirectory(dir=here) as whole, tarfile.open(fileobj=content) as files:
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}  # Python 3.11.2 has none
            files.extractall(Path(whole, "library"), **safely)
            Path(whole, "library").rename(folder)  # in one step: a half-unpacked library is never seen
    except OSError as error:
        if folder.exists():  # another notebook beside this one was faster
            return folder
        raise NotReady(f"The library cannot be put beside the notebook ({error}): move it to another folder.") from None
    return folder


def install(needs):
    """Install what is missing. Whatever is there stays as it is: pip must find versions that fit to it.

    Replacing numpy or torch in a running Colab would break it.
    """
    missing = [need for need in needs if not installed(need)]
    if not missing:
        return
    print("Installing", ", ".join(missing))
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    with tempfile.TemporaryDirectory() as folder:
        present = Path(folder, "present.txt")
        present.write_text(subprocess.run([*pip, "list", "--format=freeze"], capture_output=True, text=True).stdout)
        words = [*pip, "install", "--quiet", "--constraint", str(present), *missing]
        result = subprocess.run(words, capture_output=True, text=True)
    if result.returncode:
        lines = result.stderr.strip().splitlines()
        reason = next((line for line in lines if "error" in line.lower()), " ".join(lines))
        reason += " Is there a network?" if "from versions: none" in reason else ""
        raise NotReady(f"{', '.join(missing)} could not be installed. pip says: {reason}")
    if os.path.isdir(site.getusersitepackages()):  # pip may just have made it: Python looked for it when it started
        site.addsitedir(site.getusersitepackages())
    importlib.invalidate_caches()
    if missing := [need for need in missing if not installed(need)]:
        raise NotReady(f"{', '.join(missing)} was installed, but this Python does not find it: restart the kernel.")


def installed(need):
    """Whether the package of a requirement such as "numpy>=2.0" is there, in any version."""
    try:
        return bool(metadata.version(need.split(">")[0]))
    except metadata.PackageNotFoundError:
        return False
