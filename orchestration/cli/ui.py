"""`registry ui`: Dagster's web interface and daemon on loopback, until interrupted."""

import os
import sys
from contextlib import suppress

import typer

from orchestration.damaged_history import move_damaged_aside
from orchestration.instance import dagster_instance, prepare
from orchestration.refresh import end_dead_runs
from warehouse.errors import RefreshRunning
from warehouse.home import Home
from warehouse.lock import refresh_lock

LOOPBACK = "127.0.0.1"


def ui(home: Home, port: int) -> None:
    """Become `dagster dev` for this home."""
    prepare(home)
    with suppress(RefreshRunning), refresh_lock(home):
        for sentence in move_damaged_aside(home):
            typer.echo(f"Notice   {sentence}", err=True)
        with dagster_instance(home) as instance:
            end_dead_runs(instance)
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    typer.echo(f"Opening http://{LOOPBACK}:{port} (Ctrl-C ends it)", err=True)
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "orchestration.definitions",
        "-h",
        LOOPBACK,
        "-p",
        str(port),
    ]
    os.umask(0o077)
    os.execv(sys.executable, command)
