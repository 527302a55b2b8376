"""Listens on loopback for the commands that serve pages."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from warehouse.storage.errors import RegistryError

LOOPBACK = "127.0.0.1"


@contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Bind a socket to the port of loopback. RegistryError if the port is in use."""
    with socket.socket() as public:
        public.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            public.bind((LOOPBACK, port))
        except OSError:
            raise RegistryError(f"Port {port} is in use.", "Choose another with --port.") from None
        yield public
