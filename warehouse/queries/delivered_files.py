"""Says where the file of a delivery lies in landing/.

A delivery is named by site, export and name. The file of one that a mapping reads lies in a folder of its own, and a
row that an answer corrected belongs to the answered sheet: neither lies in a folder of the export's name.
"""

from collections.abc import Sequence

import duckdb

from schemas.exports import ANSWERS

Place = tuple[str, str, str]
"""site, export, delivery"""


def folders_of(con: duckdb.DuckDBPyConnection, where: str, deliveries: Sequence[str]) -> dict[Place, str]:
    """Return the folder of each load of these names; `where` is '' or a catalogue and a dot."""
    names = [name for name, *_ in con.execute(f"DESCRIBE {where}meta.loads").fetchall()]
    folder = "folder" if "folder" in names else "export"  # an early release does not say
    rows = con.execute(
        f"SELECT DISTINCT site, export, delivery, {folder} FROM {where}meta.loads WHERE list_contains(?, delivery)",  # noqa: S608
        [list(deliveries)],
    ).fetchall()
    return {(site, export, delivery): of_load for site, export, delivery, of_load in rows}


def file_of(folders: dict[Place, str], site: str, export: str, delivery: str) -> str:
    """Return where the file lies: in the folder of that load, or of an answered sheet of its name."""
    folder = folders.get((site, export, delivery)) or folders.get((site, ANSWERS, delivery)) or export
    return file_in(site, folder, export, delivery)


def file_in(site: str, folder: str, export: str, delivery: str) -> str:
    """Return site/folder/name of the file, and the export behind it where the folder does not tell it.

    >>> file_in("north", "answers", "patients", "a.xlsx"), file_in("north", "redcap", "patients", "a.csv")
    ('north/answers/a.xlsx', 'north/redcap/a.csv (patients)')
    """
    path = f"{site}/{folder}/{delivery.removeprefix(f'{folder}/')}"
    return path if folder in (export, ANSWERS) else f"{path} ({export})"
