"""The text of a built page as Markdown that reads well in Colab and Jupyter.

The built page, not the chapter's source, because there every role and directive is already resolved: numbers are
injected, citations numbered, exercises counted. What the page says is what the notebook says, and a directive that
somebody uses next year needs no code here. The HTML is parsed (BeautifulSoup) and written by markdownify; below is
only what is special to a book: formulas, admonitions, folded text, figures, and links that must work elsewhere.
"""

import base64
import html
import mimetypes
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter

DECORATION = "a.headerlink, .sd-summary-state-marker, p.to-notebook"


@cache
def article(page: Path) -> Tag:
    """What a page says, without what the theme puts around and into it."""
    content = BeautifulSoup(page.read_text(), "html.parser").select_one("article.bd-article")
    for extra in content.select(DECORATION):
        extra.decompose()
    return content


class PageToMarkdown(MarkdownConverter):
    """Turns elements of one page into Markdown, and remembers which sources they cite.

    ``book`` is the folder of the built pages; ``site`` their address on the web (with a slash at the end) or None.
    """

    class Options:
        heading_style = ATX
        bullets = "-"
        autolinks = False
        sub_symbol = "<sub>"
        sup_symbol = "<sup>"

    def __init__(self, page: Path, book: Path, site: str | None) -> None:
        super().__init__(code_language_callback=_language)
        self.page, self.book, self.site = page.resolve(), book.resolve(), site
        self.cited: dict[str, Tag] = {}  # the citation's label → its entry on the page of references

    def write(self, elements: list[Tag]) -> str:
        """The Markdown of consecutive elements."""
        return "\n\n".join(filter(None, (self.convert_soup(element).strip() for element in elements)))

    def references(self) -> str:
        """The cited sources in full, a list; empty when nothing was cited."""
        entries = sorted(self.cited.items(), key=lambda entry: (len(entry[0]), entry[0]))
        return "\n".join(f"- [{label}] {self.write(entry.select('p'))}" for label, entry in entries)

    def escape(self, text: str, parent_tags: set[str]) -> str:
        """What Markdown, or its formulas, would read as markup. Only that, so that the text stays legible."""
        text = re.sub(r"([\\`*$<]|(?<!\w)_|_(?!\w))", r"\\\1", text)
        return re.sub(r"^(\s*)([-+#>](?=\s)|\d+(?=[.)]\s))", _escape_start, text, flags=re.MULTILINE)

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"${_formula(el)}$" if "math" in _kinds(el) else text

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "admonition-title" not in _kinds(el):
            return super().convert_p(el, text, parent_tags)
        number = el.select_one(".caption-number")
        if number is None:
            return f"\n\n**{text.strip()}**\n\n"
        number = number.get_text(strip=True)  # Exercise 3
        title = text.strip().removeprefix(number).strip()  # (How much noise?)
        return f"\n\n### {number}{': ' + title[1:-1] if title else ''}\n\n"

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        kinds = _kinds(el)
        if "math" in kinds:
            return f"\n\n$$\n{_formula(el)}\n$$\n\n"
        if "admonition" in kinds and not el.select_one(".caption-number"):
            return "\n" + self.convert_blockquote(el, text, parent_tags)
        return super().convert_div(el, text, parent_tags)

    def convert_details(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"\n\n<details>\n{text.strip()}\n\n</details>\n\n"  # Markdown between blank lines is read as such

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        title = " ".join(el.get_text().split())  # inside HTML no Markdown is read
        return f"<summary>{html.escape(title, quote=False)}</summary>\n\n"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A picture travels inside the notebook."""
        path = self.page.parent / unquote(el["src"])
        if path.exists():
            kind = mimetypes.guess_type(path.name)[0]
            el["src"] = f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode()}"
        return super().convert_img(el, text, parent_tags)

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return super().convert_td(el, text.replace("|", r"\|"), parent_tags)

    convert_th = convert_td

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        """A link to another page leads to the published one, or says that page's title where nothing is published."""
        goal = urlsplit(el.get("href", ""))
        if goal.scheme or goal.netloc:
            return super().convert_a(el, text, parent_tags)
        if not goal.path or "term" in _kinds(el):  # a place on this page, or a word of the glossary
            return text
        page = (self.page.parent / unquote(goal.path)).resolve()
        cites = el.find_parent(class_="bibtex-citation") is not None
        if cites:
            self.cited[el.get_text()] = article(page).find(id=unquote(goal.fragment))
        if self.site:
            address = f"{self.site}{page.relative_to(self.book).as_posix()}"
            return f"[{text.strip()}]({address}{'#' + goal.fragment if goal.fragment else ''})"
        title = article(page).select_one("h1").get_text() if page.suffix == ".html" else ""
        return text if cites or title.lower() in text.lower() else f"{text} (*{title}*)"


def _kinds(el: Tag) -> list[str]:
    return el.get("class", [])


def _formula(el: Tag) -> str:
    """The TeX of a formula, which a page keeps beside its MathML, and its number, if it has one."""
    number = el.select_one(".eqno")
    tag = f" \\tag{{{number.get_text(strip=True).strip('()#')}}}" if number else ""
    return el["data-tex"] + tag


def _language(pre: Tag) -> str:
    """The language of a code block: the page has it in a class of a box around it, as highlight-python."""
    boxes = (kind for box in pre.parents for kind in _kinds(box) if kind.startswith("highlight-"))
    language = next(boxes, "").removeprefix("highlight-")
    return "" if language in ("default", "none") else language


def _escape_start(found: re.Match) -> str:
    """Protect what would begin a list, a heading or a quote: "- 3" and "3. "."""
    space, mark = found.groups()
    return f"{space}{mark}\\" if mark.isdigit() else f"{space}\\{mark}"
