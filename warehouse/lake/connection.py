"""Attaches a lake: the one place that knows how a catalogue, its files and their keys are reached.

Small inserts are never kept in the catalogue (DATA_INLINING_ROW_LIMIT 0): a reader fails while they are flushed, and an
encrypted lake would hold them in plain text.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from warehouse.lake.address import DUCKDB, EXTENSIONS, POSTGRES, Address
from warehouse.lake.words import LakeRefused, in_words
from warehouse.storage.connection import make_results_whole, private_files, settings
from warehouse.storage.extensions import extension_files
from warehouse.storage.sql_files import sql_text

LAKE = "registry"
"""The name under which a lake is attached; a release's file has the same, so that the same SQL reads both."""
METADATA = f"__ducklake_metadata_{LAKE}"
EXTRA = "lake"
S3 = "s3://"
NONE_THERE = "Existing DuckLake at"
"""DuckDB's words where there is no lake and none may be made."""
SMALL = {"parquet_compression": "zstd", "parquet_compression_level": "9"}
"""How a lake's files are written; DuckLake keeps it in the catalogue. Its lists of deleted rows stay as they were."""


@contextmanager
def connected(address: Address, config: dict) -> Iterator[duckdb.DuckDBPyConnection]:
    """Provide a connection that knows how to reach the lake, which is not attached yet."""
    files = extension_files(EXTENSIONS[address.kind], EXTRA)
    with closing(duckdb.connect(config=config)) as con, in_words(address):
        con.execute("SET enable_progress_bar = false")
        make_results_whole(con)
        for file in files:
            con.execute(f"LOAD {sql_text(str(file))}")
        if address.kind == POSTGRES and address.password:
            con.execute(f"CREATE SECRET (TYPE postgres, PASSWORD {sql_text(address.password)})")
        give_keys(con, "lake_files")
        yield con


@contextmanager
def open_lake(
    address: Address, scratch: Path, data_path: str = "", is_encrypted: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the lake for writing, as LAKE. If there is none it is made, with its files at `data_path`.

    LakeRefused if it cannot be reached, or stands elsewhere or otherwise than said.
    """
    with connected(address, settings(scratch)) as con:
        if address.kind != POSTGRES and not Path(address.place).exists():
            _make(con, address, data_path, is_encrypted)
            con.execute(f"DETACH {LAKE}")
        try:
            attach(con, address, "CREATE_IF_NOT_EXISTS false", *_options(data_path))
        except duckdb.Error as error:
            if NONE_THERE not in str(error):
                raise
            _make(con, address, data_path, is_encrypted)
        if (found := is_lake_encrypted(con)) != is_encrypted:
            raise LakeRefused(
                f"The lake {address} is {'' if found else 'not '}encrypted, and registry.toml says otherwise.",
                f"Write encrypted = {str(found).lower()}, or let `registry migrate` fill another lake.",
            )
        for name, value in SMALL.items():
            if metadata(con, name) != value:
                con.execute(f"CALL {LAKE}.set_option('{name}', '{value}')")
        yield con


def attach(con: duckdb.DuckDBPyConnection, address: Address, *options: str) -> None:
    """Attach the lake as LAKE."""
    kind = "" if address.kind == DUCKDB else f"{address.kind}:"
    place = sql_text(f"ducklake:{kind}{address.place}")
    con.execute(f"ATTACH {place} AS {LAKE} ({', '.join(('DATA_INLINING_ROW_LIMIT 0', *options))})")


def _options(data_path: str) -> list[str]:
    return [f"DATA_PATH {sql_text(as_folder(data_path))}"] if data_path else []


def as_folder(data_path: str) -> str:
    """Return the path as a lake's catalogue keeps it."""
    return data_path.rstrip("/") + "/"


def _make(con: duckdb.DuckDBPyConnection, address: Address, data_path: str, is_encrypted: bool) -> None:
    if not data_path:
        raise LakeRefused(
            f"There is no lake at {address}, and registry.toml does not say where its files should go.",
            'Write data_path = "/srv/lake/files" or data_path = "s3://bucket/registry" into registry.toml in the home.',
        )
    with private_files():
        if not data_path.startswith(S3):
            folder_is_there(data_path)
        if address.kind != POSTGRES:
            Path(address.place).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        attach(con, address, *_options(data_path), *(["ENCRYPTED"] if is_encrypted else []))


def folder_is_there(data_path: str) -> None:
    """Make the folder if it is not there. LakeRefused if that cannot be done."""
    try:
        Path(data_path).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise LakeRefused(
            f"data_path cannot be made a folder ({error.strerror}): {data_path}",
            "Create it, or correct its rights or data_path in registry.toml.",
        ) from None


def metadata(con: duckdb.DuckDBPyConnection, key: str) -> str:
    """Return what the catalogue says of itself under this key; '' if nothing."""
    row = con.execute(
        f"SELECT value FROM {METADATA}.ducklake_metadata WHERE key = ? AND scope IS NULL",  # noqa: S608 (own name)
        [key],
    ).fetchone()
    return str(row[0]) if row else ""


def is_lake_encrypted(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the lake's files are encrypted."""
    return metadata(con, "encrypted") == "true"


def give_keys(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Give DuckDB the object store's keys of the environment as a secret of this name; return whether there are any."""
    if keys := _keys(os.environ):
        con.execute(f"CREATE OR REPLACE SECRET {name} (TYPE s3, {keys})")
    return bool(keys)


def _keys(environment: Mapping[str, str]) -> str:
    """Return the object store's keys and address as options of a secret, from the variables that such tools share."""
    if not environment.get("AWS_ACCESS_KEY_ID"):
        return ""
    given = {
        "KEY_ID": environment["AWS_ACCESS_KEY_ID"],
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "SESSION_TOKEN": environment.get("AWS_SESSION_TOKEN", ""),
        "REGION": environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
    }
    options = [f"{name} {sql_text(value)}" for name, value in given.items() if value]
    if address := environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL"):
        uri = urlsplit(address)
        is_tls = str(uri.scheme != "http").lower()
        options += [f"ENDPOINT {sql_text(uri.netloc or uri.path)}", "URL_STYLE 'path'", f"USE_SSL {is_tls}"]
    return ", ".join(options)
