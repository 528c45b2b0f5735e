"""What others see of a page before they open it: a description, a card with the course's main figure.

sphinxext.opengraph writes them. It must know where the book is published: cards need a whole address.
"""

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

from book._ext import repository

ADDRESSES = re.compile(r'<meta property="og:(url|image|image:alt)" [^>]*/>\n?')


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("config-inited", locate)
    app.connect("html-page-context", without_addresses, priority=900)  # after opengraph
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def locate(app: Sphinx, config: Config) -> None:
    config.ogp_site_url = repository.site(Path(app.srcdir)) or ""


def without_addresses(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """A book that is published nowhere has no addresses to tell. A page that is not found may have been asked for
    in any folder: its own links start from the first page."""
    site, tags = app.config.ogp_site_url, context.get("metatags", "")
    if not site:
        tags = ADDRESSES.sub("", tags)
    elif page == "404":
        tags += f'<base href="{site}" />\n'
    context["metatags"] = tags
