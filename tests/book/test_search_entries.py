"""A page that is built again takes nothing from the search of the others."""

import json
import os
import time

from sphinx.application import Sphinx


def entries(folder) -> dict:
    """The index entries that the search of a small book knows, after another build of it."""
    source, out = folder / "source", folder / "out"
    options = {"extensions": ["book._ext.search_entries"]}
    Sphinx(source, None, out, folder / "doctrees", "html", options, status=None).build()
    text = (out / "searchindex.js").read_text()
    return json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]


def test_index_entries_of_a_page_that_did_not_change_are_kept(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "index.rst").write_text("Always written again\n====================\n")
    for name, word in {"a": "siamese", "b": "dropout"}.items():
        (tmp_path / "source" / f"{name}.rst").write_text(f":orphan:\n\n.. index:: {word}\n\n{name}\n=\n")
    assert set(entries(tmp_path)) == {"siamese", "dropout"}
    changed = tmp_path / "source" / "b.rst"
    changed.write_text(changed.read_text().replace("dropout", "batch norm"))
    os.utime(changed, (time.time() + 5,) * 2)
    assert set(entries(tmp_path)) == {"siamese", "batch norm"}
