"""`registry portable`: write a release of the lake into one file."""

from pathlib import Path

import typer

from orchestration.cli.sizes import readable
from warehouse.lake.address import VARIABLE, WRITE_IT, Address, lake_address
from warehouse.lake.reading import write_portable
from warehouse.storage.connection import private_files
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def portable(home: Home, release_id: str | None, out: Path) -> None:
    """Write the file, readable by its owner only. Raises RegistryError if it exists or there is no lake."""
    address = lake_or_refuse()
    if out.exists():
        raise RegistryError(f"{out} exists already.", "Name a new file with --out.")
    if not out.absolute().parent.is_dir():
        raise RegistryError(f"There is no folder {out.absolute().parent}.", "Create it first.")
    with private_files():
        release = write_portable(address, release_id, out.absolute())
    typer.echo(f"Wrote release {release.release_id} to {out} ({readable(out.stat().st_size)}).")


def lake_or_refuse() -> Address:
    """Return the lake that the environment names. Raises RegistryError if it names none."""
    address = lake_address()
    if address is None:
        raise RegistryError(f"There is no lake: {VARIABLE} is not set.", WRITE_IT)
    return address
