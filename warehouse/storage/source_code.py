"""Which code makes the tables: its hash and its version.

What belongs here: fingerprints of the code. What does not: inputs (provenance.py).
"""

import hashlib
import platform
from functools import cache
from importlib import metadata
from pathlib import Path

import duckdb

PACKAGE = "ablation-registry"
ROOMS = ("schemas", "warehouse", "analysis", "workflows", "assets")
"""The rooms whose code decides what a table holds."""
LIBRARIES = ("polars", "pandera", "pyarrow")
"""The libraries that rows go through beside DuckDB."""

ANALYSED_WITH = ("numpy", "pandas", "scipy", "lifelines", "surpyval", "statsmodels", "firthmodels", "matplotlib")
"""The libraries that estimates and figures come from beside own code."""


@cache
def analysed_with() -> dict[str, str]:
    """What the analyses are made with: name -> version, Python first."""
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in ANALYSED_WITH}


@cache
def source_hash() -> str:
    """SHA-256 over the source files (Python, SQL, templates) of the rooms."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for room in ROOMS:
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".py", ".sql", ".html", ".css"):
                digest.update(f"{path.relative_to(root).as_posix()}\n".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


@cache
def making_code() -> str:
    """What rows made by the same code share: SHA-256 of the source and of the libraries' versions.

    DuckDB's is among them, since its row hashes are stable within a version only.
    """
    libraries = [f"{name} {metadata.version(name)}" for name in LIBRARIES]
    return hashlib.sha256("\n".join([source_hash(), duckdb.__version__, *libraries]).encode()).hexdigest()


def code_version() -> str:
    """The installed version of the project."""
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "not installed"
