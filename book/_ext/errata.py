"""How to say that something is wrong: a sentence on the page of errata, where this copy has a repository."""

from sphinx.application import Sphinx

from book._ext.repository import Repository

PLACE = '<div id="report"></div>'
FORMS = {  # of .github/ISSUE_TEMPLATE
    "page": "something on a page that is wrong or unclear",
    "run": "a chapter or notebook that does not run",
    "exercise": "an exercise or a grading problem",
}


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", offer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def offer(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    if PLACE in context.get("body", ""):
        context["body"] = context["body"].replace(PLACE, ways(app.config.course_repository))


def ways(repository: Repository | None) -> str:
    """Links to the forms of a repository; without one there is nothing that a reader could open."""
    if repository is None:
        return ""
    forms = f"https://github.com/{repository.owner}/{repository.name}/issues/new?template="
    links = "; ".join(f'<a href="{forms}{name}.yml">{words}</a>' for name, words in FORMS.items())
    return f"<p>If you find something else, please say so (on GitHub, with an account there): {links}.</p>"
