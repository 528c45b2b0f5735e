"""Links to a computed figure of the same page: ``{figure}`the six networks <Six networks, four heads>` ``.

First the words of the link, then how the figure's caption begins. Of the frames of a slider, the first is meant.
book/_static/sources.js shows the figure where the link stands; without it, the link leads there.
"""

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole

from book._ext.lecture import FIGURE, caption

LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("figure", ToFigure())
    app.add_post_transform(LinkFigures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


class ToFigure(ReferenceRole):
    """A link from the start, or terms.py would make links of words in it; its figure may not have been read yet."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        begins = " ".join(self.target.split())
        link = nodes.reference("", self.title, internal=True, classes=["to-figure"], begins=begins)
        self.set_source_info(link)
        return [link], []


class LinkFigures(SphinxPostTransform):
    """Leads each link to its figure. A caption that does not begin so, or two that do, stop the build."""

    default_priority = 200  # after MyST-NB has chosen among an output's forms, and lecture.py has put its figures
    formats = ("html",)

    def run(self, **_: Any) -> None:
        for link, wrong in unresolved(self.document):
            LOGGER.warning(f"{self.env.docname}: {wrong}", location=link)
            link.replace_self(nodes.inline("", "", *link.children))


def unresolved(page: nodes.document) -> Iterator[tuple[nodes.reference, str]]:
    """Give each figure that is linked to an id, and its links the address; what is left, and what is wrong with it."""
    links = [link for link in page.findall(nodes.reference) if "begins" in link]
    known = list(captions(page)) if links else []
    for link in links:
        begins = link["begins"]
        found = [(output, said) for output, said in known if said.startswith(begins)]
        if len(found) == 1:
            lead(link, *found[0])
        elif found:
            yield link, f"{len(found)} figures have a caption that begins with {begins!r}: write more of it"
        else:
            yield link, f"no figure's caption begins with {begins!r}: write {{figure}}`words <how it begins>`"


def captions(page: nodes.document) -> Iterator[tuple[nodes.raw, str]]:
    """The outputs that are figures, each with its caption: of several frames, that of the first."""
    for output in page.findall(nodes.raw):
        if figure := FIGURE.search(output.astext()):
            yield output, caption(figure[0])


def lead(link: nodes.reference, output: nodes.raw, said: str) -> None:
    """The id is that of the output's box: a slider's first frame may be hidden when a reader follows the link."""
    if not output["ids"]:
        output["ids"] = [nodes.make_id(f"figure {link['begins']}")]
        output["classes"].append("linked")  # docutils makes a box only of what has a class
    link["refid"], link["reftitle"] = output["ids"][0], said
