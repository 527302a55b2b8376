"""The guard before the web interface: which requests go through. Harmless ones, against a server that answers all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from orchestration.guard import guarded

HERE = "http://localhost:3000"


class Answers(BaseHTTPRequestHandler):
    """Says which method it was asked by."""

    def do_GET(self) -> None:
        """Answer with the method and the length of what came."""
        said = f"{self.command} {self.path}".encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said if self.command != "HEAD" else b"")

    do_POST = do_DELETE = do_PUT = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Nothing is logged."""


@pytest.fixture
def client() -> Iterator[TestClient]:
    """The guard before such a server, asked as http://localhost:3000."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with TestClient(guarded(f"127.0.0.1:{server.server_port}"), base_url=HERE) as asked:
            yield asked
        server.shutdown()


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/runs?a=b", {}, 200),
        ("GET", "/runs", {"Sec-Fetch-Site": "cross-site"}, 200),
        ("POST", "/graphql", {"Origin": HERE}, 200),
        ("POST", "/graphql", {}, 200),
        ("GET", "/runs", {"Host": "rebound.example"}, 400),
        ("POST", "/graphql", {"Host": "rebound.example", "Origin": "http://rebound.example"}, 400),
        ("POST", "/graphql", {"Origin": "http://elsewhere.example"}, 403),
        ("POST", "/graphql", {"Origin": "http://localhost:4000"}, 403),
        ("POST", "/graphql", {"Origin": "null"}, 403),
        ("POST", "/graphql", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/runs", {"Origin": "http://elsewhere.example"}, 403),
        ("GET", "/graphql?query=mutation", {}, 403),
        ("DELETE", "/runs", {"Origin": HERE}, 403),
        ("PUT", "/runs", {}, 403),
    ],
)
def test_which_requests_go_through(
    client: TestClient, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    """Hosts of this machine and pages of the interface itself; changes by same-origin POST alone."""
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert (answer.text == f"{method} {path}") == (status == 200)


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.example"}, {"Host": "rebound.example"}])
def test_websockets_of_other_pages_are_refused(client: TestClient, headers: dict[str, str]) -> None:
    """A websocket is held to the same rule."""
    with pytest.raises((WebSocketDisconnect, Exception)), client.websocket_connect("/graphql", headers=headers):  # noqa: B017
        raise AssertionError("it was accepted")


def test_a_server_that_is_not_there_yet_is_said() -> None:
    """While Dagster starts, the page says so."""
    with TestClient(guarded("127.0.0.1:9"), base_url=HERE) as asked:
        assert asked.get("/").status_code == 503
