"""`registry checklist`: fill in a reporting checklist from a release."""

from pathlib import Path

import typer

from warehouse.releases.release import find_release
from warehouse.storage.home import Home
from workflows.fill_checklist import markdown_of, write_checklist


def checklist(home: Home, name: str, release_id: str | None, out: Path | None) -> None:
    """Print the checklist as Markdown, or write it and print where it is."""
    release = find_release(home, release_id)
    if out is None:
        typer.echo(markdown_of(release, name), nl=False)
        return
    write_checklist(release, name, out)
    typer.echo(f"Release {release.release_id}: {out}")
