"""A figure as SVG that follows the page: its text is text, its ink is the page's, and nothing is behind it.

Matplotlib's black becomes the colour of the text around the figure (currentColor), and its white the ground of the
page, so that one drawing fits a light page, a dark one and paper. Images in the ink of house.INK are painted with it,
through a mask.
"""

import hashlib
import io
import re
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from lib.figures.labels import labelled

SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "which digit",
}  # texts stay text; ids do not vary
MASK = "ink"  # images to be painted with the page's ink: white where it is strongest, else transparent
PHONE = 3.5  # inches: what a phone of 390 px leaves for a figure
PAPER = "var(--pst-color-background, var(--jp-layout-color0, Canvas))"  # the book's, Jupyter's, or the browser's
LEAST = 8.3  # points on the screen, which are 11 px


def vector(figure: Figure, key: str) -> str:
    """``figure`` as an SVG element. ``key`` keeps its ids apart from those of other figures on a page."""
    shrinks = max(1, figure.get_figwidth() / PHONE)
    for text in figure.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), LEAST * shrinks))
        text.set_color("black")  # a colour that suits lines on both kinds of page is too faint for words
    labelled(figure)
    for axes in figure.axes:
        for image in axes.images:
            image.set_interpolation("none")  # pixel by pixel
            if image.get_cmap().name == MASK:
                image.set_gid(MASK)
    file = io.StringIO()
    with plt.rc_context(SETTINGS):
        look: dict[str, Any] = {
            "transparent": True,
            "metadata": {"Date": None, "Creator": None},
            "bbox_inches": _whole(figure),
        }
        figure.savefig(file, format="svg", **look)
    plt.close(figure)
    return _themed(file.getvalue(), hashlib.sha256(key.encode()).hexdigest()[:8])


def _whole(figure: Figure) -> Bbox:
    """The figure, and what stands out of it, in inches: a title of one line more than it was planned for."""
    for _ in range(2):  # the first time, the layout does not know all sizes yet
        figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it stays as it is
    return Bbox.union([figure.bbox_inches, figure.get_tightbbox().padded(0, 0.02)])


def _themed(drawn: str, salt: str) -> str:
    """Matplotlib's SVG, with the page's ink and type, and ids that begin with ``salt``."""
    drawn = drawn[drawn.index("<svg") :]
    drawn = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>|<!--.*?-->", "", drawn, flags=re.DOTALL)
    drawn = re.sub(r"<image ([^>]*)/>", _painted, drawn)
    drawn = re.sub(r'<g id="[^"]*"', "<g", drawn)  # numbered anew in each figure
    drawn = re.sub(r'\bid="', f'id="{salt}-', drawn)
    drawn = re.sub(r'(url\(|href=")#', rf"\1#{salt}-", drawn)
    drawn = drawn.replace("stroke: #000000", "stroke: currentColor").replace("#ffffff", PAPER)
    drawn = re.sub(r"font-family: [^;\"]*;? ?", "", drawn)  # the page's own
    drawn = re.sub(r' transform="rotate\(-0 [^"]*"', "", drawn)
    look = 'fill="currentColor" stroke-linejoin="round" stroke-linecap="butt"'
    drawn = drawn.replace("<svg ", f"<svg {look} ", 1)
    return re.sub(r"\s*\n\s*", "\n", drawn).strip()


def _painted(image: re.Match[str]) -> str:
    """An image in ink: a rectangle in the page's colour, seen through the image. Others stay as they are."""
    attributes = re.sub(r' id="[^"]*"', "", image[1])
    if f'id="{MASK}"' not in image[1]:
        return f"<image {attributes}/>"
    place = "".join(re.findall(r'transform="[^"]*"', attributes))
    size = " ".join(re.findall(r'\b(?:width|height)="[^"]*"', attributes))
    name = MASK + hashlib.sha256(attributes.encode()).hexdigest()[:8]
    return (
        f'<g {place}><mask id="{name}" maskUnits="userSpaceOnUse" x="0" y="0" {size}>'
        f'<image {attributes.replace(place, "")}/></mask><rect {size} mask="url(#{name})"/></g>'
    )
