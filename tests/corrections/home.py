"""A home of one site for the tests of retractions and merges, and the commands as its data manager gives them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.quality.site_at_work import SITE, Site
from tests.warehouse.kit import csv_of, row_of
from warehouse.archive.corrections import Correction
from warehouse.corrections import merge, retract
from warehouse.corrections.merge import Foretold
from warehouse.releases.release import content

BY = "A. Miller"


def deliver(site: Site, export: str, name: str, *rows: dict[str, str]) -> None:
    """Deliver rows that keep every rule, but for their cells."""
    folder = site.home.landing / SITE / export
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(csv_of([row_of(export, **row) for row in rows]), encoding="utf-8")


def retracted(site: Site, export: str, key: str) -> None:
    """Retract the row."""
    with site.build() as con:
        found = retract.find(con, SITE, export, key)
    retract.record(site.home, SITE, found, "Entered twice", BY)


def brought_back(site: Site, export: str, key: str) -> list[Correction]:
    """Undo the retraction."""
    return retract.undo(site.home, SITE, export, key, "", BY)


def merged(site: Site, old: str, new: str) -> Foretold:
    """Merge the numbers, and return what was foretold."""
    with site.build() as con:
        merge.check(con, site.home, SITE, old, new)
        told = merge.foretell(con, SITE, old, new)
    merge.record(site.home, SITE, old, new, "Same person", BY)
    return told


def parted(site: Site, old: str, new: str) -> None:
    """Undo the merge."""
    merge.undo(site.home, SITE, old, new, "", BY)


def states(site: Site, export: str) -> list[tuple]:
    """Number as read, number as delivered, delivery and state of each raw row, sorted."""
    return site.ask(
        f"SELECT r.patient_id, r.delivered_as, d.delivery, coalesce(v.state, v.outcome, 'current') FROM raw.{export} r "
        f"JOIN meta.deliveries d ON d.load_no = r.row_id >> 32 LEFT JOIN raw.{export}_versions v USING (row_id) "
        "ORDER BY d.delivery, r.row_id"
    )


def made(site: Site) -> dict[str, tuple[int, str]]:
    """Rows and content hash of every table up to the clean ones, without the journal of resolved entries."""
    with site.build() as con:
        return {name: (one["rows"], one["sha256"]) for name, one in content(con).items() if one["is_hashed"]}


@contextmanager
def same_as_a_rebuild(site: Site) -> Iterator[None]:
    """After the block, a refresh gives the tables that a reading of the whole archive gives."""
    yield
    site.refresh()
    soon = made(site)
    site.refresh(full=True)
    assert made(site) == soon
