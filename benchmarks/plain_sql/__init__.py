"""The SELECTs of the yardstick, frozen: those that the project used when its whole command was first measured.

A faster SELECT in warehouse/sql/ therefore makes the project faster against the yardsticks. The files are changed only
if a definition changes, never for speed. plain_script.py runs them, and the dbt project's models are made from them.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
DERIVED = (
    "lesion_ltp",
    "patient_genotype",
    "patient_ltpfs",
    "patient_progression",
    "last_known_alive",
    "time_to_event",
)
"""The derived tables, each after those that it reads."""


def terms() -> str:
    """Return the macros that the SELECTs use, as statements that define them for one connection."""
    return (FOLDER / "terms.sql").read_text(encoding="utf-8")


def lesions() -> str:
    """Return the SELECT of clean.lesions."""
    return (FOLDER / "clean" / "lesions.sql").read_text(encoding="utf-8")


def select_for(table: str) -> str:
    """Return the SELECT of a derived table."""
    if table != "time_to_event":
        return (FOLDER / "derived" / f"{table}.sql").read_text(encoding="utf-8")
    files = sorted((FOLDER / "endpoints").glob("*.sql"))
    parts = "\nUNION ALL\n".join(f"({path.read_text(encoding='utf-8')})" for path in files)
    return (
        "SELECT site, endpoint, level, patient_id, lesion_id, start_date, end_date, "
        "(end_date - start_date)::INTEGER AS days, days / days_per_month() AS months, event, "
        f"event_status(event) AS status, event_description, source_table, source_key, definition FROM (\n{parts}\n)"
    )
