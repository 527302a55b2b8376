"""Listens on loopback and serves pages there, for the commands that show some."""

import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import typer

from orchestration.cli.stop_signals import ends_cleanly
from warehouse.storage.errors import RegistryError

LOOPBACK = "127.0.0.1"
KEY_BYTES = 24


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


def serve_pages(port: int, in_browser: bool, pages_with: Callable[[str], object]) -> None:
    """Print an address that holds a random key, and serve what `pages_with` makes of the key until Ctrl-C or SIGTERM.

    RegistryError if the port is in use.
    """
    import uvicorn

    from orchestration.same_origin import only_here

    key = secrets.token_urlsafe(KEY_BYTES)
    with listening(port) as public:
        public.listen()  # who opens the address at once waits, and is not refused
        address = f"http://{LOOPBACK}:{port}/?key={key}"
        typer.echo(f"Opening {address} (Ctrl-C stops it)", err=True)
        if in_browser:
            import webbrowser

            webbrowser.open(address)
        settings = uvicorn.Config(
            only_here(pages_with(key)),  # type: ignore[arg-type]
            log_level="critical",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=2,
            server_header=False,
        )
        with ends_cleanly(), suppress(KeyboardInterrupt):
            uvicorn.Server(settings).run(sockets=[public])
