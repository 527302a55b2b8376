"""What a release answers about the marker: specimens, assays, its values, and treatments (REMARK)."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.checklists.facts import ReleaseFacts
from analysis.declared_models import STUDY_COVARIATES
from analysis.report import labels, numbers
from analysis.report.sections import selection

VALUES = (
    "Each of KRAS, NRAS and BRAF is mutant, wild-type or unknown, from the patient's best specimen (liver metastasis, "
    "other metastasis, primary, ctDNA) that has a conclusive result; wild-type is never assumed. A variant of "
    "uncertain significance counts as wild-type and is flagged. RAS is mutant if KRAS or NRAS is, and wild-type if "
    "both are."
)


def treatments(facts: ReleaseFacts) -> str:
    """Return how lesions were treated."""
    said = _listed(facts.modalities, str.upper)
    return f"Lesions by technique of their first session: {said}." if said else ""


def specimens(facts: ReleaseFacts) -> str:
    """Return where specimens were taken."""
    said = _listed(facts.specimens)
    return f"Specimens by site of origin: {said}." if said else ""


def assays(facts: ReleaseFacts) -> str:
    """Return what the panels covered."""
    said = _listed(facts.panels)
    return f"Specimens by what was tested: {said}." if said else ""


def variables(facts: ReleaseFacts) -> str:
    """Return the characteristics described, and those in the models that are declared in advance."""
    table = facts.content.table("table_one")
    named = [labels.grouping(name) for name in selection.distinct(table, "variable") if name != "n"]
    if not named:
        return ""
    models = ", ".join(labels.grouping(name) for name in STUDY_COVARIATES)
    return f"Described: {', '.join(named)}. In the declared models: {models}; none was chosen by its p-value."


def _listed(counts: Mapping[str, int], named=str) -> str:
    return ", ".join(f"{named(name).replace('_', ' ')} {numbers.count(n)}" for name, n in counts.items())
