"""What all figures have in common, over a sample of every function: type, ink, labels, alt texts and tables."""

import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib.pyplot as plt
import pydata_sphinx_theme
import pytest
from bs4 import BeautifulSoup
from gallery import samples
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from lib import figures
from lib.figures import house
from lib.figures.labels import number
from lib.figures.svg import vector

PAGES = ("#ffffff", "#121212", "#14181e")  # the theme's background, light and dark
COURSE = Path(__file__).parents[2] / "book" / "_static" / "course.css"
PHONE = 340  # px, of a phone's 390
WORDS = (
    "question",
    "images",
    "activations",
    "all_pairs",
    "averaged",
    "thinned",
    "residual_layer",
    "paths",
    "shared_entries",
)  # they have no more
NAMES = sorted(name for name in figures.__all__ if name not in ("Picture", "Row", "side_by_side", "tiled"))


@pytest.fixture(scope="module")
def drawn(cache) -> dict[str, tuple[object, list[Figure]]]:
    """Name → the sample, and the Matplotlib figures behind it."""
    with pytest.MonkeyPatch.context() as patch:
        seen: list[Figure] = []
        save = Figure.savefig
        patch.setattr(Figure, "savefig", lambda self, *a, **k: (seen.append(self), save(self, *a, **k))[1])
        samples.cache_clear()
        shown = samples()
    found, rest = {}, iter(seen)
    for name, sample in shown.items():
        found[name] = (sample, [next(rest) for _ in parts(sample)])
    return found


def parts(sample) -> list[figures.Picture]:
    return list(sample.pictures.values()) if isinstance(sample, figures.Row) else [sample]


def pictures(drawn) -> list[tuple[str, figures.Picture]]:
    return [(name, part) for name, (sample, _) in drawn.items() for part in parts(sample)]


def test_a_users_own_matplotlibrc_changes_no_figure(drawn):
    theirs = {
        "text.usetex": True,
        "font.family": "serif",
        "axes.grid": True,
        "lines.linewidth": 7,
        "axes.facecolor": "r",
    }
    samples.cache_clear()
    with plt.rc_context(theirs):
        again = samples()
        assert plt.rcParams["text.usetex"] and plt.rcParams["axes.grid"]  # theirs are as they were, too
    assert {name: [part.svg for part in parts(sample)] for name, sample in again.items()} == {
        name: [part.svg for part in parts(sample)] for name, (sample, _) in drawn.items()
    }


def test_there_is_a_sample_of_every_figure_function(drawn):
    assert set(NAMES) == {name.split(",")[0] for name in drawn}


def test_every_alt_text_is_one_short_sentence(drawn):
    for name, picture in pictures(drawn):
        assert 10 < len(picture.alt) <= 160, (name, picture.alt)
        assert picture.alt.endswith(".") and not re.search(r"[.!?] [A-Z]", picture.alt), (name, picture.alt)
        assert not re.search(r"nan|e-\d\d", picture.alt), (name, picture.alt)


def test_every_axis_with_a_scale_has_two_labels_or_more(drawn):
    for name, (_, behind) in drawn.items():
        for axes in (axes for figure in behind for axes in figure.axes if axes.axison):
            axes.figure.draw_without_rendering()
            for axis in (axes.xaxis, axes.yaxis):
                told = labels(axis) or labels(shared(axes, axis))
                assert len(told) >= 2 or names_only(axis), (name, axis.axis_name, told)
                assert not any("nan" in text or "$" in text or re.search(r"\de[-+]?\d", text) for text in told), told


def labels(axis) -> list[str]:
    """The labels of an axis that are in sight."""
    low, high = sorted(axis.get_view_interval())
    margin = 1e-9 * (high - low)
    ticks = [tick for tick in axis.get_major_ticks() if low - margin <= tick.get_loc() <= high + margin]
    both = [label for tick in ticks for label in (tick.label1, tick.label2) if label.get_visible()]
    return [label.get_text() for label in both if label.get_text()]


def shared(axes, axis):
    """The axis at the left of a row of panels, which has the labels for all."""
    first = next(iter(sorted(axes.get_shared_y_axes().get_siblings(axes), key=lambda other: other.get_position().x0)))
    return first.yaxis if axis is axes.yaxis else axis


def names_only(axis) -> bool:
    """One name beside an axis, perhaps in lines of their own: that of a single system or difference."""
    beside = [line.get_text() for line in axis.axes.texts] if axis.axis_name == "y" else []
    return any(not re.match(r"[−\d.]", text) for text in [*labels(axis), *beside])


@pytest.mark.parametrize("name", ["COLOURS", "MAIN", "ROUND"])
def test_colours_stand_out_on_a_light_and_on_a_dark_page(name):
    colours = getattr(house, name)
    for colour in [colours] if isinstance(colours, str) else colours:
        assert all(contrast(colour, page) >= 3 for page in PAGES), colour


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_all_words_are_in_the_ink_of_the_page_and_nothing_is_black_or_white(drawn):
    for name, picture in pictures(drawn):
        svg = picture.svg.decode()
        assert 'fill="currentColor"' in svg and "#000000" not in svg and "#ffffff" not in svg, name
        for text in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text"):
            assert "fill" not in text.get("style", ""), (name, text.text)


def test_ids_are_unique_over_all_figures_of_a_page(drawn):
    names = [name for _, picture in pictures(drawn) for name in re.findall(r'\bid="([^"]*)"', picture.svg.decode())]
    assert len(names) == len(set(names))


def test_every_reference_inside_a_figure_leads_somewhere(drawn):
    for name, picture in pictures(drawn):
        svg = picture.svg.decode()
        used = {*re.findall(r'href="#([^"]*)"', svg), *re.findall(r"url\(#([^)]*)\)", svg)}
        assert used <= set(re.findall(r'\bid="([^"]*)"', svg)), name


def test_pixels_are_painted_with_the_ink_of_the_page(drawn):
    svg = drawn["images"][0].svg.decode()
    assert svg.count("<mask ") == svg.count('mask="url(#') == svg.count("<image ") == 6
    assert svg.count('id="') == len(set(re.findall(r'id="([^"]*)"', svg)))


def test_a_figure_with_data_has_them_in_a_closed_table_with_header_cells(drawn):
    for name, (sample, _) in drawn.items():
        page = BeautifulSoup(sample._repr_html_(), "html.parser")
        if name.split(",")[0] in WORDS or name == "mistakes, not told":
            continue
        assert page.select("details.numbers:not([open]) > summary"), name
        for table in page.select("details table"):
            heads, rows = table.select("thead th[scope=col]"), table.select("tbody tr")
            assert table["aria-label"] and rows and all(head.text for head in heads), name
            for row in rows:
                assert row.th["scope"] == "row" and len(row.select("td")) == len(heads) - 1, name
                assert all(cell.text and "nan" not in cell.text.lower() for cell in row.select("th, td")), row


@pytest.mark.parametrize(
    ("value", "told"),
    [(84.25, "84.25"), (128.0, "128"), (55000, "55,000"), (1e-9, "10⁻⁹"), (3.2e-9, "3.2·10⁻⁹"), (-0.5, "−0.5")]
    + [(0.0, "0"), (float("nan"), "–"), (1e12, "10¹²"), (0.001, "0.001")],
)
def test_a_number_is_told_as_one_reads_it(value, told):
    assert number(value) == told


def test_small_type_is_raised_to_what_a_phone_can_show():
    figure, axes = house.one_axes(2)
    axes.text(0, 0, "small", fontsize=4)
    size = re.search(r"font-size: ([\d.]+)px[^>]*>small<", vector(figure, ""))
    assert float(size[1]) * PHONE / (72 * house.WIDTH) >= 11


def test_white_is_the_page_and_all_words_have_its_ink():
    figure, axes = house.one_axes(2)
    axes.plot([0, 1], [1, 2], "o", markerfacecolor="white", markeredgecolor="black")
    axes.text(0, 1, "coloured", color=house.MAIN)
    drawn = vector(figure, "")
    assert "#ffffff" not in drawn and drawn.count("fill: var(--pst-color-background") >= 1
    assert "fill" not in re.search(r"<text([^>]*)>coloured<", drawn)[1]


@pytest.mark.parametrize("decades", [0.5, 2, 4, 15, 40])
def test_a_logarithmic_axis_that_nobody_cared_for_has_labels(decades):
    figure, axes = house.one_axes(2)
    axes.plot([1, 2], [1, 10.0**-decades])
    axes.set_yscale("log")
    drawn = vector(figure, "")
    assert len(labels(axes.yaxis)) >= 2 and "<tspan" not in drawn


def test_a_figure_that_is_shown_twice_has_the_same_file(drawn):
    plt.close("all")  # what other tests have left
    one, other = (figures.all_pairs("c") for _ in range(2))
    assert one.svg == other.svg and figures.all_pairs("another").svg != one.svg
    assert not plt.get_fignums()


@pytest.fixture
def page(chromium):
    """A phone."""
    page = chromium.new_page(viewport={"width": 390, "height": 800})
    yield page
    page.close()


def test_type_is_11_px_or_more_on_a_phone_and_nothing_is_wider_than_the_page(drawn, page):
    body = "".join(sample._repr_html_() for sample, _ in drawn.values())
    page.set_content(f"<style>figure {{ margin: 0 }}</style><div style='width: {PHONE}px'>{body}</div>")
    found = page.locator("svg").evaluate_all(
        """all => all.map(svg => [svg.getBoundingClientRect().width, svg.ariaLabel,
            Math.min(...[...svg.querySelectorAll("text")].map(text => parseFloat(getComputedStyle(text).fontSize)))
            * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width])"""
    )
    assert len(found) == len(pictures(drawn))
    for width, alt, size in found:
        assert width <= PHONE + 0.5 and size >= 11, (alt, width, size)


@pytest.mark.parametrize(("theme", "ink"), [("light", "rgb(34, 40, 50)"), ("dark", "rgb(206, 214, 221)")])
def test_figures_have_the_ink_of_the_books_theme_and_are_black_on_paper(drawn, page, theme, ink):
    styles = [*Path(pydata_sphinx_theme.__file__).parent.rglob("pydata-sphinx-theme.css"), COURSE]
    head = "".join(f"<style>{style.read_text()}</style>" for style in styles)
    output = f'<div class="cell_output"><div class="text_html">{drawn["curves"][0]._repr_html_()}</div></div>'
    page.set_content(f'<html data-theme="{theme}"><head>{head}</head><div class="bd-content">{output}</div></html>')
    colour = "e => getComputedStyle(e).fill"
    for media, expected in (("screen", ink), ("print", "rgb(0, 0, 0)")):
        page.emulate_media(media=media)
        assert page.locator("svg text").first.evaluate(colour) == expected, media
        assert page.locator(".text_html").evaluate("e => getComputedStyle(e).backgroundColor") == "rgba(0, 0, 0, 0)"
    page.emulate_media(media="screen")


@house.in_house_style
def test_a_legend_is_read_row_by_row():
    figure, axes = house.one_axes(2)
    names = [f"line number {i}" for i in range(1, 6)]  # two have room beside each other
    for name in names:
        axes.plot([0, 1], label=name)
    house.legend(figure, axes)
    figure.canvas.draw()
    places = {text.get_text(): text.get_window_extent() for text in figure.legends[0].get_texts()}
    plt.close(figure)
    assert sorted(places, key=lambda name: (-round(places[name].y0), places[name].x0)) == names
    assert places[names[0]].y0 == places[names[1]].y0
