"""Reads the file of a study that several sites make together: the forms of plan.toml, and what sites can add up of it.

Every column of a model must be the same at each site, whoever has which class there, so classes are those that the
contract, or the study itself, names. Its hash is that of what it says, however the file is laid out.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from schemas.own_plan import COX
from warehouse.cohorts.plan_form import Plan, PlannedCurves, PlannedModel, PlanRefused
from warehouse.cohorts.terms import Term
from warehouse.derived.endpoint_definitions import definitions_of
from warehouse.storage.errors import RegistryError
from warehouse.storage.home_files import read_one
from workflows.cohort_estimates.asked import columns_of
from workflows.cohort_estimates.models import FormulaAsked, is_number
from workflows.own_plan import plan_of
from workflows.plan_checks import read_strictly, term_of

SITE, UNKNOWN, NOT_TESTED = "site", "unknown", "not_tested"
PER_PATIENT = (None, "patient_id")


@dataclass(frozen=True)
class Study:
    """A study: its plan, and the SHA-256 by which all sites know it."""

    plan: Plan
    sha256: str

    @property
    def curves(self) -> tuple[PlannedCurves, ...]:
        """Return the curves."""
        return self.plan.all_curves

    @property
    def models(self) -> tuple[PlannedModel, ...]:
        """Return the models."""
        return self.plan.all_models

    @property
    def definitions(self) -> dict[str, str]:
        """Return endpoint -> the SHA-256 of how this version of the registry makes it."""
        names = sorted({item.endpoint for item in (*self.curves, *self.models)})
        return {name: _definition(name) for name in names}


def read_study(path: Path) -> Study:
    """Read a study's file. PlanRefused, in one sentence with its cure, if it states none that sites can make."""
    try:
        file = read_one(path)
    except OSError as error:
        raise RegistryError(f"{path} cannot be read ({error.strerror}).", "Name the study's file.") from None
    plan = plan_of(file)
    if plan.comparisons:
        raise PlanRefused(f"{file.name} compares treatments, which sites cannot do together.", "Leave it out.")
    for model in plan.all_models:
        _check_model(plan, model, f"{file.name}: model {model.name}")
    for curves in plan.all_curves:
        _check_curves(plan, curves, f"{file.name}: curves {curves.name}")
    said = sorted((one.kind, one.item.name, one.sha256) for one in plan.definitions)
    return Study(plan, hashlib.sha256(json.dumps(said).encode()).hexdigest())


def is_within_sites(model: PlannedModel) -> bool:
    """Whether the model is stratified by site, so that each site's score is a part of the whole."""
    return SITE in model.strata


def labels_of(term: Term, level: str) -> list[str]:
    """Return the classes that a term can have anywhere, in the order of strata; [] if nobody can tell."""
    from analysis.tidy import stratum_order

    if term.labels:
        return stratum_order(term.labels)
    column = columns_of(level)[term.column]
    known = ("false", "true") if column.kind == "BOOLEAN" else tuple(str(code) for code in column.codes)
    return stratum_order(label for label in known if label not in (UNKNOWN, NOT_TESTED))


def _check_model(plan: Plan, model: PlannedModel, where: str) -> None:
    if model.fitted_by != COX:
        raise PlanRefused(f"{where} is {model.fitted_by}; sites add up Cox models.", 'Write method = "cox".')
    for key, is_asked in (
        ("entry", model.entry is not None),
        ("time_varying", bool(model.time_varying)),
        ("imputations", model.imputations is not None),
        ("test", model.test),
    ):
        if is_asked:
            raise PlanRefused(f"{where} has {key}, which sites cannot do together yet.", f"Leave {key} out.")
    if model.cluster not in (PER_PATIENT if model.level == "lesion" else (None,)):
        raise PlanRefused(f"{where} clusters by {model.cluster}.", "Leave cluster out: lesions cluster by patient.")
    if model.level == "lesion" and not is_within_sites(model):
        raise PlanRefused(
            f"{where} is of lesions, whose clustered variance needs each site's own risk sets.",
            'Write strata = "site".',
        )
    terms = read_strictly(model.formula, where)
    asked = FormulaAsked(model.formula, named=plan.named)
    for name in terms.names:
        _check_term(asked.term(name, is_class=name in terms.as_classes), model.level, where)


def _check_curves(plan: Plan, curves: PlannedCurves, where: str) -> None:
    if curves.entry is not None:
        raise PlanRefused(f"{where} have entry, which sites cannot do together yet.", "Leave entry out.")
    if curves.strata:
        raise PlanRefused(f"{where} have strata.", "Leave them out: groups are compared over all and within sites.")
    if curves.by is not None:
        _check_term(term_of(plan, curves.by), curves.level, where)


def _check_term(term: Term, level: str, where: str) -> None:
    if not is_number(term, level) and len(labels_of(term, level)) < 2:
        raise PlanRefused(
            f"{where} has classes of {term.name}, of which nobody knows what they are elsewhere.",
            "Name classes by conditions under [[groups]], or numbers in categories under [[terms]].",
        )


def _definition(endpoint: str) -> str:
    said = sorted((one.level, one.select) for one in definitions_of(endpoint))
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
