"""Decides which deliveries wait, and moves their rows between raw.<export> and raw.<export>_held.

suspicion.py says why a delivery waits. A delivery that waits does not count: it inherits and withdraws nothing, and
later deliveries are judged without it. Once confirmed, it counts at its place in the order of deliveries.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import duckdb

from schemas.exports import EXPORTS
from warehouse.held_deliveries import delivery_facts
from warehouse.held_deliveries.suspicion import (
    COLUMNS,
    Rows,
    Spread,
    is_ten_times_off,
    looks_like_centimetres,
    withdraws_much,
)
from warehouse.incremental import change_log
from warehouse.intake.site_config import SiteConfig

ACCEPTED, WAITING = "accepted", "waiting"
"""Status in meta.loads."""
NO_ROWS = Rows(0, 0, 0)
Say = Callable[[str], None]


@dataclass(frozen=True)
class Delivery:
    """A delivery with what is needed to judge it."""

    load_no: int
    site: str
    export: str
    delivery: str
    status: str
    reason: str | None


def hold_back(
    con: duckdb.DuckDBPyConnection,
    configs: Mapping[str, SiteConfig],
    confirmed: Collection[int],
    say: Say = lambda _: None,
) -> None:
    """Hold back the deliveries that must wait, and let in those that no longer need to wait.

    `confirmed` holds the load numbers of the deliveries that somebody has confirmed.
    """
    delivery_facts.create(con)
    deliveries = _deliveries(con)
    counted = delivery_facts.counted_loads(con)
    for one in deliveries:
        if one.load_no not in counted:
            delivery_facts.count(con, one.load_no, EXPORTS[one.export])
    rows, spreads = delivery_facts.rows_of(con), delivery_facts.spreads_of(con)
    for (site, export), of_export in groupby(deliveries, key=lambda one: (one.site, one.export)):
        config = configs.get(site, SiteConfig())
        for one, reason in _judged(con, list(of_export), config, rows, spreads, confirmed):
            if reason is not None and one.reason != reason:
                say(f"holding {site}/{export}/{one.delivery} back")
                _hold(con, one, reason)
            elif reason is None and one.status == WAITING:
                _let_in(con, one)


def _deliveries(con: duckdb.DuckDBPyConnection) -> list[Delivery]:
    """Return the readable deliveries, in order within each site and export."""
    rows = con.execute(
        "SELECT load_no, site, export, delivery, status, reason FROM meta.deliveries "
        "WHERE status IN (?, ?) AND list_contains(?, export) ORDER BY site, export, file_name, load_no",
        [ACCEPTED, WAITING, list(EXPORTS)],
    ).fetchall()
    return [Delivery(*row) for row in rows]


def _judged(
    con: duckdb.DuckDBPyConnection,
    deliveries: list[Delivery],
    config: SiteConfig,
    rows: Mapping[int, Rows],
    spreads: Mapping[int, Mapping[str, Spread]],
    confirmed: Collection[int],
) -> Iterator[tuple[Delivery, str | None]]:
    """Yield each delivery of one site and export with the reason why it waits, or None if it counts."""
    before: int | None = None
    known: dict[str, dict[int, Spread]] = {column: {} for column in COLUMNS}
    for one in deliveries:
        reason = None
        if one.load_no not in confirmed:
            reason = _why(con, one, config, before, rows.get(one.load_no, NO_ROWS), spreads.get(one.load_no, {}), known)
        if reason is None:
            before = one.load_no
            for column, spread in spreads.get(one.load_no, {}).items():
                known[column][one.load_no] = spread
        yield one, f"{reason} {_cure(one)}" if reason else None


def _why(
    con: duckdb.DuckDBPyConnection,
    one: Delivery,
    config: SiteConfig,
    before: int | None,
    rows: Rows,
    spreads: Mapping[str, Spread],
    known: Mapping[str, Mapping[int, Spread]],
) -> str | None:
    """Return the first reason why the delivery waits, or None."""
    export = EXPORTS[one.export]
    if config.mode(one.export) == "snapshot" and before is not None:
        n_keys, n_gone = delivery_facts.snapshot_step(con, export, before, one.load_no)
        if reason := withdraws_much(one.export, rows.n, n_keys, n_gone, config.most_withdrawn(one.export)):
            return reason
    if reason := looks_like_centimetres(rows):
        return reason
    return next(filter(None, (is_ten_times_off(c, spreads.get(c), known[c]) for c in COLUMNS)), None)


def _cure(one: Delivery) -> str:
    return f"`registry confirm {one.site} {one.export}/{one.delivery}` accepts it as it is."


def _hold(con: duckdb.DuckDBPyConnection, one: Delivery, reason: str) -> None:
    """Move the delivery's rows out of the raw table, unless they are out already, and record the reason."""
    if one.status != WAITING:
        _move(con, one, f"raw.{one.export}", f"raw.{one.export}_held")
    con.execute(
        "UPDATE meta.deliveries SET status = ?, reason = ?, rows_received = 0 WHERE load_no = ?",
        [WAITING, reason, one.load_no],
    )


def _let_in(con: duckdb.DuckDBPyConnection, one: Delivery) -> None:
    _move(con, one, f"raw.{one.export}_held", f"raw.{one.export}")
    con.execute(
        "UPDATE meta.deliveries SET status = ?, reason = NULL, rows_received = "
        "(SELECT n FROM meta.delivery_rows r WHERE r.load_no = deliveries.load_no) WHERE load_no = ?",
        [ACCEPTED, one.load_no],
    )


def _move(con: duckdb.DuckDBPyConnection, one: Delivery, source: str, target: str) -> None:
    """Move the delivery's rows between tables.

    The patients of rows that leave are written to the change log; the history shows those of rows that arrive.
    """
    theirs = f"FROM {source} WHERE {delivery_facts.of_loads(one.load_no)}"
    change_log.create(con)
    change_log.record_change(con, f"SELECT site, patient_id {theirs}")
    con.execute(f"INSERT INTO {target} {theirs}")
    con.execute(f"DELETE {theirs}")
