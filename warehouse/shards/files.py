"""Reads and writes files of an exchange folder, which is a folder or a place in an object store.

In an object store DuckDB does it, which has the keys; in a folder, the file system.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import duckdb

from warehouse.lake.connection import S3, give_keys
from warehouse.storage.durable_files import durable_rename, fsync
from warehouse.storage.errors import RegistryError
from warehouse.storage.extensions import extension_files
from warehouse.storage.faults import NO_ROOM_WORDS, is_interruption
from warehouse.storage.home import PRIVATE_FOLDER
from warehouse.storage.sql_files import sql_text

KEYS = "shard_files"
LARGEST = "50GB"
"""Of an object that it writes, DuckDB holds a ten-thousandth of this in memory: 5 MB in place of 80."""
WORDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (NO_ROOM_WORDS, "There is no room in {folder}.", "Free some there, then run the command again."),
    (
        ("HTTP 403", "Forbidden", "AccessDenied", "HTTP 401", "Permission denied", "InvalidAccessKeyId", "HTTP 400"),
        "The files in {folder} may not be read or written with these rights.",
        "Give the registry's user, or the keys in AWS_ACCESS_KEY_ID, rights there (docs/scale.md).",
    ),
    (
        ("NoSuchBucket", "HTTP code 404", "Could not establish connection", "Connection error", "Could not connect"),
        "{folder} cannot be found.",
        "Check data_path in registry.toml, the object store, and AWS_ENDPOINT_URL.",
    ),
)
"""Words of DuckDB, the system or an object store -> what is wrong, and its cure."""
LOOK = "Run `registry refresh` again; if it fails again, look at the folder or store that data_path names."


class ExchangeFailed(RegistryError):
    """A file by which shards are exchanged cannot be read or written."""


def is_store(place: str) -> bool:
    """Return whether a place is in an object store."""
    return place.startswith(S3)


@contextmanager
def reached(con: duckdb.DuckDBPyConnection, place: str) -> Iterator[None]:
    """Let the connection reach an object store while the block runs; a folder needs nothing."""
    if not is_store(place):
        yield
        return
    for file in extension_files(("httpfs",), "lake"):
        con.execute(f"LOAD {sql_text(str(file))}")
    con.execute(f"SET s3_uploader_max_filesize = '{LARGEST}'")
    has_keys = give_keys(con, KEYS)
    try:
        yield
    finally:
        if has_keys:
            con.execute(f"DROP SECRET IF EXISTS {KEYS}")


@contextmanager
def in_words(folder: str) -> Iterator[None]:
    """Turn errors about files inside the block into ExchangeFailed. DuckDB's own text may quote a cell or a key, so it
    is not shown.
    """
    try:
        yield
    except (duckdb.Error, OSError) as error:
        if is_interruption(error) or isinstance(error, duckdb.OutOfMemoryException):
            raise
        for words, wrong, cure in WORDS:
            if any(word in str(error) for word in words):
                raise ExchangeFailed(wrong.format(folder=folder), cure) from None
        kind = type(error).__name__.removesuffix("Exception")
        raise ExchangeFailed(f"A file in {folder} could not be read or written ({kind}).", LOOK) from None


def make_folder(place: str) -> None:
    """Make a folder that is to hold files; an object store has none."""
    if not is_store(place):
        Path(place).mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)


def put_text(con: duckdb.DuckDBPyConnection, place: str, text: str) -> None:
    """Write a small file whole or not at all, in place of one of that name: by a rename in a folder, in an object store
    by an upload that counts once it is complete. Several may do it at once.
    """
    if is_store(place):
        con.execute(f"COPY (SELECT encode({sql_text(text)}) AS text) TO {sql_text(place)} (FORMAT blob)")
        return
    path = Path(place)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        beside.write_text(text, encoding="utf-8")
        fsync(beside)
        durable_rename(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def text_in(con: duckdb.DuckDBPyConnection, place: str) -> str | None:
    """Return the text of a small file, or None if it is not there."""
    if not is_store(place):
        with suppress(FileNotFoundError, NotADirectoryError):
            return Path(place).read_text(encoding="utf-8", errors="replace")
        return None
    try:
        row = con.execute(f"SELECT decode(content) FROM read_blob({sql_text(place)})").fetchone()  # noqa: S608 (a path of ours)
    except duckdb.HTTPException as error:
        if error.status_code == 404:
            return None
        raise
    return str(row[0]) if row else None


def sha256_of(con: duckdb.DuckDBPyConnection, place: str) -> str:
    """Return the SHA-256 of a file's bytes; '' if it is not there or cannot be read."""
    with suppress(duckdb.IOException, duckdb.InvalidInputException):
        row = con.execute(f"SELECT sha256(content) FROM read_blob({sql_text(place)})").fetchone()  # noqa: S608 (a path of ours)
        return str(row[0]) if row else ""
    return ""


def remove(con: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Delete everything below a folder, and the folder."""
    if is_store(folder):
        con.execute(
            f"COPY (SELECT 0 AS part, 0 AS row WHERE false) TO {sql_text(folder)} "
            "(FORMAT parquet, PARTITION_BY (part), OVERWRITE true)"
        )
    else:
        shutil.rmtree(folder, ignore_errors=True)
