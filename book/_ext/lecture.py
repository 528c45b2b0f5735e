"""Slides: ``{slides}`` puts buttons on a page that show its sections one by one, all or some, by lecture.js.

``{figure-from} CHAPTER`` stands for a figure of another page, found by the words with which its caption begins.
"""

import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

BUTTONS = (
    '<p class="slides"><button type="button" hidden>Show the slides</button> '
    '<button type="button" hidden>Show the short lecture</button></p>'
)
FIGURE = re.compile(r'<figure class="computed">.*?</figure>', re.DOTALL)
CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("slides", Slides)
    app.add_directive("figure-from", FigureFrom)
    app.add_post_transform(PutFigures)
    app.connect("env-updated", again)
    app.connect("html-page-context", only_where_needed)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class Slides(SphinxDirective):
    """The buttons, which do nothing, and are not seen, without the script.

    The short lecture is the page's table with the class short-lecture: in each row a link to a slide, and its minutes.
    """

    def run(self) -> list[nodes.Node]:
        self.env.metadata[self.env.docname]["slides"] = "yes"
        return [nodes.raw("", BUTTONS, format="html")]


def again(app: Sphinx, env: object) -> list[str]:
    """Write slides in every build, and what names a number of another page: that may have changed."""
    slides = {name for name, said in app.env.metadata.items() if "slides" in said}
    return [name for name in app.env.found_docs if name in slides or ".md::" in source(app, name)]


def source(app: Sphinx, name: str) -> str:
    return Path(app.env.doc2path(name)).read_text(encoding="utf-8")


def only_where_needed(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    if 'class="slides"' in context.get("body", ""):
        app.add_css_file("lecture.css")
        app.add_js_file("lecture.js", loading_method="defer")


class Wanted(nodes.General, nodes.Element):
    """The place of a figure, while other pages may not have been read yet."""


class FigureFrom(SphinxDirective):
    """The argument is the page, in the folder of this one; the content is how the caption begins."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        page = str(Path(self.env.docname).with_name(self.arguments[0]))
        place = Wanted(page=page, begins=" ".join(self.content))
        self.set_source_info(place)
        return [place]


class PutFigures(SphinxPostTransform):
    """Put each figure into its place, now that every page has been read."""

    default_priority = 5

    def run(self, **words: object) -> None:
        for place in list(self.document.findall(Wanted)):
            found = figures(self.env.get_doctree(place["page"]), place["begins"])
            if len(found) != 1:
                said = f"{place['page']} has {len(found)} figures, not one, whose caption begins: {place['begins']}"
                LOGGER.warning(said, location=place)
            place.replace_self([nodes.raw("", figure, format="html") for figure in found[:1]])


def figures(page: nodes.document, begins: str) -> list[str]:
    """The figures (HTML) on a page whose caption begins so."""
    found = [one for raw in page.findall(nodes.raw) for one in FIGURE.findall(raw.astext())]
    return [one for one in dict.fromkeys(found) if caption(one).startswith(begins)]


def caption(figure: str) -> str:
    """Without markup, on one line."""
    words = CAPTION.search(figure)
    return " ".join(html.unescape(re.sub("<[^>]+>", "", words[1])).split()) if words else ""
