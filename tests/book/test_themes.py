"""The colours of pages whose scripts do not run."""

from book._ext.themes import automatic, style_sheets

STYLES = """/* [data-theme="dark"] a {} */
html[data-theme="light"] { --ink: black; }
html[data-theme=dark] { --ink: white }
html[data-theme=dark] a, html[data-theme=light] a { color: var(--ink) }
p { color: red }
@media print { html, html[data-theme="dark"] { --ink: blue; } b { top: 0 } }
"""


def test_what_is_for_a_theme_is_for_the_systems_theme_too_and_paper_is_light():
    light, dark = automatic(STYLES).split("@media")[1:]
    assert light.startswith(" print, (prefers-color-scheme: light) {")
    assert dark.startswith(" screen and (prefers-color-scheme: dark) {")
    assert 'html[data-theme="auto"] { --ink: black; }' in light and "white" not in light
    assert 'html[data-theme="auto"] { --ink: white }' in dark and "black" not in dark
    assert all("color: var(--ink)" in part and "red" not in part and "blue" not in part for part in (light, dark))


def test_what_comes_later_in_the_page_comes_later_here(tmp_path):
    (tmp_path / "styles").mkdir()
    for name in ("course.css", "themes.css", "styles/theme.css"):
        (tmp_path / name).write_text(name)
    assert style_sheets(tmp_path) == "styles/theme.css\ncourse.css"  # and not what was written by the last build
