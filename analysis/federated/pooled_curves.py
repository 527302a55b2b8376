"""Curves and tests of several sites from counts by day and group, or from the scores that each site gives.

Subjects of one day, event, group and site are equal to every estimator here, so their counts stand for the rows:
Kaplan-Meier, cumulative incidence, log-rank and Gray's test are those of the pooled rows to the last digit, and so are
the tests within sites. Where sites give no exact counts they give the scores of the tests within them, and these add
up; a test across sites has no such parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis import guards
from analysis.estimates import cumulative_incidence, gray, kaplan_meier, logrank
from analysis.estimates.expected_events import caution, why_not_tested
from analysis.estimates.risk_table import RiskTable, risk_table
from analysis.subjects.counted import COUNT
from analysis.tidy import UNKNOWN, as_float, stratum_labels, tidy

SITE = "site"


@dataclass(frozen=True)
class WithinSite:
    """The score of a test within one site, or their sum: of each of ``groups`` the events more than expected, their
    covariance, the events and the expected ones, in the order of the groups; ``n`` subjects.
    """

    groups: tuple[str, ...]
    n: int
    n_events: int
    expected: np.ndarray
    score: np.ndarray
    variance: np.ndarray


def curve_tables(
    frame: pd.DataFrame,
    grouping: str,
    endpoint: str,
    level: str,
    *,
    competes: bool,
    curve_note: str = "",
    note: str = "",
) -> dict[str, pd.DataFrame]:
    """Return the curves of counted subjects (days, event, ``grouping``, count): overall or by the grouping."""
    named: dict[str, Any] = {"grouping": grouping, "endpoint": endpoint, "level": level, "count": COUNT}
    shown = named | {"note": curve_note}
    found = {"km_curve": kaplan_meier.km_curve(frame, **shown), "km_summary": kaplan_meier.km_summary(frame, **shown)}
    named |= {"note": note}
    if competes:
        causes = cumulative_incidence.CAUSES
        made = cumulative_incidence.cumulative_incidence(frame, causes=causes, **named)
        found["cumulative_incidence"] = made
    return found


def compared_tables(
    frame: pd.DataFrame, grouping: str, endpoint: str, level: str, *, competes: bool, note: str = ""
) -> dict[str, pd.DataFrame]:
    """Return the tests between the groups of exact counted subjects, which name their ``site``: over all, then within
    sites.
    """
    named: dict[str, Any] = {"grouping": grouping, "endpoint": endpoint, "level": level, "count": COUNT, "note": note}
    causes = tuple(cumulative_incidence.CAUSES) if competes else (1,)
    ways: list[dict[str, Any]] = [{}, {"strata": SITE}]
    found = {"logrank": pd.concat([logrank.logrank(frame, **named, **way) for way in ways], ignore_index=True)}
    if competes:
        tests = [gray.gray(frame, causes=causes, **named, **way) for way in ways]
        found["gray"] = pd.concat(tests, ignore_index=True)
    return found


def score_within(frame: pd.DataFrame, grouping: str, cause: int, *, is_gray: bool) -> WithinSite | None:
    """Return the score of the log-rank test, or of Gray's test of a cause, within one site; None with fewer than two
    known groups.
    """
    labels = stratum_labels(frame[grouping])
    known = labels != UNKNOWN
    groups, codes = np.unique(labels[known].astype(str), return_inverse=True)
    if len(groups) < 2:
        return None
    days, event, count = (as_float(frame[name])[known] for name in ("days", "event", COUNT))
    event = event if is_gray else (event == cause).astype(float) * cause
    table = risk_table(days, event, cause, count, codes, len(groups))
    score, variance = _scored(table, is_gray=is_gray)
    n_events = int(count[event == cause].sum())
    return WithinSite(tuple(groups.tolist()), int(count.sum()), n_events, table.expected(), score, variance)


def summed(parts: Sequence[WithinSite]) -> WithinSite:
    """Return the sum over sites; a group that a site has not adds nothing there."""
    groups = tuple(dict.fromkeys(group for part in parts for group in part.groups))
    expected, score, variance = np.zeros(len(groups)), np.zeros(len(groups)), np.zeros((len(groups), len(groups)))
    for part in parts:
        at = [groups.index(group) for group in part.groups]
        expected[at] += part.expected
        score[at] += part.score
        variance[np.ix_(at, at)] += part.variance
    n, n_events = (sum(getattr(part, name) for part in parts) for name in ("n", "n_events"))
    return WithinSite(groups, n, n_events, expected, score, variance)


def scored_row(sums: WithinSite, labels: Mapping[str, Any], method: str, note: str) -> dict[str, Any]:
    """Return the row of a test within sites from the sum of their scores, with the guards of the test of rows."""
    from scipy.special import chdtrc

    used = np.flatnonzero(sums.expected > 0.0)
    smallest, df = float(sums.expected.min()), max(len(used) - 1, 0)
    row = dict(labels) | {"n": sums.n, "n_events": sums.n_events, "min_expected": smallest, "method": method}
    reason = "" if df else "no event while more than one group was at risk"
    reason = reason or why_not_tested(sums.n_events, smallest)
    if not reason:
        own = used[:-1]
        statistic = float(sums.score[own] @ np.linalg.pinv(sums.variance[np.ix_(own, own)]) @ sums.score[own])
        row |= {"estimate": statistic, "df": df, "p_value": float(chdtrc(df, statistic))}
    return row | {"note": guards.join_notes(reason or caution(smallest), note)}


def within_tables(
    scores: Mapping[str, Sequence[WithinSite]], grouping: str, endpoint: str, level: str, notes: Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Return the tests within sites: ``scores`` of each site, and a note, by test: "logrank", or "gray 1" for Gray's of
    a cause.
    """
    labels = {"endpoint": endpoint, "level": level, "grouping": grouping}
    rows: dict[str, list[dict[str, Any]]] = {"logrank": [], "gray": []}
    for name, parts in scores.items():
        if not parts:
            continue
        test, _, cause = name.partition(" ")
        made = logrank.METHOD if test == "logrank" else gray.METHOD
        own = labels | {"quantity": f"{test}_chi2"} | ({"cause": int(cause)} if cause else {})
        rows[test].append(scored_row(summed(parts), own, f"{made}, stratified by {SITE}", notes[name]))
    columns = {"logrank": logrank.COLUMNS, "gray": gray.COLUMNS}
    return {test: tidy(found, columns[test]) for test, found in rows.items() if found}


def _scored(table: RiskTable, *, is_gray: bool) -> tuple[np.ndarray, np.ndarray]:
    return gray.score_of(table) if is_gray else logrank.score_of(table)
