"""`registry share-with`: let a group of the machine's users read releases, and nothing else."""

import typer

from orchestration.cli.wording import counted
from warehouse.releases import sharing
from warehouse.storage.home import Home


def share_with(home: Home, group: str) -> None:
    """Set the rights, and say who may read what."""
    n_releases = sharing.share_with(home, group)
    typer.echo(f"The group {group} may read {counted(n_releases, 'release')} and those to come, and nothing else here.")
    typer.echo(f"Its members ask with: registry query SQL --home {home.root}")
