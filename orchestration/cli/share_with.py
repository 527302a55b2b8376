"""`registry share-with`: let a user group of this machine read releases, and nothing else."""

import typer

from orchestration.cli.wording import counted
from warehouse.releases import sharing
from warehouse.storage.home import Home


def share_with(home: Home, group: str) -> None:
    """Set the permissions and print who may read what."""
    n_releases = sharing.share_with(home, group)
    typer.echo(f"The group {group} can read {counted(n_releases, 'release')} and all future ones; nothing else.")
    typer.echo(f"Its members run: registry query SQL --home {home.root}")
