"""Serves one release over the Quack protocol in a process of its own, until its standard input is closed.

Quack 1.5.5 keeps a file that it has opened, and a client's query cannot be stopped from outside; a process can. It is
started by orchestration/serving/follow.py, which sends one line of JSON (the token among it, so that no list of
processes shows it) and reads one line of JSON for each thing that happens: {"port"}, {"error"} or {"overdue"}.
"""

import json
import os
import select
import signal
import socket
import sys
from pathlib import Path

import duckdb

from orchestration.serving.extensions import extension_files
from warehouse.releases.release import Release, find_release
from warehouse.releases.sandbox import close_sandbox, temporary_folder, while_attaching
from warehouse.releases.served_database import attach_release, write_served_database
from warehouse.releases.served_statements import MAY_RUN
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.sql_files import sql_text

LOOPBACK = "127.0.0.1"
LOOKS_EVERY_SECONDS = 1.0
OVERDUE = """
    SELECT count(*) FROM quack_active_connections()
    WHERE state = 'active' AND epoch(now()) - epoch(query_started_at) > ?
"""
"""Counts results that no client has read to their end, which hold their memory as long."""


def open_served(release: Release, folder: Path) -> duckdb.DuckDBPyConnection:
    """Open the release for clients, in `folder`: read-only, limited as a query is, without access to other files."""
    served = folder / "served.duckdb"
    write_served_database(served, release)
    con = duckdb.connect(str(served), read_only=True, config=while_attaching(folder))
    for file in extension_files():
        con.execute(f"LOAD {sql_text(str(file))}")
    attach_release(con, release)
    con.execute(f"SET GLOBAL quack_authorization_function = '{MAY_RUN}'")
    return con


def listen(con: duckdb.DuckDBPyConnection, token: str) -> int:
    """Begin to serve on a free port of the loopback address, and return the port."""
    with socket.socket() as free:
        free.bind((LOOPBACK, 0))
        port = free.getsockname()[1]
    con.execute(f"CALL quack_serve('quack:{LOOPBACK}:{port}', token := {sql_text(token)})").fetchall()
    return port


def main() -> None:
    """Serve the release that the first line of standard input names."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too; the one that started it ends it
    order = json.loads(sys.stdin.buffer.readline())
    try:
        release = find_release(Home(Path(order["home"])), order["release_id"])
        with temporary_folder() as folder:
            con = open_served(release, folder)
            port = listen(con, order["token"])
            close_sandbox(con)
            _say(port=port)
            _until_closed(con, order["read_within"])
    except RegistryError as error:
        _say(error=str(error))
    except Exception as error:  # its text may quote the statement with the token
        _say(error=f"The release could not be served ({type(error).__name__}).")
    os._exit(0)  # without waiting for clients' queries


def _until_closed(con: duckdb.DuckDBPyConnection, read_within: float) -> None:
    while not select.select([sys.stdin], [], [], LOOKS_EVERY_SECONDS)[0]:
        row = con.execute(OVERDUE, [read_within]).fetchone()
        if row is not None and row[0]:
            _say(overdue=True)


def _say(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
