"""Says what was received but is not in a release yet, and why.

It compares the watermarks and the recorded inputs of the analyses, in one place for all who ask: the refresh (is there
anything to do), `registry status` and the interface (why the release waits), and the daemon (what to request). Files
below landing/ are in landing.py, gates that refused in release_blockers.py.
"""

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from warehouse.archive import decided
from warehouse.archive.archive import Archive
from warehouse.clean.ledger import unaccounted
from warehouse.derived.service_counts import is_made_with
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN, LANDED
from warehouse.incremental.plan_inputs import reads_tonight
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS
from warehouse.refresh.provenance import stated_plan, stated_suites
from warehouse.refresh.release_blockers import stale_tables
from warehouse.releases.release import RELEASE, current_release, made_by
from warehouse.storage.connection import open_build, table_exists
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.home_files import PLAN_FILES, RULE_FILES, SUITE_FILES
from warehouse.storage.home_settings import home_settings
from warehouse.storage.lock import refresh_lock
from warehouse.storage.rule_table import files_of
from warehouse.storage.source_code import making_code

FIRST = 4
"""A sentence names at most this many tables."""


def why_release_waits(con: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """Sentences that say what waits and why; empty if the current release shows everything that was received."""
    archive = Archive(home)
    if not archive.arrivals and current_release(home) is None:  # with a release, the archive is lost
        return []
    if not table_exists(con, "meta", "watermarks"):
        return ["No delivery has been loaded yet."]
    code, newest = making_code(), change_log.newest_change(con)
    found = []
    landed, now = change_log.watermark(con, LANDED), decided.parts(decided.fingerprint(home))
    if landed is None or landed[0] != len(archive.arrivals):
        found.append("Deliveries in the archive are not loaded yet.")
    elif decided.parts(landed[1])[0] != now[0]:
        found.append("A decision about a delivery has not been applied yet.")
    elif decided.parts(landed[1]) != now:
        found.append("A retraction or a merge has not been applied yet.")
    clean = change_log.watermark(con, CLEAN)
    if clean is None or clean[0] != newest:
        found.append("The clean tables do not include the newest rows yet.")
    elif clean[1] != code:
        found.append("The clean tables were made by an earlier version of the code.")
    elif table_exists(con, "quality", "ledger") and unaccounted(con):
        found.append("Deliveries are loaded but not in the clean tables yet.")
    if table_exists(con, "meta", "rules") and files_of(con) != RULE_FILES.stamps(home):
        found.append("The files in rules/ have changed since the clean tables were made.")
    if stated_suites(current_release(home)) != SUITE_FILES.stamps(home):
        found.append("The files in expectations/ have changed since the release was made.")
    if stated_plan(current_release(home)) != PLAN_FILES.stamps(home):
        found.append("plan.toml has changed since the release was made.")
    if lagging := change_log.lagging(con, INCREMENTAL_STEPS, CLEAN):
        found.append(f"Made from older rows, or by an earlier version of the code: {first_named(lagging)}.")
    if not _is_service_as_asked(con, home):
        found.append("registry.toml asks for another service than its tables were made for.")
    if late := stale_tables(con, reads_tonight(con)):
        found.append(f"Analyses made from older rows, or by an earlier version of the code: {first_named(late)}.")
    if not found and change_log.watermark(con, RELEASE) != (newest, made_by(current_release(home))):
        found.append("All tables are up to date, but the release is not made from them yet.")
    return found


def _is_service_as_asked(con: duckdb.DuckDBPyConnection, home: Home) -> bool:
    with suppress(RegistryError):  # a file that does not hold is said by the refresh
        return is_made_with(con, home_settings(home).service)
    return True


def first_named(tables: Sequence[str]) -> str:
    """The first few tables as text, and how many more there are."""
    more = len(tables) - FIRST
    return ", ".join(tables[:FIRST]) + (f" and {more:,} more" if more > 0 else "")


def why_release_waits_at_rest(home: Home) -> list[str]:
    """Like `why_release_waits`, but empty while a refresh runs or if the build database cannot be opened."""
    if not home.build_database.exists() or home.build_database.is_symlink():
        return []
    with suppress(duckdb.Error, OSError, RegistryError), refresh_lock(home), open_build(home) as con:
        con.begin()
        try:
            return why_release_waits(con, home)
        finally:
            con.rollback()
    return []
