"""Declares type and description of the analysis tables' columns: a name means the same in every table.

Which table has which columns is decided by the functions of the analysis room.
"""

from schemas.table import TableColumn


def _c(name: str, kind: str, prose: str) -> TableColumn:
    return TableColumn(name, kind, prose, nullable=True)


_COLUMNS = (
    _c("endpoint", "VARCHAR", "Name of the endpoint."),
    _c("level", "VARCHAR", "Unit of analysis: patient or lesion."),
    _c("grouping", "VARCHAR", "Column that splits the subjects into groups; overall where none does."),
    _c("stratum", "VARCHAR", "Value of the grouping column; empty for a test over all strata."),
    _c("cause", "BIGINT", "Event counted: 1 LTP, 2 death without LTP."),
    _c("model", "VARCHAR", "Name of the model."),
    _c("cohort", "VARCHAR", "Patients to whom the model is fitted."),
    _c("analysis", "VARCHAR", "Univariable or multivariable."),
    _c("term", "VARCHAR", "Covariate."),
    _c("term_level", "VARCHAR", "Level of the covariate that is compared; empty for a numeric covariate."),
    _c("term_value", "DOUBLE", "Value of a numeric covariate at which the estimate is given."),
    _c("reference", "VARCHAR", "Level with which the estimate compares."),
    _c("variable", "VARCHAR", "Characteristic."),
    _c("level_of_variable", "VARCHAR", "Level of the characteristic, if it is categorical."),
    _c("value", "VARCHAR", "Number and percent, or mean and SD, or median and quartiles."),
    _c("n", "BIGINT", "Subjects."),
    _c("n_events", "BIGINT", "Events among the subjects; in a curve, events at that time."),
    _c("n_missing", "BIGINT", "Subjects without the value."),
    _c("n_at_risk", "BIGINT", "Subjects at risk just before that time."),
    _c("n_censored", "BIGINT", "Subjects censored at that time."),
    _c("time_days", "DOUBLE", "Days since the start of the clock."),
    _c("time_months", "DOUBLE", "The same in months of 30.4375 days."),
    _c("min_expected", "DOUBLE", "Events expected in the smallest of the groups compared, if they did not differ."),
    _c("quantity", "VARCHAR", "What the estimate is."),
    _c("estimate", "DOUBLE", "The estimate; null if it cannot be computed, see note."),
    _c("lower", "DOUBLE", "Lower end of the 95 % interval."),
    _c("upper", "DOUBLE", "Upper end of the 95 % interval."),
    _c("std_error", "DOUBLE", "Standard error."),
    _c("coef", "DOUBLE", "Coefficient (natural logarithm of the ratio)."),
    _c("df", "BIGINT", "Degrees of freedom."),
    _c("p_value", "DOUBLE", "Two-sided p-value."),
    _c("ph_chi2", "DOUBLE", "Statistic of the test of proportional hazards."),
    _c("ph_p_value", "DOUBLE", "p-value of the test of proportional hazards."),
    _c("events_per_variable", "DOUBLE", "Events per covariate that varies; below 10, interpret with care."),
    _c("method", "VARCHAR", "Name of the method."),
    _c("note", "VARCHAR", "What to know before using the estimate: few events, separation, excluded subjects."),
    _c("published", "VARCHAR", "The index study's figure as printed."),
    _c("computed", "VARCHAR", "The figure computed here, in the same form."),
    _c("published_value", "DOUBLE", "The published figure as a number."),
    _c("computed_value", "DOUBLE", "The computed figure as a number."),
    _c("estimator", "VARCHAR", "Estimator that reproduces the published figure."),
    _c("variant", "VARCHAR", "The alternative analysis: which patients it keeps, or which method it uses."),
    _c("difference", "DOUBLE", "Estimate minus that of all patients."),
    _c("tau_months", "DOUBLE", "End of the window in months."),
    _c("period", "VARCHAR", "Part of the follow-up to which the estimate refers; empty for all of it."),
    _c("n_tests", "BIGINT", "Number of tests in the same family."),
    _c("p_holm", "DOUBLE", "p-value adjusted by Holm's method."),
    _c("p_bh", "DOUBLE", "p-value adjusted by Benjamini and Hochberg's method."),
    _c("guard", "VARCHAR", "What was checked."),
    _c("state", "VARCHAR", "The outcome: ok, caution, unreliable, not estimable or not applicable."),
    _c("site", "VARCHAR", "The delivering site; empty for all sites together."),
    _c("quarter", "VARCHAR", "Quarter of the patient's first ablation, YYYY-Qn; empty for all quarters."),
    _c("agrees", "BOOLEAN", "Whether the computed figure agrees with the published one."),
    _c("reproduces", "BOOLEAN", "Whether the estimator named by the study gives the published figure; else null."),
)

ANALYSIS_COLUMNS: dict[str, TableColumn] = {column.name: column for column in _COLUMNS}
