"""What a cell may print and write: whether it has used that up, in words for its remark. submission.py sets limits."""

import errno
import os
import resource
import sys
from contextlib import suppress

MB = 2**20
HOME = os.path.expanduser("~")  # of the submission: all that it writes in its sandbox lies below
CLOCK = 0.1  # seconds that the times of files may be behind


def too_large(error: BaseException | None) -> str:
    """Which limit of size a cell has broken, in words, or "". Empties the output."""
    if not empty_output():
        return f"printed more {allowed()}"
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        return f"wrote a larger file {allowed()}"
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "wrote more files than there is room for"
    return ""


def used_up(begun: float) -> str:
    """Why a cell that ``begun`` then has failed, in words, where its error does not say that it was a limit, or "".

    NumPy says "393216 requested and 131056 written", PyTorch "unexpected pos 576 vs 534", SQLite "disk I/O error". But
    the file shows it.
    """
    with suppress(Exception):  # a cell may have put anything into os
        if grown(begun - CLOCK, resource.getrlimit(resource.RLIMIT_FSIZE)[0]):
            return f"wrote a larger file {allowed()}"
        if os.statvfs(HOME).f_bavail == 0:
            return "wrote more files than there is room for"
    return ""


def allowed() -> str:
    return f"than is allowed ({resource.getrlimit(resource.RLIMIT_FSIZE)[0] // MB} MB)"


def grown(since: float, most: int) -> bool:
    """Whether a file that was written ``since`` then is as large as one may be: the rest of it was cut off."""
    left = [HOME]  # os.walk calls itself, and fails in a folder that is nested deeply enough
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:  # just removed, or too deep
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    left.append(entry.path)
                elif (found := entry.stat(follow_symlinks=False)).st_size >= most and found.st_mtime >= since:
                    return True
    return False


def empty_output() -> bool:
    """Forget what was printed, so that each cell has the whole allowance; False if a cell had used it up."""
    with suppress(Exception):  # what is full is found below; and sys.stdout may be anything that a cell has put there
        sys.stdout.flush()
    try:
        fits = os.fstat(1).st_size < resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    except (OSError, ValueError):  # a cell has closed it
        fits = True
    with suppress(OSError):
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
    return fits
