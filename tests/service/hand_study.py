"""Five patients of two centres, few enough to count everything by hand; the tests say what was counted."""

from __future__ import annotations

from datetime import date
from functools import cache

import duckdb
import pandas as pd

from tests.spec import clean_rows
from tests.spec.clean_rows import Row, complete
from warehouse.clean import lesions
from warehouse.clean.clean import write_history
from warehouse.derived import derive
from warehouse.derived.completeness import build_completeness, completeness_order
from warehouse.raw.tables import create_tables
from warehouse.storage.home_settings import OPERATORS
from workflows.service_tables import service_table

AS_OF = date(2022, 6, 30)
"""Of the imaging of both centres."""

TREATED = """
a P1 S1 2020-01-10 L1 rfa   OP-1 2019-12-20 2020-01-01 cirse         -
a P1 S1 2020-01-10 L2 mwa   OP-1 2019-12-20 2020-01-01 cirse         -
a P1 S2 2020-05-20 L1 rfa   OP-2 -          2020-05-01 cirse         3
a P2 S1 2020-02-01 L1 rfa   -    2020-01-12 -          -             -
a P3 S1 2020-04-15 L1 mwa   OP-2 -          -          clavien_dindo IIIa
b P1 S1 2020-01-31 L1 rfa   OP-1 -          2020-01-31 cirse         bleeding
b P2 S1 2021-07-01 L1 other OP-9 -          2021-08-01 cirse         2
"""
"""Site, patient, session, its date, lesion, modality, operator, referral, decision, scale and grade. The decision of
the last is after the session, as only an exception lets it pass."""
SEEN = """
a P1 L1 2020-02-20 no_viable
a P1 L1 2020-04-20 ltp
a P1 L2 2020-02-20 residual
a P2 L1 2020-03-15 no_viable
a P2 L1 2021-02-01 no_viable
b P1 L1 2020-03-01 no_viable
b P2 L1 2021-08-01 no_viable
"""
TREATED_COLUMNS = (
    *("site", "patient_id", "session_id", "session_date", "lesion_id", "modality", "operator_id", "referral_date"),
    *("decision_date", "complication_system", "complication_grade"),
)
SEEN_COLUMNS = ("site", "patient_id", "lesion_id", "exam_date", "lesion_status")


def _rows(export: str, drawn: str, columns: tuple[str, ...]) -> list[Row]:
    """The drawn lines as complete clean rows."""
    found = []
    for number, line in enumerate(drawn.strip().splitlines(), start=1):
        cells = {name: None if cell == "-" else cell for name, cell in zip(columns, line.split(), strict=True)}
        dated = {n: date.fromisoformat(c) if n.endswith("_date") and c else c for n, c in cells.items()}
        found.append(complete(export, dated, number))
    return found


@cache
def hand_study() -> duckdb.DuckDBPyConnection:
    """Clean, derived and quality tables of the study, in memory."""
    con = duckdb.connect(config={"threads": 1})
    lesions.create_clean_tables(con)
    create_tables(con)
    write_history(con, {})
    clean: clean_rows.Clean = {name: [] for name in (*clean_rows.EXPORTS, clean_rows.SET_ASIDE, clean_rows.TOLD)}
    clean["rfa_sessions"] = _rows("rfa_sessions", TREATED, TREATED_COLUMNS)
    clean["imaging_followups"] = _rows("imaging_followups", SEEN, SEEN_COLUMNS)
    clean_rows.insert(con, clean_rows.with_patients_of_sessions(clean))
    for site in ("a", "b"):
        con.execute(
            "INSERT INTO meta.loads BY NAME SELECT ? AS site, 'imaging_followups' AS export, 'accepted' AS status, "
            "? AS extract_date",
            [site, AS_OF],
        )
    derive.derive_all(con)
    for table in completeness_order(con):
        build_completeness(con, table)
    return con


def table(name: str, service: str = OPERATORS) -> pd.DataFrame:
    """analysis.<name> of the study."""
    return service_table(hand_study(), name, service)


def counted(name: str, keys: tuple[str, ...], values: tuple[str, ...]) -> dict[tuple[str, ...], tuple[object, ...]]:
    """The table as key -> values; missing ones are None."""
    found = {}
    for row in table(name).to_dict("records"):
        cells = tuple(None if pd.isna(row[value]) else row[value] for value in values)
        found[tuple(row[key] for key in keys)] = cells
    return found
