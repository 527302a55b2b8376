"""`registry ui`: Dagster's web interface and daemon on loopback, until interrupted."""

import os
import sys

import typer

from orchestration.instance import prepare
from warehouse.home import Home

LOOPBACK = "127.0.0.1"


def ui(home: Home, port: int) -> None:
    """Become `dagster dev` for this home."""
    prepare(home)
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
