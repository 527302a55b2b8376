"""A paragraph on the limitations of a release's analyses, from what was checked of them.

Every sentence is a count of the release; what it means for the question, only an author can say. Nothing is said of a
check that found nothing, but what holds of every registry is: whom it knows, how progression is dated, what censoring
takes for granted, and that nobody was assigned to anything.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis import primary
from analysis.checklists.facts import ReleaseFacts
from analysis.removals import REMOVED
from analysis.report import labels, numbers
from analysis.report.sections import selection
from analysis.subjects.lesion_factors import OTHER_PROGRAM
from schemas.own_plan import IMPUTED
from schemas.thresholds import FEWEST_PATIENTS, MAX_IMAGING_GAP_DAYS, PH_ALPHA

SELECTED = "Only patients whose ablation was delivered are known, not those for whom another treatment was chosen."
NOT_ASSIGNED = (
    "Mutations, margins and treatments were not assigned at random: differences may be due to what goes along with "
    "them, and models adjust only for what the registry records."
)
INTERVALS = (
    "Local tumour progression is known only to lie between two scans, and is dated to the scan that shows it, so that "
    "times to it are too long, the more so the further scans are apart."
)
CENSORING = (
    "Estimates over time assume that patients who are no longer followed fare as those who still are; if they stop "
    "coming because they do worse or better, the estimates are biased."
)
TREATMENTS = "treatments"
"""The export of resections, transplants and systemic therapy."""
LTP = {"endpoint": primary.COMPETING_ENDPOINT, "level": primary.LEVEL, "grouping": "overall"}
OF_MODELS = ("cox", "logistic", "fine_gray", "lesion_models", "lesion_factor_models")


def paragraph(facts: ReleaseFacts) -> str:
    """Return the sentences, those on data first, then those on models."""
    return " ".join(sentences(facts))


def sentences(facts: ReleaseFacts) -> list[str]:
    """Return each limitation that the release shows, in order."""
    guards = _guards(facts)
    found = [facts.content.synthetic_text(), SELECTED, *_sites(facts), *_left_out(facts), *_missing(facts)]
    found += [_treatments(facts), *_margins(facts), _maturity(guards), INTERVALS, CENSORING, _unseen(facts)]
    found += [_competing(facts), NOT_ASSIGNED, _events(guards), _separated(guards), _tests(guards), _hazards(guards)]
    found += [_clusters(facts), _tried(facts), *_own_plan(facts)]
    return [sentence for sentence in found if sentence]


def _guards(facts: ReleaseFacts) -> pd.DataFrame:
    """Return what was checked of the built-in analyses, and of the registry's own."""
    plan = facts.content.own_plan
    tables = [facts.content.table("guards"), *([plan.table("guards")] if plan else [])]
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _of(n: int, of: int, noun: str, one: str, several: str) -> str:
    """Return '1 of 3 models has', '2 of 3 models have'."""
    return f"{n:,} of {numbers.counted(of, noun)} {one if n == 1 else several}"


def _sites(facts: ReleaseFacts) -> list[str]:
    n = len(facts.patients_by_site)
    if n == 1:
        return ["All patients are of one centre."]
    few = sum(size < FEWEST_PATIENTS for size in facts.patients_by_site.values())
    largest = max(facts.patients_by_site.values(), default=0)
    share = numbers.percent(largest / max(sum(facts.patients_by_site.values()), 1), 0)
    said = [f"The largest of {n} centres has {share} % of the patients."] if n else []
    few_words = f"{_of(few, n, 'centre', 'has', 'have')} fewer than {FEWEST_PATIENTS} patients."
    return said + ([few_words] if few else [])


def _left_out(facts: ReleaseFacts) -> list[str]:
    steps = [step for step in facts.content.flow_steps() if step.is_exclusion and step.lesions]
    if not steps:
        return []
    listed = "; ".join(f"{step.label.lower().replace('ltp', 'LTP')}, {step.lesions:,}" for step in steps)
    return [f"Lesions that are not analysed ({listed}) may fare differently from those that are."]


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
            f"{labels.grouping(row['term'])} is unknown in {numbers.percent(row['estimate'])} % of the patients, who "
            "are left out of tests and models with it."
        )
    missing = [(name, n, of) for name, n, of in missing_values(facts) if n > of / 10 and name not in GENES]
    if missing:
        listed = ", ".join(f"{_variable(name)} {numbers.percent(n / of, 0)} %" for name, n, of in missing)
        said.append(
            f"More than a tenth of the values are missing of {listed}. Models use complete cases, which are biased if "
            "values are missing for reasons that have to do with the outcome."
        )
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
    return (
        f"Only {numbers.percent(row['estimate'], 0)} % of the patients were followed for 12 months, or to an event "
        "before: later estimates rest on few."
    )


def _judged(guards: pd.DataFrame, guard: str) -> list[dict[str, Any]]:
    """Return what one guard found, of models that could be judged."""
    return [row for row in selection.records(selection.where(guards, guard=guard)) if row["state"] != "not applicable"]


def _in_state(rows: list[dict[str, Any]], state: str) -> int:
    return sum(row["state"] == state for row in rows)


def _events(guards: pd.DataFrame) -> str:
    """Say how many models have few events for their terms."""
    rows = _judged(guards, "events per variable")
    few, too_few = _in_state(rows, "caution"), _in_state(rows, "unreliable")
    said = [f"{_of(few, len(rows), 'model', 'has', 'have')} 5 to 10 events per variable"] if few else []
    said += [f"{_of(too_few, len(rows), 'model', 'has', 'have')} fewer than 5"] if too_few else []
    of_what = "" if few else " events per variable"
    return f"{' and '.join(said)}{of_what}: ratios are imprecise and tend to be too far from 1." if said else ""


def _separated(guards: pd.DataFrame) -> str:
    """Say in how many models a term lacks an estimate, and how many found no maximum."""
    rows, fits = _judged(guards, "separation"), _judged(guards, "convergence")
    separated, stuck = _in_state(rows, "not estimable"), _in_state(fits, "not estimable")
    said = ""
    if separated:
        said = f"In {_of(separated, len(rows), 'model', 'a', 'a')} term could not be estimated, because a group has no "
        said += "events or all of them."
    also = f"{_of(stuck, len(fits), 'model', 'has', 'have')} no finite estimate." if stuck else ""
    return f"{said} {also}".strip()


def _tests(guards: pd.DataFrame) -> str:
    rows = _judged(guards, "events to test") + _judged(guards, "expected events, smallest group")
    keys = ("endpoint", "level", "grouping", "cause", "model")
    every = {tuple(str(row[name]) for name in keys) for row in rows}
    bad = {tuple(str(row[name]) for name in keys) for row in rows if row["state"] == "not estimable"}
    said = _of(len(bad), len(every), "test", "between groups has", "between groups have")
    return f"{said} too few events for a p-value." if bad else ""


def _hazards(guards: pd.DataFrame) -> str:
    rows = _judged(guards, "proportional hazards, smallest p")
    bad = _in_state(rows, "caution")
    if not bad:
        return ""
    return (
        f"In {bad} of {numbers.counted(len(rows), 'model')} hazards do not seem proportional (p < {PH_ALPHA:g}): a "
        "ratio there is an average over the follow-up."
    )


def _treatments(facts: ReleaseFacts) -> str:
    """Say at which centres treatments after ablation are known."""
    sites = {one.site for one in facts.content.inputs} | set(facts.patients_by_site)
    told = {one.site for one in facts.content.inputs if one.export == TREATMENTS}
    what = "resection, transplant and systemic therapy after ablation"
    if not sites or told >= sites:
        return ""
    if not told:
        return f"No centre delivers {what}: they are neither adjusted for nor taken as competing with progression."
    return (
        f"{_of(len(told), len(sites), 'centre', 'delivers', 'deliver')} {what}; patients of the others count as if "
        "they had had none."
    )


def _margins(facts: ReleaseFacts) -> list[str]:
    """Say by how many programs margins were measured, and that their bound was chosen from the same lesions."""
    table = facts.content.table("lesion_factors")
    largest = selection.one(table, grouping="overall", quantity="largest_margin_with_ltp_mm")
    n_known = largest.get("n")
    if numbers.is_missing(n_known) or not n_known:
        return []
    programs = selection.distinct(selection.where(table, grouping="margin_software", quantity="rate"), "stratum")
    named = [one for one in programs if one and one != selection.UNKNOWN]
    how_many = "several" if OTHER_PROGRAM in named else f"{len(named)}"
    by = f"Margins were measured by {how_many} programs" if named else "No program is named that measured the margins"
    found = [f"{by}; programs differ by a millimetre and more."] if len(named) != 1 else []
    is_bound = not numbers.is_missing(largest.get("estimate"))
    return found + (["The largest margin with progression was chosen from the same lesions."] if is_bound else [])


def _unseen(facts: ReleaseFacts) -> str:
    """Say how many deaths came long after the last scan."""
    rows = selection.where(facts.content.table("sensitivity"), variant="last scan")
    notes = [part for note in selection.distinct(rows, "note") for part in note.split("; ")]
    said = next((part for part in notes if part.endswith("censored at that scan")), "")
    n = said.split(" ")[0]
    if not n.isdigit() or n == "0":
        return ""
    came = "1 death came" if n == "1" else f"{n} deaths came"
    return f"{came} more than {MAX_IMAGING_GAP_DAYS:g} days after the last scan: progression before them was not seen."


def _competing(facts: ReleaseFacts) -> str:
    """Say how many had what competes with LTP."""
    curves = selection.where(facts.content.table("cumulative_incidence"), **LTP)
    if "cause" not in curves or "n_events" not in curves:
        return ""
    counts = {int(float(cause)): int(own["n_events"].sum()) for (cause,), own in selection.parts(curves, "cause")}
    what = {2: "died without local tumour progression", REMOVED: "had all ablated areas removed"}
    said = [
        f"{numbers.counted(counts[cause], 'patient')} {words}" for cause, words in what.items() if counts.get(cause)
    ]
    if not said:
        return ""
    return (
        f"{' and '.join(said)}: where these are censored (Kaplan-Meier curves and cause-specific models of "
        "progression), an estimate says nothing of how many patients have it; cumulative incidence does."
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
    """Say how many p-values there are besides the primary one."""
    tested = facts.content.table("multiplicity")
    n = int(tested["p_value"].notna().sum()) if len(tested) else 0
    tables = [facts.content.table(name) for name in OF_MODELS]
    ratios = [one[one["quantity"].str.endswith("_ratio")] for one in tables if len(one)]
    n_terms = sum(int(one["p_value"].notna().sum()) for one in ratios)
    if n + n_terms <= 1:
        return ""
    return (
        f"Besides the primary contrast, there are p-values of {numbers.counted(n, 'test')} between groups and of "
        f"{numbers.counted(n_terms, 'term')} of models: where nothing differs, one in twenty is below 0.05 by chance. "
        "Those of tests between groups are adjusted for their number too, those of terms are not."
    )


def _own_plan(facts: ReleaseFacts) -> list[str]:
    """Say of the registry's own plan what came after the data, could not be made, is imputed, or is out of balance."""
    plan = facts.content.own_plan
    items = list(plan.items) if plan else []
    if plan is None or not items:
        return []
    late = sum("after data had been released" in item.declared for item in items)
    said = []
    if late:
        of, verb = f"{late} of {len(items)} analyses", "was" if late == 1 else "were"
        said.append(f"{of} of the registry's own plan {verb} declared after data had been released: exploratory.")
    guards = plan.table("guards")
    gone = {row["model"] for row in _judged(guards, "as declared") if row["state"] == "not estimable"}
    said += [f"{numbers.counted(len(gone), 'model')} of the plan could not be made as declared."] if gone else []
    imputed = [frame for frame in plan.tables.values() if "model" in frame]
    if any(frame["model"].astype(str).str.endswith(IMPUTED).any() for frame in imputed):
        said.append("Imputed models assume that values are missing at random, given what is in the equations.")
    uneven = _in_state(_judged(guards, "largest difference after weighting"), "caution")
    if uneven:
        said.append(f"{numbers.counted(uneven, 'comparison')} of treatments stays out of balance after weighting.")
    return said
