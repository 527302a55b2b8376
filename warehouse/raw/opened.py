"""Opens a delivery for loading: the file with its own canonical columns, or as its site's mapping says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.archive.arrivals import Arrival
from warehouse.readers import refusals
from warehouse.readers.cells import header_places
from warehouse.readers.open_file import open_source
from warehouse.readers.reading import AS_USUAL, Reading
from warehouse.readers.redacted import open_kept
from warehouse.readers.rejecting import rejecting
from warehouse.readers.source import Source
from warehouse.sources.deliveries import Delivery
from warehouse.storage.errors import BeyondHeader


@dataclass(frozen=True)
class Opened:
    """A delivery that can be loaded. `slots`, `origins` and `lacking` are those of the mapping, empty without
    one.

    `lines` is SQL of every delivered row with the reason why it is not of the export, None where all rows are. `gone`
    has the rows that the site's filter (where) leaves out, None without one.
    """

    source: Source
    slots: tuple[str, ...] = ()
    origins: Mapping[str, str] = field(default_factory=dict)
    lines: str | None = None
    gone: Source | None = None
    lacking: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def left_out(self, con: duckdb.DuckDBPyConnection, n_rows: int) -> dict[str, int]:
        """Return the number of delivered rows that are not of the export, by reason.

        `n_rows` were read. Raises DeliveryRejected if the two together are not all rows of the file.
        """
        if self.lines is None or (not self.slots and n_rows == self.source.n_records):
            self.source.check_count(n_rows)
            return {}
        with rejecting():
            sql = f"SELECT reason, count(*) FROM {self.lines} GROUP BY reason ORDER BY reason"  # noqa: S608 (own SQL)
            counts = dict(con.execute(sql).fetchall())
        self.source.check_count(sum(counts.values()))
        return {reason: n for reason, n in counts.items() if reason is not None}


def open_delivery(
    con: duckdb.DuckDBPyConnection,
    path: Path,
    arrival: Arrival,
    dictionaries: Mapping[str, str],
    narrow: Callable[[Reading, Source], Source] | None = None,
) -> Opened:
    """Open the file at `path`. With `narrow`, only those of its rows count that `narrow` leaves in a source.

    Raises DeliveryRejected if it is no delivery of its export.
    """
    if isinstance(arrival, Delivery):
        from warehouse.sources.open_mapped import open_mapped

        mapped = open_mapped(con, path, arrival, dictionaries, narrow)
        lines = mapped.lines if mapped.leaves_out or mapped.slots else None
        return Opened(mapped.source, mapped.slots, mapped.origins, lines, mapped.gone, mapped.lacking)
    export = EXPORTS[arrival.export]
    try:
        source = open_kept(con, path) if arrival.tombstone else open_source(con, path)
    except BeyondHeader as rejection:
        raise refusals.below_titles(export, path) or rejection from None
    header_places(export, source.header, path)
    return Opened(source if narrow is None else narrow(AS_USUAL, source))
