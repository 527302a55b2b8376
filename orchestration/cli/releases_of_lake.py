"""Say which releases a lake holds: as a list, and as a line of the status."""

import typer

from orchestration.cli.notes import say
from orchestration.cli.wording import counted
from warehouse.lake.address import Address, lake_address
from warehouse.lake.reading import list_in_lake
from warehouse.releases.release import Release
from warehouse.storage.errors import RegistryError


def print_releases(address: Address) -> None:
    """Print each release of the lake with its snapshot, newest first."""
    found = list_in_lake(address)
    typer.echo(f"{counted(len(found), 'release')} in {address}")
    for one in reversed(found):
        typer.echo(f"  {one.release_id:<25} snapshot {one.snapshot}")


def print_in_status(current: Release | None) -> None:
    """Print what the lake holds, and whether the current release is among it; nothing if there is no lake."""
    try:
        address = lake_address()
        if address is None:
            return
        found = list_in_lake(address)
    except RegistryError as error:
        say("Problem", str(error))
        return
    is_behind = current is not None and current.release_id not in {one.release_id for one in found}
    lacks = "; it lacks the current one, which the next `registry refresh` publishes" if is_behind else ""
    say("Lake", f"{counted(len(found), 'release')} in {address}{lacks}")
