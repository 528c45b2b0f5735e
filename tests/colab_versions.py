"""Colab's own list of packages, as requirements for `make notebooks`: `tests/colab_versions.py pip-freeze.txt`.

Every package that requirements-colab.txt names, in the version that Colab has now. What Colab does not have, and what
only runs the notebooks, stays as it is pinned there. Google publishes the list as pip-freeze.txt at
https://github.com/googlecolab/backend-info.
"""

import re
import sys
from pathlib import Path
from urllib.parse import unquote

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename
from packaging.version import Version

PINS = Path(__file__).parents[1] / "requirements-colab.txt"
OURS = {"nbval", "pytest", "pytest-xdist"}  # what runs the notebooks


def published(freeze: str) -> dict[str, Version]:
    """Each package's public version, also of torch==2.6.0+cu124, and of torch @ https://…/torch-2.1.0%2Bcu118-….whl."""
    found = {}
    for line in freeze.splitlines():
        if match := re.fullmatch(r"([\w.-]+)==(\S+)", line.strip()):
            found[canonicalize_name(match[1])] = Version(match[2])
        elif match := re.fullmatch(r"([\w.-]+) @ \S*/([^/#\s]+\.whl)(#\S*)?", line.strip()):
            found[canonicalize_name(match[1])] = parse_wheel_filename(unquote(match[2]))[1]
    return {name: Version(version.public) for name, version in found.items()}


def requirements(freeze: str, pins: str) -> list[str]:
    """Raises ValueError where the list has none of the versions that it is asked for: it has another form, then."""
    colab, found = published(freeze), []
    for line in pins.splitlines():
        if not (text := line.partition("#")[0].strip()):
            continue
        name = canonicalize_name(Requirement(text).name)
        found.append(text if name in OURS or name not in colab else f"{name}=={colab[name]}")
    if missing := {"torch", "numpy", "ipython"} - colab.keys():
        raise ValueError(
            f"Colab's list does not say the version of {', '.join(sorted(missing))}: has its form changed?"
        )
    return found


def main() -> int:
    try:
        print("\n".join(requirements(Path(sys.argv[1]).read_text(), PINS.read_text())))
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
