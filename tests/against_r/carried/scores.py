"""A score of the carried lesions put to the test: the registry's figures under the names of models.R.

Lesions and deaths as they are (competing), and with deaths censored (plain). The samples are those of draws.csv.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from analysis.regression.cox_fit import coefficients
from analysis.tidy import Z_975
from analysis.validation import calibration
from analysis.validation.at_horizon import auc, brier
from analysis.validation.concordance import Concordance, concordance, ranks
from analysis.validation.decision_curve import net_benefits
from analysis.validation.optimism import HARRELL, SLOPE, Subjects, bootstrapped
from analysis.validation.timeline import Timeline
from schemas.thresholds import DAYS_PER_MONTH

DRAWS = Path(__file__).parent / "draws.csv"
TIMES = (12 * DAYS_PER_MONTH, 24 * DAYS_PER_MONTH)
FREE = (0.9, 0.85)
"""The shares free of LTP at both times for a score of 0."""
CUTS = (0.095, 0.145)
"""Predicted risks by 12 months at which the groups begin."""
COLUMNS = ["kras", "diameter"]


def score_figures(lesions: pd.DataFrame) -> dict[str, float]:
    """The figures of both variants."""
    plain = lesions.assign(event=lesions["ltp"])
    return _of(lesions, "competing", competes=True) | _of(plain, "plain", competes=False)


def _of(frame: pd.DataFrame, variant: str, *, competes: bool) -> dict[str, float]:
    time, event = frame["days"].to_numpy(float), frame["event"].to_numpy(int)
    code = pd.factorize(frame["patient"])[0]
    score = (0.5 * frame["kras"] + 0.03 * (frame["diameter"] - 25.0)).to_numpy(float)
    risks = [1.0 - free ** np.exp(score) for free in FREE]
    never = np.where(event > 1, time.max() + 1.0, time)
    found: dict[str, list[float]] = {
        "harrell": _c(concordance(time, event, score)),
        "harrell_clustered": _c(concordance(time, event, score, cluster=code)),
        "wolbers": _c(concordance(never, event, score, cluster=code)),
        "uno": _c(concordance(time, event, score, is_uno=True)),
        "uno_upto": _c(concordance(time, event, score, is_uno=True, upto=TIMES[1])),
    }
    slope = calibration.slope(time, event, score, code)
    assert slope is not None
    found["slope"] = [slope["estimate"], slope["std_error"]]
    timeline = Timeline(time, event)
    known = [timeline.known_at(at, np.ones(len(time))) for at in TIMES]
    found["auc"] = [auc(ranks(risk), one) for risk, one in zip(risks, known, strict=True)]
    found["brier"] = [brier(risk, one) for risk, one in zip(risks, known, strict=True)]
    found["brier"] += [brier(one.share, one) for one in known if one is not None]
    for number, members in enumerate(calibration.by_risk(risks[0], np.array(CUTS)), start=1):
        seen = calibration.observed(time[members], event[members], TIMES[0], competes=competes)
        error = seen.estimate * np.log(seen.upper / seen.estimate) / Z_975
        found[f"observed_{number}"] = [seen.estimate, *([error] if competes else [seen.lower, seen.upper])]
    found["net_benefit"] = [one.of_model for one in net_benefits(time, event, risks[0], TIMES[0], np.array([0.1, 0.2]))]
    return {f"{name}.{variant}.{i}": v for name, values in (found | _own(time, event, frame, code)).items()
            for i, v in enumerate(values, start=1)}  # fmt: skip


def _own(time: np.ndarray, event: np.ndarray, frame: pd.DataFrame, code: np.ndarray) -> dict[str, list[float]]:
    """The risks that an own model of the columns predicts, and its optimism."""
    whole = Subjects(time, event, frame[COLUMNS].to_numpy(float), code)
    cases = whole.cases(np.ones(len(time)))
    coef = coefficients(cases)
    assert coef is not None
    model = Timeline(time, event).predictor(coef, whole.matrix, cases.count)
    risks = [float(risk) for at in TIMES for risk in model.risk(model.score(whole.matrix), at)[:5]]
    draws = pd.read_csv(DRAWS)
    measured = bootstrapped(whole, TIMES, (draws[name].to_numpy() for name in draws))
    assert measured is not None
    return {"predicted": risks, "optimism": [measured.optimism[name, 0.0, 0] for name in (HARRELL, SLOPE)]}


def _c(found: Concordance) -> list[float]:
    return [found.estimate, found.std_error, found.concordant, found.discordant, found.tied]
