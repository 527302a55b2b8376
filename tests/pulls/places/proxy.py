"""Stands between the registry and a server, and cuts the connection or holds it in the middle of an answer."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Proxy:
    """A running proxy. After `most_bytes` of the server's answers it does what `then` says: cut, or hold."""

    port: int = 0
    most_bytes: int = 1 << 40
    then: str = "cut"
    is_over: bool = False


@contextmanager
def between(server_port: int) -> Iterator[Proxy]:
    """A proxy before the server at a port of loopback."""
    proxy = Proxy()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        proxy.port = listening.getsockname()[1]
        thread = threading.Thread(target=_accept, args=(listening, server_port, proxy))
        thread.start()
        try:
            yield proxy
        finally:
            proxy.is_over = True
            thread.join(10)


def _accept(listening: socket.socket, server_port: int, proxy: Proxy) -> None:
    listening.settimeout(0.05)
    with contextlib.ExitStack() as stack:
        while not proxy.is_over:
            with contextlib.suppress(TimeoutError):
                client = stack.enter_context(listening.accept()[0])
                server = stack.enter_context(socket.create_connection(("127.0.0.1", server_port)))
                thread = threading.Thread(target=_carry, args=(client, server, proxy))
                stack.callback(thread.join, 10)
                thread.start()


def _carry(client: socket.socket, server: socket.socket, proxy: Proxy) -> None:
    n_bytes = 0
    while not proxy.is_over:
        for ready in select.select([client, server], [], [], 0.05)[0]:
            try:
                data = ready.recv(1 << 16)
            except OSError:
                data = b""
            n_bytes += len(data) if ready is server else 0
            if n_bytes > proxy.most_bytes and proxy.then == "hold":
                continue
            if not data or n_bytes > proxy.most_bytes:
                client.close()
                server.close()
                return
            with contextlib.suppress(OSError):
                (client if ready is server else server).sendall(data)
