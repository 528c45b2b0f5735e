"""Fetch what was published, as readers do: `python -m book._ext.published`, after the push, beside _build/html.

Every page must be there, and every notebook that one offers, to download and as Colab loads it, must be the one that
was built. A site needs minutes to follow a push, so that what is missing is asked for again.
"""

import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen

from bs4 import BeautifulSoup

from book._ext import repository
from book._ext.notebooks import BOOK, chapters

COLAB, RAW = "https://colab.research.google.com/github/", "https://raw.githubusercontent.com/"
TRIES, WAIT = 20, 30  # seconds between two tries


def addresses(site: str, book: Path = BOOK) -> dict[str, Path | None]:
    """What to fetch, and the file that it must equal, or None for what others serve."""
    found = {}
    for name in chapters():
        page = book / f"{name}.html"
        found[f"{site}{name}.html"] = page
        for link in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select("a[href*='.ipynb']"):
            address = urljoin(f"{site}{name}.html", link["href"])
            file = book / "notebooks" / address.rsplit("/", 1)[-1]
            if address.startswith(COLAB):
                found |= {address: None, loaded_by_colab(address): file}
            else:
                found[address] = file if address.startswith(site) else None
    return found


def loaded_by_colab(address: str) -> str:
    """Where Colab gets the notebook from: its own page answers for those that do not exist, too."""
    return RAW + address.removeprefix(COLAB).replace("/blob/", "/", 1)


def wrong(address: str, file: Path | None) -> str:
    """What is wrong with an address; empty when nothing is."""
    try:
        with urlopen(Request(address, headers={"User-Agent": "Mozilla/5.0"}), timeout=30) as answer:
            same = file is None or answer.read() == file.read_bytes()
    except (OSError, HTTPException) as error:  # URLError is an OSError
        return str(error)
    return "" if same else "not what was built, or not yet"


def broken(asked: dict[str, Path | None], tries: int = TRIES, wait: float = WAIT) -> dict[str, str]:
    """The addresses that are still wrong at the last try, with the reason."""
    for left in reversed(range(tries)):
        with ThreadPoolExecutor(8) as threads:
            reasons = dict(zip(asked, threads.map(wrong, asked.keys(), asked.values()), strict=True))
        asked = {address: asked[address] for address, reason in reasons.items() if reason}
        if not asked or not left:
            break
        time.sleep(wait)
    return {address: reasons[address] for address in asked}


def report(count: int, found: dict[str, str]) -> Iterable[str]:
    yield from (f"{address}: {reason}" for address, reason in found.items())
    yield f"{count - len(found)} of {count} addresses of the published book are there"


def main() -> int:
    if (site := repository.site()) is None:
        print(
            "This copy is not published: its remote is not on GitHub, and _config.yml names no baseurl.",
            file=sys.stderr,
        )
        return 1
    asked = addresses(site)
    found = broken(asked)
    print("\n".join(report(len(asked), found)), file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
