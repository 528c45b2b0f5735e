"""Formulas as MathML: browsers draw them themselves, so a page needs no script for them, and none from another host.

Each keeps its TeX, in data-tex, for the notebooks. The font with the signs is a part of STIX Two Math, which comes with
the package ziamath (SIL Open Font License); a page loads it only where it has a formula.
"""

import re
from importlib.metadata import files
from pathlib import Path

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from book._ext.fonts import part

FONT = "formulas.woff2"
# What the book's formulas are written with (a test asks for each sign): ASCII, accents, Greek, arrows, operators,
# relations, dots, and the italic letters that browsers put in place of plain ones.
RANGES = (
    "20-7E A0 AF B1 B7 BD D7 302-304 391-3C9 2016 2026 2032-2033 210E 2190-2193 21A6 21D2-21D4 2200-2212 221A-221E "
    "2223-222B 2243-226B 2286-2287 2295-2299 22A4-22A5 22C5 22EF 23DF 27FA 29F5 1D434-1D467 1D53C 1D6FC-1D71B"
)
BARS = re.compile(r"<mo>(&#x0007C;|&#x02016;)")  # of \\lvert and \\lVert; browsers stretch them as they do parentheses
OPENING, CLOSING = re.compile(r"[(“]*$"), re.compile(r"[),.;:!?”’]*")


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (displayed, None))
    app.connect("doctree-resolved", keep_together)
    app.connect("build-finished", write_font)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def keep_together(app: Sphinx, page: nodes.document, name: str) -> None:
    """A formula, the bracket before it and the comma behind it go into a span without breaks: browsers break there."""
    for formula in list(page.findall(nodes.math)):
        parent, place = formula.parent, formula.parent.index(formula)
        before, after = (text(parent, place + step) for step in (-1, 1))
        opening, closing = OPENING.search(before)[0], CLOSING.match(after)[0]
        if opening or closing:
            parts = [nodes.Text(before.removesuffix(opening))] * bool(before)
            whole = (nodes.Text(opening), formula.deepcopy(), nodes.Text(closing))
            parts += [nodes.inline("", "", *whole, classes=["unbroken"])]
            parts += [nodes.Text(after.removeprefix(closing))] * bool(after)
            parent[place - bool(before) : place + 1 + bool(after)] = parts


def text(parent: nodes.Element, place: int) -> str:
    """What stands at this place in ``parent``, if it is plain text."""
    found = parent[place] if 0 <= place < len(parent) else ""
    return str(found) if isinstance(found, nodes.Text) else ""


def inline(page: HTML5Translator, node: nodes.math) -> None:
    page.body.append(opened(page, node, "span") + mathml(node.astext()) + "</span>")
    raise nodes.SkipNode


def displayed(page: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on its own line, after its number, if it has one."""
    page.body.append(opened(page, node, "div"))
    if node["number"]:
        page.body.append(f'<span class="eqno">({get_node_equation_number(page, node)})')
        page.add_permalink_ref(node, "Link to this equation")
        page.body.append("</span>")
    page.body.append(mathml(lines(node.astext()), "block") + "</div>\n")
    raise nodes.SkipNode


def opened(page: HTML5Translator, node: nodes.Element, tag: str) -> str:
    kind = {"class": "math notranslate nohighlight"}
    return page.starttag(node, tag, "", **kind, **{"data-tex": node.astext().strip()})


def mathml(tex: str, display: str = "inline") -> str:
    return BARS.sub(r'<mo stretchy="false">\1', convert(tex, display=display))


def lines(tex: str) -> str:
    r"""Lines that end in \\ need something that aligns them, as Sphinx gives it for MathJax.

    The converter does not know ``aligned``, and shows its ampersands; ``align*`` is the same here.
    """
    tex = tex.replace("{aligned}", "{align*}")
    bare = r"\\" in tex and r"\begin" not in tex
    return rf"\begin{{split}}{tex}\end{{split}}" if bare else tex


def write_font(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        (Path(app.outdir) / "_static" / FONT).write_bytes(font())


def font() -> bytes:
    """STIX Two Math, and of it only ``signs()``, with their larger forms."""
    [file] = [file for file in files("ziamath") or () if file.name == "STIXTwoMath-Regular.ttf"]
    return part(file.read_binary(), signs(), layout_features=["ssty", "ccmp"], hinting=False)


def signs() -> set[int]:
    """The code points of RANGES."""
    ends = [[int(end, 16) for end in part.split("-")] for part in RANGES.split()]
    return {code for part in ends for code in range(part[0], part[-1] + 1)}
