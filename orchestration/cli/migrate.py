"""`registry migrate`: copy all releases from the home into its lake, or from the lake into a home."""

import typer

from orchestration.cli.portable import lake_or_refuse
from orchestration.cli.refresh import progress
from orchestration.cli.wording import counted
from warehouse.lake.address import VARIABLE, Address
from warehouse.lake.reading import list_in_lake
from warehouse.lake.state import MARK, follow
from warehouse.lake.to_home import bring_home
from warehouse.lake.verify import verify_in_lake
from warehouse.releases.release import find_release, release_folders
from warehouse.releases.verification import Verified, verify
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from workflows.begin_writing import writing

LAKE = "lake"


def migrate(home: Home, to: str) -> None:
    """Copy, compare every release hash for hash, and print what was done."""
    address = lake_or_refuse()
    if to == LAKE:
        _to_lake(home.require(), address)
    else:
        _to_home(home, address)


def _to_lake(home: Home, address: Address) -> None:
    with progress() as say:
        with writing(home, say):
            published = follow(home, say)
        at_home = [folder.name for folder in release_folders(home)]
        compared, left_out = [], []
        held = {release.release_id: release for release in list_in_lake(address)}
        for release_id in sorted(at_home):
            if release_id not in held:
                left_out.append(release_id)
                continue
            say(f"comparing {release_id}")
            compared.append(verify_in_lake(address, release_id))
            if held[release_id].manifest["content_hash"] != find_release(home, release_id).manifest["content_hash"]:
                compared[-1].disagreements.append("content hash: not the home's")
    _tell(compared, f"{counted(len(published), 'release')} written into {address}")
    for release_id in left_out:
        typer.echo(f"Left out  {release_id}: the lake holds newer ones, and a snapshot cannot be put before another.")
    typer.echo(f"The home stays as it is. Every `registry refresh` with {VARIABLE} set publishes there too.")


def _to_home(home: Home, address: Address) -> None:
    with progress() as say:
        with refresh_lock(home.create()):
            brought = bring_home(home, address, say)
        compared = []
        for release in list_in_lake(address):
            if (folder := home.releases / release.release_id).is_dir():
                say(f"comparing {release.release_id}")
                compared.append(verify(folder))
                if find_release(home, release.release_id).manifest["content_hash"] != release.manifest["content_hash"]:
                    compared[-1].disagreements.append("content hash: not the lake's")
    _tell(compared, f"{counted(len(brought), 'release')} brought from {address}")
    typer.echo(f"To leave the lake, unset {VARIABLE} and remove the file `{MARK}` from the home.")


def _tell(compared: list[Verified], done: str) -> None:
    """Print what was done. Raises RegistryError if a hash differs."""
    for one in compared:
        for line in (*one.disagreements, *one.notes):
            typer.echo(f"{one.release_id}  {line}")
    if wrong := [one.release_id for one in compared if one.disagreements]:
        raise RegistryError(f"{counted(len(wrong), 'release')} differ from their manifests.", "Report this.")
    n_tables = sum(one.n_tables for one in compared)
    typer.echo(f"{done}; {counted(len(compared), 'release')} compared, {n_tables:,} tables hash for hash the same.")
