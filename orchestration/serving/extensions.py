"""Names DuckDB's extensions that the server needs."""

from pathlib import Path

from warehouse.storage import extensions

NEEDED = ("httpfs", "quack")
"""In the order of loading: without httpfs loaded first, quack answers every client with HTTP 500."""


def extension_files() -> list[Path]:
    """Return the files of the extensions. RegistryError if one is not installed for this version of DuckDB."""
    return extensions.extension_files(NEEDED, "serve")
