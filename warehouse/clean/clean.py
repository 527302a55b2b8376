"""Makes clean tables, quarantine and ledger from the raw history, for all patients or for those that are due.

The order of the steps is the contract's order of phases. The clean tables are made together, because rules across
tables set rows of one aside for what is in another.
"""

from collections.abc import Callable

import duckdb

from schemas.exports import EXPORTS
from warehouse.clean.clean_patients import CLEAN_TABLES, clean_due
from warehouse.clean.cross_rules import apply_cross_rules
from warehouse.clean.ledger import write_ledger
from warehouse.clean.lesions import build_lesions
from warehouse.clean.quarantine import journal, write_quarantine
from warehouse.clean.validation import create_findings, has_unjudged, validate, write_flags
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN, EVERYTHING, Due
from warehouse.intake.exceptions_file import Notes
from warehouse.intake.site_config import SiteConfig
from warehouse.queries import apply_exceptions
from warehouse.queries.apply_answers import apply_answers, forget_corrections
from warehouse.raw import changed_patients, history
from warehouse.storage import content_hashes
from warehouse.storage.for_readers import write_for_readers

NO_NOTES = Notes()
Say = Callable[[str], None]


def write_history(con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig]) -> None:
    """Order the deliveries, find each key's current version, lay the answers over it, count every received row, and
    write the patients whose rows changed into the change log.
    """
    change_log.create(con)
    was_counted = change_log.watermark(con, change_log.HISTORY) is not None
    changed_patients.remember(con, was_counted)
    forget_corrections(con)
    history.write_modes(con, configs)
    for export in EXPORTS.values():
        history.compute_versions(con, export, was_counted)
    apply_answers(con)
    history.write_loads(con)
    change_log.record_change(con, changed_patients.changed_patients())
    change_log.set_watermark(con, change_log.HISTORY, changed_patients.newest_load(con), "")


def clean(con: duckdb.DuckDBPyConnection, progress: Say = lambda _: None, notes: Notes = NO_NOTES) -> None:
    """Make every clean table, quality.quarantine, quality.resolved, quality.ledger and quality.exceptions.

    `notes` are the exceptions signed off in exceptions.toml.
    """
    apply_exceptions.load_exceptions(con, notes)
    clean_patients(con, EVERYTHING, progress)
    account(con)


def clean_due_patients(
    con: duckdb.DuckDBPyConnection, code: str, progress: Say = lambda _: None, notes: Notes = NO_NOTES
) -> Due:
    """As clean, but only for patients whose rows, or whose exceptions, have changed since; what was due.

    `code` names the code that cleans: what other code has cleaned is made anew.
    """
    apply_exceptions.apply_exceptions(con, notes)
    due = change_log.due(con, CLEAN, code)
    if not due.is_full_rebuild and has_unjudged(con):  # counted over all rows, not by patient
        due = Due(True, 0, due.up_to)
    clean_patients(con, due, progress)
    account(con)
    change_log.set_watermark(con, CLEAN, due.up_to, code)
    return due


def clean_patients(con: duckdb.DuckDBPyConnection, due: Due, progress: Say = lambda _: None) -> None:
    """Make the clean tables and quality.quarantine anew, for everything or for the patients that are due."""
    if due.is_full_rebuild:
        judge(con, progress)
        journal(con)
        for table in CLEAN_TABLES:
            content_hashes.recount(con, table)
        con.commit()
    elif not due.is_nothing:
        clean_due(con, judge, progress)


def judge(con: duckdb.DuckDBPyConnection, progress: Say = lambda _: None) -> None:
    """Clean tables, findings and quarantine of all patients in the catalogue in use.

    Two transactions, of which the second is left open for what belongs to it: rows deleted in the transaction that
    inserted them have the whole table written a second time. What a crash leaves between the two is made anew by the
    next refresh; readers open releases only.
    """
    con.begin()
    create_findings(con)
    for export in EXPORTS.values():
        progress(f"validating {export.name}")
        validate(con, export)
    con.commit()
    con.begin()
    progress("rules across tables")
    apply_cross_rules(con)
    add_patients_without_a_row(con)
    for export in EXPORTS.values():
        write_flags(con, export)
    build_lesions(con)
    write_quarantine(con)


def account(con: duckdb.DuckDBPyConnection) -> None:
    """What is made over all patients: quality.ledger, quality.exceptions, and what readers get of rows set aside."""
    con.begin()
    write_ledger(con)
    apply_exceptions.write_exceptions(con)
    write_for_readers(con)
    con.commit()


def add_patients_without_a_row(con: duckdb.DuckDBPyConnection) -> None:
    """A patient who has sessions but no row of the patients export gets one with the key alone."""
    con.execute(
        "INSERT INTO clean.patients (site, patient_id, origin, flags) "
        "SELECT DISTINCT site, patient_id, 'sessions', CAST([] AS VARCHAR[]) FROM clean.rfa_sessions "
        "ANTI JOIN clean.patients USING (site, patient_id)"
    )
