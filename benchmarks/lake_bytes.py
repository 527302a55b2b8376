"""Says which tables' bytes a lake's releases take: what the first wrote, and what each later one added.

Run it on a lake that is there: `REGISTRY_WAREHOUSE=... python -m benchmarks.lake_bytes HOME`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from warehouse.lake.address import lake_address
from warehouse.lake.books import releases_in
from warehouse.lake.connection import METADATA
from warehouse.lake.state import lake_of
from warehouse.storage.home import Home

SHOWN = 14
"""Tables that are shown by themselves."""


def bytes_by_table(con: Any) -> str:
    """Return a table, in Markdown, of kilobytes by table: the first release's files, and by later release the mean of
    the rows and of the lists of deleted rows that it added. Files that upkeep has replaced do not count.
    """
    snapshots = [one.snapshot for one in releases_in(con)]
    later = max(1, len(snapshots) - 1)
    rows = con.execute(
        f"""
        WITH files AS (
            SELECT table_id, begin_snapshot, file_size_bytes AS b, 'rows' AS kind FROM {METADATA}.ducklake_data_file
            UNION ALL
            SELECT table_id, begin_snapshot, file_size_bytes, 'deleted' FROM {METADATA}.ducklake_delete_file
        ), names AS (
            SELECT DISTINCT table_id, schema_name || '.' || table_name AS name
            FROM {METADATA}.ducklake_table JOIN {METADATA}.ducklake_schema USING (schema_id)
        )
        SELECT name, coalesce(sum(b) FILTER (begin_snapshot <= {snapshots[0]}), 0) AS first,
            coalesce(sum(b) FILTER (kind = 'rows' AND begin_snapshot > {snapshots[0]}), 0) / {later} AS added,
            coalesce(sum(b) FILTER (kind = 'deleted' AND begin_snapshot > {snapshots[0]}), 0) / {later} AS deleted,
            count(*) FILTER (begin_snapshot > {snapshots[0]}) / {later} AS n
        FROM files JOIN names USING (table_id) GROUP BY name ORDER BY added + deleted DESC, first DESC, name
        """
    ).fetchall()
    shown, rest = rows[:SHOWN], rows[SHOWN:]
    sums = [(f"{len(rest)} others", *(sum(row[place] for row in rest) for place in range(1, 5)))]
    sums.append(("all", *(sum(row[place] for row in rows) for place in range(1, 5))))
    lines = ["| table, kB | first release | rows a later one adds | lists of deleted rows | files |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for name, first, added, deleted, n in [*shown, *sums]:
        lines.append(f"| {name} | {first / 1e3:,.1f} | {added / 1e3:,.1f} | {deleted / 1e3:,.1f} | {n:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("home", type=Path, help="the home whose registry.toml names the lake's files")
    address = lake_address()
    if address is None:
        raise SystemExit("REGISTRY_WAREHOUSE names no lake.")
    with lake_of(Home(parser.parse_args().home), address) as lake:
        print(bytes_by_table(lake))
