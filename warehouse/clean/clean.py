"""Makes clean tables, quarantine and ledger from the raw history, for all patients or for those that are due.

The steps follow the contract's order of phases. The clean tables are made together, because a rule across tables may
set rows of one table aside for what is in another.
"""

from collections.abc import Callable

import duckdb

from schemas.export import Export
from schemas.exports import EXPORTS
from warehouse.clean.clean_patients import CLEAN_TABLES, clean_due
from warehouse.clean.cross_rules import apply_cross_rules
from warehouse.clean.identifiers import count_identifiers
from warehouse.clean.ledger import write_ledger
from warehouse.clean.lesions import build_lesions, find_with_treatments
from warehouse.clean.own_table_rules import apply_own_rules
from warehouse.clean.quarantine import journal, write_quarantine
from warehouse.clean.validation import create_clean_table, create_findings, has_unjudged, validate, write_flags
from warehouse.incremental import change_log, in_shards
from warehouse.incremental.change_log import CLEAN, EVERYTHING, Due
from warehouse.intake.exceptions_file import Notes
from warehouse.intake.site_config import SiteConfig
from warehouse.queries import apply_exceptions
from warehouse.queries.apply_answers import apply_answers, forget_corrections
from warehouse.raw import changed_patients, history
from warehouse.raw.filled_exports import with_rows
from warehouse.storage import content_hashes
from warehouse.storage.for_readers import write_for_readers
from warehouse.storage.rule_table import book_of

NO_NOTES = Notes()
Say = Callable[[str], None]
Elsewhere = Callable[[duckdb.DuckDBPyConnection, Say], bool]
"""Makes what clean_everything makes, of all patients, by other means, and returns whether it did."""


def write_history(con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig]) -> None:
    """Order the deliveries, find each key's current version, apply the answers to it, count every received row, and
    record the patients whose rows changed in the change log.
    """
    change_log.create(con)
    was_counted = change_log.watermark(con, change_log.HISTORY) is not None
    changed_patients.remember(con, was_counted)
    filled = find_versions(con, configs, was_counted)
    history.write_loads(con)
    change_log.record_change(con, changed_patients.changed_patients(filled))
    change_log.set_watermark(con, change_log.HISTORY, changed_patients.newest_load(con), "")


def find_versions(
    con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig], was_counted: bool = False
) -> list[Export]:
    """Order the deliveries, find each key's current version, apply the answers to it, and return the exports with rows:
    what judging needs of the history.
    """
    forget_corrections(con)
    history.write_modes(con, configs)
    filled = with_rows(con)
    for export in EXPORTS.values():
        if export in filled:
            history.compute_versions(con, export, was_counted)
        else:
            history.list_no_versions(con, export)
    apply_answers(con)
    return filled


def clean(con: duckdb.DuckDBPyConnection, progress: Say = lambda _: None, notes: Notes = NO_NOTES) -> None:
    """Make every clean table, quality.quarantine, quality.resolved, quality.ledger and quality.exceptions.

    `notes` has the exceptions signed off in exceptions.toml.
    """
    apply_exceptions.load_exceptions(con, notes)
    clean_patients(con, EVERYTHING, progress)
    account(con)


def judge_unaccounted(con: duckdb.DuckDBPyConnection) -> None:
    """Make what planted rows are judged by: clean tables, findings and quarantine, and nothing that counts them."""
    apply_exceptions.load_exceptions(con, NO_NOTES)
    judge_rows(con)
    write_quarantine(con)
    con.commit()


def clean_due_patients(
    con: duckdb.DuckDBPyConnection,
    code: str,
    progress: Say = lambda _: None,
    notes: Notes = NO_NOTES,
    elsewhere: Elsewhere = lambda *_: False,
) -> Due:
    """Like clean(), but only for the patients whose rows or exceptions have changed since; return what was due.

    `code` identifies the code that cleans: if other code made the clean tables, all patients are due. Then `elsewhere`
    may make the tables.
    """
    apply_exceptions.apply_exceptions(con, notes)
    due = change_log.due(con, CLEAN, code)
    by_patient = due.is_nothing or not book_of(con).across_rows  # an own rule may compare any rows
    if not due.is_full_rebuild and (has_unjudged(con) or not by_patient):  # unjudged rows are counted over all
        due = Due(True, 0, due.up_to)
    clean_patients(con, due, progress, elsewhere)
    account(con)
    change_log.set_watermark(con, CLEAN, due.up_to, code)
    return due


def clean_patients(
    con: duckdb.DuckDBPyConnection,
    due: Due,
    progress: Say = lambda _: None,
    elsewhere: Elsewhere = lambda *_: False,
) -> None:
    """Remake the clean tables and quality.quarantine for all patients or for those that are due."""
    if due.is_nothing:
        return
    in_shards.forget(con)
    if not due.is_full_rebuild:
        clean_due(con, judge, progress)
    elif not elsewhere(con, progress):
        judge(con, progress)
        journal(con)
        for table in CLEAN_TABLES:
            content_hashes.recount(con, table)
        con.commit()


def judge(con: duckdb.DuckDBPyConnection, progress: Say = lambda _: None) -> None:
    """Make clean tables, findings and quarantine of all patients in the current catalogue.

    It uses two transactions, or three if the registry has own rules across rows, because deleting rows in the
    transaction that inserted them makes DuckDB write the whole table twice. The caller adds to the last one and commits
    it. After a crash in between, the next refresh remakes everything; readers only open releases.
    """
    judge_rows(con, progress)
    build_lesions(con)
    find_with_treatments(con)
    count_identifiers(con)
    write_quarantine(con)


def judge_rows(con: duckdb.DuckDBPyConnection, progress: Say = lambda _: None) -> None:
    """Fill the clean tables of the exports, their flags and the findings, and leave the last transaction open."""
    con.begin()
    create_findings(con)
    filled = with_rows(con)
    for export in EXPORTS.values():
        progress(f"validating {export.name}")
        create_clean_table(con, export)
        if export in filled:
            validate(con, export)
    con.commit()
    con.begin()
    progress("rules across tables")
    apply_cross_rules(con)
    apply_own_rules(con)
    add_patients_without_a_row(con)
    write_flags(con)


def account(con: duckdb.DuckDBPyConnection) -> None:
    """Make what covers all patients: quality.ledger, quality.exceptions, and what readers see of rows set aside."""
    con.begin()
    write_ledger(con)
    apply_exceptions.write_exceptions(con)
    write_for_readers(con)
    con.commit()


def add_patients_without_a_row(con: duckdb.DuckDBPyConnection) -> None:
    """Add a row with only the key for each patient who has sessions but no row in the patients export."""
    con.execute(
        "INSERT INTO clean.patients (site, patient_id, origin, flags) "
        "SELECT DISTINCT site, patient_id, 'sessions', CAST([] AS VARCHAR[]) FROM clean.rfa_sessions "
        "ANTI JOIN clean.patients USING (site, patient_id)"
    )
