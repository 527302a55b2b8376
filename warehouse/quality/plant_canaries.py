"""Plants the canaries as raw rows, deliveries and versions in an empty database.

Each canary has its own site, so that canaries cannot affect each other; all use the same identifiers, so that a rule
that ignores the site is caught.
"""

from collections.abc import Iterable, Iterator, Sequence

import duckdb
import polars as pl

from schemas.canary import EXTRACT_DATE, Canary
from schemas.exports import EXPORTS
from warehouse.clean.clean import find_versions
from warehouse.raw import tables
from warehouse.readers.cells import trim_sql as trimmed_cell
from warehouse.readers.identifiers import cell_of
from warehouse.storage.connection import create_schemas
from warehouse.storage.pseudonym_key import leave_dates

Place = tuple[str, str, int, int]
"""site, export, delivery (1 or 2), line"""
FORMS = list(
    dict.fromkeys(cell_of(export, name, "cell") for export in EXPORTS.values() for name in export.column_names)
)
"""SQL of a trimmed cell as it is stored: few, since columns of one kind share it."""


def site_of(number: int) -> str:
    """Return the made-up site of the canary with this number."""
    return f"canary-{number + 1:04d}"


def places(canaries: Sequence[Canary]) -> Iterator[tuple[Canary, Place, dict[str, str], bool]]:
    """Yield each planted row: its canary, its place, its cells, and whether it must be found."""
    for number, canary in enumerate(canaries):
        site, lines = site_of(number), dict[tuple[str, int], int]()
        for planted in canary.rows:
            line = lines[planted.export, planted.delivery] = lines.get((planted.export, planted.delivery), 0) + 1
            yield canary, (site, planted.export, planted.delivery, line), planted.cells, planted.is_bad


def plant(con: duckdb.DuckDBPyConnection, canaries: Sequence[Canary]) -> None:
    """Write the raw rows, deliveries and versions of the canaries into an empty database."""
    leave_dates(con)
    create_schemas(con)
    tables.create_tables(con)
    rows = list(places(canaries))
    numbers: dict[tuple[str, str, int], int] = {}
    for _, (site, name, delivery, _), _, _ in rows:
        numbers.setdefault((site, name, delivery), len(numbers) + 1)
    _record_deliveries(con, numbers)
    stored = _stored(con, {text for _, _, texts, _ in rows for text in texts.values()})
    for export in EXPORTS.values():
        forms = [(name, FORMS.index(cell_of(export, name, "cell"))) for name in export.column_names]
        cells = [
            (numbers[place[:3]], place[3], place[0], *(stored[texts.get(name)][form] for name, form in forms))
            for _, place, texts, _ in rows
            if place[1] == export.name
        ]
        kinds = dict.fromkeys(("load_no", "line"), pl.Int64) | dict.fromkeys(("site", *export.column_names), pl.String)
        con.register("planted", pl.DataFrame(cells, kinds, orient="row").to_arrow())
        con.execute(
            f"INSERT INTO raw.{export.name} "  # noqa: S608 (identifiers from the contract)
            f"SELECT (load_no << {tables.LINE_BITS}) + line, site, {tables.key_hash(export)}, "
            f"{', '.join(export.column_names)}, NULL, NULL FROM planted"
        )
        con.unregister("planted")
    find_versions(con, {})


def _stored(con: duckdb.DuckDBPyConnection, texts: Iterable[str]) -> dict[str | None, tuple[str | None, ...]]:
    """Return how each text is stored in the raw tables, in each of FORMS: by the SQL with which a file is read."""
    con.register("texts", pl.DataFrame({"text": list(texts)}, {"text": pl.String}).to_arrow())
    rows = con.execute(
        f"SELECT text, {', '.join(FORMS)} FROM (SELECT text, {trimmed_cell('text')} AS cell FROM texts)"  # noqa: S608
    ).fetchall()
    con.unregister("texts")
    nothing: tuple[str | None, ...] = (None,) * len(FORMS)
    return {None: nothing} | {text: tuple(forms) for text, *forms in rows}


def _record_deliveries(con: duckdb.DuckDBPyConnection, numbers: dict[tuple[str, str, int], int]) -> None:
    placed = [(number, site, export, str(delivery)) for (site, export, delivery), number in numbers.items()]
    con.register("placed", pl.DataFrame(placed, ["load_no", "site", "export", "delivery"], orient="row").to_arrow())
    con.execute(
        "INSERT INTO meta.deliveries (load_no, load_id, site, export, delivery, file_name, arrived_at, extract_date, "
        "status, rows_received) SELECT load_no, load_no, site, export, delivery, delivery, ?, ?, 'accepted', 0 "
        "FROM placed",
        [EXTRACT_DATE, EXTRACT_DATE],
    )
    con.unregister("placed")
