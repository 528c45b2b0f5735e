"""Where this copy of the course is published, if it is: its GitHub repository, its site, its notebooks in Colab."""

import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

BRANCH = "gh-pages"  # where .github/workflows/book.yml puts the built book
NO_REMOTE = 2  # git's answer where a clone has no remote of this name
HOSTS = "github.com", "www.github.com", "ssh.github.com"  # the last listens on port 443, for those behind a firewall


@dataclass(frozen=True)
class Repository:
    """A repository on GitHub."""

    owner: str
    name: str

    @property
    def site(self) -> str:
        """The address of its GitHub Pages, with a slash at the end."""
        host = f"{self.owner.lower()}.github.io"
        return f"https://{host}/" if self.name.lower() == host else f"https://{host}/{self.name}/"

    def colab(self, notebook: str) -> str:
        """The address under which Colab opens a published notebook, such as "notebooks/task.ipynb"."""
        return f"https://colab.research.google.com/github/{self.owner}/{self.name}/blob/{BRANCH}/{notebook}"


def parse(address: str) -> Repository | None:
    """The repository that a remote's address names, or None where it is not on GitHub.

    Git knows three forms: https://github.com/O/N.git, ssh://git@github.com/O/N.git, and git@github.com:O/N.git.
    """
    if "://" not in address:
        address = "ssh://" + address.replace(":", "/", 1)
    try:
        parts = urlsplit(address)
    except ValueError:  # no address that anybody could reach
        return None
    names = parts.path.strip("/").removesuffix(".git").split("/")
    if parts.hostname not in HOSTS or len(names) != 2 or not all(names):
        return None
    return Repository(*names)


def find(root: Path = Path()) -> Repository | None:
    """The repository in _config.yml (repository: url), else the clone's remote ``origin``; None without GitHub."""
    settings = yaml.safe_load((root / "_config.yml").read_text()).get("repository") or {}
    return parse(settings.get("url") or origin(root))


def origin(root: Path) -> str:
    """The address of the remote ``origin``; empty where ``root`` is no clone (an unpacked download), or has none."""
    if not (root / ".git").exists():  # git itself would go on looking in the folders above
        return ""
    try:
        # Not "git config": in a clone that it does not trust, it finds nothing, and says nothing.
        words = ["git", "-C", str(root), "remote", "get-url", "origin"]
        found = subprocess.run(words, capture_output=True, text=True)
    except FileNotFoundError:  # no git
        return ""
    if found.returncode not in (0, NO_REMOTE):
        tell(f"No buttons for Colab, since git cannot say where this clone comes from: {found.stderr.strip()}")
    return found.stdout.strip()


@cache
def tell(words: str) -> None:
    """Print words for whoever builds the book, the first time they are told."""
    print(words, file=sys.stderr)


def site(root: Path = Path()) -> str | None:
    """Where the pages are published: _config.yml's html: baseurl, else the repository's GitHub Pages, else None."""
    base = (yaml.safe_load((root / "_config.yml").read_text()).get("html") or {}).get("baseurl")
    repository = find(root)
    return base.rstrip("/") + "/" if base else repository.site if repository else None
