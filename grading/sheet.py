"""A page that stands alone: no script, no request, and nothing of what is shown on it can run."""

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from lib.store.files import write_atomically

HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
body {{ max-width: 45em; margin: auto; padding: 1em; font: 1em/1.4 sans-serif }}
pre {{ font: inherit; white-space: pre-wrap }}
table {{ border-collapse: collapse }}
th, td {{ padding: .2em .8em; text-align: left; border-bottom: 1px solid silver }}
</style>
"""


def sheet(title: str, parts: Iterable[str]) -> str:
    """A page under a heading, whose ``parts`` are HTML."""
    return HEAD.format(title=escape(title)) + f"<h1>{escape(title)}</h1>\n" + "".join(parts)


def section(title: str, *parts: str) -> str:
    return f"<h2>{escape(title)}</h2>\n{''.join(parts)}"


def text(words: str) -> str:
    return f"<p>{escape(words)}</p>\n"


def items(lines: Sequence[str]) -> str:
    return f"<ul>\n{''.join(f'<li>{escape(line)}</li>{chr(10)}' for line in lines)}</ul>\n" if lines else ""


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with a heading for each column."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = ["".join(f"<td>{escape(cell)}</td>" for cell in row) for row in rows]
    return f"<table>\n<tr>{head}</tr>\n{''.join(f'<tr>{line}</tr>{chr(10)}' for line in body)}</table>\n"


def write(path: Path, page: str) -> None:
    write_atomically(path, lambda file: file.write(page.encode(errors="replace")))
