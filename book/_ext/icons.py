"""The dozen icons that the pages show, as a small style sheet.

The theme draws icons with a script that holds every icon there is: 1.5 MB, most of what a page weighs. Here the icons
that the built pages name are read out of that script and written as masks, and an empty script takes its place; of the
theme's icon fonts the signs are left that its style sheets write. (Font Awesome Free: icons under CC BY 4.0.)
"""

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

import pydata_sphinx_theme
from sphinx.application import Sphinx
from sphinx.util import logging

from book._ext.fonts import part

SHEET = "icons.css"
SCRIPT = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static/scripts/fontawesome.js"
STYLES = ("fa-solid", "fa-regular", "fa-brands", "fas", "far", "fab")
MODIFIERS = {*STYLES, "fa-lg", "fa-fw", "fa-xs", "fa-sm", "fa-xl"}
BASE = f""":is({", ".join(f".{style}" for style in STYLES)})::before {{
  content: "";
  display: inline-block;
  width: 1.1em;
  height: 1em;
  vertical-align: -0.125em;
  background: currentColor;
  -webkit-mask: var(--icon) center / contain no-repeat;
  mask: var(--icon) center / contain no-repeat;
}}
@media (forced-colors: active) {{
  :is({", ".join(f".{style}" for style in STYLES)})::before {{ background: CanvasText; }}
}}
"""


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_css_file(SHEET)
    app.connect("build-finished", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, error: Exception | None) -> None:
    """Write the sheet, and empty the copy of the theme's script."""
    if error is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    used = named(page.read_text(encoding="utf-8") for page in Path(app.outdir).rglob("*.html"))
    (static / SHEET).write_text(sheet(used, SCRIPT.read_text(encoding="utf-8")), encoding="utf-8")
    (static / "scripts" / SCRIPT.name).write_text(f"/* The icons are in {SHEET}. */\n", encoding="utf-8")
    (static / "scripts" / f"{SCRIPT.name}.map").unlink(missing_ok=True)
    signs = told(sheet.read_text(encoding="utf-8") for sheet in static.rglob("*.css"))
    for font in static.rglob("fa-*.woff2"):
        font.write_bytes(part(font.read_bytes(), signs))


def named(pages: Iterable[str]) -> set[str]:
    """The icons that pages name: "bars" for class="fa-solid fa-bars"."""
    classes = {word for page in pages for word in re.findall(r"\bfa-[a-z0-9-]+", page)}
    return {word.removeprefix("fa-") for word in classes - MODIFIERS}


def sheet(names: set[str], script: str) -> str:
    """A rule for each icon, read from the theme's script. A name that is not there is a warning, and so an error."""
    rules = [BASE]
    for name in sorted(names):
        drawn = icon(name, script)
        if drawn is None:
            logging.getLogger(__name__).warning("the theme has no icon %r", name)
        else:
            rules.append(f'.fa-{name} {{ --icon: url("data:image/svg+xml,{quote(drawn)}"); }}\n')
    return "".join(rules)


def told(sheets: Iterable[str]) -> set[int]:
    """The signs that style sheets write by themselves, such as that of a tip; not those of the rules for one icon."""
    rules = [rule for text in sheets for rule in re.findall(r"([^{}]+)\{([^{}]*)\}", text)]
    own = "".join(body for selector, body in rules if ".fa-" not in selector)
    return {ord(sign) for sign in own if "\ue000" <= sign <= "\uf8ff"} | {
        int(code, 16) for code in re.findall(r"\\(f[0-9a-f]{3})", own)
    }


def icon(name: str, script: str) -> str | None:
    """An icon by its name or one of its other names, as SVG."""
    quoted = re.escape(name)
    entry = r"\[(\d+),(\d+),\[([^\]]*)\],\"[0-9a-f]+\",\"([^\"]+)\"\]"
    found = re.findall(rf'[{{,]"?{quoted}"?:{entry}', script)
    if not found:
        found = [one for one in re.findall(rf'[{{,]"?[a-z0-9-]+"?:{entry}', script) if f'"{name}"' in one[2]]
    if not found:
        return None
    width, height, _, path = found[-1]  # the script has brands first, then outlines, then solid icons
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><path d="{path}"/></svg>'
