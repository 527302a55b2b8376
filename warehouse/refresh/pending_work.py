"""What the build database holds and no release shows yet, each with its reason.

What belongs here: asking the watermarks and what the analyses were made from, in one place for whoever asks: the
refresh (is there anything to do), `registry status` and the interface (why it waits), and the daemon (what to ask for).
What does not: files below landing/ (landing.py), and gates that refused (release_blockers.py).
"""

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from schemas.analysis_tables import READS
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.clean.ledger import unaccounted
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN, LANDED
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS
from warehouse.refresh.release_blockers import stale_tables
from warehouse.releases.release import RELEASE, current_release, made_by
from warehouse.storage.connection import open_build, table_exists
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.source_code import making_code

FIRST = 4
"""So many tables a sentence names."""


def why_release_waits(con: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """Sentences, each with what waits and why; none where the current release shows all that was received."""
    archive = Archive(home)
    if not archive.arrivals and current_release(home) is None:  # with a release, the archive is lost
        return []
    if not table_exists(con, "meta", "watermarks"):
        return ["Nothing that was received is loaded yet."]
    code, newest = making_code(), change_log.newest_change(con)
    found = []
    landed, decided = change_log.watermark(con, LANDED), decisions.fingerprint(home)
    if landed is None or landed[0] != len(archive.arrivals):
        found.append("Deliveries in the archive are not loaded yet.")
    elif landed[1] != decided:
        found.append("What was decided about a delivery is not followed yet.")
    clean = change_log.watermark(con, CLEAN)
    if clean is None or clean[0] != newest:
        found.append("The clean tables are not made from the newest rows yet.")
    elif clean[1] != code:
        found.append("The clean tables were made by an earlier version of the code.")
    elif table_exists(con, "quality", "ledger") and unaccounted(con):
        found.append("Deliveries are loaded and not in the clean tables yet.")
    if lagging := change_log.lagging(con, INCREMENTAL_STEPS, CLEAN):
        found.append(f"Not made from the newest rows, or by an earlier version of the code: {first_named(lagging)}.")
    if late := stale_tables(con, READS):
        found.append(
            f"Analyses not made from the newest rows, or by an earlier version of the code: {first_named(late)}."
        )
    if not found and change_log.watermark(con, RELEASE) != (newest, made_by(current_release(home))):
        found.append("All tables are made, and the release is not made from them yet.")
    return found


def first_named(tables: Sequence[str]) -> str:
    """The first few tables, and how many more."""
    more = len(tables) - FIRST
    return ", ".join(tables[:FIRST]) + (f" and {more:,} more" if more > 0 else "")


def why_release_waits_at_rest(home: Home) -> list[str]:
    """As `why_release_waits`; nothing while a refresh runs, or where the build database cannot be opened."""
    if not home.build_database.exists() or home.build_database.is_symlink():
        return []
    with suppress(duckdb.Error, OSError, RegistryError), refresh_lock(home), open_build(home) as con:
        con.begin()
        try:
            return why_release_waits(con, home)
        finally:
            con.rollback()
    return []
