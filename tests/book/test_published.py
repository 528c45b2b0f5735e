"""What readers are offered is fetched after publishing, from a server on this machine in the place of GitHub's."""

import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

from book._ext import published, repository, shared
from book._ext.published import addresses, broken, loaded_by_colab, main

NOTEBOOK = "owner/course/blob/gh-pages/notebooks/task.ipynb"


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Its address; /site/ is the site, /raw/ what Colab loads, /colab/ Colab. What was built lies in _build/html."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served").mkdir()
    hub = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(tmp_path / "served")))
    Thread(target=hub.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{hub.server_port}/"
    monkeypatch.setattr(published, "COLAB", f"{address}colab/")
    monkeypatch.setattr(published, "RAW", f"{address}raw/")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: index\nchapters:\n- file: book/task\n")
    for folder in ("_build/html/book", "_build/html/notebooks"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "_build/html/index.html").write_text('<a href="book/task.html">Task</a>')
    links = f'<a href="../notebooks/task.ipynb" download>Notebook</a> <a href="{address}colab/{NOTEBOOK}">Colab</a>'
    (tmp_path / "_build/html/book/task.html").write_text(links)
    (tmp_path / "_build/html/notebooks/task.ipynb").write_text("{}")
    yield address
    hub.shutdown()
    hub.server_close()


def publish(folder: Path) -> None:
    shutil.copytree(folder / "_build/html", folder / "served/site")
    shutil.copytree(folder / "_build/html", folder / "served/raw/owner/course/gh-pages")
    (folder / "served/colab" / NOTEBOOK).parent.mkdir(parents=True)
    (folder / "served/colab" / NOTEBOOK).write_text("Colab's own page")


def test_pages_downloads_and_colab_are_all_asked_for(server, tmp_path):
    asked = addresses(f"{server}site/")
    places = ("site/index.html", "site/book/task.html", "site/notebooks/task.ipynb", f"colab/{NOTEBOOK}")
    raw = "raw/owner/course/gh-pages/notebooks/task.ipynb"
    assert {*asked} == {server + place for place in (*places, raw)}
    publish(tmp_path)
    assert broken(asked, tries=1) == {}


@pytest.mark.parametrize("lost", ["site/book/task.html", "site/notebooks/task.ipynb", f"colab/{NOTEBOOK}"])
def test_what_is_not_there_is_named(lost, server, tmp_path):
    publish(tmp_path)
    (tmp_path / "served" / lost).unlink()
    [(address, reason)] = broken(addresses(f"{server}site/"), tries=1).items()
    assert address == server + lost and "404" in reason


def test_an_old_notebook_is_not_taken_for_the_new_one(server, tmp_path):
    publish(tmp_path)
    (tmp_path / "served/raw/owner/course/gh-pages/notebooks/task.ipynb").write_text("old")
    assert [*broken(addresses(f"{server}site/"), tries=1).values()] == ["not what was built, or not yet"]


def test_a_site_that_comes_later_is_waited_for(server, tmp_path, monkeypatch):
    monkeypatch.setattr(published.time, "sleep", lambda seconds: publish(tmp_path))
    assert broken(addresses(f"{server}site/"), tries=2) == {}


def test_a_server_that_is_not_there_is_a_reason():
    assert broken({"http://127.0.0.1:9/": None}, tries=1)["http://127.0.0.1:9/"]


def test_the_command_says_what_is_broken_and_how_much_is_there(server, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(repository, "site", lambda: f"{server}site/")
    monkeypatch.setattr(published, "broken", partial(broken, tries=1))
    publish(tmp_path)
    assert main() == 0 and "5 of 5 addresses" in capsys.readouterr().out
    (tmp_path / "served/site/notebooks/task.ipynb").unlink()
    assert main() == 1
    told = capsys.readouterr().err
    assert "task.ipynb: HTTP Error 404" in told and "4 of 5 addresses" in told


def test_without_a_site_one_sentence_says_so(monkeypatch, capsys):
    monkeypatch.setattr(repository, "site", lambda: None)
    assert main() == 1 and len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(("site", "base"), [("https://a.github.io/b/", "https://a.github.io/b/"), ("", None)])
def test_links_of_the_page_that_is_served_for_a_lost_address_start_from_the_first_page(site, base):
    """It may be served for /book/gone.html, where its own relative links would lead nowhere."""
    app, context = SimpleNamespace(config=SimpleNamespace(ogp_site_url=site)), {}
    shared.without_addresses(app, "404", "404.html", context, None)
    found = BeautifulSoup(context["metatags"], "html.parser").base
    assert (found["href"] if found else None) == base
    shared.without_addresses(app, "book/task", "page.html", context := {}, None)
    assert "<base" not in context["metatags"]


def test_colab_loads_from_the_branch():
    address = repository.Repository("owner", "course").colab("notebooks/task.ipynb")
    expected = "https://raw.githubusercontent.com/owner/course/gh-pages/notebooks/task.ipynb"
    assert loaded_by_colab(address) == expected
