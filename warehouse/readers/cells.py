"""Matches a file's header to the canonical columns by name, and trims white space from cells."""

from pathlib import Path

from schemas.export import Export
from warehouse.readers import refusals
from warehouse.readers.identifiers import cell_of
from warehouse.storage.sql_files import sql_text

WHITE_SPACE = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\ufeff"


def header_places(export: Export, header: list[str], path: Path | None = None) -> dict[str, int]:
    """Return the position in the file of each canonical column. Names are compared trimmed and without regard to case;
    a column that is not there by its own name may be there by another that the export knows.

    Raises DeliveryRejected if a canonical column occurs twice or a required one is missing; `path` is the file, which
    the refusal examines for the cause.
    """
    places: dict[str, int] = {}
    for position, name in enumerate(header):
        canonical = name.strip(WHITE_SPACE).lower()
        if canonical in export.column_names:
            if canonical in places:
                raise refusals.stands_twice(canonical)
            places[canonical] = position
    names = [name.strip(WHITE_SPACE).lower() for name in header]
    for column in export.columns:
        found = [names.index(other) for other in column.also_named if names.count(other) == 1]
        if column.name not in places and found:
            places[column.name] = found[0]
    missing = [c.name for c in export.columns if c.required and c.name not in places]
    if missing:
        raise refusals.lacks(export, header, missing, path)
    return places


def unknown_names(header: list[str], known: set[int]) -> dict[int, str]:
    """Return the names of unknown columns by position; names are made unique without regard to case."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for position, name in enumerate(header):
        if position in known:
            continue
        name = name.strip(WHITE_SPACE) or f"column {position + 1}"
        while name.lower() in taken:
            name = f"{name} (column {position + 1})"
        taken.add(name.lower())
        names[position] = name
    return names


def trim_sql(cell: str) -> str:
    """Return SQL for a cell without white space at its ends, null if nothing is left.

    Nearly all cells begin and end with visible ASCII: this test costs a fifth of trimming a set of characters.
    """
    return (
        f"CASE WHEN {cell} BETWEEN '!' AND '~' AND NOT regexp_matches({cell}, '[^!-~]$') THEN {cell} "
        f"ELSE nullif(trim({cell}, {sql_text(WHITE_SPACE)}), '') END"
    )


def patient_cell(export: Export, header: list[str]) -> str:
    """Return SQL for a source's patient_id as it is stored in the raw tables."""
    return cell_of(export, "patient_id", trim_sql(f"c{header_places(export, header)['patient_id']}"))
