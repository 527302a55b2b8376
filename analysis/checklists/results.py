"""What a release answers about its results: follow-up, events, estimates, and what else was analysed."""

from __future__ import annotations

from typing import Any

from analysis import primary
from analysis.checklists import limitations
from analysis.checklists.facts import ReleaseFacts
from analysis.report import labels, numbers
from analysis.report.sections import selection

OVERALL = {"grouping": "overall", "stratum": "overall"}


def followup(facts: ReleaseFacts) -> str:
    """Return the median follow-up of the primary endpoint by reverse Kaplan-Meier."""
    row = _summary(facts, primary.ENDPOINT, "reverse_km_median_months")
    if numbers.is_missing(row.get("estimate")):
        return ""
    months = numbers.months_interval(*selection.share_of(row))
    return f"Median follow-up by reverse Kaplan-Meier {months} months."


def events(facts: ReleaseFacts) -> str:
    """Return the number of events of each patient-level endpoint."""
    table = selection.where(facts.content.table("km_summary"), level="patient", quantity="median_months", **OVERALL)
    said = [
        f"{labels.endpoint(row['endpoint'])}: {numbers.count(row['n_events'])} of {numbers.count(row['n'])}"
        for row in selection.records(table)
    ]
    return f"Patients with the event: {'; '.join(said)}." if said else ""


def ratios(facts: ReleaseFacts, analysis: str, model: str = primary.MODEL) -> str:
    """Return the hazard ratios of a built-in Cox model: ``univariable`` or ``multivariable``."""
    table = selection.where(
        facts.content.table("cox"), model=model, cohort="all", analysis=analysis, quantity="hazard_ratio"
    )
    said = [_ratio(row) for row in selection.records(table)]
    shown = [one for one in said if one]
    return f"Hazard ratios, {analysis}, {labels.endpoint(primary.ENDPOINT)}: {'; '.join(shown)}." if shown else ""


def _ratio(row: dict[str, Any]) -> str:
    name = labels.term(row["term"], row["term_level"], row["reference"])
    if numbers.is_missing(row.get("estimate")):
        return f"{name} not estimated"
    return f"{name} {numbers.ratio_interval(*selection.share_of(row))}, {numbers.p_equals(row.get('p_value'))}"


def absolute(facts: ReleaseFacts) -> str:
    """Return the primary endpoint's share free of the event at 12 months, by the groups of the primary contrast."""
    quantity = f"survival_{primary.LANDMARK_MONTHS}m"
    table = selection.where(
        facts.content.table("km_summary"),
        endpoint=primary.ENDPOINT,
        level=primary.LEVEL,
        grouping=primary.GROUPING,
        quantity=quantity,
    )
    said = [
        f"{labels.group(primary.GROUPING, row['stratum'])} {numbers.percent_interval(*selection.share_of(row))} %"
        for row in selection.records(table)
        if not numbers.is_missing(row.get("estimate"))
    ]
    if not said:
        return ""
    return f"{labels.endpoint(primary.ENDPOINT)} at {primary.LANDMARK_MONTHS} months: {'; '.join(said)}."


def characteristics(facts: ReleaseFacts) -> str:
    """Return which characteristics are described, and of how many."""
    table = facts.content.table("table_one")
    if table.empty:
        return ""
    names = [name for name in selection.distinct(table, "variable") if name != "n"]
    return f"{len(names)} characteristics of the patients, overall and by {labels.grouping(primary.GROUPING)}."


def missing(facts: ReleaseFacts) -> str:
    """Return the missing values of each characteristic."""
    found = limitations.missing_values(facts)
    said = [f"{labels.grouping(name)} {n} of {of}" for name, n, of in found if n and name != "n"]
    return f"Missing: {'; '.join(said)}." if said else "No value is missing." if found else ""


def others(facts: ReleaseFacts) -> str:
    """Return which further analyses there are."""
    found = []
    for name, words in (
        ("subgroups", "the primary contrast in subgroups, with tests of interaction"),
        ("sensitivity", f"sensitivity analyses ({_variants(facts)})"),
        ("fine_gray", "Fine-Gray models beside cause-specific ones"),
        ("lesion_factor_models", "models of lesions by margin and technique, clustered by patient"),
        ("multiplicity", "p-values adjusted for the number of tests"),
    ):
        found += [words] if len(facts.content.table(name)) else []
    text = "; ".join(found)
    return f"{text[:1].upper()}{text[1:]}." if found else ""


def sensitivity(facts: ReleaseFacts) -> str:
    """Return the sensitivity analyses, and how proportionality was judged."""
    return f"Sensitivity analyses: {_variants(facts)}." if _variants(facts) else ""


def subgroups(facts: ReleaseFacts) -> str:
    """Return the subgroups in which the primary contrast is shown."""
    groupings = selection.distinct(facts.content.table("subgroups"), "grouping")
    named = [labels.grouping(name) for name in groupings if name and name != "overall"]
    return f"Primary contrast by {', '.join(named)}, with tests of interaction." if named else ""


def _variants(facts: ReleaseFacts) -> str:
    return ", ".join(one for one in selection.distinct(facts.content.table("sensitivity"), "variant") if one)


def _summary(facts: ReleaseFacts, endpoint: str, quantity: str) -> dict[str, Any]:
    return selection.one(
        facts.content.table("km_summary"), endpoint=endpoint, level="patient", quantity=quantity, **OVERALL
    )
