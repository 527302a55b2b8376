"""Cleaning: from raw history to clean tables, quarantine and ledger, in two transactions.

What belongs here: the order of the steps, which is the contract's order of phases. What does not: any step's work.
The clean tables are made together, since rules across tables set rows of one aside for what stands in another.
"""

from collections.abc import Callable

import duckdb

from schemas.exports import EXPORTS
from warehouse import accepted, history
from warehouse.answers.overlay import apply_answers, forget_corrections
from warehouse.cross_rules import apply_cross_rules
from warehouse.derivation import build_lesions
from warehouse.exceptions import Notes
from warehouse.ledger import write_ledger
from warehouse.quarantine import write_quarantine
from warehouse.site_config import SiteConfig
from warehouse.validation import create_findings, validate, write_flags

NO_NOTES = Notes()


def write_history(con: duckdb.DuckDBPyConnection, configs: dict[str, SiteConfig]) -> None:
    """Order the deliveries, find each key's current version, lay the answers over it, count every received row."""
    forget_corrections(con)
    history.write_modes(con, configs)
    for export in EXPORTS.values():
        history.compute_versions(con, export)
    apply_answers(con)
    history.write_loads(con)


def clean(
    con: duckdb.DuckDBPyConnection, progress: Callable[[str], None] = lambda _: None, notes: Notes = NO_NOTES
) -> None:
    """Make every clean table, quality.quarantine, quality.resolved, quality.ledger and quality.exceptions.

    `notes` are the exceptions signed off in exceptions.toml.

    Two transactions: rows deleted in the transaction that inserted them have the whole table written a second time.
    What a crash leaves between the two is made anew by the next refresh; readers open releases only.
    """
    con.begin()
    accepted.prepare(con, notes)
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
    write_ledger(con)
    accepted.write_exceptions(con)
    con.commit()


def add_patients_without_a_row(con: duckdb.DuckDBPyConnection) -> None:
    """A patient who has sessions but no row of the patients export gets one with the key alone."""
    con.execute(
        "INSERT INTO clean.patients (site, patient_id, origin, flags) "
        "SELECT DISTINCT site, patient_id, 'sessions', CAST([] AS VARCHAR[]) FROM clean.rfa_sessions "
        "ANTI JOIN clean.patients USING (site, patient_id)"
    )
