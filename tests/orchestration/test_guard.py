"""Which requests the guard in front of the web interface passes on to a server that answers all of them."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import uvicorn
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from orchestration.guard import guarded

HERE = "HERE"
"""Stands for the host and port that the guard is asked by."""


class Answers(BaseHTTPRequestHandler):
    """Answers with the method that it was asked by."""

    def do_GET(self) -> None:
        """Answer with the method and the length of the request's body."""
        said = f"{self.command} {self.path}".encode()
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said if self.command != "HEAD" else b"")

    do_POST = do_DELETE = do_PUT = do_HEAD = do_GET

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def guarding(upstream: str) -> Iterator[int]:
    """Run the guard in front of `upstream` on its own port."""
    public = socket.socket()
    public.bind(("127.0.0.1", 0))
    guard = uvicorn.Server(uvicorn.Config(guarded(upstream), log_level="critical", ws="websockets-sansio"))
    thread = threading.Thread(target=guard.run, kwargs={"sockets": [public]}, daemon=True)
    thread.start()
    try:
        while not guard.started:
            time.sleep(0.01)
        yield public.getsockname()[1]
    finally:
        guard.should_exit = True
        thread.join(10)
        public.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The guard in front of a server that answers everything."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with guarding(f"127.0.0.1:{server.server_port}") as found:
            yield found
        server.shutdown()


def ask(port: int, method: str, path: str, headers: dict[str, str]) -> tuple[int, str]:
    """Return the response's status and text, requested as http://localhost:PORT unless another host is named."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    here = f"localhost:{port}"
    connection.request(method, path, headers={"Host": here} | {k: v.replace(HERE, here) for k, v in headers.items()})
    answer = connection.getresponse()
    said = answer.status, answer.read().decode()
    connection.close()
    return said


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/runs?a=b", {}, 200),
        ("GET", "/runs", {"Sec-Fetch-Site": "cross-site"}, 200),
        ("POST", "/graphql", {"Origin": f"http://{HERE}"}, 200),
        ("POST", "/graphql", {}, 200),
        ("GET", "/runs", {"Host": "rebound.example"}, 400),
        ("POST", "/graphql", {"Host": "rebound.example", "Origin": "http://rebound.example"}, 400),
        ("POST", "/graphql", {"Origin": "http://elsewhere.example"}, 403),
        ("POST", "/graphql", {"Origin": "http://localhost:4000"}, 403),
        ("POST", "/graphql", {"Origin": "null"}, 403),
        ("POST", "/graphql", {"Origin": f"https://{HERE}"}, 403),
        ("POST", "/graphql", {"Referer": "http://elsewhere.example/page"}, 403),
        ("POST", "/graphql", {"Referer": f"http://{HERE}/runs"}, 200),
        ("POST", "/graphql", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/runs", {"Origin": "http://elsewhere.example"}, 403),
        ("GET", "/graphql?query=mutation", {}, 403),
        ("DELETE", "/runs", {"Origin": f"http://{HERE}"}, 403),
        ("PUT", "/runs", {}, 403),
    ],
)
def test_which_requests_go_through(port: int, method: str, path: str, headers: dict[str, str], status: int) -> None:
    """The guard admits hosts of this machine and pages of the interface itself; changes only by same-origin POST."""
    found, text = ask(port, method, path, headers)
    assert found == status
    assert (text == f"{method} {path}") == (status == 200)


@pytest.mark.parametrize("headers", [{"Origin": "http://elsewhere.example"}, {"Host": "rebound.example"}])
def test_websockets_of_other_pages_are_refused(port: int, headers: dict[str, str]) -> None:
    """Websockets follow the same rule as requests."""
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    status, _ = ask(port, "GET", "/graphql", upgrade | {"Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="} | headers)
    assert status in (400, 403)


def test_websockets_of_the_interface_pass() -> None:
    """Messages pass in both directions, with the protocol that the server chose."""

    def echo(socket: ServerConnection) -> None:
        for message in socket:
            socket.send(message)

    with serve(echo, "127.0.0.1", 0, subprotocols=[Subprotocol("graphql-ws")]) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        upstream = f"127.0.0.1:{server.socket.getsockname()[1]}"
        with (
            guarding(upstream) as port,
            connect(f"ws://127.0.0.1:{port}/graphql", subprotocols=[Subprotocol("graphql-ws")], proxy=None) as client,
        ):
            client.send("hello")
            assert client.recv(timeout=20) == "hello" and client.subprotocol == "graphql-ws"
        server.shutdown()


def test_a_server_that_is_not_there_yet_is_said() -> None:
    """While Dagster starts, the page says so."""
    with guarding("127.0.0.1:9") as port:
        assert ask(port, "GET", "/", {})[0] == 503
