"""Figures of weighted comparisons, delayed entry, strata, changing ratios and Firth's Cox model, as in `weighted.R`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import chi2

from analysis.comparison.balance import differences
from analysis.comparison.e_value import e_value, risk_ratio
from analysis.comparison.propensity import effective_size, scores, weights_of
from analysis.comparison.weighted_cox import weighted_cox
from analysis.comparison.weighted_curve import weighted_survival
from analysis.estimates.cumulative_incidence import estimates as incidences
from analysis.estimates.gray import gray
from analysis.estimates.logrank import logrank
from analysis.estimates.product_limit import estimates
from analysis.regression.design_matrix import design
from analysis.regression.fine_gray import fine_gray
from analysis.regression.firth_cox import firth_cox
from schemas.own_plan import ESTIMANDS

AT = (6, 12, 18, 24)
CONFOUNDERS = ["diameter", "kras", "centre"]
CURVE = {"surv": "estimate", "se": "std_error", "lower": "lower", "upper": "upper"}


def with_treatment(d: pd.DataFrame) -> pd.DataFrame:
    """The lesions with a treatment made of what is there."""
    return d.assign(treated=((d["patient"] * 5 + d["diameter"]) % 7 < 3).astype(int), row=np.arange(1, len(d) + 1))


def weighted_figures(d: pd.DataFrame) -> dict[str, float]:
    """R's names -> the registry's figures; ``d`` has one row per lesion."""
    d = with_treatment(d)
    found = _comparison(d) | _entry(d) | _strata(d) | _firth(d)
    first = d.drop_duplicates("patient")
    for name, own in (("first", first), ("all", d)):
        table = fine_gray(own, ["kras", "diameter"], time="time", show_unreliable=True, with_ph=True)
        found |= _numbered(f"changing.{name}", table["ph_chi2"].dropna())
    return found


def _comparison(d: pd.DataFrame) -> dict[str, float]:
    treated, time, ltp = (d[name].to_numpy(float) for name in ("treated", "time", "ltp"))
    score = scores(design(d, CONFOUNDERS).matrix, treated)
    assert score is not None
    patient = pd.factorize(d["patient"])[0]
    found = _numbered("weighted.score", score[[0, 49, 99, 192]])
    for name in ESTIMANDS:
        weight = weights_of(score, treated, name)
        found |= _numbered(f"weighted.size.{name}", [effective_size(weight[treated == own]) for own in (1, 0)])
        if name != "overlap":  # which leaves no difference
            kinds = d[CONFOUNDERS].astype({"kras": str})
            apart = {(one.term, one.level): one.after for one in differences(kinds, CONFOUNDERS, treated, weight)}
            shown = (("diameter", ""), ("kras", "1"), ("centre", "b"))
            found |= _numbered(f"weighted.smd.{name}", [apart[key] for key in shown])
        alone, together = (weighted_cox(time, ltp, treated[:, None], weight, codes) for codes in (None, patient))
        assert alone is not None and together is not None
        found[f"weighted.cox.coef.{name}"] = float(alone.coef[0])
        spread = [np.sqrt(one.covariance[0, 0]) for one in (alone, together)]
        found |= _numbered(f"weighted.cox.se.{name}", spread)
        for k in (0, 1):
            own = treated == k
            codes = pd.factorize(patient[own])[0]
            for kind, cluster in (("km", None), ("km_clustered", codes)):
                table = weighted_survival(time[own], ltp[own], weight[own], cluster)
                found |= _at(f"weighted.{kind}.{name}.{k}", table)
    crude = weighted_cox(time, ltp, treated[:, None], np.ones(len(d)), patient)
    assert crude is not None
    found |= _numbered("weighted.crude", [crude.coef[0], np.sqrt(crude.covariance[0, 0])])
    ratios = [3.9, 1.8, *(risk_ratio(ratio, 0.5) for ratio in (0.56, 0.69, 2.5))]
    return found | _numbered("e_value", [e_value(ratio) for ratio in ratios])


def _entry(d: pd.DataFrame) -> dict[str, float]:
    late = d[d["entry"] < d["time"]]
    found: dict[str, float] = {}
    for name, own in (("all", late), ("kras", late[late["kras"] == 1])):
        time, ltp, entry = (own[column].to_numpy(float) for column in ("time", "ltp", "entry"))
        found |= _at(f"entry.km.{name}", estimates(time, ltp, None, entry))
    of_kras = late[late["kras"] == 1]
    since = {"all": (late, late["entry"]), "kras": (of_kras, of_kras["entry"])}
    since |= {"since": (late, late["entry"] + late["row"] % 7 - 3)}
    for name, (own, entry) in since.items():
        kept = entry < own["time"]
        time, event = (own.loc[kept, column].to_numpy(float) for column in ("time", "event"))
        for cause in (1, 2):
            table = incidences(time, event, cause, entry=entry[kept].to_numpy(float))
            found |= _at(f"entry.cif.{name}.{cause}", table, "estimate")
    untied = late.assign(untied=late["time"] + late["row"] / 1000)
    shared = {"time": "untied", "event": "ltp", "entry": "entry", "show_unreliable": True}
    tests = [logrank(untied, grouping=name, **shared)["estimate"].iloc[0] for name in ("kras", "centre")]  # type: ignore[arg-type]
    found |= _numbered("entry.logrank", tests)
    row = logrank(untied, grouping="kras", strata="centre", **shared).iloc[0]  # type: ignore[arg-type]
    return found | {"entry.logrank.strata": row["estimate"]}


def _strata(d: pd.DataFrame) -> dict[str, float]:
    by_kras = gray(d, grouping="kras", time="time", strata="centre", show_unreliable=True)["estimate"]
    by_centre = gray(d, grouping="centre", time="time", strata="kras", show_unreliable=True)["estimate"]
    found = {f"gray.strata.kras.{cause}": by_kras.iloc[cause - 1] for cause in (1, 2)}
    return found | {"gray.strata.centre": by_centre.iloc[0]}


def _firth(d: pd.DataFrame) -> dict[str, float]:
    """Firth's Cox model of two covariates, and of an arm without events."""
    seventh = d["patient"] % 7 == 0
    none = d[~(seventh & (d["ltp"] == 1))].assign(arm=seventh.astype(int))
    found: dict[str, float] = {}
    for name, own, terms in (("plain", d, ["kras", "diameter"]), ("separated", none, ["arm", "kras"])):
        table = firth_cox(own, terms, time="time", event="ltp", show_unreliable=True)
        found |= _numbered(f"firth_cox.{name}.coef", table["coef"])
        found |= _numbered(f"firth_cox.{name}.chi2", chi2.isf(table["p_value"], 1))
        for side in ("lower", "upper"):
            found |= _numbered(f"firth_cox.{name}.{side}", np.log(table[side]))
    return found


def _at(name: str, table: Mapping[str, np.ndarray], estimate: str = "surv") -> dict[str, float]:
    """The figures at AT under R's names; ``estimate`` is what R calls the curve itself."""
    places = [int(np.searchsorted(table["time"], time, side="right")) - 1 for time in AT]
    return {
        f"{name}.{estimate if field == 'estimate' else of_r}.{i}": float(table[field][place])
        for of_r, field in CURVE.items()
        for i, place in enumerate(places, 1)
    }


def _numbered(name: str, values: object) -> dict[str, float]:
    return {f"{name}.{i}": float(v) for i, v in enumerate(np.asarray(values, dtype=float), start=1)}
