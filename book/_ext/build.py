"""Build the book and its notebooks: `python book/_ext/build.py [--fresh]`. Any warning is an error."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import notebooks

BUILD = Path("_build")
CACHE = BUILD / ".jupyter_cache"


def code() -> str:
    """A hash of what the notebook cache does not see: the library, its recorded results, and the pins."""
    files = [*sorted(Path("lib").rglob("*.py")), *sorted(Path("results").glob("*.csv")), Path("requirements.txt")]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


def main() -> int:
    stamp = CACHE / "made-from"
    if "--fresh" in sys.argv or not stamp.exists() or stamp.read_text() != code():
        for part in (CACHE, BUILD / "html", BUILD / ".doctrees", BUILD / "jupyter_execute"):
            shutil.rmtree(part, ignore_errors=True)  # all of them: a half-emptied build crashes the next one
    CACHE.mkdir(parents=True, exist_ok=True)
    stamp.write_text(code())
    program = Path(sys.executable).with_name("jupyter-book")
    words = [program, "build", ".", "-W", "-n", "--keep-going", "--quiet"]
    if failed := subprocess.run(words, env=os.environ | {"IPYTHONDIR": str(quiet_kernels())}).returncode:
        return failed
    notebooks.main()
    return 0


def quiet_kernels() -> Path:
    """A folder of settings under which a kernel does not warn that it talks to this machine without encryption."""
    folder = (BUILD / "ipython").resolve()
    profile = folder / "profile_default"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "ipython_kernel_config.py").write_text('get_config().IPKernelApp.log_level = "ERROR"\n')
    return folder


if __name__ == "__main__":
    sys.exit(main())
