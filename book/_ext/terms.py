"""The glossary at work: the first use of each of its words in a chapter leads there, stands in the index, and is found.

Nothing in a chapter is marked by hand. `book/glossary.md` lists a word and its other names, one a line, and below them
what they mean; the link at the end names the word's home, the chapter that explains it. The search shows it first.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath
from typing import Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform

from book._ext.minutes import is_taught

GLOSSARY = "book/glossary"
HOME = re.compile(r"\]\((\S+)\.md\)")
# In these a link would be in the way: titles, code, formulas, tables, boxes with aims, and what is a link already.
CLOSED = (
    *(nodes.title, nodes.caption, nodes.literal, nodes.math, nodes.reference, nodes.table, nodes.raw, nodes.tip),
    *(addnodes.pending_xref, addnodes.index, nodes.footnote_reference),
)
OTHERWISE = ("search engine", "power law", "to the power", "rounds its sums", "distorted views")  # other meanings


class Entry(NamedTuple):
    """A word of the glossary: its names, the first of which is its own, and the page that explains it."""

    names: list[str]
    home: str

    @property
    def id(self) -> str:
        return "term-" + nodes.make_id(self.names[0])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(MarkTerms)
    app.add_post_transform(LinkTerms)
    app.connect("env-updated", define)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def entries(glossary: Path) -> list[Entry]:
    """The words of a glossary in MyST; a book without one has none."""
    found = []
    text = glossary.read_text(encoding="utf-8") if glossary.exists() else ""
    for block in "".join(re.findall(r"```{glossary}\n:sorted:\n(.*?)```", text, re.DOTALL)).strip().split("\n\n"):
        names = [line for line in block.splitlines() if not line.startswith(" ")]
        homes = HOME.findall(block)
        if names and not homes:
            raise ValueError(f"{glossary}: {names[0]!r} names no chapter: end it with ([](CHAPTER.md))")
        found += [Entry(names, normpath(join("book", homes[-1])))] if names else []
    return found


def pattern(words: list[Entry]) -> re.Pattern[str]:
    """Any name of any word, as a whole, with or without the ending of a plural; of two that fit, the longer one."""
    names = [name for word in words for name in word.names]
    names = sorted(map(re.escape, (*names, *OTHERWISE)), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(names)})(?:s|es)?(?![\w-])", re.IGNORECASE)


class MarkTerms(SphinxTransform):
    """Wraps the first use of each word of the glossary, and enters it into the index."""

    default_priority = 800  # before Sphinx collects the index

    def apply(self, **_: Any) -> None:
        source = Path(self.env.srcdir) / f"{GLOSSARY}.md"
        words, page = entries(source), self.env.docname
        taught = is_taught(Path(self.env.doc2path(page)))
        own = [word for word in words if word.home == page]
        section = next(self.document.findall(nodes.section), None)
        if section is None or not (own or (taught and words)):
            return
        self.env.note_dependency(str(source))
        used = list(mark(self.document, words)) if taught else []
        places = {word.id: word.id for word in used}
        index = [(word, places.get(word.id, section["ids"][0])) for word in [*used, *own]]
        title = section.next_node(nodes.title).astext()
        section.insert(
            1, addnodes.index(entries=sorted({one for place in index for one in lines(*place, page, title)}))
        )


def lines(word: Entry, place: str, page: str, title: str) -> Iterator[tuple[str, str, str, str, None]]:
    """The entries of the index for a word's place on a page: a page below each of the word's names at its home."""
    home = word.home == page
    for name in word.names if home else word.names[:1]:
        yield "single", f"{name}; {title}", place, "main" if home else "", None


def mark(document: nodes.document, words: list[Entry]) -> Iterator[Entry]:
    """Wrap the first use of each word, and give those that are used."""
    left, known = {name.lower(): word for word in words for name in word.names}, pattern(words)
    for text in list(document.findall(nodes.Text)):
        if not readable(text):
            continue
        parts, end = [], 0
        for match in known.finditer(text):
            word = left.get(match[1].lower())
            if word is None:
                continue
            left = {name: other for name, other in left.items() if other != word}
            parts += [nodes.Text(text[end : match.start()]), use(match[0], word)]
            end = match.end()
            yield word
        if parts:
            text.parent.replace(text, [part for part in (*parts, nodes.Text(text[end:])) if part.astext()])


def use(text: str, word: Entry) -> nodes.inline:
    return nodes.inline("", text, classes=["term"], ids=[word.id], term=word.names[0])


def readable(text: nodes.Text) -> bool:
    """Whether a text is running text: part of a paragraph, and of nothing CLOSED."""
    around, paragraph = text.parent, False
    while around is not None:
        if isinstance(around, CLOSED) or "tip" in around.get("classes", ()):
            return False
        paragraph |= isinstance(around, nodes.paragraph)
        around = around.parent
    return paragraph


def define(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Remember what the glossary says. Where that has changed, all pages with its words are written again."""
    before, env.course_terms = getattr(env, "course_terms", None), {}
    if GLOSSARY in env.found_docs:
        for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
            said = re.sub(r"\s*\([^()]*\)$", "", item.next_node(nodes.definition).astext().strip())
            name = item.next_node(nodes.term)
            env.course_terms[name.astext().replace("’", "'")] = (name["ids"][0], " ".join(said.split()))
    return (
        [] if before == env.course_terms else [page for page in env.found_docs if is_taught(Path(env.doc2path(page)))]
    )


class LinkTerms(SphinxPostTransform):
    """Makes links of what MarkTerms has wrapped, and leaves to the search only the home of each word."""

    default_priority = 200  # after Sphinx has resolved the other links
    formats = ("html",)

    def run(self, **_: Any) -> None:
        for wrapped in list(self.document.findall(nodes.inline)):
            if "term" in wrapped:
                name, meaning = self.env.course_terms[wrapped["term"]]
                address = self.app.builder.get_relative_uri(self.env.docname, GLOSSARY) + f"#{name}"
                link = nodes.reference("", "", *wrapped.children, internal=True, refuri=address, reftitle=meaning)
                link["classes"], link["ids"] = ["term"], wrapped["ids"]
                wrapped.replace_self(link)
        for index in self.document.findall(addnodes.index):
            homes = [one for one in index["entries"] if one[3] == "main" and "; " in one[1]]
            if homes:
                index["entries"] = [(kind, name.split("; ")[0], *rest) for kind, name, *rest in homes]
            elif any("; " in one[1] for one in index["entries"]):
                index["entries"] = []
