"""The glossary's words are found in running text, once each, and as whole words."""

from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document

from book._ext import terms
from book._ext.minutes import taught

GLOSSARY = """# Glossary

```{glossary}
:sorted:

siamese
siamese network
  A network with two branches. ([](weight-sharing.md))

loss
  What training makes small. ([](../index.md))
```
"""
WORDS = [terms.Entry(["siamese", "siamese network"], "book/weight-sharing"), terms.Entry(["loss"], "index")]


@pytest.fixture
def glossary(tmp_path) -> Path:
    file = tmp_path / "glossary.md"
    file.write_text(GLOSSARY)
    return file


def marked(*content: nodes.Node) -> list[str]:
    document = new_document("chapter")
    document += content
    return [f"{word.names[0]}" for word in terms.mark(document, WORDS)]


def test_a_glossary_is_read_with_all_names_and_the_homes(glossary):
    assert terms.entries(glossary) == WORDS
    assert terms.entries(glossary.with_name("no.md")) == []


def test_a_word_without_a_home_is_named(glossary):
    glossary.write_text(GLOSSARY.replace(" ([](weight-sharing.md))", ""))
    with pytest.raises(ValueError, match=r"'siamese' names no chapter"):
        terms.entries(glossary)


def test_the_first_use_is_wrapped_and_no_other():
    paragraph = nodes.paragraph("", "Losses fall. A siamese network has a loss.")
    assert marked(paragraph) == ["loss", "siamese"]
    assert paragraph.astext() == "Losses fall. A siamese network has a loss."
    assert [one.astext() for one in paragraph.findall(nodes.inline)] == ["Losses", "siamese network"]


@pytest.mark.parametrize("text", ["lossy", "gloss", "no-loss", "loss-free", "floss"])
def test_part_of_a_word_is_not_the_word(text):
    assert marked(nodes.paragraph("", text)) == []


@pytest.mark.parametrize(
    "content",
    [
        nodes.title("", "A loss"),
        nodes.paragraph("", "", nodes.literal("", "loss")),
        nodes.paragraph("", "", nodes.reference("", "a loss")),
        nodes.tip("", nodes.paragraph("", "a loss")),
        nodes.table("", nodes.paragraph("", "a loss")),
        nodes.caption("", "a loss"),
    ],
)
def test_titles_code_links_boxes_and_tables_are_left_alone(content):
    assert marked(content) == []


def test_emphasis_and_lists_are_running_text():
    item = nodes.list_item("", nodes.paragraph("", "", nodes.emphasis("", "Siamese")))
    assert marked(nodes.bullet_list("", item)) == ["siamese"]


def test_phrases_in_which_a_word_means_something_else():
    words = [terms.Entry(["search"], "book/search")]
    document = new_document("chapter")
    document += nodes.paragraph("", "A search engine, and a search.")
    assert len(list(terms.mark(document, words))) == 1
    assert document.astext().index("search.") > 0
    [link] = document.findall(nodes.inline)
    assert link.parent.index(link) == 1 and link.parent[0].astext() == "A search engine, and a "


def test_every_word_of_the_book_has_a_name_of_its_own_and_a_home_that_exists():
    found = terms.entries(Path("book/glossary.md"))
    names = [name.lower() for word in found for name in word.names]
    assert len(found) >= 60 and len(names) == len(set(names))
    assert all(Path(f"{word.home}.md").exists() for word in found)
    assert {f"{word.home}.md" for word in found} >= {str(page) for page in taught()} - {"book/reading.md"}
