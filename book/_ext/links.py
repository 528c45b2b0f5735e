"""Follow every link of the book: `python -m book._ext.links`. Nothing is executed; a link that is broken is an error.

Publishers turn programs away, so of a DOI it is asked whether doi.org knows it, not whether the publisher answers.
"""

import subprocess
import sys
from pathlib import Path

import yaml
from sphinx.application import Sphinx

DOI = "https://doi.org/"
FOLDER = Path("_build/links")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("linkcheck-process-uri", lambda app, address: asked(address))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def asked(address: str) -> str | None:
    """The address to ask in place of a DOI's; None leaves an address as it is."""
    return f"{DOI}api/handles/{address.removeprefix(DOI)}" if address.startswith(DOI) else None


def settings() -> dict:
    """The book's own, without executing anything."""
    found = yaml.safe_load(Path("_config.yml").read_text())
    found["execute"]["execute_notebooks"] = "off"
    found["sphinx"]["local_extensions"]["book._ext.links"] = "."
    found["sphinx"]["config"] |= {"linkcheck_timeout": 30, "linkcheck_retries": 3, "linkcheck_anchors": False}
    return found


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "_config.yml").write_text(yaml.safe_dump(settings()))
    program = Path(sys.executable).with_name("jupyter-book")
    words = [program, "build", ".", "--builder", "linkcheck", "--config", FOLDER / "_config.yml"]
    return subprocess.run([*words, "--toc", "_toc.yml", "--path-output", FOLDER, "-qq"]).returncode


if __name__ == "__main__":
    sys.exit(main())
