"""`registry asof`: print the id of the release that was newest at a given time, and nothing else."""

import typer

from warehouse.releases.as_of import moment_of, release_at
from warehouse.storage.home import Home


def asof(home: Home, date: str) -> None:
    """Print the release's id. Raises ReleaseUnknown if there was no release at that time."""
    try:
        moment = moment_of(date)
    except ValueError:
        raise typer.BadParameter(f"{date!r} is not an ISO date or time. Write it like 2026-01-31.") from None
    release, caution = release_at(home, moment)
    typer.echo(release.release_id)
    if caution:
        typer.echo(caution, err=True)
