"""The search keeps the index entries of pages that did not change since the last build.

Sphinx 7.4 saves its environment before it writes pages, and collects their index entries while it writes them. So the
next build would know those of the pages that it writes again, and no others. Here the environment is saved once more.
"""

import pickle
from functools import partial
from pathlib import Path

from sphinx.application import ENV_PICKLE_FILENAME, Sphinx

from lib.store.files import write_atomically


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", save)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def save(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        write_atomically(Path(app.doctreedir, ENV_PICKLE_FILENAME), partial(pickle.dump, app.env))
