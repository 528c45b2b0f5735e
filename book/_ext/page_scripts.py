"""No progress bars, no broken scripts, and none that is waited for, in the pages that Jupyter Book makes."""

import os

from sphinx.application import Sphinx

AT_ONCE = ("documentation_options", "doctools")


def setup(app: Sphinx) -> dict[str, bool]:
    os.environ["LIB_QUIET"] = "1"  # no progress bars in the pages; the chapters' kernels inherit it
    app.connect("html-page-context", drop_scripts, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_scripts(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Jupyter Book always loads sphinx-thebe, whose script throws an error on every page. MyST-NB writes into a page
    the state of live widgets, which no script of ours reads.
    """
    state = "application/vnd.jupyter.widget-state+json"
    scripts = [script for script in context["script_files"] if "thebe" not in str(script)]
    context["script_files"] = [script for script in scripts if script.attributes.get("type") != state]
    for script in context["script_files"]:
        # A page is painted before its scripts run, in their order; but lines in the page, and the search's, need these.
        if getattr(script, "filename", None) and not any(name in str(script) for name in AT_ONCE):
            script.attributes.setdefault("defer", "defer")
