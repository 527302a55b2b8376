"""Finds deliveries without a date in their name that count as newer than files which arrived after them.

Deliveries are read in the order of their names, and "sessions.csv" comes after "2026-01-31_sessions.csv". Where both
have a row, that of the older file then counts, and the correction is lost without a word.
"""

from collections.abc import Iterator

import duckdb

from schemas.exports import ANSWERS
from warehouse.archive.extract_date import date_in_name
from warehouse.readers.near_names import shown
from warehouse.sources.deliveries import arrival_no


def outranking(con: duckdb.DuckDBPyConnection, where: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Yield site, export, delivery and sentence of each undated delivery that outranks later arrivals.

    `where` is '' or a catalogue and a dot.
    """
    rows = con.execute(
        f"""
        SELECT site, export, delivery, file_name, substr(load_id, 2)::BIGINT FROM {where}meta.loads
        WHERE status = 'accepted' AND export <> '{ANSWERS}' ORDER BY site, export, position
        """  # noqa: S608 (own names)
    ).fetchall()
    newest: dict[tuple[str, str], tuple[int, str]] = {}
    for site, export, delivery, name, load_no in rows:
        number = arrival_no(load_no)
        last_number, last = newest.get((site, export), (0, ""))
        if date_in_name(name) is None and last_number > number and last != name:
            yield site, export, delivery, _sentence(site, export, delivery, name, last)
        if number > last_number:
            newest[site, export] = number, name


def _sentence(site: str, export: str, delivery: str, name: str, newer: str) -> str:
    return (
        f"This file counts as newer than {shown(newer)}, which arrived after it: files are read in the order of their "
        "names, and this one has no date. Where both have a row, this one's counts. Deliver it again with its date in "
        f"front, such as 2026-01-31_{shown(name)}, then set this one aside: "
        f"`registry set-aside {site} {export}/{shown(delivery)}`."
    )
