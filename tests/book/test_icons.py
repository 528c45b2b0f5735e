"""The icons of the pages come from the theme's own script."""

import re
from io import BytesIO

import pytest
from fontTools.ttLib import TTFont

from book._ext import icons
from book._ext.fonts import part

SCRIPT = icons.SCRIPT.read_text(encoding="utf-8")


def test_only_the_icons_that_pages_name_are_taken():
    pages = ['<i class="fa-solid fa-bars fa-lg"></i>', '<i class="fas fa-search"></i><p>no fa here</p>']
    assert icons.named(pages) == {"bars", "search"}
    drawn = icons.sheet({"bars", "search"}, SCRIPT)
    assert set(re.findall(r"\.fa-([a-z-]+) \{", drawn)) == {"bars", "search"} and len(drawn) < 3000


@pytest.mark.parametrize("name", ["bars", "magnifying-glass", "search", "github", "circle-half-stroke"])
def test_an_icon_is_found_by_each_of_its_names(name):
    assert re.fullmatch(
        r'<svg xmlns="[^"]+" viewBox="0 0 \d+ \d+"><path d="[^"]{50,}"/></svg>', icons.icon(name, SCRIPT)
    )


def test_two_names_of_an_icon_draw_the_same():
    assert icons.icon("search", SCRIPT) == icons.icon("magnifying-glass", SCRIPT)


def test_an_icon_that_is_not_there_is_a_warning(caplog):
    assert ".fa-nothing" not in icons.sheet({"nothing"}, SCRIPT)
    assert "no icon 'nothing'" in caplog.text


def test_a_font_keeps_the_signs_that_style_sheets_write_and_no_others():
    sheets = ['.fa-bars{--fa:"\\f0c9"}.tip:before{content:"\\f0eb"}', ":root{--tip:'\uf058'}body{color:red}"]
    assert icons.told(sheets) == {0xF0EB, 0xF058}
    [font] = list(icons.SCRIPT.parents[1].rglob("fa-solid-900.woff2"))
    kept = part(font.read_bytes(), {0xF0EB})
    assert len(kept) < 5000 and set(TTFont(BytesIO(kept)).getBestCmap()) == {0xF0EB}
    dates = {TTFont(BytesIO(one))["head"].modified for one in (kept, font.read_bytes())}
    assert len(dates) == 1  # and not that of the build
