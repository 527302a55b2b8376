"""Creates the raw tables, which hold every row of every delivery as text, and loads one arrival into them.

A row never changes once it is written. raw.<export>: row_id (row_numbers.py), site, key_hash, the canonical
columns as trimmed text (null where empty, or where the delivery lacks the column; identifiers by one rule for every
format, identifiers.py), extra (JSON of unknown columns), delivered_as (aliases.py). meta.deliveries: one row per
arrival, with the canonical columns that its header lacks. A site's corrections are rows of the load of its answers
(queries/apply_answers.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS
from schemas.header_names import shown_header
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.extract_date import extract_date
from warehouse.raw.aliases import DELIVERED_AS, NO_ALIASES, read_as, shifted_alike
from warehouse.raw.opened import Opened, open_delivery
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.readers import refusals
from warehouse.readers.cells import header_places, trim_sql, unknown_names
from warehouse.readers.identifiers import cell_of, gene_cell
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source
from warehouse.sources.deliveries import UNREAD, UNREAD_CURE, dictionaries_of, mapping_of
from warehouse.storage.connection import table_exists
from warehouse.storage.errors import DeliveryRejected
from warehouse.storage.hashing import columns_of
from warehouse.storage.sql_files import sql_text

FEW_COLUMNS = 100
"""Of unknown columns, up to which each is trimmed by an expression of its own: four times as fast as a list of them,
but DuckDB plans a thousand of them in seconds and ten thousand not within minutes."""
LATER = {
    "rows_erased": "BIGINT",
    "folder": "VARCHAR",
    "mapping": "VARCHAR",
    "slots": "VARCHAR[]",
    "origins": "MAP(VARCHAR, VARCHAR)",
    "left_out": "MAP(VARCHAR, BIGINT)",
    "lacking": "MAP(VARCHAR, BIGINT[])",
}
"""Columns of meta.deliveries that a build database made by an earlier version lacks."""


@dataclass(frozen=True)
class Loaded:
    """What is known of the rows of a delivery: how many were loaded, and what is to be said of them.

    `remark` says how the file was read, None for nothing. `unknown` and `missing` name columns; `slots`, `lacking`,
    `origins` and `left_out` are those of the mapping (opened.py), empty without one.
    """

    n_rows: int = 0
    remark: str | None = None
    unknown: Sequence[str] = ()
    missing: Sequence[str] = ()
    slots: Sequence[str] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    lacking: Mapping[str, Sequence[int]] = field(default_factory=dict)


NOTHING = Loaded()
"""What is known of a delivery of which no row is loaded."""


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the raw tables and meta.deliveries if they do not exist."""
    con.execute(
        "CREATE TABLE IF NOT EXISTS meta.deliveries (load_no INTEGER PRIMARY KEY, load_id VARCHAR, site VARCHAR, "
        "export VARCHAR, delivery VARCHAR, file_name VARCHAR, sha256 VARCHAR, size_bytes BIGINT, "
        "arrived_at VARCHAR, extract_date DATE, status VARCHAR, reason VARCHAR, rows_received BIGINT, "
        "unknown_columns VARCHAR[], missing_columns VARCHAR[])"
    )
    for name, kind in LATER.items():
        con.execute(f"ALTER TABLE meta.deliveries ADD COLUMN IF NOT EXISTS {name} {kind}")
    for export in EXPORTS.values():
        cells = ", ".join(f"{name} VARCHAR" for name in export.column_names)
        con.execute(
            f"CREATE TABLE IF NOT EXISTS raw.{export.name} "
            f"(row_id BIGINT, site VARCHAR, key_hash UBIGINT, {cells}, extra VARCHAR, {DELIVERED_AS} VARCHAR)"
        )
        for table in (export.name, f"{export.name}_held"):
            con.execute(f"ALTER TABLE IF EXISTS raw.{table} ADD COLUMN IF NOT EXISTS {DELIVERED_AS} VARCHAR")
        con.execute(
            f"CREATE TABLE IF NOT EXISTS raw.{export.name}_gone (load_no INTEGER, site VARCHAR, key_hash UBIGINT)"
        )


def drop_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Drop the raw tables and meta.deliveries, for a rebuild from the archive."""
    con.execute("DROP TABLE IF EXISTS meta.deliveries")
    for table in ("meta.delivery_rows", "meta.delivery_spreads", "meta.snapshot_steps"):
        con.execute(f"DROP TABLE IF EXISTS {table}")
    for name in EXPORTS:
        con.execute(f"DROP TABLE IF EXISTS raw.{name}")
        con.execute(f"DROP TABLE IF EXISTS raw.{name}_versions")
        con.execute(f"DROP TABLE IF EXISTS raw.{name}_inherited")
        con.execute(f"DROP TABLE IF EXISTS raw.{name}_held")
        con.execute(f"DROP TABLE IF EXISTS raw.{name}_gone")


def are_of_earlier_code(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the raw tables must be loaded again: the code that did so recorded no missing columns, or an
    export has columns today that it did not have, which files of then may hold.
    """
    if not table_exists(con, "meta", "deliveries"):
        return False
    held = ((export, dict(columns_of(con, "raw", export.name))) for export in EXPORTS.values())
    is_narrow = any(columns and not set(export.column_names) <= set(columns) for export, columns in held)
    return is_narrow or "missing_columns" not in dict(columns_of(con, "meta", "deliveries"))


def loaded_numbers(con: duckdb.DuckDBPyConnection) -> set[int]:
    """Return the load numbers in meta.deliveries."""
    return {n for (n,) in con.execute("SELECT load_no FROM meta.deliveries").fetchall()}


def load_arrival(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival) -> None:
    """Load one arrival in a transaction. A file that is refused is recorded as rejected."""

    def insert() -> Loaded:
        if arrival.export not in EXPORTS:
            raise DeliveryRejected(UNREAD, UNREAD_CURE)
        return _insert_rows(con, archive, arrival, EXPORTS[arrival.export])

    load_with(con, arrival, insert)


def load_with(con: duckdb.DuckDBPyConnection, arrival: Arrival, insert: Callable[[], Loaded]) -> None:
    """Record the arrival as accepted with what `insert` returns, or as rejected if it raises DeliveryRejected."""
    con.begin()
    try:
        loaded = insert()
        record(con, arrival, "accepted", loaded.remark, loaded)
        con.commit()
    except DeliveryRejected as rejection:
        con.rollback()
        record(con, arrival, "rejected", refusals.with_cure(rejection))
    except BaseException:
        con.rollback()
        raise


def _insert_rows(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival, export: Export) -> Loaded:
    with archive.plain(arrival) as path:
        opened = open_delivery(con, path, arrival, dictionaries_of(archive, arrival))
        rows, unknown = select_rows(export, opened.source, arrival, archive.aliases(arrival.site))
        with rejecting():
            row = con.execute(f"INSERT INTO raw.{export.name} {rows}").fetchone()
        facts = facts_of(con, export, opened, int(row[0]) if row else 0, unknown)
        if opened.gone is not None and facts.left_out:
            keys = gone_keys(export, opened.gone, arrival, archive.aliases(arrival.site))
            con.execute(f"INSERT INTO raw.{export.name}_gone {keys}")
        return facts


def facts_of(con: duckdb.DuckDBPyConnection, export: Export, opened: Opened, n_rows: int, unknown: list[str]) -> Loaded:
    """Return what is known of the `n_rows` rows that were read. Raises DeliveryRejected if the file has others."""
    left_out = opened.left_out(con, n_rows)
    missing = missing_columns(export, opened.source.header)
    remark, slots, origins = opened.source.remark or None, opened.slots, opened.origins
    return Loaded(n_rows, remark, unknown, missing, slots, origins, left_out, opened.lacking)


def missing_columns(export: Export, header: list[str]) -> list[str]:
    """Return the canonical columns that the header lacks, in the export's order; the delivery says nothing of them."""
    places = header_places(export, header)
    return [name for name in export.column_names if name not in places]


def select_rows(
    export: Export, source: Source, arrival: Arrival, aliases: Mapping[str, str] = NO_ALIASES
) -> tuple[str, list[str]]:
    """Return SQL for the raw rows, and the sorted names of unknown columns, in a form that may be published.

    `aliases` are patients' numbers that are read as others. Identifiers come from the contract's own list; names from
    the file are quoted. Raises DeliveryRejected if the header is unusable.
    """
    places = header_places(export, source.header)
    if nested := [name for name in places if source.header[places[name]] in source.nested]:
        raise refusals.holds_several(nested)
    unknown = unknown_names(source.header, set(places.values()))
    trimmed = (lambda cell: cell) if source.is_trimmed else trim_sql
    cells = ", ".join(
        f"{trimmed(f'c{places[name]}')} AS {name}" if name in places else f"CAST(NULL AS VARCHAR) AS {name}"
        for name in export.column_names
    )
    by_name = sorted((name.lower(), i) for i, name in unknown.items())  # so that their order does not matter
    extra = f"nullif(json_merge_patch('{{}}', {_as_json(by_name)}), '{{}}')" if by_name else "NULL"
    cells_read = ", ".join(f"{cell_of(export, name, name)} AS {name}" for name in export.column_names)
    trimmed_rows = f"SELECT {source.line} AS line, {cells}, CAST({extra} AS VARCHAR) AS extra FROM {source.relation}"  # noqa: S608
    rows = read_as(f"(SELECT line, {cells_read}, extra FROM ({trimmed_rows}))", aliases)  # noqa: S608 (own SQL)
    dates = [column.name for column in export.columns if column.kind == "date" and column.name in places]
    rows = shifted_alike(rows, dates, arrival.site, aliases)
    sql = f"""
        SELECT {arrival.load_no << LINE_BITS} + line AS row_id, {sql_text(arrival.site)} AS site,
               {key_hash(export)} AS key_hash,
               {", ".join(export.column_names)}, extra, {DELIVERED_AS}
        FROM {rows}
    """  # noqa: S608
    return sql, sorted(shown_header(name, position) for position, name in unknown.items())


def gone_keys(export: Export, gone: Source, arrival: Arrival, aliases: Mapping[str, str] = NO_ALIASES) -> str:
    """Return SQL of the keys of rows that a delivery shows outside its site's filter: load_no, site, key_hash."""
    rows, _ = select_rows(export, gone, arrival, aliases)
    has_key = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    return f"SELECT DISTINCT {arrival.load_no}, site, key_hash FROM ({rows}) WHERE {has_key}"  # noqa: S608 (own names)


def key_hash(export: Export) -> str:
    """Return SQL of the hash that all rows of a key share; a row without a key has the hash of its canonical cells."""
    key = ", ".join(key_part(name) for name in export.key)
    required = " AND ".join(f"{name} IS NOT NULL" for name in export.required_key)
    row_hash = ", ".join(comparable(export, name) for name in export.column_names)
    return f"CASE WHEN {required} THEN hash(site, {key}) ELSE hash(site, {row_hash}) END"


def _as_json(by_name: list[tuple[str, int]]) -> str:
    """Return SQL of a JSON object of the unknown columns' trimmed cells."""
    if len(by_name) <= FEW_COLUMNS:
        return "json_object(" + ", ".join(f"{sql_text(name)}, {trim_sql(f'c{i}')}" for name, i in by_name) + ")"
    names, cells = ", ".join(sql_text(name) for name, _ in by_name), ", ".join(f"c{i}" for _, i in by_name)
    return f"to_json(map([{names}], [{trim_sql('cell')} FOR cell IN [{cells}]]))"


def key_part(name: str) -> str:
    """Return SQL of a key column as keys are compared: genes by their symbol, so that K-RAS and kras are one key."""
    return gene_cell(name) if name == "gene" else name


def comparable(export: Export, name: str) -> str:
    """Return SQL of a cell as cells are compared: codes without regard to case, genes by their symbol."""
    if name == "gene":
        return f"lower({gene_cell(name)})"
    return f"lower({name})" if export.column(name).kind in ("code", "flag") else name


def record(
    con: duckdb.DuckDBPyConnection,
    arrival: Arrival,
    status: str,
    reason: str | None = None,
    loaded: Loaded = NOTHING,
) -> None:
    """Write the arrival into meta.deliveries, rejected with its reason, or accepted with what is to be said of it."""
    row = {
        "load_no": arrival.load_no,
        "load_id": arrival.load_id,
        "site": arrival.site,
        "export": arrival.export,
        "delivery": arrival.delivery,
        "file_name": arrival.file_name,
        "sha256": arrival.sha256,
        "size_bytes": arrival.size_bytes,
        "arrived_at": arrival.arrived_at,
        "extract_date": extract_date(arrival.file_name, arrival.arrived_at),
        "status": status,
        "reason": reason,
        "rows_received": loaded.n_rows,
        "unknown_columns": list(loaded.unknown),
        "rows_erased": arrival.tombstone.rows if arrival.tombstone else 0,
        "missing_columns": list(loaded.missing),
        "folder": arrival.folder,
        "mapping": mapping_of(arrival),
        "slots": list(loaded.slots),
        "origins": _as_map(loaded.origins),
        "left_out": _as_map(loaded.left_out),
        "lacking": _as_map(loaded.lacking),
    }
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    con.execute(f"INSERT INTO meta.deliveries ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608 (own names)


def _as_map(values: Mapping[str, object]) -> dict[str, list]:
    """Return a mapping in the form that DuckDB takes for a MAP."""
    return {"key": list(values), "value": list(values.values())}
