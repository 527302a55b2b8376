"""Made-up tables without times: rates, models, Table 1, replication."""

from __future__ import annotations

import pandas as pd


def rates_table() -> pd.DataFrame:
    """ltp_rates with the index study's counts per patient and made-up ones per lesion."""
    rows = []
    counts = {
        ("patient", "overall"): [("overall", 28, 120)],
        ("patient", "kras"): [("wild_type", 13, 71), ("mutant", 15, 49), ("unknown", 0, 2)],
        ("patient", "diameter_ge_30"): [("false", 10, 78), ("true", 18, 42)],
        ("lesion", "overall"): [("overall", 36, 205)],
    }
    for (level, grouping), strata in counts.items():
        base = {"endpoint": "LTP", "level": level, "grouping": grouping}
        for stratum, events, n in strata:
            share = events / n
            rows.append(
                base
                | {
                    "stratum": stratum,
                    "n": n,
                    "n_events": events,
                    "quantity": "rate",
                    "estimate": share,
                    "lower": share * 0.6,
                    "upper": min(1.0, share * 1.4),
                    "note": "",
                }
            )
        if len(strata) > 1:
            for quantity, estimate, p in (
                ("pearson_chi2", 2.45, 0.1173),
                ("yates_chi2", 1.8, 0.18),
                ("fisher_exact", 1.97, 0.13),
            ):
                rows.append(
                    base
                    | {
                        "stratum": "",
                        "n": 120,
                        "n_events": 28,
                        "quantity": quantity,
                        "estimate": estimate,
                        "p_value": p,
                        "note": "",
                    }
                )
            note = "2 of unknown status left out" if grouping == "kras" else ""
            rows.append(
                base
                | {
                    "stratum": "",
                    "n": 120,
                    "n_events": 28,
                    "quantity": "odds_ratio",
                    "estimate": 1.968,
                    "lower": 0.84,
                    "upper": 4.63,
                    "note": note,
                }
            )
    return pd.DataFrame(rows)


def model_table(quantity: str) -> pd.DataFrame:
    """cox or logistic: three terms for all patients, one for RAS wild-type, with a term that could not be
    estimated.
    """
    rows = []
    warning = "fewer than 10 events per variable: read with caution"
    terms = [
        ("kras", "mutant", "wild_type", 3.97, 1.65, 9.55, 0.0021),
        ("braf", "mutant", "wild_type", 4.35, 1.47, 12.86, 0.008),
        ("diameter_ge_30", "true", "false", 2.4, 1.01, 5.9, 0.048),
        ("nras", "mutant", "wild_type", None, None, None, None),
    ]
    for cohort_name, n, events, chosen in (("all", 120, 28, terms), ("ras_wild_type", 61, 9, [terms[2]])):
        for analysis, factor in (("univariable", 0.8), ("multivariable", 1.0)):
            for term, level, reference, *values, p in chosen:
                estimate, lower, upper = (None if v is None else v * factor for v in values)
                note = warning if estimate else f"{warning}; no event with nras mutant (separation): not estimable"
                rows.append(
                    {
                        "endpoint": "LTPFS" if quantity == "hazard_ratio" else "LTP",
                        "level": "patient",
                        "model": "sample",
                        "cohort": cohort_name,
                        "analysis": analysis,
                        "term": term,
                        "term_level": level,
                        "reference": reference,
                        "n": n,
                        "n_events": events,
                        "quantity": quantity,
                        "estimate": estimate,
                        "lower": lower,
                        "upper": upper,
                        "p_value": p,
                        "events_per_variable": events / 4,
                        "ph_p_value": 0.41,
                        "note": note,
                    }
                )
    return pd.DataFrame(rows)


def table_one() -> pd.DataFrame:
    """table_one by KRAS: a mean, a median, categories with two and with three answers."""
    rows = []
    lines = [
        ("n", "", ("120", "71", "49"), 0),
        ("age_at_ablation_years", "", ("61.2 (10.4)", "60.8 (10.1)", "61.9 (10.9)"), 0),
        ("primary_site", "left_colon", ("60 (50.0)", "36 (50.7)", "24 (49.0)"), 2),
        ("primary_site", "unknown", ("2 (1.7)", "1 (1.4)", "1 (2.0)"), 2),
        ("extrahepatic_disease", "no", ("100 (83.3)", "60 (84.5)", "40 (81.6)"), 0),
        ("extrahepatic_disease", "yes", ("20 (16.7)", "11 (15.5)", "9 (18.4)"), 0),
        ("sex", "female", ("47 (39.2)", "28 (39.4)", "19 (38.8)"), 0),
        ("sex", "male", ("73 (60.8)", "43 (60.6)", "30 (61.2)"), 0),
        ("diameter_ge_30", "false", ("78 (65.0)", "47 (66.2)", "31 (63.3)"), 0),
        ("diameter_ge_30", "true", ("42 (35.0)", "24 (33.8)", "18 (36.7)"), 0),
        ("cea_ng_ml", "", ("5.1 [2.2, 14.0]", "4.8 [2.1, 12.0]", "6.0 [2.5, 17.0]"), 4),
    ]
    for variable, level, values, missing in lines:
        for stratum, n, value in zip(("overall", "wild_type", "mutant"), (120, 71, 49), values, strict=True):
            rows.append(
                {
                    "grouping": "kras",
                    "variable": variable,
                    "level_of_variable": level,
                    "stratum": stratum,
                    "value": value,
                    "n": n,
                    "n_missing": missing,
                    "method": "n (%)" if level else "mean (SD)",
                    "note": "",
                }
            )
    return pd.DataFrame(rows)


def replication() -> pd.DataFrame:
    """replication: a figure that agrees, two crude shares, one that differs, one that is not compared."""
    names = [
        "quantity",
        "published",
        "computed",
        "published_value",
        "computed_value",
        "estimator",
        "agrees",
        "note",
    ]
    crude = "a crude share called actuarial: those followed for less than 12 months count as failures"
    rows = [
        (
            "LTP, KRAS wild-type",
            "13/71 (18.3 %)",
            "13/71 (18.3 %)",
            0.183,
            0.183,
            "share of patients",
            True,
            "",
        ),
        (
            "1-year LTPFS, KRAS wild-type",
            "76.1 %",
            "76.1 % (54/71)",
            0.761,
            0.761,
            "crude share with LTPFS of 12 months or more",
            True,
            crude,
        ),
        (
            "1-year LTPFS, KRAS mutant",
            "51.0 %",
            "51.0 % (25/49)",
            0.51,
            0.51,
            "crude share with LTPFS of 12 months or more",
            True,
            crude,
        ),
        (
            "multivariable, LTP: KRAS wild-type",
            "0.239 (0.081–0.706)",
            "0.31 (0.11–0.88)",
            0.239,
            0.31,
            "odds ratio, logistic model",
            True,
            "called HR; reads like an odds ratio",
        ),
        ("mean LTPFS, months", "12.89", "13.40", 12.89, 13.4, "mean of observed times", False, ""),
        ("follow-up, months", "p > 0.05", "p = 0.712", None, 0.712, "t test", None, ""),
    ]
    return pd.DataFrame(rows, columns=names).astype({"agrees": "boolean"})
