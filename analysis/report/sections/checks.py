"""What was checked about an estimate, in a few words to print beside it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.report import labels as words
from analysis.report import numbers
from analysis.report.content import ReportContent
from analysis.report.sections import selection
from schemas.thresholds import EVENTS_PER_VARIABLE_UNRELIABLE, EVENTS_PER_VARIABLE_WARN

STATE_WORDS = {"caution": "caution", "unreliable": "unreliable", "not estimable": "not estimable"}
CAUTION = "read with caution"
"""The end of a note that warns of few expected events (expected_events.py)."""


def events_per_variable(value: Any) -> str:
    """'28.0', '7.0 (caution)' below 10, '4.8 (unreliable)' below 5."""
    if numbers.is_missing(value):
        return numbers.MISSING
    number = float(value)
    if number < EVENTS_PER_VARIABLE_UNRELIABLE:
        return f"{number:.1f} (unreliable)"
    return f"{number:.1f} (caution)" if number < EVENTS_PER_VARIABLE_WARN else f"{number:.1f}"


def of_test(row: dict[str, Any]) -> str:
    """'p = 0.017' of a test between groups, with a word of caution where its note has one; '' without a p-value."""
    p = numbers.p_equals(row.get("p_value"))
    return ", ".join([p, *_cautions(row)]) if p else ""


def below_figure(name: str, row: dict[str, Any]) -> str:
    """' Log-rank test: fewer than 5 ... read with caution.', the same word for a figure's note; '' without one."""
    caution = _cautions(row) if numbers.p_equals(row.get("p_value")) else []
    return f" {name}: {'; '.join(caution)}." if caution else ""


def _cautions(row: dict[str, Any]) -> list[str]:
    return [part for part in numbers.text(row.get("note")).split("; ") if part.endswith(CAUTION)]


def of_cohort(guards: pd.DataFrame, endpoint: str, level: str, grouping: str = "") -> str:
    """'76 % followed for 12 months or to an event; NRAS unknown in 4.0 %.' Empty where nothing was checked. `guards` is
    analysis.guards."""
    rows = selection.where(guards, endpoint=endpoint, level=level, model="")
    maturity = selection.one(rows, guard="maturity of follow-up")
    said = []
    if not numbers.is_missing(maturity.get("estimate")):
        share = numbers.percent(maturity["estimate"], 0)
        said.append(f"{share} % followed for 12 months or to an event{_state(maturity)}")
    for row in selection.records(selection.where(rows, guard="share of unknown genotype")):
        unknown: Any = row.get("estimate")
        is_asked = grouping in ("", row["term"])
        if is_asked and not numbers.is_missing(unknown) and float(unknown) > 0:
            said.append(f"{words.grouping(row['term'])} unknown in {numbers.percent(unknown)} %{_state(row)}")
    return f"{'; '.join(said)}." if said else ""


def of_model(content: ReportContent, **labels: str) -> str:
    """'events per variable 7.0 (caution); converged; no separation; proportional hazards: smallest p = 0.265'."""
    rows = selection.where(content.table("guards"), **labels)
    found = {row["guard"]: row for row in selection.records(rows)}
    first: dict[str, Any] = next(iter(found.values()), {})
    if not numbers.is_missing(first.get("n_events")) and not int(first["n_events"]):
        return "not fitted: no events"
    said = []
    if "events per variable" in found:
        said.append(f"events per variable {events_per_variable(found['events per variable']['estimate'])}")
    for guard, good, bad in (
        ("convergence", "converged", "terms without a finite maximum: {}"),
        ("separation", "no separation", "separated terms: {}"),
    ):
        if guard in found and found[guard].get("state") == "not applicable":
            continue  # nothing was fitted, or nothing is shown
        if guard in found and not numbers.is_missing(found[guard].get("estimate")):
            n = int(found[guard]["estimate"])
            said.append(bad.format(n) if n else good)
    hazards = found.get("proportional hazards, smallest p", {})
    if p := numbers.p_equals(hazards.get("estimate")):
        said.append(f"proportional hazards: smallest {p}{_state(hazards)}")
    return "; ".join(said)


def _state(row: dict[str, Any]) -> str:
    word = STATE_WORDS.get(numbers.text(row.get("state")), "")
    return f" ({word})" if word else ""
