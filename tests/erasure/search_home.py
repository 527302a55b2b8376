"""Searches a home for words, in the bytes of files (unpacked if they are compressed) and in the cells of databases."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.storage.home import Home


def unpacked(path: Path) -> bytes:
    """The file's bytes, unpacked if it is compressed."""
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            return b"\n".join(parts.read(name) for name in parts.namelist())
    data = path.read_bytes()
    if path.suffix != ".zst":
        return data
    with pa.CompressedInputStream(io.BytesIO(data), "zstd") as stream:
        return stream.read()


def files_with(folder: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """File in the folder -> which of the words its bytes hold, in upper or lower case."""
    wanted = [word.lower() for word in words]
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink()):
        data = unpacked(path).lower()
        if held := [word for word in wanted if word.encode() in data or word.encode("utf-16-le") in data]:
            found[path.relative_to(folder).as_posix()] = held
    return found


def below_home(home: Home, words: Iterable[str]) -> dict[str, list[str]]:
    """The same for everything in the home except landing/, which belongs to the sites."""
    found = files_with(home.root, words)
    return {name: held for name, held in found.items() if not name.startswith("landing/")}


def cells_with(database: Path, words: Iterable[str]) -> dict[str, list[str]]:
    """Table of the DuckDB file -> which of the words its cells hold as text."""
    found: dict[str, list[str]] = {}
    with duckdb.connect(str(database), read_only=True) as con:
        tables = con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            for word in words:
                sql = f"SELECT count(*) FROM {table} t WHERE contains(lower(to_json(t)::VARCHAR), lower(?))"
                if con.execute(sql, [word]).fetchone() != (0,):
                    found.setdefault(table, []).append(word)
    return found
