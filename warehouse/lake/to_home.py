"""Writes releases of a lake into a home, as the folders that they are there."""

from collections.abc import Callable
from pathlib import Path

from warehouse.lake.address import Address
from warehouse.lake.books import InLake, refuse_part, write_files
from warehouse.lake.connection import attach, connected
from warehouse.lake.reading import READ_ONLY, list_in_lake, write_portable
from warehouse.lake.words import in_words
from warehouse.releases.release import list_releases, make_current, release_folders, write_release
from warehouse.releases.sandbox import temporary_folder, while_attaching
from warehouse.storage.home import Home


def bring_home(home: Home, address: Address, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Write every release that the lake has and the home has not, oldest first, and return their ids.

    One that the home has made again without an erased patient stays out. If the home has no current release, its
    newest becomes that. Call it under the refresh lock.
    """
    there = {folder.name for folder in release_folders(home)}
    there |= {release.manifest.get("erased_from", "") for release in list_releases(home)}
    held = list_in_lake(address)
    refuse_part(held, address)
    lacking = [release for release in held if release.release_id not in there]
    for release in lacking:
        say(f"bringing {release.release_id} home")
        _write(home, address, release)
    if not home.current.is_symlink() and (folders := release_folders(home)):
        make_current(home, folders[0].name)
    return [release.release_id for release in lacking]


def _write(home: Home, address: Address, release: InLake) -> None:
    def tables(path: Path) -> None:
        write_portable(address, release.release_id, path)

    def files(folder: Path) -> None:
        with temporary_folder() as scratch, connected(address, while_attaching(scratch)) as con, in_words(address):
            attach(con, address, *READ_ONLY)
            write_files(con, release.release_id, folder)

    write_release(home, release.release_id, release.manifest, tables, files)
