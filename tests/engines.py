"""Browsers with other engines than Chromium. No driver is needed: a page does something by itself, and tells it.

Its script calls ``report(found)``, whose JSON reaches the server of the test.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

# A window is as wide as its browser likes, a frame in it as wide as a phone.
PHONE = '<body style="margin: 0"><iframe style="width: 390px; height: 800px; border: 0" src="{}"></iframe>'
WEBKIT = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))), None)
FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
ENGINES = {  # the command, and Debian's packages
    "Firefox": ([FIREFOX, "--headless", "--no-remote"], "firefox-esr"),
    "WebKit": ([shutil.which("xvfb-run"), "-a", WEBKIT, "--private"], "webkit2gtk-driver xvfb xauth"),
}
REPORT = """<script>
const report = (found) => fetch("/told", { method: "POST", body: JSON.stringify(found) });
addEventListener("error", (event) => event.message.includes("ResizeObserver") || report({ problem: event.message }));
addEventListener("unhandledrejection", (event) => report({ problem: String(event.reason) }));
</script>"""


class Listening(SimpleHTTPRequestHandler):
    """Serves a folder, puts a script behind each of its pages, and keeps what they tell.

    /phone/book/dropout.html is that page on a phone.
    """

    def __init__(self, *words, script: str, told: Queue, **options):
        self.script, self.told = script, told
        super().__init__(*words, **options)

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        if self.path.startswith("/phone/"):
            content = PHONE.format(self.path.removeprefix("/phone")).encode()
        elif file.suffix == ".html" and file.is_file():
            content = file.read_bytes() + f"{REPORT}<script>{{{self.script}}}</script>".encode()  # in its own scope
        else:
            return super().do_GET()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path, script: str) -> Iterator[tuple[str, Queue]]:
    """The address of a folder whose pages run ``script``, and what they tell."""
    told: Queue = Queue()
    handler = partial(Listening, directory=folder, script=script, told=told)
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}", told
        server.shutdown()


def opened(engine: str, address: str, told: Queue, home: Path) -> dict:
    """What the page at ``address`` tells first, in that engine, with an empty home. Skips where it is missing."""
    command, packages = ENGINES[engine]
    if None in command:
        pytest.skip(f"no {engine}: on Debian, apt install {packages}")
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*map(str, command), address], env=environment, start_new_session=True, **quiet) as browser:
        try:
            return told.get(timeout=120)
        except Empty:
            pytest.fail(f"{engine} told nothing in two minutes")
        finally:
            subprocess.run(["pkill", "-g", str(browser.pid)], check=False)
