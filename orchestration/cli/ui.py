"""`registry ui`: run Dagster's web interface and daemon on loopback, behind the guard, until interrupted."""

import os
import secrets
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import typer

from orchestration.automation.damaged_history import move_damaged_aside
from orchestration.automation.dead_runs import end_dead_runs
from orchestration.cli.loopback import LOOPBACK, listening
from orchestration.cli.stop_signals import ends_cleanly
from orchestration.instance import dagster_instance, prepare
from warehouse.storage.errors import RefreshRunning, RegistryError
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock

INSTALLED = Path(__file__).parents[2]
"""The folder of the installed code, which every process started here imports, never the working folder."""
ENDS_WITHIN_SECONDS = 30
PR_SET_PDEATHSIG = 1
"""prctl(2)."""


def ui(home: Home, port: int) -> None:
    """Run `dagster dev` for this home and the guard in front of it on `port`, until one of them ends.

    Raises RegistryError if the port is in use.
    """
    prepare(home)
    try:
        with refresh_lock(home):
            for sentence in move_damaged_aside(home):
                typer.echo(f"Notice   {sentence}", err=True)
            with dagster_instance(home) as instance:
                end_dead_runs(instance)
    except RefreshRunning:  # which may not have opened a new home's instance yet
        with dagster_instance(home):
            pass
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    os.environ["PYTHONSAFEPATH"] = "1"  # for the code servers and runs that Dagster starts
    os.umask(0o077)
    with listening(port) as public:
        inside = inside_address()
        typer.echo(f"Opening http://{LOOPBACK}:{port} (Ctrl-C stops it)", err=True)
        server = subprocess.Popen(command(*inside), cwd=INSTALLED, preexec_fn=_end_with_parent)
        try:
            _guard(public, f"{inside[0]}:{inside[1]}", server)
        finally:
            _end(server)


def _end_with_parent() -> None:
    """Have Linux end Dagster if the guard is killed, because a home must never have two daemons."""
    import ctypes

    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def command(host: str, port: int) -> list[str]:
    """Return the command that starts Dagster from the installed code only."""
    dagster = [sys.executable, "-P", "-m", "dagster", "dev", "-m", "orchestration.definitions"]
    return [*dagster, "-d", str(INSTALLED), "-h", host, "-p", str(port)]


def inside_address() -> tuple[str, int]:
    """Return a random loopback address and port, so that no page in a browser finds the server behind the guard.

    On Linux all of 127.0.0.0/8 is this machine; elsewhere only the port is random.
    """
    for host in (f"127.{1 + secrets.randbelow(254)}.{secrets.randbelow(256)}.{1 + secrets.randbelow(254)}", LOOPBACK):
        with suppress(OSError), socket.socket() as free:
            free.bind((host, 0))
            return host, free.getsockname()[1]
    raise RegistryError("No port on this machine is free.", "Stop a program that uses one, then try again.")


def _guard(public: socket.socket, upstream: str, server: subprocess.Popen) -> None:
    """Serve the guard until Ctrl-C, SIGTERM or the end of Dagster."""
    import threading

    import uvicorn

    from orchestration.guard import guarded

    settings = uvicorn.Config(
        guarded(upstream),
        log_level="critical",
        ws="websockets-sansio",
        timeout_graceful_shutdown=2,  # a browser's websocket stays open
        server_header=False,
    )
    guard = uvicorn.Server(settings)

    def until_dagster_ends() -> None:
        server.wait()
        guard.should_exit = True

    threading.Thread(target=until_dagster_ends, daemon=True).start()
    with ends_cleanly(), suppress(KeyboardInterrupt):
        guard.run(sockets=[public])


def _end(server: subprocess.Popen) -> None:
    """Interrupt Dagster so that it ends its own processes; kill it if it does not end in time."""
    if server.poll() is None:
        server.send_signal(signal.SIGINT)
    try:
        server.wait(ENDS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
