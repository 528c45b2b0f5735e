"""What pages say about this copy of the book: its version, how to report an error, and where the commands run."""

from pathlib import Path

import yaml
from sphinx.application import Sphinx

from book._ext.repository import Repository

ABOUT = Path(__file__).parents[2] / "CITATION.cff"
FORMS = {  # of .github/ISSUE_TEMPLATE
    "page": "something on a page that is wrong or unclear",
    "run": "a chapter or notebook that does not run",
    "exercise": "an exercise or a grading problem",
}
NEEDS = "on Linux or macOS, with Python 3.11 or newer and <code>make</code>"


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def offer(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    """Fill the places that pages leave for it."""
    for place, said in {"report": ways, "source": source}.items():
        mark = f'<div id="{place}"></div>'
        if mark in context.get("body", ""):
            context["body"] = context["body"].replace(mark, said(app.config.course_repository))


def ways(repository: Repository | None) -> str:
    """The edition, and links to the forms of a repository; without one, only whoever gave the copy can be told."""
    about = yaml.safe_load(ABOUT.read_text(encoding="utf-8"))
    edition = f"This book was built from version {about['version']}, with all that is put right below."
    if repository is None:
        return f"<p>{edition} If you find something else, please tell whoever gave you this copy.</p>"
    forms = f"https://github.com/{repository.owner}/{repository.name}/issues/new?template="
    links = "; ".join(f'<a href="{forms}{name}.yml">{words}</a>' for name, words in FORMS.items())
    return f"<p>{edition} If you find something else, please say so (on GitHub, with an account there): {links}.</p>"


def source(repository: Repository | None) -> str:
    """Where the commands of the pages for instructors run."""
    if repository is None:
        return (
            "<p>Commands that begin with <code>make</code> run in the course's folder, the folder from which this book "
            f"was built, {NEEDS}. You get such a folder by <code>git clone ADDRESS</code>, where <code>ADDRESS</code> "
            "stands for that of the course's repository; this copy of the book does not know it, so ask whoever gave "
            "it to you. In the new folder, <code>make book</code> installs what the commands need.</p>"
        )
    address = f"https://github.com/{repository.owner}/{repository.name}"
    return (
        f'<p>Commands that begin with <code>make</code> run in a clone of <a href="{address}">the repository</a>, '
        f"{NEEDS}: <code>git clone {address}.git</code>, and then <code>make book</code> in the folder "
        f"<code>{repository.name}</code>, which installs what the commands need.</p>"
    )
