"""Erases a patient's identifiers from Dagster's storage on a PostgreSQL server.

It does for a server's tables what warehouse/erasure/erase_from_run_history.py does for SQLite files. The server's own
backups and its write-ahead log are its administrator's responsibility.
"""

from collections.abc import Iterable

from warehouse.erasure.erase_from_run_history import cleaned, patterns_of
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home


def erase_from_server(home: Home, ids: Iterable[str]) -> int:
    """Remove the identifiers from every text that the server keeps for this home, and return how many texts were
    changed because they named a patient or held a picture; 0 if the runs are stored in files. Tables with changed texts
    are rewritten (VACUUM FULL), so that no old row remains. RegistryError if the server cannot be reached.
    """
    file = home.dagster / "dagster.yaml"
    if not file.exists() or "postgres" not in file.read_text(encoding="utf-8"):
        return 0
    from dagster_postgres.utils import DagsterPostgresException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        address = _address(home)
        return _erase(address, ids) if address else 0
    except (SQLAlchemyError, DagsterPostgresException) as error:
        raise RegistryError(
            f"Dagster's PostgreSQL server could not be cleaned ({type(error).__name__}).",
            "Start the server; the next `registry refresh` or `registry forget` finishes the erasure.",
        ) from None


def _erase(address: str, ids: Iterable[str]) -> int:
    from dagster._core.storage.event_log.schema import SqlEventLogStorageMetadata
    from dagster._core.storage.runs.schema import RunStorageSqlMetadata
    from dagster._core.storage.schedules.schema import ScheduleStorageSqlMetadata
    from sqlalchemy import create_engine, inspect, text

    kept = (RunStorageSqlMetadata, SqlEventLogStorageMetadata, ScheduleStorageSqlMetadata)
    dagsters = {name for metadata in kept for name in metadata.tables}  # other tables in the database are not ours
    patterns, n = patterns_of(ids), 0
    engine = create_engine(address)
    quote = engine.dialect.identifier_preparer.quote
    with engine.connect() as reading:
        tables = {
            table: [column["name"] for column in inspect(reading).get_columns(table) if _is_text(column)]
            for table in sorted(dagsters & set(inspect(reading).get_table_names()))
        }
    for table, columns in tables.items():
        n_here = 0
        with engine.begin() as con:
            for column in columns:
                rows = con.execute(text(f"SELECT ctid::text, {quote(column)} FROM {quote(table)}"))  # noqa: S608
                changes = [{"at": at, "new": new} for at, old in rows if old and (new := cleaned(old, patterns)) != old]
                for change in changes:
                    con.execute(
                        text(f"UPDATE {quote(table)} SET {quote(column)} = :new WHERE ctid = :at ::tid"),  # noqa: S608
                        change,
                    )
                n_here += len(changes)
        if n_here:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as con:
                con.execute(text(f"VACUUM FULL {quote(table)}"))
        n += n_here
    engine.dispose()
    return n


def _is_text(column) -> bool:
    return str(column["type"]).upper().startswith(("TEXT", "VARCHAR"))


def _address(home: Home) -> str:
    """The server's address, according to dagster.yaml; '' if the runs are stored elsewhere."""
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home.dagster)) as instance:
        return getattr(instance.run_storage, "postgres_url", "")
