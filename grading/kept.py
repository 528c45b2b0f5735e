"""What was graded before: an outcome for each content of a submission, of the autograder and of the limits.

A run that was stopped goes on where it was, and a run over the same folder grades only what has changed.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from grading.supervise import Limits, Outcome
from lib.store.files import write_atomically

FOLDER = ".graded"  # beside the table


@dataclass(frozen=True)
class Kept:
    """The outcomes in ``folder``, as JSON."""

    folder: Path

    def path(self, content: bytes, autograder: str, limits: Limits) -> Path:
        """Where the outcome of this submission, judged by the autograder of this fingerprint, is or will be."""
        parts = [hashlib.sha256(content).hexdigest(), autograder, repr(limits)]
        return self.folder / f"{hashlib.sha256(' '.join(parts).encode()).hexdigest()}.json"

    def read(self, path: Path) -> Outcome | None:
        """An outcome; None where there is none that can be read."""
        try:
            return Outcome(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path, outcome: Outcome) -> None:
        write_atomically(path, lambda file: file.write(json.dumps(asdict(outcome)).encode()))
