"""Checks a home's lake before anything is written, and has the lake follow the home.

The home is the one writer of its lake: the lake's newest release must be one of the home's. The home's file `lake`
names the lake, so that no command that lacks the setting, an erasure above all, forgets it.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from warehouse.lake.address import VARIABLE, Address, lake_address
from warehouse.lake.books import InLake, open_books, releases_in
from warehouse.lake.connection import S3, folder_is_there, metadata, open_lake
from warehouse.lake.publish import publish
from warehouse.lake.words import LakeRefused, in_words
from warehouse.releases.finding import Release, list_releases
from warehouse.storage.durable_files import atomic_write
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_settings import home_settings
from warehouse.storage.sql_files import sql_text
from warehouse.storage.table_catalogue import SCHEMA_VERSIONS

MARK = "lake"
PROBE = ".may-be-written.parquet"
UNSET = f"Set {VARIABLE} as the services do. If that lake is given up, remove the file `{MARK}` from the home."
SCHEMAS = "schema_versions"


@dataclass(frozen=True)
class LakeState:
    """Which lake a home has, how many releases it holds, and which of the home's it still lacks, oldest first."""

    address: Address
    n_releases: int
    newest: str
    lacking: tuple[str, ...]


@contextmanager
def lake_of(home: Home, address: Address) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the home's lake for writing, with the settings of registry.toml."""
    given = home_settings(home)
    with open_lake(address, home.scratch, given.data_path, given.encrypted) as con:
        open_books(con, address, given.rows_by_site)
        yield con


def check_lake(home: Home) -> LakeState | None:
    """Return how the home's lake stands; None if it has none. RegistryError, with the cure, if it cannot be used."""
    address = lake_address()
    _check_mark(home, address)
    if address is None:
        return None
    with lake_of(home, address) as con:
        releases = releases_in(con)
        _check_schemas(address, releases)
        lacking = lacking_in(home, address, releases)
        _check_files(con, address)
    return LakeState(address, len(releases), releases[-1].release_id if releases else "", tuple(lacking))


def marked(home: Home) -> str:
    """Return the lake that the home's releases are also in, as it is shown; '' if there is none."""
    try:
        return (home.root / MARK).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""


def _check_mark(home: Home, address: Address | None) -> None:
    noted = marked(home)
    if noted and address is None:
        raise RegistryError(f"The releases of this home are also in {noted}, and {VARIABLE} names no lake.", UNSET)
    if noted and noted != str(address):
        raise RegistryError(f"The releases of this home are also in {noted}, and {VARIABLE} names {address}.", UNSET)


def _check_schemas(address: Address, releases: list[InLake]) -> None:
    """Raise LakeRefused if the newest release has tables of a later version than this code writes."""
    theirs = releases[-1].manifest.get(SCHEMAS, {}) if releases else {}
    later = sorted(name for name, version in theirs.items() if int(version) > int(SCHEMA_VERSIONS.get(name, "0")))
    if later:
        code = releases[-1].manifest.get("code", {}).get("version", "?")
        raise LakeRefused(
            f"Another deployment has written the lake {address} with later versions of {', '.join(later)}.",
            f"Install version {code} of the registry here too, or name another catalogue in {VARIABLE}.",
        )


def lacking_in(home: Home, address: Address, releases: list[InLake]) -> list[str]:
    """Return the home's releases that are newer than the lake's newest, oldest first.

    LakeRefused if the home does not have the lake's newest release: another registry has written it.
    """
    at_home = sorted(release.release_id for release in list_releases(home))
    if not releases:
        return at_home
    newest = releases[-1].release_id
    made_again = {release.manifest.get("erased_from") for release in list_releases(home)}
    if newest not in at_home and newest not in made_again:
        raise LakeRefused(
            f"The newest release of the lake {address}, {newest}, is not in this home: another registry writes there, "
            "or the home was restored from an older backup.",
            f"Name another catalogue in {VARIABLE}; after a restore run `registry migrate --to embedded` first.",
        )
    return [release_id for release_id in at_home if release_id > newest]


def _check_files(con: duckdb.DuckDBPyConnection, address: Address) -> None:
    """Raise LakeRefused if nothing can be written where the lake keeps its files."""
    place = metadata(con, "data_path")
    if place.startswith(S3):
        with in_words(address):
            con.execute(f"COPY (SELECT 1 AS probe) TO {sql_text(place + PROBE)} (FORMAT parquet)")
        return
    folder_is_there(place)
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise LakeRefused(
            f"Nothing can be written into the lake's folder ({error.strerror}): {place}",
            "Make it writable for the registry's user.",
        ) from None


def follow(home: Home, say: Callable[[str], None] = lambda _: None) -> list[str]:
    """Publish in the lake, oldest first, every release of the home that is newer than the lake's newest; return their
    ids. Call it under the refresh lock.
    """
    address = lake_address()
    if address is None:
        return []
    mark(home, address)
    at_home = {release.release_id: release for release in list_releases(home)}
    with lake_of(home, address) as con:
        lacking = lacking_in(home, address, releases_in(con))
        for release_id in lacking:
            say(f"publishing {release_id} in the lake")
            publish(con, at_home[release_id])
    return lacking


def mark(home: Home, address: Address) -> None:
    """Note in the home which lake its releases are in."""
    if marked(home) != str(address):
        atomic_write(home.root / MARK, f"{address}\n".encode())


def write_anew(home: Home, con: duckdb.DuckDBPyConnection, say: Callable[[str], None]) -> None:
    """Write all of the home's releases into the lake in place of all that it holds."""
    for number, release in enumerate(_oldest_first(home)):
        say(f"writing {release.release_id} into the lake")
        publish(con, release, anew=number == 0)


def _oldest_first(home: Home) -> list[Release]:
    return sorted(list_releases(home), key=lambda release: release.release_id)
