"""The lab in other engines than Chromium: a whole panel trains a round, and says what it says in Chromium.

No driver is needed: the page presses its own button, and tells a server of this test what it then shows.
"""

import json
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from lib import course, experiment
from lib.page import lab as panel

WEBKIT = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))), None)
ENGINES = {
    "Firefox": ([shutil.which("firefox-esr") or shutil.which("firefox"), "--headless", "--no-remote"], "firefox-esr"),
    "WebKit": ([shutil.which("xvfb-run"), "-a", WEBKIT, "--private"], "webkit2gtk-driver xvfb xauth"),
}
SYSTEMS = {"pair": course.dense_pair(), "siamese": course.dense_siamese(auxiliary=1)}
PRESS = """<script>
const report = (found) => fetch("/told", { method: "POST", body: JSON.stringify(found) });
addEventListener("error", (event) => report({ problem: event.message }));
addEventListener("load", () => {
  const status = document.querySelector(".lab-status");
  [...document.querySelectorAll("button")].find((one) => one.textContent === "Run one round").click();
  new MutationObserver(() => {
    if (!status.textContent.includes("2 of 2 networks trained")) return;
    const cells = (row) => [...row.children].map((cell) => cell.textContent);
    const rows = [...document.querySelectorAll("tbody tr")].map(cells);
    report({ rows, status: status.textContent, agent: navigator.userAgent });
  }).observe(status, { childList: true });
});
</script>"""


class Listening(SimpleHTTPRequestHandler):
    """Serves the page's folder, and keeps what the page tells."""

    told: Queue = Queue()

    def do_POST(self):
        self.told.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def served(folder):
    with ThreadingHTTPServer(("localhost", 0), partial(Listening, directory=folder)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


def opened(command, address, home):
    """What the page tells, in a browser with an empty home."""
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "WEBKIT_DISABLE_COMPOSITING_MODE": "1"}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*map(str, command), address], env=environment, start_new_session=True, **quiet) as browser:
        try:
            return Listening.told.get(timeout=120)
        except Empty:
            pytest.fail(f"{command[0]} told nothing in two minutes")
        finally:
            subprocess.run(["pkill", "-g", str(browser.pid)], check=False)


@pytest.mark.parametrize("name", ENGINES)
def test_a_panel_trains_a_round(name, scripts, tmp_path, monkeypatch):
    command, packages = ENGINES[name]
    if None in command:
        pytest.skip(f"no {name}: on Debian, apt install {packages}")
    for file, text in scripts.items():
        (tmp_path / file).write_text(text)
    shown = panel(SYSTEMS, "engines").html()
    (tmp_path / "page.html").write_text(f'<meta charset="utf-8">{shown}<script defer src="lab.js"></script>{PRESS}')
    with served(tmp_path) as address:
        told = opened(command, f"{address}/page.html", tmp_path)
    table = experiment.run(SYSTEMS, rounds=1).set_index("system")
    assert "without WebAssembly" not in told["status"] and "no workers" not in told["status"]
    for system, rounds, mean, _ in told["rows"]:
        assert rounds == "1" and float(mean) == pytest.approx(100 * table.test_accuracy[system], abs=1.5)
    assert len(told["rows"]) == 2
