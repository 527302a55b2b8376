"""Turns the errors of a lake into one line and one cure. DuckDB's own text is not shown: it may quote the password."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.lake.address import POSTGRES, VARIABLE, Address
from warehouse.storage.errors import RegistryError


class LakeRefused(RegistryError):
    """A lake cannot be reached, read or written as it is."""


KNOWN: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        ("No snapshot found at version",),
        "The release that was open is no longer in the lake {lake}: its upkeep has removed it meanwhile.",
        "Open the newest release, or have the one that you need pinned (`registry pin`).",
    ),
    (
        ("No space left on device", "Disk quota exceeded"),
        "There is no room where the lake {lake} keeps its files.",
        "Free some there; the next `registry refresh` publishes what is missing.",
    ),
    (
        ("Existing DuckLake at", "in read-only mode: database does not exist"),
        "There is no lake at {lake} yet.",
        f"Correct {VARIABLE}, or run `registry refresh` where the registry is made.",
    ),
    (
        ("certificate verify failed",),
        "No authority that this machine knows has signed the certificate of the server {lake}.",
        f"Name the authority's certificate with sslrootcert=/path/ca.pem in {VARIABLE}.",
    ),
    (
        ("does not match host name",),
        "The server {lake} shows the certificate of another host.",
        f"Write host= in {VARIABLE} as the certificate names it; otherwise do not connect.",
    ),
    (
        ("server does not support SSL",),
        "The server {lake} does not encrypt connections, and sslmode asks for it.",
        "Turn TLS on at the server: ssl = on, ssl_cert_file and ssl_key_file in postgresql.conf.",
    ),
    (
        ("root certificate file",),
        "The certificate that sslrootcert names for {lake} is not there, or is none.",
        f"Correct the path of sslrootcert in {VARIABLE}.",
    ),
    (
        ("FATAL:  database ",),
        "The server has no such database: {lake}.",
        f"Create it (createdb), or correct dbname in {VARIABLE}.",
    ),
    (
        ("password authentication failed", "no password supplied", "no pg_hba.conf entry", "role "),
        "The server does not let this user into the catalogue {lake}.",
        f"Correct user and password in {VARIABLE}, PGPASSFILE or ~/.pgpass.",
    ),
    (
        ("permission denied for",),
        "This user may not read or write the catalogue {lake}.",
        "Grant the user the lake's role (docs/scale.md).",
    ),
    (
        ("does not match existing data path", "DATA_PATH parameter"),
        "The lake {lake} keeps its files elsewhere than data_path in registry.toml says.",
        "Correct data_path, or leave it out: the catalogue knows where its files are.",
    ),
    (
        ("Only DuckLake versions", "DuckLake version", "catalog version", "AUTOMATIC_MIGRATION"),
        "The catalogue {lake} has another version of the DuckLake format than this DuckDB writes.",
        "Install the same version of the registry wherever the lake is used.",
    ),
    (
        ("database is locked", "Could not set lock", "Conflicting lock", "could not set lock"),
        "Another process has the catalogue {lake} open.",
        "A catalogue in a file serves one process at a time: wait, or use one in PostgreSQL.",
    ),
    (
        ("HTTP 403", "Forbidden", "AccessDenied", "HTTP 401", "Permission denied", "InvalidAccessKeyId", "HTTP 400"),
        "The files of the lake {lake} may not be read or written with these rights.",
        "Give the registry's user, or the keys in AWS_ACCESS_KEY_ID, rights on data_path (docs/scale.md).",
    ),
    (
        ("NoSuchBucket", "HTTP 404", "No such file", "Could not establish connection", "Connection error"),
        "Files of the lake {lake} cannot be found.",
        "Check data_path, the shared folder or the object store, and AWS_ENDPOINT_URL.",
    ),
    (
        ("Transaction conflict", "transaction conflict", "write-write conflict", "could not serialize"),
        "Another process wrote to the lake {lake} at the same time; nothing of this was written.",
        "Run the command again, and let one home write to a lake.",
    ),
)
"""Words of DuckDB, PostgreSQL or an object store -> what is wrong, and its cure."""
AWAY = (
    *("Unable to connect", "Failed to connect", "Failed to open", "connection to server", "could not translate"),
    *("Cannot open file", "unable to open database file", "Cannot launch"),
    *("server closed the connection", "terminating connection", "no connection to the server", "SSL SYSCALL error"),
)
NOT_OURS = (duckdb.InterruptException, duckdb.OutOfMemoryException)
"""A signal, or a machine without memory: warehouse/storage/faults.py names these."""


@contextmanager
def in_words(address: Address) -> Iterator[None]:
    """Turn errors of DuckDB inside the block into LakeRefused."""
    try:
        yield
    except NOT_OURS:
        raise
    except duckdb.Error as error:
        raise refusal(address, error) from None


def refusal(address: Address, error: duckdb.Error) -> LakeRefused:
    """Return what is wrong with the lake, and its cure."""
    text = str(error)
    for words, wrong, cure in KNOWN:
        if any(word in text for word in words):
            return LakeRefused(wrong.format(lake=address), cure)
    if any(word in text for word in AWAY):
        cure = "Start the server, or correct" if address.kind == POSTGRES else "Correct the path or its rights in"
        return LakeRefused(f"The catalogue {address} cannot be reached.", f"{cure} {VARIABLE}.")
    kind = type(error).__name__.removesuffix("Exception")
    return LakeRefused(f"The lake {address} could not be used ({kind}).", "`registry status` says how it stands.")
