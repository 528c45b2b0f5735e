"""The whole book as one PDF: `python -m book._ext.pdf [--instructor]`, once that edition is built.

The articles of all pages are put into one page, which Chromium prints. So the PDF's links lead from chapter to chapter,
and its outline has them all.
"""

import os
import re
import sys
from pathlib import Path
from posixpath import dirname, join, normpath
from urllib.parse import urlsplit

from book._ext.build import INSTRUCTOR
from book._ext.chromium import opened
from book._ext.notebooks import listed
from book._ext.repository import site

ARTICLE = re.compile(r'<article class="bd-article">.*?</article>', re.DOTALL)
# An address in a tag: of an element on a page (#id), of another page, of a file beside it. Drawings have url(#id), too.
ADDRESS = re.compile(r'(\s(?:xlink:)?href|\ssrc)="([^"]*)"')
NUMBER = re.compile(r'<h1><span class="section-number">(\d+\.) ')
NAME = re.compile(r'(\s(?:id|for|aria-labelledby|aria-describedby)=")([^"]+")')
FOOT = """<p style="width: 100%; font-size: 8pt; text-align: center"><span class="pageNumber"></span></p>"""


def whole(edition: Path, names: list[str]) -> str:
    """One page with the articles of all."""
    head = re.sub(r"<script.*?</script>", "", (edition / "index.html").read_text().split("<body")[0], flags=re.DOTALL)
    head = head.replace('data-theme="auto"', 'data-theme="light"')  # as the script would that has gone
    articles = [article(edition, name, set(names), site()) for name in names]
    return f'{head}<body><div class="bd-content">{"".join(articles)}</div></body></html>'


def article(edition: Path, name: str, names: set[str], online: str | None) -> str:
    """A page's article, everything in it unfolded, with ids that no other page has. ``online``: the book's address."""
    found = ARTICLE.search((edition / f"{name}.html").read_text())
    if found is None:
        raise SystemExit(f"{edition / name}.html has no article: was the book built to its end?")
    text = re.sub(r"<script.*?</script>", "", found[0], flags=re.DOTALL)
    text = re.sub(r"<details(?! class=\"(numbers|admonition hide above-input)\")", "<details open", text)
    text = NAME.sub(lambda match: match[1] + " ".join(f"{name}--{one}" for one in match[2].split(" ")), text)
    text = re.sub(r"url\((&quot;)?#", rf"url(\1#{name}--", text)
    text = ADDRESS.sub(lambda match: f'{match[1]}="{address(match[2], name, names)}"', text)
    return text.replace("<article", f'<article id="{name}" style="break-after: page; {told(text, name, online)}"', 1)


def told(article: str, name: str, online: str | None) -> str:
    """What course.css prints: the chapter's number before those of its figures; where an experiment runs."""
    number, address = NUMBER.search(article), online and f"{online}{name}.html"
    said = {"chapter": number and number[1], "address": address and f": {address}"}
    return "; ".join(f"--{place}: '{words}'" for place, words in said.items() if words)


def address(link: str, page: str, names: set[str]) -> str:
    """Where a page's link leads in the PDF: "task.html#pairs" on book/baseline → "#book/task--pairs"."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return link
    target = normpath(join(dirname(page), parts.path)) if parts.path else f"{page}.html"
    name = target.removesuffix(".html")
    if name in names:
        return f"#{name}--{parts.fragment}" if parts.fragment else f"#{name}"
    return target


def main() -> None:
    instructor = "--instructor" in sys.argv
    edition = INSTRUCTOR / "html" if instructor else Path("_build/html")
    if not (edition / "index.html").exists():
        raise SystemExit(f"no book in {edition}: run make book{'-instructor' if instructor else ''} first")
    out = Path("_build") / f"which-digit-is-bigger{'-instructor' if instructor else ''}.pdf"
    write(edition, listed(INSTRUCTOR / "_toc.yml" if instructor else Path("_toc.yml")), out)
    print(f"wrote {out}")


def write(edition: Path, names: list[str], out: Path) -> None:
    """Print these pages of an edition into the file ``out``, in one step."""
    source = edition / f"{out.stem}-whole.html"  # beside the pages, whose style sheets and pictures it names
    source.write_text(whole(edition, names))
    part = out.with_suffix(".part")
    try:
        printed(source, part)
    finally:
        source.unlink()
    os.replace(part, out)


def printed(source: Path, out: Path) -> None:
    """Have Chromium print a page."""
    with opened("prints the book") as page:
        page.set_default_timeout(0)  # hundreds of sheets take a minute or more
        page.goto(source.resolve().as_uri())
        margin = dict.fromkeys(("top", "bottom", "left", "right"), "18mm")
        look = {"display_header_footer": True, "header_template": "<p></p>", "footer_template": FOOT}
        page.pdf(path=out, format="A4", margin=margin, outline=True, tagged=True, **look)


if __name__ == "__main__":
    main()
