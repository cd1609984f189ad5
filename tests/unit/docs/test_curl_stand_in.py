"""The stand-in for curl sends what curl would, and fails as it would."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("curl_stand_in.py")


class Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._answer(
            404 if self.path == "/missing" else 200, self.headers.get("x-name", "").encode()
        )

    def do_POST(self) -> None:
        self._answer(200, self.rfile.read(int(self.headers["content-length"])))

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def curl(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(STAND_IN), "-sS", "--fail-with-body", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=60)


def test_headers_and_bodies_are_sent(url: str, tmp_path: Path) -> None:
    file = tmp_path / "chunk"
    file.write_bytes(b"\x00\xff")

    assert curl(f"{url}/", "-H", "x-name: ACME").stdout == b"ACME"
    assert curl(f"{url}/", "-d", '{"a": 1}').stdout == b'{"a": 1}'
    assert curl(f"{url}/", "--data-binary", f"@{file}").stdout == b"\x00\xff"


def test_a_failure_prints_the_body_and_fails(url: str) -> None:
    done = curl(f"{url}/missing", "-H", "x-name: why")

    assert done.returncode == 22
    assert done.stdout == b"why"


def test_an_unknown_option_is_refused(url: str) -> None:
    assert curl(url, "--insecure").returncode == 1
