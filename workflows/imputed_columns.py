"""Says of which columns a model of the registry's own plan is made, and which of them its imputations may fill."""

from schemas.cohort import GENOTYPE, OUTCOMES
from warehouse.cohorts.criteria import columns_named
from warehouse.cohorts.plan_form import Plan, PlannedGroups, PlannedModel, PlanRefused
from warehouse.readers.near_names import nearest
from workflows.plan_checks import empty_views


def columns_of_model(plan: Plan, model: PlannedModel) -> list[str]:
    """Return the columns that a model's formula and strata are made of, each once; without those that change during
    follow-up.
    """
    from analysis.regression.formula_terms import read_formula

    found: dict[str, None] = {}
    for name in (*read_formula(model.formula, is_strict=True).names, *model.strata):
        if name in model.varying_columns:
            continue
        term = plan.named.get(name)
        if isinstance(term, PlannedGroups):
            for condition in term.levels.values():
                found |= dict.fromkeys(sorted(columns_named(empty_views(), condition)))
        else:
            found[term.column if term else name] = None
    return list(found)


def may_impute(plan: Plan, model: PlannedModel) -> list[str]:
    """Return the columns that the model's imputations fill where a value is missing: those that `impute` names; without
    it all but genes and states of the tumour, and what is known only after the ablation.
    """
    return list(model.impute) or [c for c in columns_of_model(plan, model) if c not in GENOTYPE | OUTCOMES]


def check_imputations(plan: Plan, name: str) -> Plan:
    """Return the plan. PlanRefused, in one sentence, if a model imputes what it is not made of, or an outcome."""
    for model in plan.all_models:
        own = columns_of_model(plan, model) if model.impute else []
        for column in model.impute:
            if column not in own:
                near = nearest(column, own)
                cure = f"Did you mean {near}?" if near else f"It may impute {', '.join(own)}."
                said = f"{name}: model {model.name} imputes {column}, which is no column that it is made of."
                raise PlanRefused(said, cure)
            if column in OUTCOMES:
                said = f"{name}: model {model.name} imputes {column}, which is known only after the ablation."
                raise PlanRefused(said, "Leave it out: outcomes are not imputed.")
    return plan
