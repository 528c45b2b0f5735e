"""The ways from a chapter to its code: below its title and in the menu above it, its notebook to download, and Colab
where there is one; and the same below each exercise with a check, which can say nothing on a page, where no code runs.
"""

import html
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from book._ext import repository, run_times
from book._ext.minutes import is_taught, reading
from lib.checks import EMPTY, Verdict

UNCHECKED = Verdict(False, EMPTY)._repr_html_()


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("course_repository", None, "html", [repository.Repository])  # a new address: all pages anew
    app.add_config_value("course_times", {}, "html", [dict])  # and with new times, too
    app.connect("config-inited", look_up)
    app.connect("html-page-context", offer, priority=900)  # after the theme's own buttons
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def look_up(app: Sphinx, config: Config) -> None:
    config.course_repository = repository.find(Path(app.srcdir))
    config.course_times = run_times.by_page(Path(app.srcdir) / run_times.FILE)


def offer(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """In place of the chapter's source, which nobody can run as it is, offer the notebook made from it.

    The instructor edition has no notebooks of its own.
    """
    if "instructor" in Path(app.outdir).parts:
        return
    if doctree is None or not any("cell" in box["classes"] for box in doctree.findall(nodes.container)):
        return
    notebook = f"notebooks/{page.rsplit('/', 1)[-1]}.ipynb"  # as notebooks.py names it
    found = app.config.course_repository
    local, online = context["pathto"](notebook, resource=True), found and found.colab(notebook)
    context["body"] = context["body"].replace(UNCHECKED, way(local, online))
    chapter = Path(app.srcdir) / f"{page}.md"
    if is_taught(chapter):
        line = below_title(local, online, reading(chapter).minutes, app.config.course_times.get(page))
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)
    for group in context["header_buttons"]:
        if group.get("label") == "download-buttons":
            kept = [button for button in group["buttons"] if button["label"] == "download-pdf-button"]
            group["buttons"] = [download(local), *kept]
    if online:
        context["header_buttons"].insert(0, colab(online))


def below_title(local: str, online: str | None, to_read: int, to_run: float | None = None) -> str:
    """What stands below a chapter's title: the ways to its code, minutes to read, seconds to run if they are known."""
    ways = [f'<a href="{html.escape(local)}" download>Download this chapter as a notebook</a>']
    if online:
        ways.append(f'<a href="{html.escape(online)}">open it in Colab</a>')
    times = f"about {to_read} minutes to read" + (f", {run_times.duration(to_run)} to run" if to_run else "")
    return f'<p class="to-notebook">{" · ".join([*ways, times])}</p>'


def way(local: str, online: str | None) -> str:
    """What stands on a page in place of the check's word that there is nothing to check yet."""
    colab = f' (or <a href="{html.escape(online)}">open it in Colab</a>)' if online else ""
    return (
        '<p class="check open">No code runs on this page. Write your answer in '
        f'<a href="{html.escape(local)}" download>this chapter\'s notebook</a>{colab}: the check answers there.</p>'
    )


def download(address: str) -> dict[str, str]:
    return {
        "type": "link",
        "url": address,
        "text": "Download notebook",
        "tooltip": "Runs in Colab, Kaggle and Jupyter, without this book",
        "icon": "fas fa-download",
        "label": "download-notebook-button",
    }


def colab(address: str) -> dict:
    """In a menu of its own, as the theme has it: a button with a text would not fit a phone's width."""
    link = {
        "type": "link",
        "url": address,
        "text": "Open in Colab",
        "tooltip": "Run this chapter in Google Colab",
        "icon": "fas fa-play",
        "label": "colab-button",
    }
    menu = {"type": "group", "tooltip": "Run this chapter", "icon": "fas fa-rocket", "label": "launch-buttons"}
    return menu | {"buttons": [link]}
