"""Every row of derived.time_to_event can be traced to the row it came from.

These are the promises of source_table, source_key, event_description and definition alone; whether the row, dates and
events are the right ones is checked in `test_oracle_agrees`.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

from tests.properties.test_oracle_agrees import on_random_registries
from tests.spec import clean_rows
from tests.spec.clean_rows import Clean, Row
from warehouse.clean import lesions
from warehouse.derived import derive

N_BATCHES = 4
PROGRESSION = ("LTP", "new liver lesion", "extrahepatic progression")
TREATMENT = ("start of systemic therapy", "palliative treatment after progression")
KEYS = {
    "clean.patients": ("site", "patient_id"),
    "clean.rfa_sessions": ("site", "patient_id", "session_id", "lesion_id"),
    "clean.imaging_followups": ("site", "patient_id", "exam_id", "lesion_id"),
    "clean.treatments": ("site", "patient_id", "treatment_id"),
    "derived.patient_progression": ("site", "patient_id"),
}


@pytest.fixture(scope="module")
def derived() -> list[dict[str, list[Row]]]:
    """The tables that follow from 100 random registries, batch by batch."""
    found: list[dict[str, list[Row]]] = []
    n_registries = on_random_registries(N_BATCHES, lambda clean: found.append(tables_after_derivation(clean)))
    assert n_registries == 100
    return found


def tables_after_derivation(clean: Clean) -> dict[str, list[Row]]:
    """time_to_event and every table that it may name as a source."""
    with duckdb.connect(config={"threads": 1}) as con:
        lesions.create_clean_tables(con)
        clean_rows.insert(con, clean)
        derive.derive_all(con)
        names = ("derived.time_to_event", *KEYS)
        return {name: con.sql(f"SELECT * FROM {name}").to_arrow_table().to_pylist() for name in names}


def check_sources(tables: dict[str, list[Row]]) -> None:
    """Check that the row named by source_table and source_key exists and holds end_date; it is a clean row, except for
    patients without an exam that could decide."""
    dates: dict[tuple[str, str], set[date]] = {}
    for table, columns in KEYS.items():
        for row in tables[table]:
            key = "|".join(row[column] or "" for column in columns)
            dates[table, key] = {value for value in row.values() if isinstance(value, date)}
    for row in tables["derived.time_to_event"]:
        assert row["end_date"] in dates[row["source_table"], row["source_key"]], row["event_description"]
        nothing_seen = row["event_description"].startswith("censored at the start")
        assert (row["source_table"] == "derived.patient_progression") == nothing_seen


def check_descriptions(tables: dict[str, list[Row]]) -> None:
    """Check that the description begins with a progression, death or censored, according to the event code."""
    for row in tables["derived.time_to_event"]:
        own = {"clean.patients": ("death",), "clean.treatments": TREATMENT}.get(row["source_table"], PROGRESSION)
        expected = {0: ("censored",), 1: own, 2: ("death",), 3: ("removal of",)}[row["event"]]
        assert row["event_description"].startswith(expected)
        assert row["definition"].startswith(f"{row['endpoint']} v")


def test_source_row_holds_the_end_date(derived) -> None:
    """source_table and source_key lead to a row that holds end_date."""
    for tables in derived:
        check_sources(tables)


def test_descriptions_follow_the_event(derived) -> None:
    """Event 0 is described as censored, 2 as death, 3 as removal, 1 as progression, treatment or death; the definition
    names its endpoint.
    """
    for tables in derived:
        check_descriptions(tables)
