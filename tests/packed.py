"""The built book as GitHub Pages serves it: what is text, compressed."""

import functools
import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TEXT = {".html", ".css", ".js", ".svg", ".json"}


@functools.cache  # most are asked for by every test, and packing takes longer than all else
def sent(file: Path) -> bytes:
    """What a file's reader is sent."""
    content = file.read_bytes()
    return gzip.compress(content) if file.suffix in TEXT else content


class Packed(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # several files over one connection

    def do_GET(self) -> None:
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            return self.send_error(404)
        content, packed = sent(file), file.suffix in TEXT
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(content)))
        if packed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve(folder: str) -> Iterator[str]:
    """Its address, as long as the block lasts."""
    with ThreadingHTTPServer(("localhost", 0), functools.partial(Packed, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
