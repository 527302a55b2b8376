"""Checks what a plan says of covariates that change during follow-up: which there are, and what goes with them."""

from schemas.own_plan import COX, PRIMARY, VARYING
from warehouse.cohorts.plan_form import Plan, PlannedModel, PlanRefused
from workflows.plan_checks import read_strictly, unknown

KEYS = {column: key for key, column in VARYING.items()}


def check_time_varying(plan: Plan, name: str) -> Plan:
    """Return the plan. PlanRefused, in one sentence, if a model names such a covariate otherwise than it can be."""
    for model in plan.all_models:
        if model.time_varying:
            _check_model(plan, model, f"{name}: model {model.name}")
        _check_unlisted(plan, model, f"{name}: model {model.name}")
    return plan


def _check_model(plan: Plan, model: PlannedModel, where: str) -> None:
    for key in model.time_varying:
        if key not in VARYING:
            raise unknown(where, key, "covariate that changes in time", VARYING)
    if model.fitted_by != COX:
        raise PlanRefused(f"{where}: time_varying belongs to Cox models.", 'Write method = "cox", or leave it out.')
    if model.test:
        said = (
            f"{where}: test does not go with time_varying, since a risk at 24 months would need the therapies to come."
        )
        raise PlanRefused(said, "Leave test out.")
    terms = read_strictly(model.formula, where)
    splines = {column for column, _ in terms.splines}
    for key in model.time_varying:
        column = VARYING[key]
        if column in plan.named:
            raise PlanRefused(f"{where}: {column} is a term of this plan.", "Give the term another name.")
        if column not in terms.names:
            said = f"{where}: time_varying lists {key}, but the formula does not name {column}."
            raise PlanRefused(said, f"Add {column} to the formula, or take {key} out of time_varying.")
        if column in splines or column in model.references:
            what = "spline" if column in splines else "reference"
            raise PlanRefused(f"{where} has a {what} of {column}, which is 0 or 1.", "Write the column alone.")


def _check_unlisted(plan: Plan, model: PlannedModel, where: str) -> None:
    """Refuse a formula that names such a column without saying that it changes."""
    if not any(column in model.formula for column in KEYS):
        return
    for column in read_strictly(model.formula, where).names:
        if column in KEYS and column not in (*model.varying_columns, *plan.named):
            cure = f'Write time_varying = ["{KEYS[column]}"]'
            elsewhere = " in a model of [[models]]; a primary contrast has none" if model.name == PRIMARY else ""
            cure = f"{cure}{elsewhere}."
            raise PlanRefused(f"{where} names {column}, which changes during follow-up.", cure)
