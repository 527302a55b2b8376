"""`registry asof`: the id of a release on standard output, and nothing else there."""

import typer

from warehouse.releases.as_of import moment_of, release_at
from warehouse.storage.home import Home


def asof(home: Home, date: str) -> None:
    """Print the id; ReleaseUnknown where there was no release then."""
    try:
        moment = moment_of(date)
    except ValueError:
        raise typer.BadParameter(f"{date!r} is not an ISO date or time, such as 2026-01-31.") from None
    release, caution = release_at(home, moment)
    typer.echo(release.release_id)
    if caution:
        typer.echo(caution, err=True)
