"""Headers and cells of a delivered file: canonical columns by name, unknown ones, white space trimmed."""

from pathlib import Path

from schemas.export import Export
from warehouse.readers import refusals
from warehouse.readers.identifiers import cell_of
from warehouse.storage.sql_files import sql_text

WHITE_SPACE = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\ufeff"


def header_places(export: Export, header: list[str], path: Path | None = None) -> dict[str, int]:
    """Canonical column -> position in the file. Names are compared trimmed and without regard to case.

    Raises DeliveryRejected where a canonical column stands twice or a required one is missing; `path` is the file, in
    which the words look for what is wrong.
    """
    places: dict[str, int] = {}
    for position, name in enumerate(header):
        canonical = name.strip(WHITE_SPACE).lower()
        if canonical in export.column_names:
            if canonical in places:
                raise refusals.stands_twice(canonical)
            places[canonical] = position
    missing = [c.name for c in export.columns if c.required and c.name not in places]
    if missing:
        raise refusals.lacks(export, header, missing, path)
    return places


def unknown_names(header: list[str], known: set[int]) -> dict[int, str]:
    """Position -> name of the columns that the export does not know; each name once, without regard to case."""
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
    """SQL of a cell without white space at its edges, null where nothing is left.

    Nearly all cells begin and end with visible ASCII: that test costs a fifth of trimming a set of characters.
    """
    return (
        f"CASE WHEN {cell} BETWEEN '!' AND '~' AND NOT regexp_matches({cell}, '[^!-~]$') THEN {cell} "
        f"ELSE nullif(trim({cell}, {sql_text(WHITE_SPACE)}), '') END"
    )


def patient_cell(export: Export, header: list[str]) -> str:
    """SQL of a source's patient_id as the raw tables hold it."""
    return cell_of(export, "patient_id", trim_sql(f"c{header_places(export, header)['patient_id']}"))
