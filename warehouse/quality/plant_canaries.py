"""Plants the canaries as raw rows, deliveries and history in an empty database.

Each canary has its own site, so that canaries cannot affect each other; all use the same identifiers, so that a rule
that ignores the site is caught.
"""

from collections.abc import Iterator, Sequence

import duckdb
import polars as pl

from schemas.canary import EXTRACT_DATE, Canary
from schemas.exports import EXPORTS
from warehouse.clean.clean import write_history
from warehouse.raw import tables
from warehouse.readers.cells import trim_sql as trimmed_cell
from warehouse.readers.identifiers import cell_of
from warehouse.storage.connection import create_schemas

Place = tuple[str, str, int, int]
"""site, export, delivery (1 or 2), line"""


def site_of(number: int) -> str:
    """Return the made-up site of the canary with this number."""
    return f"canary-{number + 1:04d}"


def places(canaries: Sequence[Canary]) -> Iterator[tuple[Canary, Place, dict[str, str], bool]]:
    """Yield each planted row: its canary, its place, its cells, and whether it must be found."""
    for number, canary in enumerate(canaries):
        lines: dict[tuple[str, int], int] = {}
        for planted in canary.rows:
            line = lines[planted.export, planted.delivery] = lines.get((planted.export, planted.delivery), 0) + 1
            place = (site_of(number), planted.export, planted.delivery, line)
            yield canary, place, planted.cells, planted.is_bad


def plant(con: duckdb.DuckDBPyConnection, canaries: Sequence[Canary]) -> None:
    """Write the raw rows, deliveries and history of the canaries into an empty database."""
    create_schemas(con)
    tables.create_tables(con)
    rows = list(places(canaries))
    numbers: dict[tuple[str, str, int], int] = {}
    for _, (site, name, delivery, _), _, _ in rows:
        numbers.setdefault((site, name, delivery), len(numbers) + 1)
    _record_deliveries(con, numbers)
    for export in EXPORTS.values():
        cells: dict[str, list] = {name: [] for name in ("load_no", "line", "site", *export.column_names)}
        for _, (site, name, delivery, line), texts, _ in rows:
            if name == export.name:
                cells["load_no"].append(numbers[site, name, delivery])
                cells["line"].append(line)
                cells["site"].append(site)
                for column in export.column_names:
                    cells[column].append(texts.get(column))
        columns = {name: pl.Int64 if name in ("load_no", "line") else pl.String for name in cells}
        con.register("planted", pl.DataFrame(cells, schema=columns).to_arrow())
        trimmed = ", ".join(f"{cell_of(export, name, trimmed_cell(name))} AS {name}" for name in export.column_names)
        con.execute(
            f"INSERT INTO raw.{export.name} "  # noqa: S608 (identifiers from the contract)
            f"SELECT (load_no << {tables.LINE_BITS}) + line, site, {tables.key_hash(export)}, "
            f"{', '.join(export.column_names)}, extra, NULL "
            f"FROM (SELECT load_no, line, site, {trimmed}, CAST(NULL AS VARCHAR) AS extra FROM planted)"
        )
        con.unregister("planted")
    write_history(con, {})


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
