"""`registry pin` and `registry unpin`: keep a release for good, or no longer."""

import getpass

import typer

from warehouse.releases import pins
from warehouse.releases.release import CURRENT, find_folder
from warehouse.storage.home import Home
from warehouse.storage.home_format import check_format


def pin(home: Home, release_id: str, reason: str) -> None:
    """Pin the release and print that it stays."""
    check_format(home)
    found = find_folder(home, release_id).name
    said = pins.pin(home, found, reason, _user())
    typer.echo(f"Pinned {found}{f' ({said.reason})' if said.reason else ''}: it stays until `registry unpin {found}`.")


def unpin(home: Home, release_id: str) -> None:
    """Remove the pin and print how to see whether the release still stays."""
    if release_id == CURRENT:
        release_id = find_folder(home, CURRENT).name
    typer.echo(f"Unpinned {pins.unpin(home, release_id)}. `registry prune --dry-run` shows whether it still stays.")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
