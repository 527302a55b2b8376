"""`registry serve`: serve the current release to DuckDB clients on loopback until interrupted."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import typer

from orchestration.serving import follow
from orchestration.serving.extensions import extension_files
from orchestration.serving.rights import readable_besides_releases
from orchestration.serving.token import VARIABLE, read_token
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home

BETA = "Notice   Quack, the protocol, is beta in DuckDB {}: keep a proxy with TLS between it and any network."
CURE = "Run it as a user who can read releases only (docs/serving.md), or add --as-owner if only you use it."


def serve(home: Home, port: int, token_file: Path | None, timeout: float, as_owner: bool) -> None:
    """Serve until Ctrl-C or SIGTERM. RegistryError if the user can read more than releases, unless `as_owner`."""
    import duckdb

    extension_files()
    token = read_token(token_file)
    os.environ.pop(VARIABLE, None)  # the process that serves gets it another way
    if (more := readable_besides_releases(home)) and not as_owner:
        raise RegistryError(f"This user can also read {', '.join(more)} in the home.", CURE)
    typer.echo(BETA.format(duckdb.__version__), err=True)
    version = ".".join(duckdb.__version__.split(".")[:2])
    with suppress(KeyboardInterrupt):
        asyncio.run(follow.serve(home, port, token, timeout, version, lambda line: typer.echo(line, err=True)))
