"""A web server of this machine alone that gives parts of files: fixture for tests of addresses.

It runs in a process of its own, since GDAL keeps Python's lock while it waits for some answers.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Web:
    """What the server has.

    Attributes:
        root: address of the server, `http://127.0.0.1:PORT`.
        folder: of its files; `NAME.redirect` holds the address that NAME leads to.
        log: file with a line a request: bytes given, and the path with its query.
    """

    root: str
    folder: Path
    log: Path

    @property
    def asked(self) -> list[str]:
        """Paths with their queries, as they were asked for."""
        return [line.split(" ", 1)[1] for line in self._lines()]

    @property
    def sent(self) -> int:
        """Bytes of content that were given out."""
        return sum(int(line.split(" ", 1)[0]) for line in self._lines())

    def _lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server whose addresses are allowed as `https://` ones are."""
    folder, log = tmp_path / "web", tmp_path / "web.log"
    folder.mkdir()
    monkeypatch.setattr("deltascribe.scenes.rasters._ADDRESSES", ("http://",))
    command = [sys.executable, __file__, str(folder), str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield Web(f"http://127.0.0.1:{server.stdout.readline().strip()}", folder, log)
        server.terminate()


def serve(folder: Path, log: Path) -> None:
    """Serves until it is ended; prints the port first."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = folder / self.path.partition("?")[0].lstrip("/")
            found = path.read_bytes() if path.is_file() else None
            first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
            part = b"" if found is None else found[int(first) : int(last) + 1 if last else None]
            with log.open("a") as stream:
                stream.write(f"{len(part) if body else 0} {self.path}\n")
            moved = path.with_name(f"{path.name}.redirect")
            if moved.is_file():
                self.send_response(302)
                self.send_header("Location", moved.read_text())
                self.end_headers()
                return
            if found is None:
                self.send_error(404)
                return
            self.send_response(206 if "Range" in self.headers else 200)
            self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(part)))
            self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(found)}")
            self.end_headers()
            if body:
                self.wfile.write(part)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]))
