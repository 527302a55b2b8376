"""Finds DuckDB's own extensions among the installed packages, so that a machine without a network can load them.

DuckDB checks the signature of each file when it loads it, whoever packaged it, and loads only what was built for it.
"""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from warehouse.storage.errors import RegistryError


def extension_files(names: Iterable[str], extra: str) -> list[Path]:
    """Return the files of the extensions in this order. RegistryError if one is not installed for this DuckDB; `extra`
    names the project's extra that brings them.
    """
    import duckdb

    return [_file(name, f"v{duckdb.__version__}", extra) for name in names]


def _file(name: str, version: str, extra: str) -> Path:
    package = f"duckdb_extension_{name}"
    spec = find_spec(package)
    others: set[str] = set()
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        file = Path(folder) / "extensions" / version / f"{name}.duckdb_extension"
        if file.exists():
            return file
        others |= {found.parent.name for found in (Path(folder) / "extensions").glob(f"*/{name}.duckdb_extension")}
    built_for = f", but for {', '.join(sorted(others))}" if others else ""
    raise RegistryError(
        f"DuckDB's extension {name} is not installed for DuckDB {version}{built_for}.",
        f"Install it with `pip install '.[{extra}]'` in the registry's environment.",
    )
