"""Files that outlive a process: where they go, and how they are written."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder of this course in the user's cache: LIB_CACHE where it is set, else the system's place."""
    return user_path("LIB_CACHE") or user_cache_path("which-digit-is-bigger", appauthor=False)


def user_path(variable: str) -> Path | None:
    """The folder that an environment variable names, ~ being the user's home; None where it is not set."""
    return Path(os.environ[variable]).expanduser() if os.environ.get(variable) else None


def write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Let ``write`` fill a new file, then move it to ``path`` in one step.

    A reader, or a second writer, sees the old file or the whole new one, never a half. Raises OSError
    (a full disk, a folder without permission), naming the path, and leaves no partial file behind.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    except OSError as error:
        raise _explain(error, path) from error
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        os.chmod(temporary, 0o644)  # mkstemp lets nobody else read it
        os.replace(temporary, path)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        raise (_explain(error, path) if isinstance(error, OSError) else error) from None


def _explain(error: OSError, path: Path) -> OSError:
    return OSError(
        error.errno,
        f"{error.strerror or error}: {path} was not written. Free some space, or choose another folder "
        "with the environment variables LIB_CACHE and LIB_LEDGER",
    )
