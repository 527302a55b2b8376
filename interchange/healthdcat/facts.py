"""Reads from a release what a description of it and its label say: aggregates over everybody, and no row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from interchange.outgoing import Outgoing
from schemas.thresholds import DAYS_PER_MONTH
from warehouse.storage.connection import table_exists

TYPICAL = (0.05, 0.95)
"""The ages between which nine patients of ten are."""
COVERAGE = f"""
    SELECT min(first_ablation_date), max(first_ablation_date), count(*), count(DISTINCT site),
           quantile_cont(age_at_ablation_years, {TYPICAL[0]}), quantile_cont(age_at_ablation_years, {TYPICAL[1]})
    FROM cohort.patients
"""  # noqa: S608 (own text)
FOLLOWED = f"""
    SELECT avg(last_known_alive_date - first_ablation_date) / {DAYS_PER_MONTH}
    FROM cohort.patients JOIN derived.last_known_alive USING (site, patient_id)
"""  # noqa: S608 (own text)
ADDED = """
    SELECT median(l.arrived_at[:10]::DATE - s.session_date)
    FROM clean.rfa_sessions s JOIN meta.loads l
        ON l.site = s.site AND l.delivery = s.delivery AND l.export = 'rfa_sessions' AND l.status = 'accepted'
"""
SCORES = """
    SELECT kahn_category, sum(n_rules)::BIGINT, sum(n_failed)::BIGINT FROM released.quality.scorecard
    GROUP BY ALL ORDER BY ALL
"""
DELIVERIES = "SELECT count(*), count(*) FILTER (status = 'accepted') FROM meta.loads"
ANSWERED = "SELECT count(*) FILTER (status = 'applied') FROM released.quality.answers"


@dataclass(frozen=True)
class Facts:
    """What is known: None where the release says nothing, and of every count under a mode of disclosure control."""

    first_day: date | None = None
    last_day: date | None = None
    n_patients: int | None = None
    n_sites: int | None = None
    youngest: int | None = None
    oldest: int | None = None
    followed_months: float | None = None
    added_days: float | None = None
    n_records: int | None = None
    n_deliveries: int | None = None
    n_accepted: int | None = None
    n_applied: int | None = None
    scores: tuple[tuple[str, int, int], ...] = ()


def facts_of(release: Outgoing) -> Facts:
    """Return the facts of a release."""
    if release.leaves:
        return Facts()
    con = release.con
    first, last, n_patients, n_sites, youngest, oldest = con.execute(COVERAGE).fetchone() or (None,) * 6
    has_answers, has_scores = (table_exists(con, "released.quality", name) for name in ("answers", "scorecard"))
    (followed,), (added,) = (con.execute(sql).fetchone() or (None,) for sql in (FOLLOWED, ADDED))
    n_deliveries, n_accepted = con.execute(DELIVERIES).fetchone() or (None, None)
    applied = con.execute(ANSWERED).fetchone() if has_answers else None
    return Facts(
        first,
        last,
        n_patients,
        n_sites,
        None if youngest is None else int(youngest),
        None if oldest is None else int(oldest),
        followed,
        added,
        sum(release.count(name) for name in release.tables if name.startswith("clean.")),
        n_deliveries,
        n_accepted,
        applied[0] if applied else None,
        tuple(con.execute(SCORES).fetchall()) if has_scores else (),
    )
