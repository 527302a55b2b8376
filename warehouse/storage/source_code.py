"""Identifies the code that makes the tables, by its hash and its version."""

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb

from schemas.published_files import COMPARED, path_of

PACKAGE = "ablation-registry"
ROOMS = ("schemas", "warehouse", "analysis", "workflows", "assets")
"""The rooms whose code decides what a table contains."""
LIBRARIES = ("polars", "pandera", "pyarrow")
"""The libraries, besides DuckDB, through which rows pass."""

ANALYSED_WITH = ("numpy", "pandas", "scipy", "surpyval", "statsmodels", "firthmodels", "matplotlib")
"""The libraries, besides the project's own code, that make estimates and figures."""


@cache
def analysed_with() -> dict[str, str]:
    """Return the versions of Python and of the libraries that make the analyses, by name, Python first."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in ANALYSED_WITH}


@cache
def source_hash() -> str:
    """Return the SHA-256 over the source files (Python, SQL, templates) of the rooms, and the published figures that
    analyses compare.
    """
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".html", ".css"):
                digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    for name in COMPARED:
        digest.update(f"{name}\n".encode())
        digest.update(path_of(name).read_bytes())
    return digest.hexdigest()


@cache
def making_code() -> str:
    """Return the SHA-256 of the source and the libraries' versions, which is the same for rows made by the same code.

    DuckDB's version is included, since its row hashes are stable only within a version; so are those of the libraries
    that make the estimates, since another version may estimate otherwise.
    """
    libraries = [f"{name} {metadata.version(name)}" for name in (*LIBRARIES, *ANALYSED_WITH)]
    return hashlib.sha256("\n".join([source_hash(), duckdb.__version__, *libraries]).encode()).hexdigest()


def code_version() -> str:
    """Return the installed version of the project, or "not installed"."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "not installed"
