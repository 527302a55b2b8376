"""Finds DuckDB's own extensions among the installed packages, so that a server without a network can load them.

DuckDB checks the signature of each file when it loads it, whoever packaged it.
"""

from importlib.util import find_spec
from pathlib import Path

from warehouse.storage.errors import RegistryError

NEEDED = ("httpfs", "quack")
"""In the order of loading: without httpfs loaded first, quack answers every client with HTTP 500."""


def extension_files() -> list[Path]:
    """Return the files of the extensions. RegistryError if one is not installed for this version of DuckDB."""
    import duckdb

    return [_file(name, f"v{duckdb.__version__}") for name in NEEDED]


def _file(name: str, version: str) -> Path:
    package = f"duckdb_extension_{name}"
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / "extensions" / version / f"{name}.duckdb_extension"
        if file.exists():
            return file
    raise RegistryError(
        f"DuckDB's extension {name} is not installed for DuckDB {version}.",
        "Install it with `pip install '.[serve]'` in the registry's environment.",
    )
