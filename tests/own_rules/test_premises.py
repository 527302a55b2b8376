"""A rule that finds nothing because no row meets what its condition takes for granted: `registry rule try` says so."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from schemas.exports import EXPORTS
from tests.own_rules.files import book, document, metric, rule
from warehouse.own_rules.try_rule import try_on

COUNT = "SELECT count(*) FROM {object} "
ROWS = [("P1", "rfa", 60, "7"), ("P2", "rfa", 60, "8"), ("P3", "unknown", 50, "7"), ("P4", "unknown", None, None)]


@pytest.fixture(scope="module")
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """Four sessions, none of them with microwaves, and no zone that was measured."""
    with duckdb.connect() as con:
        con.execute("CREATE SCHEMA clean; CREATE SCHEMA meta")
        con.execute("CREATE TABLE meta.loads (site VARCHAR, export VARCHAR, delivery VARCHAR, extract_date DATE)")
        con.execute("INSERT INTO meta.loads VALUES ('north', 'rfa_sessions', 'a.csv', DATE '2024-06-30')")
        for export in EXPORTS.values():
            columns = ", ".join(f"{one.name} {one.duckdb_type}" for one in export.columns)
            con.execute(f"CREATE TABLE clean.{export.name} (row_id BIGINT, site VARCHAR, delivery VARCHAR, {columns})")
        con.executemany(
            "INSERT INTO clean.rfa_sessions BY NAME SELECT 'north' AS site, 'a.csv' AS delivery, ? AS patient_id, "
            "? AS modality, ? AS power_w, ? AS segment",
            ROWS,
        )
        yield con


NOTHING = "so finding none proves nothing."
SAID = {
    "a code": (
        document(rule(COUNT + "WHERE modality = 'mwa' AND {property} < 40")),
        f"No row of the release meets modality = 'mwa', {NOTHING} modality is rfa or unknown there.",
    ),
    "a code of a rule across rows": (
        document(rule(
            COUNT + "AS s WHERE s.modality = 'mwa' AND NOT EXISTS (SELECT 1 FROM patients p WHERE p.site = s.site)",
        )),
        f"No row of the release meets modality = 'mwa', {NOTHING} modality is rfa or unknown there.",
    ),
    "an identifier": (
        document(rule(COUNT + "WHERE patient_id = 'P9' AND {property} < 40")),
        f"No row of the release meets patient_id = 'P9', {NOTHING}",
    ),
    "two that no row meets together": (
        document(rule(COUNT + "WHERE modality = 'unknown' AND segment = '8' AND {property} < 40")),
        f"No row of the release meets modality = 'unknown' AND segment = '8', {NOTHING}",
    ),
    "the column itself": (
        document(metric("invalidValues", "{validValues: [40]}"), column="zone_long_mm"),
        f"No row of the release has zone_long_mm filled, {NOTHING}",
    ),
    "an extract date": (
        document(rule(COUNT + "WHERE extract_date < DATE '2020-01-01' AND {property} < 40")),
        f"No row of the release meets extract_date < CAST('2020-01-01' AS DATE), {NOTHING}",
    ),
    "nothing is taken for granted": (document(rule()), None),
    "it is met, and kept": (document(rule(COUNT + "WHERE modality = 'rfa' AND {property} < 40")), None),
    "it is met, and broken": (document(rule(COUNT + "WHERE modality = 'rfa' AND {property} < 61")), None),
}  # fmt: skip
"""What -> the rule, and what is said of it."""


@pytest.mark.parametrize("what", SAID)
def test_what_no_row_meets_is_said(release: duckdb.DuckDBPyConnection, what: str) -> None:
    """The part of the condition is quoted as the file has it; of what the rows hold, codes alone are named."""
    text, said = SAID[what]
    (own,) = book(text).own
    found = try_on(release, own)
    assert (found.unmet.sentence if found.unmet else None) == said
    assert found.unmet is None or found.n_broken == 0
