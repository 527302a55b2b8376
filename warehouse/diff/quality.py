"""Finds entries of quarantine that are new or resolved, and deliveries that arrived.

Entries are identified as in quality.changes, whichever delivery holds the row now.
"""

from warehouse.diff.pair import Pair
from warehouse.quality.entry_changes import IDENTITY
from warehouse.storage.for_readers import stand_in

ENTRIES = "changed_entries"


def find_entries(pair: Pair) -> None:
    """Create changed_entries: change (new, resolved), site, export, delivery, line, key, scope, rule_id,
    column_name.
    """
    cells = "site, export, delivery, line, key, scope, rule_id, column_name"
    same = " AND ".join(f"a.{c} IS NOT DISTINCT FROM b.{c}" for c in IDENTITY.split(", "))
    side = f"(SELECT {cells} FROM {{}}{' WHERE false' * pair.is_same('quality.quarantine')})"  # noqa: S608
    now, then = (side.format(stand_in(pair.con, "quality.quarantine", f"{c}.")) for c in (pair.after, pair.before))
    pair.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {ENTRIES} AS "  # noqa: S608 (own names)
        f"SELECT 'new' AS change, a.* FROM {now} a ANTI JOIN {then} b ON {same} "
        f"UNION ALL SELECT 'resolved', a.* FROM {then} a ANTI JOIN {now} b ON {same}"
    )


def counts(pair: Pair) -> list[dict]:
    """Rows of rule_id, site, new, resolved: how many entries are new and how many were resolved."""
    return pair.rows(
        f"SELECT rule_id, site, count(*) FILTER (change = 'new') AS new, "  # noqa: S608 (own name)
        f"count(*) FILTER (change = 'resolved') AS resolved FROM {ENTRIES} GROUP BY ALL ORDER BY rule_id, site"
    )


def listed(pair: Pair, limit: int) -> tuple[list[dict], int]:
    """Return the first `limit` entries and the number of all entries."""
    total = pair.one(f"SELECT count(*) AS n FROM {ENTRIES}")["n"]  # noqa: S608 (own name)
    return pair.rows(f"FROM {ENTRIES} ORDER BY ALL LIMIT {int(limit)}"), total


def deliveries(pair: Pair, limit: int) -> tuple[list[dict], int]:
    """Return the first `limit` deliveries that the earlier release did not have, and the number of all.

    A row holds site, export, delivery, status, and the counts or the reason for the rejection.
    """
    arrived = f"""
        SELECT l.site, l.export, l.delivery, l.status, l.reason, l.rows_received, l.new, l.changed, l.keys_withdrawn
        FROM {pair.after}.meta.loads l
        ANTI JOIN {pair.before}.meta.loads e
            ON e.site = l.site AND e.export = l.export AND e.delivery = l.delivery AND e.sha256 = l.sha256
               AND e.status = l.status
    """  # noqa: S608 (own names)
    total = pair.one(f"SELECT count(*) AS n FROM ({arrived})")["n"]  # noqa: S608 (own text)
    return pair.rows(f"{arrived} ORDER BY l.site, l.export, l.delivery LIMIT {int(limit)}"), total
