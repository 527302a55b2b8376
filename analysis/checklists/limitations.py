"""A paragraph on the limitations of a release's analyses, from what was checked of them.

Every sentence is a count of the release; what it means for the question, only an author can say. Nothing is said of a
check that found nothing, but what holds of every registry is: nobody was assigned to anything.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import primary
from analysis.checklists.facts import ReleaseFacts
from analysis.report import labels, numbers
from analysis.report.sections import selection
from schemas.thresholds import FEWEST_PATIENTS, PH_ALPHA

NOT_ASSIGNED = (
    "Neither mutations, margins nor treatments were assigned by chance: differences may be due to what goes along with "
    "them, and adjustment covers only what the registry knows."
)
INTERVALS = (
    "Local tumour progression is known only to lie between two scans, and counts from the day of the scan that shows "
    "it."
)


def paragraph(facts: ReleaseFacts) -> str:
    """Return the sentences, those on data first, then those on models."""
    return " ".join(sentences(facts))


def sentences(facts: ReleaseFacts) -> list[str]:
    """Return each limitation that the release shows, in order."""
    guards = facts.content.table("guards")
    found = [facts.content.synthetic_text(), *_sites(facts), *_left_out(facts), *_missing(facts)]
    found += [_maturity(guards), INTERVALS, NOT_ASSIGNED, _events(guards), _tests(guards), _hazards(guards)]
    found += [_clusters(facts), _tried(facts), _declared_late(facts)]
    return [sentence for sentence in found if sentence]


def _sites(facts: ReleaseFacts) -> list[str]:
    n = len(facts.patients_by_site)
    if n == 1:
        return ["All patients are of one centre."]
    few = sum(size < FEWEST_PATIENTS for size in facts.patients_by_site.values())
    largest = max(facts.patients_by_site.values(), default=0)
    share = numbers.percent(largest / max(sum(facts.patients_by_site.values()), 1), 0)
    said = [f"The largest of {n} centres has {share} % of the patients."] if n else []
    return said + ([f"{few} of {n} centres have fewer than {FEWEST_PATIENTS} patients each."] if few else [])


def _left_out(facts: ReleaseFacts) -> list[str]:
    steps = [step for step in facts.content.flow_steps() if step.is_exclusion and step.lesions]
    return [f"{step.label}: {numbers.counted(step.lesions, 'lesion')}." for step in steps]


def _missing(facts: ReleaseFacts) -> list[str]:
    """Say which genes are often unknown, and which covariates are missing most often."""
    said = []
    unknown = selection.where(
        facts.content.table("guards"),
        guard="share of unknown genotype",
        endpoint=primary.ENDPOINT,
        level=primary.LEVEL,
        state="caution",
    )
    for row in selection.records(unknown):
        said.append(
            f"{labels.grouping(row['term'])} is unknown in {numbers.percent(row['estimate'])} % of the patients."
        )
    missing = [(name, n, of) for name, n, of in missing_values(facts) if n > of / 10 and name not in GENES]
    if missing:
        listed = ", ".join(f"{_variable(name)} {numbers.percent(n / of, 0)} %" for name, n, of in missing)
        said.append(f"More than a tenth is missing of: {listed}. Models use complete cases.")
    return said


GENES = ("kras", "nras", "braf", "ras")


def missing_values(facts: ReleaseFacts) -> list[tuple[str, int, int]]:
    """Return (variable, missing, patients) of Table 1, in its order."""
    table = selection.where(facts.content.table("table_one"), stratum="overall")
    found: dict[str, tuple[int, int]] = {}
    for row in selection.records(table):
        if not numbers.is_missing(row.get("n_missing")) and not numbers.is_missing(row.get("n")):
            found.setdefault(str(row["variable"]), (int(row["n_missing"]), int(row["n"])))
    return [(name, missing, of) for name, (missing, of) in found.items() if of]


def _variable(name: str) -> str:
    return labels.grouping(name)


def _maturity(guards: pd.DataFrame) -> str:
    row = selection.one(
        guards, guard="maturity of follow-up", endpoint=primary.ENDPOINT, level=primary.LEVEL, state="caution"
    )
    if not row:
        return ""
    return f"Only {numbers.percent(row['estimate'], 0)} % of the patients were followed for 12 months or to an event."


def _of(guards: pd.DataFrame, guard: str) -> list[dict[str, Any]]:
    """Return what one guard found, of models that could be judged."""
    return [row for row in selection.records(selection.where(guards, guard=guard)) if row["state"] != "not applicable"]


def _events(guards: pd.DataFrame) -> str:
    """Say how many models have few events for their terms, and how many lack an estimate for it."""
    rows = _of(guards, "events per variable")
    few = sum(row["state"] == "caution" for row in rows)
    too_few = sum(row["state"] == "unreliable" for row in rows)
    separated = sum(row["state"] == "not estimable" for row in _of(guards, "separation"))
    said = f"Of {len(rows)} models, {few} have fewer than 10 events per variable and {too_few} fewer than 5."
    said = said if few or too_few else ""
    also = f" In {separated} a term could not be estimated, because a level has no events." if separated else ""
    return said + also if said else also.strip()


def _tests(guards: pd.DataFrame) -> str:
    rows = _of(guards, "events to test") + _of(guards, "expected events, smallest group")
    none = {(row["endpoint"], row["level"], row["grouping"], str(row["cause"]), row["model"]) for row in rows}
    bad = {
        (row["endpoint"], row["level"], row["grouping"], str(row["cause"]), row["model"])
        for row in rows
        if row["state"] == "not estimable"
    }
    return f"{len(bad)} of {len(none)} tests between groups have too few events for a p-value." if bad else ""


def _hazards(guards: pd.DataFrame) -> str:
    rows = _of(guards, "proportional hazards, smallest p")
    bad = sum(row["state"] == "caution" for row in rows)
    if not bad:
        return ""
    return (
        f"In {bad} of {len(rows)} models hazards are not proportional (p < {PH_ALPHA:g}), so that their ratios are "
        "means over the follow-up."
    )


def _clusters(facts: ReleaseFacts) -> str:
    """Say that lesions are clustered, and whether there are few clusters."""
    table = facts.content.table("lesion_models")
    if table.empty:
        return ""
    notes = [part for note in table["note"] for part in str(note).split("; ") if part.startswith("only ")]
    few = next((part for part in notes if "clusters" in part), "")
    said = (
        "Lesions of one patient are not independent; curves and shares of lesions without clustering are descriptive."
    )
    return f"{said} There are {few}." if few else said


def _tried(facts: ReleaseFacts) -> str:
    tested = facts.content.table("multiplicity")
    n = int(tested["p_value"].notna().sum()) if len(tested) else 0
    return f"{n} tests between groups were made besides the primary one; some are small by chance." if n > 1 else ""


def _declared_late(facts: ReleaseFacts) -> str:
    plan = facts.content.own_plan
    items = list(plan.items) if plan else []
    late = sum("after data had been released" in item.declared for item in items)
    if not late:
        return ""
    return f"{late} of {len(items)} analyses of the registry's own plan were declared after data had been released."
