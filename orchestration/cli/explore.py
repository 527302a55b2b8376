"""`registry explore`: serve the pages of a registry's releases on loopback, read-only, until interrupted."""

import secrets
import socket
from contextlib import suppress

import typer

from orchestration.cli.loopback import LOOPBACK, listening
from orchestration.cli.notices import say_unfinished_erasure
from orchestration.cli.stop_signals import ends_cleanly
from schemas.disclosure import MODES, NONE, Mode
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

KEY_BYTES = 24


def explore(home: Home, port: int, timeout_seconds: float, in_browser: bool, disclosure: str = NONE) -> None:
    """Serve the pages on `port` of loopback until Ctrl-C or SIGTERM; downloads leave under the mode of `disclosure`.

    ReleaseUnknown if nothing has been released, RegistryError if the port is in use.
    """
    find_release(home)
    say_unfinished_erasure(home)
    key = secrets.token_urlsafe(KEY_BYTES)
    with listening(port) as public:
        public.listen()  # who opens the address at once waits, and is not refused
        address = f"http://{LOOPBACK}:{port}/?key={key}"
        typer.echo(f"Opening {address} (Ctrl-C stops it)", err=True)
        if in_browser:
            import webbrowser

            webbrowser.open(address)
        _serve(home, public, port, key, timeout_seconds, MODES[disclosure])


def _serve(home: Home, public: socket.socket, port: int, key: str, timeout_seconds: float, mode: Mode) -> None:
    import uvicorn

    from explore.opened import Releases
    from explore.warm import warm
    from orchestration.same_origin import only_here

    releases = Releases(home, timeout_seconds)
    settings = uvicorn.Config(
        only_here(guarded_pages(releases, key, port, mode)),
        log_level="critical",
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    server = uvicorn.Server(settings)
    try:
        warm()
        with ends_cleanly(), suppress(KeyboardInterrupt):
            server.run(sockets=[public])
    finally:
        releases.close()


def guarded_pages(releases, key: str, port: int, mode: Mode = MODES[NONE]):
    """Return the pages, which answer only who has the key."""
    from explore.access import OnlyWithKey
    from explore.routes import application

    return OnlyWithKey(application(releases, mode), key, port)
