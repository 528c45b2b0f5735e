"""A page that is built again takes nothing from the search of the others."""

import json
import os
import time

from sphinx.application import Sphinx


def entries(folder) -> dict:
    """The index entries that the search of a small book knows, after another build of it."""
    source, out = folder / "source", folder / "out"
    options = {"extensions": ["book._ext.search_entries"], "master_doc": "a"}
    Sphinx(source, None, out, folder / "doctrees", "html", options, status=None).build()
    text = (out / "searchindex.js").read_text()
    return json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))["indexentries"]


def test_index_entries_of_a_page_that_did_not_change_are_kept(tmp_path):
    (tmp_path / "source").mkdir()
    a, b = tmp_path / "source" / "a.rst", tmp_path / "source" / "b.rst"
    a.write_text(".. index:: siamese\n\nA\n=\n\n.. toctree::\n\n   b\n")
    b.write_text(".. index:: dropout\n\nB\n=\n")
    assert set(entries(tmp_path)) == {"siamese", "dropout"}
    b.write_text(".. index:: batch norm\n\nB\n=\n")
    os.utime(b, (time.time() + 5,) * 2)
    assert set(entries(tmp_path)) == {"siamese", "batch norm"}
