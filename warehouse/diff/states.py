"""Collects the data that the estimates read, in each state between two releases.

The states are: the earlier release as stored; its clean rows derived by today's code; the patients of the earlier
release, with corrected patients as they are now and without those who left; the same, with followed-up patients as they
are now; the later release. A patient with both corrected and new rows counts as corrected. A patient who was set aside
and no longer is was known before: that is a correction, not a new patient.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb

from schemas.exports import EXPORTS, TREATMENTS
from warehouse.derived.derive import derive_all
from warehouse.diff.differing_patients import may_differ
from warehouse.diff.pair import Pair
from warehouse.diff.rows import CHANGED_ROWS, LESIONS
from warehouse.storage.connection import create_schemas

if TYPE_CHECKING:
    import pandas as pd

FOLLOW_UP = ("vital_status", "death_date", "death_cause", "last_contact_date")
"""Columns of a patient's row that hold follow-up: a death, a later contact."""
REDERIVED = "rederived"
GROUPS = "patient_groups"
FACTORS = ("kras", "nras", "braf", "ras", "diameter_ge_30")
SUBJECTS = "endpoint = 'LTPFS' AND level = 'patient' AND days IS NOT NULL"
"""The subjects of the main estimates: those of the primary endpoint (analysis/primary.py)."""


@dataclass(frozen=True)
class Moved:
    """How many patients, as the estimates see them, are new, corrected (including those no longer set aside), followed
    up (new rows only) or gone (`left`); `by_code`: moved by the code alone, None if the code is the same.
    """

    new: int
    corrected: int
    followed: int
    left: int
    by_code: int | None


@contextmanager
def derived_anew(pair: Pair) -> Iterator[str]:
    """Derive the earlier release's clean rows with today's SQL in a temporary catalogue, and yield its name.

    duckdb.BinderException or CatalogException if today's SQL reads what the earlier release does not have.
    """
    con = pair.con
    row = con.execute("SELECT current_database()").fetchone()
    assert row is not None
    con.execute(f"ATTACH ':memory:' AS {REDERIVED}")
    try:
        con.execute(f"USE {REDERIVED}")
        create_schemas(con)
        con.execute("CREATE SCHEMA work")
        for name in EXPORTS:
            # copied to tables, because through views of the release the derivation takes forty times as long
            there = pair.columns(f"clean.{name}")  # of an export that the earlier release did not know, no row
            rows = f"{pair.before}.clean.{name}" if there else f"{pair.after}.clean.{name} LIMIT 0"
            con.execute(f"CREATE TABLE clean.{name} AS FROM {rows}")
        con.execute(
            "CREATE VIEW work.set_aside_sessions AS SELECT site, patient_id, NULL::VARCHAR AS lesion_id "  # noqa: S608
            f"FROM {pair.before}.derived.patient_ltpfs WHERE has_lesions_set_aside"
        )
        telling = f"(SELECT site FROM {pair.before}.meta.loads WHERE export = '{TREATMENTS}' AND status = 'accepted')"  # noqa: S608
        con.execute(
            f"CREATE TABLE work.with_treatments AS SELECT DISTINCT site, patient_id "  # noqa: S608
            f"FROM {pair.before}.clean.rfa_sessions SEMI JOIN {telling} USING (site)"
        )
        derive_all(con)
        con.execute(f'USE "{row[0]}"')
        yield REDERIVED
    finally:
        con.execute(f'USE "{row[0]}"')
        con.execute(f"DETACH {REDERIVED}")


def find_groups(pair: Pair, earlier: str) -> None:
    """Create patient_groups: site, patient_id, is_followed (known before, and deliveries brought only new rows) and
    is_freed (not known before because set aside). A changed patients row is new follow-up if it reports a death or a
    later contact of a patient not known to be dead; any other changed row is a correction.
    """
    brought = "cause_delivery IS NOT NULL"
    followed_on = f"""(
        r.export = 'patients' AND r.change = 'changed' AND r.why IS NULL AND list_has_all({list(FOLLOW_UP)}, r.columns)
        AND b.vital_status IS DISTINCT FROM 'dead' AND b.death_date IS NULL
        AND coalesce(a.last_contact_date >= b.last_contact_date, b.last_contact_date IS NULL)
    )"""
    is_new = f"coalesce(r.change = 'new' AND r.why IS NULL OR {followed_on}, false)"
    pair.con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {GROUPS} AS
        WITH r AS (
            SELECT r.site, r.patient_id,
                   bool_or(r.export = 'rfa_sessions' AND r.why LIKE 'was set aside%') AS was_aside,
                   bool_or({brought} AND NOT {is_new}) AS has_correction, bool_or({brought} AND {is_new}) AS has_new
            FROM {CHANGED_ROWS} r
            LEFT JOIN {pair.before}.clean.patients b ON b.site = r.site AND b.patient_id = r.patient_id
            LEFT JOIN {pair.after}.clean.patients a ON a.site = r.site AND a.patient_id = r.patient_id
            WHERE r.export <> '{LESIONS}' GROUP BY r.site, r.patient_id
        )
        SELECT r.site, r.patient_id, k.site IS NOT NULL AND has_new AND NOT has_correction AS is_followed,
               k.site IS NULL AND was_aside AS is_freed
        FROM r LEFT JOIN {earlier}.derived.patient_ltpfs k USING (site, patient_id)
        """  # noqa: S608 (own names)
    )


def moved(pair: Pair, earlier: str) -> Moved:
    """Count the patients that each factor concerns. `earlier` is the catalogue that `derived_anew` yields, or the
    earlier release's own if the code is the same.
    """
    if earlier == pair.before and all(pair.is_same(f"derived.{t}") for t in ("patient_ltpfs", "time_to_event")):
        return Moved(0, 0, 0, 0, None)
    new, changed, left, freed, followed = _between(pair, earlier, pair.after)
    by_code = None if earlier == pair.before else sum(_between(pair, pair.before, earlier)[:3])
    return Moved(new - freed, changed - followed + freed, followed, left, by_code)


def _between(pair: Pair, first: str, second: str) -> tuple[int, int, int, int, int]:
    """Count the patients who are in `second` alone, in both but different, and in `first` alone; then how many of the
    first kind are freed and how many of the second kind are followed up.
    """
    patients, times = (
        (f"{first}.derived.{table}", f"{second}.derived.{table}") for table in ("patient_ltpfs", "time_to_event")
    )
    of_patients = ["site", "patient_id", "ltp", *map(_factor, FACTORS)]
    of_times = ["site", "patient_id", "days", "event"]
    kept = " OR ".join(
        (
            may_differ(pair, patients, of_patients, "buckets_seen"),
            may_differ(pair, times, of_times, "buckets_seen_times", SUBJECTS),
        )
    )
    counted = pair.one(
        f"""
        WITH a AS (FROM ({_seen(second)}) WHERE {kept}), b AS (FROM ({_seen(first)}) WHERE {kept})
        SELECT count(*) FILTER (b.site IS NULL) AS new,
               count(*) FILTER (a.site IS NOT NULL AND b.site IS NOT NULL) AS corrected,
               count(*) FILTER (a.site IS NULL) AS gone,
               count(*) FILTER (b.site IS NULL AND g.is_freed) AS freed,
               count(*) FILTER (a.site IS NOT NULL AND b.site IS NOT NULL AND g.is_followed) AS followed
        FROM (SELECT a.* FROM a ANTI JOIN b USING (h)) a
        FULL JOIN (SELECT b.* FROM b ANTI JOIN a USING (h)) b ON a.site = b.site AND a.patient_id = b.patient_id
        LEFT JOIN {GROUPS} g ON g.site = a.site AND g.patient_id = a.patient_id
        """  # noqa: S608 (own text)
    )
    return counted["new"], counted["corrected"], counted["gone"], counted["freed"], counted["followed"]


def _seen(catalogue: str) -> str:
    """SQL of a hash of what the estimates read of each patient."""
    factors = ", ".join(map(_factor, FACTORS))
    return f"""
        SELECT p.site, p.patient_id, hash(p.site, p.patient_id, p.ltp, {factors}, t.days, t.event) AS h
        FROM {catalogue}.derived.patient_ltpfs p LEFT JOIN {_subjects(catalogue)} t USING (site, patient_id)
    """  # noqa: S608 (own names)


def counted(pair: Pair, *parts: tuple[str, str]) -> tuple["pd.DataFrame", "pd.DataFrame"]:
    """Return (evaluable patients: ltp, FACTORS, count; subjects of LTPFS: days, event, FACTORS, count), with equal rows
    counted together as in analysis/subjects/. Each part is a catalogue and SQL that selects its patients.
    """
    status, times = [], []
    for catalogue, where in parts:
        patients = f"{_factors()} FROM {catalogue}.derived.patient_ltpfs p"
        status.append(f"SELECT ltp::INTEGER AS ltp, {patients} WHERE ltp IS NOT NULL AND {where}")
        join = f"JOIN {_subjects(catalogue)} t USING (site, patient_id)"
        times.append(f"SELECT t.days, t.event, {patients} {join} WHERE {where}")
    first, second = (
        pair.con.execute(
            f"SELECT *, count(*) AS count FROM ({' UNION ALL '.join(rows)}) GROUP BY ALL ORDER BY ALL"  # noqa: S608
        ).df()
        for rows in (status, times)
    )
    return first, second


def once_corrected(pair: Pair, earlier: str) -> tuple[tuple[str, str], ...]:
    """The parts of the state with corrections applied and without those who left; followed patients are as before."""
    followed = f"(site, patient_id) IN (SELECT site, patient_id FROM {GROUPS} WHERE is_followed)"  # noqa: S608
    ((after, known),) = once_followed(pair, earlier)
    return (after, f"{known} AND NOT {followed}"), (earlier, followed)


def once_followed(pair: Pair, earlier: str) -> tuple[tuple[str, str]]:
    """The part of the state with new follow-up applied as well: all patients but the new ones."""
    known = (
        f"(site, patient_id) IN (SELECT site, patient_id FROM {earlier}.derived.patient_ltpfs "  # noqa: S608 (own names)
        f"UNION ALL SELECT site, patient_id FROM {GROUPS} WHERE is_freed)"
    )
    return ((pair.after, known),)


def _factor(name: str) -> str:
    return f"coalesce({name}::VARCHAR, 'unknown')"


def _factors() -> str:
    return ", ".join(f"{_factor(name)} AS {name}" for name in FACTORS)


def _subjects(catalogue: str) -> str:
    return (
        f"(SELECT site, patient_id, days, event FROM {catalogue}.derived.time_to_event "  # noqa: S608 (own names)
        f"WHERE {SUBJECTS})"
    )


def estimates(pair: Pair, catalogue: str) -> dict[str, "pd.DataFrame"]:
    """Read the stored analyses that hold the main estimates; tables that do not exist are left out."""
    found = {}
    for name in ("ltp_rates", "km_summary", "cox", "logistic"):
        try:
            found[name] = pair.con.execute(f"SELECT * FROM {catalogue}.analysis.{name}").df()  # noqa: S608 (own names)
        except duckdb.CatalogException:
            continue
    return found
