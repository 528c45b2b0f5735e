"""Chapters as notebooks: a small book that uses everything is built, and its notebooks are read."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from helpers import HEADER

from book._ext import notebooks, repository
from book._ext.picture import picture

ROOT = Path(__file__).parents[2]

FIRST = (
    HEADER
    + r"""
(start)=
# First chapter

:::{admonition} What you *will* learn (5 minutes)
:class: tip
- a list with `code`
- and $x_1 * x_2$
:::

A cost of 5 \$, 2 * 3 \* 4, snake_case, _emphasis_, a < b, C:\\path and [E, 2021]
stay what they are {cite}`someone2021`.
Next: {doc}`second`, [the next chapter](second.md), {ref}`a section of it <part-two>`, {ref}`here <start>`,
[elsewhere](https://example.org/a_b).

```{code-cell} ipython3
:tags: [remove-cell]
from lib.page import glue
```

```{code-cell} ipython3
:tags: [hide-input]
glue(share=12.345)
print("<not in the notebook>")
from lib.figures.house import Picture, one_axes
Picture(one_axes(2)[0], "Nothing is drawn.", "An empty figure, to be linked to.")
```

| what | how much |
|---|---|
| share | {glue:text}`share:.1f` % |
| a pipe | `a\|b` |

## Predict

::::{dropdown} A. About {glue:text}`share:.0f` %
Then it is *small*.
::::

```{math}
:label: law
\sum_{i \le j} p_i
```

In {figure}`the empty figure <An empty figure>` there is nothing.

In {eq}`law` the sum runs over pairs.

```{figure} dot.png
:alt: A black dot
:name: dot

The dot.
```

See {numref}`dot`.

1. one
2. two
   - nested

```python
x = [1, 2]  # not a cell
```

::::{exercise} Add (programming, easy, 5 minutes)
:label: add

Write `add`.

```{dropdown} Hint 1
`a + b`
```
::::

```{code-cell} ipython3
def add(a, b): ...
```
"""
)
SECOND = HEADER + "\n# Second chapter\n\n```{code-cell} ipython3\n1 + 1\n```\n\n(part-two)=\n## Part two\n\nEnd.\n"
TOC = """format: jb-book
root: index
parts:
  - caption: One
    chapters:
      - file: book/first
        sections: [{file: book/second}]
  - caption: Two
    chapters: [{file: book/references}]
"""
BIB = "@misc{someone2021, author = {Someone, A.}, title = {On everything}, year = {2021}, url = {https://example.org}}"
DOT = (  # a PNG of one pixel
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c63600000000200"
    "01486fa4710000000049454e44ae426082"
)


def build(folder: Path) -> None:
    words = [sys.executable, "-m", "book._ext.build"]
    result = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A small book, built with this one's settings and extensions in a folder with a space, which is no clone."""
    folder = tmp_path_factory.mktemp("a book")
    (folder / "book").mkdir()
    parts = ("book/_ext", "book/_static", "book/_templates", "book/lab")
    for name in ("lib", "results", "pyproject.toml", "requirements.txt", "LICENSE", *parts):
        (folder / name).symlink_to(ROOT / name)
    shutil.copy(ROOT / "_config.yml", folder)
    texts = {"_toc.yml": TOC, "index.md": "# A small book\n", "book/first.md": FIRST, "book/second.md": SECOND}
    texts |= {"book/references.md": "# References\n\n```{bibliography}\n```\n", "book/references.bib": BIB}
    for name, text in texts.items():
        (folder / name).write_text(text)
    (folder / "book" / "dot.png").write_bytes(bytes.fromhex(DOT))
    build(folder)
    return folder


@pytest.fixture(scope="module")
def first(book) -> nbformat.NotebookNode:
    return nbformat.read(book / "_build/html/notebooks/first.ipynb", as_version=4)


@pytest.fixture(scope="module")
def text(first) -> str:
    return "\n\n".join(cell.source for cell in first.cells if cell.cell_type == "markdown")


def test_chapters_with_code_become_notebooks_and_nothing_else(book):
    assert {path.name for path in (book / "_build/html/notebooks").iterdir()} == {"first.ipynb", "second.ipynb"}


def test_parts_and_sections_are_found(book):
    assert notebooks.chapters(book / "_toc.yml") == ["index", "book/first", "book/second", "book/references"]


def test_two_chapters_of_one_file_name_are_an_error(tmp_path):
    contents = tmp_path / "_toc.yml"
    contents.write_text("format: jb-book\nroot: index\nchapters: [{file: a/one}, {file: b/one}]\n")
    with pytest.raises(ValueError, match=r"called one\.md: rename one"):
        notebooks.chapters(contents)


def test_all_code_is_there_hidden_cells_too_folded_and_without_outputs(first):
    code = [cell for cell in first.cells if cell.cell_type == "code"][1:]
    assert [cell.source.split("\n")[0] for cell in code] == [
        "from lib.page import glue",
        "glue(share=12.345)",
        "def add(a, b): ...",
    ]
    assert [bool(cell.metadata.get("cellView")) for cell in code] == [True, True, False]
    assert [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in code] == [True, True, False]
    assert not any(cell.outputs for cell in code)
    assert "<not in the notebook>" not in "".join(cell.source for cell in first.cells if cell.cell_type == "markdown")


def test_no_directive_and_no_role_is_left(text):
    roles = ("{glue", "{cite", "{doc", "{ref", "{eq", "{figure")
    assert not [mark for mark in (":::", "```{", *roles, ":label:") if mark in text]


def test_numbers_are_injected_in_tables_and_titles_too(text):
    assert "| share | 12.3\N{NO-BREAK SPACE}% |" in text
    assert "<summary>A. About 12 %</summary>\n\nThen it is *small*.\n\n</details>" in text


def test_an_admonition_is_a_quote_with_a_bold_title(text):
    assert "> **What you *will* learn (5 minutes)**\n>\n> - a list with `code`\n> - and $x_1 * x_2$" in text


def test_characters_that_markdown_would_read_are_protected(text):
    assert r"5 \$, 2 \* 3 \* 4, snake_case, *emphasis*, a \< b, C:\\path and [E, 2021]" in text
    assert r"| `a\|b` |" in text


def test_an_exercise_is_a_heading_with_folded_hints(text):
    assert "### Exercise 1: Add (programming, easy, 5 minutes)\n\nWrite `add`." in text
    assert "<details>\n<summary>Hint 1</summary>\n\n`a + b`\n\n</details>" in text


def test_formulas_figures_lists_and_code_keep_working(text):
    assert "$$\n\\sum_{i \\le j} p_i \\tag{1}\n$$" in text
    assert "![A black dot](data:image/png;base64,iVBORw0KGgo" in text
    assert "Fig. 1" in text and "The dot." in text
    assert "1. one\n2. two\n\n   - nested" in text
    assert "```python\nx = [1, 2]  # not a cell\n```" in text


def test_without_an_address_links_name_the_chapter(text):
    assert (
        "Next: Second chapter, the next chapter (*Second chapter*), a section of it (*Second chapter*), here," in text
    )
    assert "[elsewhere](https://example.org/a_b)" in text


def test_a_link_to_a_figure_of_the_page_is_plain_text(book, text):
    assert "\n\nIn the empty figure there is nothing.\n\n" in text
    page = BeautifulSoup((book / "_build/html/book/first.html").read_text(), "html.parser")
    link = page.select_one("a.to-figure")
    assert link["title"] == "An empty figure, to be linked to."
    assert page.find(id=link["href"].removeprefix("#")).select_one("figure.computed figcaption").text == link["title"]


def test_citations_are_numbered_and_listed_at_the_end(first, text):
    assert "what they are [1]." in text
    assert first.cells[-1].source.startswith("## References\n\n- [1] A.\xa0Someone. On everything. 2021.")


def test_ids_say_the_section_and_a_section_begins_a_cell(first):
    ids = [cell.id for cell in first.cells]
    assert ids[:3] == ["set-up", "about-1", "first-chapter-1"]
    assert len(set(ids)) == len(ids)
    [predict] = [cell for cell in first.cells if cell.id == "predict-1"]
    assert predict.source.startswith("## Predict")


def test_the_same_book_gives_the_same_bytes(book, monkeypatch):
    before = (book / "_build/html/notebooks/first.ipynb").read_bytes()
    subprocess.run([sys.executable, "-m", "book._ext.notebooks"], cwd=book, check=True)
    assert (book / "_build/html/notebooks/first.ipynb").read_bytes() == before


def test_a_page_and_a_run_that_differ_are_an_error(book, monkeypatch):
    monkeypatch.chdir(book)
    executed = nbformat.read("_build/jupyter_execute/book/first.ipynb", as_version=4)
    executed.cells = [cell for cell in executed.cells if not cell.source.startswith("def add")]
    with pytest.raises(ValueError, match="was not run for it: make clean"):
        notebooks.notebook(Path("_build/html/book/first.html"), executed, None)


def buttons(book: Path, page: str) -> dict[str, str]:
    content = BeautifulSoup((book / f"_build/html/book/{page}.html").read_text(), "html.parser")
    return {link.get_text(strip=True): link["href"] for link in content.select(".article-header-buttons a")}


def test_without_github_a_chapter_offers_its_notebook_and_no_colab(book):
    assert buttons(book, "first") == {"Download notebook": "../notebooks/first.ipynb"}
    assert buttons(book, "references") == {".md": "../_sources/book/references.md"}


def output(book: Path) -> str:
    page = BeautifulSoup((book / "_build/html/book/second.html").read_text(), "html.parser")
    return page.select_one(".cell_output").get_text().strip()


def test_one_chapter_is_built_again_and_the_others_wait(book):
    """Another page that changed is neither run nor read: its cell would fail. The next test builds all again."""
    first, second = book / "book/first.md", book / "book/second.md"
    second.write_text(SECOND.replace("1 + 1", "print(2 + 5)"))
    first.write_text(
        FIRST.replace("# First chapter", "# First chapter, new") + "\n```{code-cell} ipython3\n1 / 0\n```\n"
    )
    words = [sys.executable, "-m", "book._ext.chapter", "second"]
    result = subprocess.run(words, cwd=book, capture_output=True, text=True)
    first.write_text(FIRST)
    assert result.returncode == 0, result.stdout + result.stderr
    pages = {name: (book / f"_build/html/book/{name}.html").read_text() for name in ("first", "second")}
    assert "2 + 5" in (book / "_build/html/notebooks/second.ipynb").read_text() and "new" not in pages["first"]
    assert output(book) == "7"
    second.write_text(SECOND)


def test_a_link_to_a_figure_that_is_not_there_stops_the_build_which_names_page_and_words(book):
    second = book / "book/second.md"
    second.write_text(SECOND + "\nSee {figure}`the plot <A full figure>`.\n")
    words = [sys.executable, "-m", "book._ext.chapter", "second"]
    result = subprocess.run(words, cwd=book, capture_output=True, text=True)
    second.write_text(SECOND)
    assert result.returncode != 0
    assert "book/second: no figure's caption begins with 'A full figure'" in result.stdout + result.stderr


def test_a_clone_from_github_opens_in_colab_and_links_to_its_pages(book):
    """The same folder, built again: only the remote is new. Keep this test the last one of the small book."""
    subprocess.run(["git", "init", "-q"], cwd=book, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:Ada/course.git"], cwd=book, check=True)
    build(book)
    assert output(book) == "2"  # and no longer what make chapter built
    address = "https://colab.research.google.com/github/Ada/course/blob/gh-pages/notebooks/first.ipynb"
    assert buttons(book, "first")["Open in Colab"] == address
    assert "Open in Colab" not in buttons(book, "references")
    text = (book / "_build/html/notebooks/first.ipynb").read_text()
    for link in ("book/first.html", "book/second.html)", "book/second.html#part-two)", "book/references.html#"):
        assert f"](https://ada.github.io/course/{link}" in text, link


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://github.com/ada/course", ("ada", "course")),
        ("https://github.com/ada/course.git/", ("ada", "course")),
        ("https://x-access-token:secret@github.com/ada/course.js.git", ("ada", "course.js")),
        ("git@github.com:ada/course.git", ("ada", "course")),
        ("ssh://git@github.com:22/ada/course.git", ("ada", "course")),
        ("ssh://git@ssh.github.com:443/ada/course.git", ("ada", "course")),
        ("https://gitlab.com/ada/course.git", None),
        ("https://github.com.example.org/ada/course", None),
        ("git@example.org:github.com/ada/course.git", None),
        ("https://github.com/ada", None),
        ("/home/ada/course", None),
        ("../github.com/ada", None),
        ("host[:x", None),
        ("https://[bad/x", None),
        ("", None),
    ],
)
def test_a_remote_is_on_github_or_not(address, found):
    assert repository.parse(address) == (found and repository.Repository(*found))


@pytest.fixture
def clone(tmp_path, monkeypatch) -> Path:
    """A clone of the course on GitHub, with a git that nobody has told whom to trust."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "remote", "add", "origin", "git@github.com:Ada/course.git"], cwd=tmp_path, check=True)
    (tmp_path / "_config.yml").write_text("title: T")
    return tmp_path


def test_a_clone_that_git_does_not_trust_is_told_in_gits_words(clone, monkeypatch, capsys):
    """Another user's clone, as in a container: the buttons for Colab would go without a word."""
    assert repository.find(clone) == repository.Repository("Ada", "course")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # git's own, for its tests
    assert repository.find(clone) is None and repository.find(clone) is None
    told = capsys.readouterr().err
    assert told.count("No buttons for Colab, since git cannot say where this clone comes from: fatal: detected") == 1
    assert f"git config --global --add safe.directory {clone}" in told


def test_a_clone_that_cannot_be_read_is_told_and_one_without_an_origin_is_silent(clone, capsys):
    subprocess.run(["git", "remote", "remove", "origin"], cwd=clone, check=True)
    assert repository.find(clone) is None and capsys.readouterr().err == ""
    (clone / ".git" / "HEAD").unlink()
    assert repository.find(clone) is None
    assert "where this clone comes from: fatal: not a git repository" in capsys.readouterr().err


def test_the_settings_go_before_the_remote(tmp_path):
    settings = tmp_path / "_config.yml"
    settings.write_text("title: x\n")
    assert repository.find(tmp_path) is None and repository.site(tmp_path) is None
    settings.write_text(yaml.safe_dump({"repository": {"url": "https://github.com/Ada/ada.github.io"}}))
    assert repository.site(tmp_path) == "https://ada.github.io/"
    settings.write_text(yaml.safe_dump({"html": {"baseurl": "https://example.org/course"}}))
    assert repository.find(tmp_path) is None and repository.site(tmp_path) == "https://example.org/course/"


def test_a_folder_inside_another_clone_is_not_that_clone(clone):
    (clone / "lib").mkdir()
    assert repository.origin(clone) and repository.origin(clone / "lib") == ""


def test_the_readmes_picture_is_the_figure_below_the_question_and_follows_light_and_dark():
    figure = '<figure class="computed"><svg role="img" aria-label="all">{}</svg><figcaption>c</figcaption></figure>'
    file = picture(f"<p><svg>an icon</svg></p>{figure.format('<g/>')}{figure.format('<path/>')}{figure.format('<g/>')}")
    assert file.startswith("<svg ") and file.endswith("<path/></svg>") and "prefers-color-scheme: dark" in file
