"""Names what the results of a registry's own plan of analyses are called, and which analysis tables hold them.

They stand in the tables of the built-in plan. `plan.` before the name of a model, or of a curve in `grouping`, tells
them apart.
"""

PREFIX = "plan."
PRIMARY = "primary"
"""The name of the primary contrast, as a model and as curves."""
IMPUTED = ".imputed"
"""Ends the name of a model whose missing values were imputed: plan.margin.imputed beside plan.margin."""
MISSING_INFORMATION, DEGREES_OF_FREEDOM = "fraction_missing_information", "degrees_of_freedom"
"""Quantities of each term of such a model, besides its ratio."""
COX, FINE_GRAY, LOGISTIC, FIRTH = "cox", "fine_gray", "logistic", "firth"
METHODS = (COX, FINE_GRAY, LOGISTIC, FIRTH)
LTP = "LTP"
"""Whether there was LTP at all: the endpoint of logistic models, which has no time."""
BEGINS_LATER = ("DFS",)
"""Endpoints whose clock begins after the first ablation, from which an entry is counted."""
FROM_TREATMENTS = ("DFS", "STFI", "TTUP")
"""Endpoints that nobody has before a site has delivered treatments."""
SYSTEMIC, REABLATION = "systemic", "reablation"
VARYING = {SYSTEMIC: "on_systemic", REABLATION: "after_reablation"}
"""What may change during follow-up -> the 0/1 column that a model's formula names."""
VARYING_READS = ("clean.treatments", "clean.rfa_sessions", "clean.lesions", "derived.patient_treatments")
"""The tables that tell of these changes."""
LEVELS = ("patient", "lesion")
LESION_MODELS = "lesion_models"
MODEL_TABLES = (COX, FINE_GRAY, LOGISTIC, LESION_MODELS)
CURVE_TABLES = ("km_curve", "km_summary", "logrank", "cumulative_incidence", "gray")
COMPARISONS, COMPARISON_CURVES = "comparisons", "comparison_curves"
ATE, ATT, OVERLAP = "ate", "att", "overlap"
ESTIMANDS = (ATE, ATT, OVERLAP)
"""Whom a comparison of treatments is about: everybody, those who had the compared one, those who could have had
either."""
SPLINES, MULTIPLICITY = "margin_response", "multiplicity"
OWN_TABLES = (
    *(*MODEL_TABLES, *CURVE_TABLES, SPLINES, MULTIPLICITY),
    *("sample_size", COMPARISONS, COMPARISON_CURVES, "guards", "model_performance"),
)
"""Tables of the schema analysis that may hold rows of the own plan."""


def table_of(method: str, level: str) -> str:
    """Return the analysis table that a model belongs to.

    >>> table_of("cox", "patient"), table_of("cox", "lesion")
    ('cox', 'lesion_models')
    """
    return LESION_MODELS if level == "lesion" else COX if method == FIRTH else method
