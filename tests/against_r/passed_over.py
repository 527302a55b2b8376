"""What lifelines gives of the carried lesions where the registry uses another library or its own code."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.comparison.propensity import scores, weights_of
from analysis.regression.design_matrix import design
from analysis.subjects.start_stop import START, SUBJECT
from tests.against_r import carried
from tests.against_r.carried.curves import AT
from tests.against_r.carried.varying import TERMS, cut_lesions
from tests.against_r.carried.weighted import CONFOUNDERS, with_treatment
from tests.against_r.compare import CURVE, INCIDENCE, LOGRANK, TREATED, VARYING, WEIGHTED, Pair

TIGHT = {"precision": 1e-13}
"""lifelines' own tolerance leaves 4e-6 of a coefficient; this one is fair to it."""


def lifelines_pairs() -> list[Pair]:
    """lifelines' figures beside R's."""
    d, theirs = carried.lesions(), carried.figures()
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # it warns of ties and of what is experimental; the figures are judged here
        found = [
            *_curves(d),
            *_incidences(d),
            *_tests(d),
            *_cox(d),
            *_varying(d),
            *_turnbull(d.drop_duplicates("patient")),
            *_weighted(d),
        ]
    scale = {name: theirs[name.replace(".coef.", ".se.")] for _, name, _ in found if ".coef." in name}
    return [Pair(figure, "carried lesions", float(v), theirs[name], scale.get(name, 0.0)) for figure, name, v in found]


def _curves(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    from lifelines import KaplanMeierFitter
    from lifelines.utils import restricted_mean_survival_time

    fitted = KaplanMeierFitter().fit(d["time"], d["ltp"], weights=1 + d["patient"] % 3)
    columns = [fitted.survival_function_, *(limit for _, limit in fitted.confidence_interval_.items())]
    for name, values in zip(("surv", "lower", "upper"), columns, strict=True):
        yield from ((CURVE, f"km.counted.{name}.{i}", np.ravel(values.loc[:at])[-1]) for i, at in enumerate(AT, 1))
    time, event = carried.standing_at_one_half()["flat"]
    median = KaplanMeierFitter().fit(time, event).median_survival_time_
    yield "median of a curve that stands at one half", "plateau.flat", median
    for k in (0, 1):
        own = d[d["kras"] == k]
        fitted = KaplanMeierFitter().fit(own["time"], own["ltp"])
        mean, variance = restricted_mean_survival_time(fitted, t=18, return_variance=True)
        yield "restricted mean", f"rmst.kras{k}", mean
        yield "restricted mean, standard error", f"rmst_se.kras{k}", np.sqrt(variance)


def _incidences(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    from lifelines import AalenJohansenFitter

    for cause, name in ((1, "cif.ltp"), (2, "cif.death")):
        fitted = AalenJohansenFitter(seed=1).fit(d["time"], d["event"], event_of_interest=cause)
        for i, at in enumerate(AT, start=1):
            last = int((fitted.cumulative_density_.index < at + 0.5).sum()) - 1  # ties are spread by less
            yield INCIDENCE, f"{name}.estimate.{i}", fitted.cumulative_density_.iloc[last, 0]
            yield INCIDENCE, f"{name}.se.{i}", np.sqrt(fitted.variance_.iloc[last])


def _tests(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    from lifelines.statistics import multivariate_logrank_test

    counted = {"weights": 1 + d["patient"] % 3}
    for name, group, more in (("lesions", "centre", {}), ("counted", "kras", counted)):
        found = multivariate_logrank_test(d["time"], d[group], d["ltp"], **more)
        yield LOGRANK, f"logrank.{name}.1", found.test_statistic
    weighted = {"weightings": "fleming-harrington", "p": 1, "q": 0}
    found = multivariate_logrank_test(d["time"], d["kras"], d["ltp"], **counted, **weighted)
    yield WEIGHTED, "logrank.rho_counted.1", found.test_statistic


def _cox(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    from lifelines import CoxPHFitter
    from lifelines.statistics import proportional_hazard_test

    columns = [*carried.COVARIATES, "time", "ltp"]
    kinds: dict[str, dict] = {
        "cox": {},
        "cox.strata": {"strata": ["centre"]},
        "cox.cluster": {"cluster_col": "patient"},
    }
    kinds["cox.entry_strata_cluster"] = {"strata": ["centre"], "cluster_col": "patient", "entry_col": "entry"}
    for name, words in kinds.items():
        more = [column for value in words.values() for column in ([value] if isinstance(value, str) else value)]
        rows = d[[*columns, *more]]
        fitted = CoxPHFitter().fit(rows, "time", "ltp", fit_options=TIGHT, **words)
        spread = "Cox clustered standard error" if "cluster_col" in words else "Cox model standard error"
        for i in (0, 1):
            yield "Cox coefficient", f"{name}.coef.{i + 1}", fitted.params_.iloc[i]
            yield spread, f"{name}.se.{i + 1}", fitted.standard_errors_.iloc[i]
        if "cluster_col" not in words:
            test = proportional_hazard_test(fitted, rows, time_transform="km").test_statistic
            zph = "zph" if name == "cox" else "zph.strata"
            figure = "proportional hazards test" + (", strata" if name == "cox.strata" else "")
            yield from ((figure, f"{zph}.{i + 1}", test[i]) for i in (0, 1))
        if name == "cox":
            yield "Cox likelihood ratio", "cox.lr", fitted.log_likelihood_ratio_test().test_statistic
            squares = (fitted.compute_residuals(rows, "schoenfeld") ** 2).sum()
            yield from (("Schoenfeld residuals", f"schoenfeld.{i + 1}", squares.iloc[i]) for i in (0, 1))


def _weighted(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    """The robust standard error of a weighted Cox model, by lesion and by patient."""
    from lifelines import CoxPHFitter

    d = with_treatment(d)
    treated = d["treated"].to_numpy(float)
    score = scores(design(d, CONFOUNDERS).matrix, treated)
    assert score is not None
    frame = pd.DataFrame({"time": d["time"], "ltp": d["ltp"], "treated": treated, "patient": d["patient"]})
    frame["weight"] = weights_of(score, treated, "ate")
    shared: dict[str, Any] = {"weights_col": "weight", "fit_options": TIGHT}
    alone = CoxPHFitter().fit(frame.drop(columns="patient"), "time", "ltp", robust=True, **shared)
    together = CoxPHFitter().fit(frame, "time", "ltp", cluster_col="patient", **shared)
    yield TREATED, "weighted.cox.se.ate.1", alone.standard_errors_.iloc[0]
    yield TREATED, "weighted.cox.se.ate.2", together.standard_errors_.iloc[0]


def _varying(d: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    """Of one that has neither clusters nor a test of proportionality."""
    from lifelines import CoxTimeVaryingFitter

    rows = cut_lesions(d)[[SUBJECT, START, "time", "ltp", *TERMS]]
    fitted = CoxTimeVaryingFitter().fit(rows, "ltp", START, "time", id_col=SUBJECT, fit_options=TIGHT)
    for i in range(len(TERMS)):
        yield VARYING, f"varying.plain.coef.{i + 1}", fitted.params_.iloc[i]
        yield VARYING, f"varying.plain.se.{i + 1}", fitted.standard_errors_.iloc[i]


def _turnbull(first: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    from lifelines import KaplanMeierFitter

    left, right = first["left"].to_numpy(float), first["right"].fillna(np.inf).to_numpy(float)
    fitted = KaplanMeierFitter().fit_interval_censoring(left, right, tol=1e-10)
    for i, at in enumerate((12, 18), start=1):
        yield "Turnbull", f"turnbull.{i}", fitted.survival_function_.loc[:at].iloc[-1, 0]
