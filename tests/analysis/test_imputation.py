"""Multiple imputation: what is drawn, from what, and how estimates are pooled."""

from __future__ import annotations

import doctest
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.regression import imputation, pooling
from analysis.regression.cox import cox
from analysis.regression.imputation import canonical_scores, completed, outcome_columns
from analysis.regression.pooling import pooled
from analysis.subjects.start_stop import BEGINS, ENDS, OF, START, SUBJECT, start_stop


def simulated(n: int = 600, seed: int = 3) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, np.ndarray]]:
    """(complete columns, the same with holes that depend on x, the outcome): y follows x, class and flag y."""
    draw = np.random.default_rng(seed)
    x = draw.normal(size=n)
    y = np.round(10.0 + 2.0 * x + draw.normal(size=n), 1)
    site = np.array(["colon", "rectum", "sigma"], dtype=object)[np.clip(np.digitize(y, [9.0, 11.0]), 0, 2)]
    flag = draw.random(n) < 1.0 / (1.0 + np.exp(-(y - 10.0)))
    days = np.ceil(draw.exponential(400.0 * np.exp(-0.3 * x)))
    event = np.where(days < 500, 1.0, 0.0)
    whole = pd.DataFrame({"x": x, "y": y, "site": site, "flag": flag})
    holed = whole.astype({"flag": object}).copy()
    for name, share in (("y", 0.35), ("site", 0.2), ("flag", 0.2)):
        chance = share * 2.0 / (1.0 + np.exp(-2.0 * x))  # the larger x, the likelier a hole
        holed.loc[draw.random(n) < chance, name] = None
    holed["y"] = holed["y"].astype(float)
    return whole, holed, outcome_columns(event, np.minimum(days, 500.0))


@pytest.fixture(scope="module")
def draws() -> list[pd.DataFrame]:
    """Five completed copies."""
    _, holed, outcome = simulated()
    return list(completed(holed, ["y", "site", "flag"], outcome, n=5, seed=1))


def test_only_holes_are_filled_and_only_with_what_occurs(draws: list[pd.DataFrame]) -> None:
    """What was known stays, as its type; what is drawn is a value that somebody has; no two copies are the same."""
    _, holed, _ = simulated()
    for draw in draws:
        for name in ("y", "site", "flag"):
            known = holed[name].notna()
            assert (draw.loc[known, name] == holed.loc[known, name]).all()
            assert set(draw[name]) == set(holed.loc[known, name])
        assert draw["x"].equals(holed["x"]) and draw["flag"].dtype == bool
    assert len({tuple(draw["y"]) for draw in draws}) == 5


def test_imputed_distributions_are_those_of_the_truth(draws: list[pd.DataFrame]) -> None:
    """Holes that depend on x make the known y too small and the third class too rare; the completed copies have the
    true mean, spread, shares and slope.
    """
    whole, holed, _ = simulated()
    assert holed["y"].mean() < whole["y"].mean() - 0.35
    assert np.mean([draw["y"].mean() for draw in draws]) == pytest.approx(whole["y"].mean(), abs=0.12)
    assert np.mean([draw["y"].std() for draw in draws]) == pytest.approx(whole["y"].std(), abs=0.12)
    slope = np.polyfit(whole["x"], whole["y"], 1)[0]
    assert np.mean([np.polyfit(d["x"], d["y"], 1)[0] for d in draws]) == pytest.approx(slope, abs=0.12)
    known = holed["site"].dropna()
    for name in ("colon", "sigma"):
        true = (whole["site"] == name).mean()
        assert abs((known == name).mean() - true) > 0.025
        assert np.mean([(draw["site"] == name).mean() for draw in draws]) == pytest.approx(true, abs=0.025)
    assert np.mean([draw["flag"].mean() for draw in draws]) == pytest.approx(whole["flag"].mean(), abs=0.025)


@pytest.mark.long
def test_a_seed_gives_the_same_values() -> None:
    """The same seed gives the same copies, whatever numpy's own generator did; another one gives others."""
    _, holed, outcome = simulated(80)

    def first(seed: int) -> pd.DataFrame:
        np.random.seed(seed + 7)
        return next(completed(holed.drop(columns="flag"), ["y", "site"], outcome, n=1, seed=seed))

    assert first(1).equals(first(1)) and not first(1).equals(first(2))


@pytest.mark.long
def test_an_owner_has_one_value() -> None:
    """A patient's own column is drawn once for all lesions of the patient; the lesions' own are not tied."""
    _, holed, outcome = simulated(300)
    owner = np.arange(300) // 3
    holed["site"] = holed["site"].groupby(owner).transform("first").where(owner % 4 > 0)
    for draw in islice(completed(holed, ["y", "site"], outcome, n=3, seed=1, owner=owner, of_owner=["site"]), 3):
        assert (draw.groupby(owner)["site"].nunique() == 1).all()
        assert draw.groupby(owner)["y"].nunique().max() > 1


def test_the_outcome_belongs_to_the_equations() -> None:
    """Without the outcome the imputed margin does not know who had the event; with it, it does."""
    draw = np.random.default_rng(5)
    x = draw.normal(size=2000)
    event = (draw.random(2000) < 1.0 / (1.0 + np.exp(-1.5 * x))).astype(float)
    holed = pd.DataFrame({"z": draw.normal(size=2000), "x": np.where(draw.random(2000) < 0.35, np.nan, x)})
    hole = holed["x"].isna().to_numpy()

    def gap(outcome: dict[str, np.ndarray]) -> float:
        values = next(completed(holed, ["x"], outcome, n=1, seed=1))["x"].to_numpy()
        return float(values[hole & (event == 1)].mean() - values[hole & (event == 0)].mean())

    true = x[event == 1].mean() - x[event == 0].mean()
    assert abs(gap({})) < 0.2 < true - 0.5
    assert gap(outcome_columns(event)) == pytest.approx(true, abs=0.2)


def test_cumulative_hazard_is_nelson_aalen() -> None:
    """It equals lifelines' Nelson-Aalen estimate at each subject's time; each event has its own."""
    from lifelines import NelsonAalenFitter

    draw = np.random.default_rng(1)
    days, event = np.ceil(draw.exponential(20.0, 200)), draw.integers(0, 3, 200).astype(float)
    found = outcome_columns(event, days)
    assert list(found) == ["event 1", "hazard 1", "event 2", "hazard 2"]
    for code in (1.0, 2.0):
        fitter = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(days, event == code)
        theirs = fitter.cumulative_hazard_at_times(days).to_numpy()
        np.testing.assert_allclose(found[f"hazard {code:g}"], theirs, rtol=1e-9)


def test_hazard_with_delayed_entry_is_that_of_who_is_watched() -> None:
    """Each subject passes through the hazard from its entry to its end, as lifelines' estimate with entry gives it."""
    from lifelines import NelsonAalenFitter

    draw = np.random.default_rng(3)
    days, entry = np.ceil(draw.exponential(20.0, 300)), np.floor(draw.uniform(-5, 15, 300))
    is_watched = entry < days
    days, entry, event = days[is_watched], entry[is_watched], draw.integers(0, 2, is_watched.sum()).astype(float)
    found = outcome_columns(event, days, entry)["hazard 1"]
    fitter = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(days, event, entry=entry)
    passed = [fitter.cumulative_hazard_at_times(when).to_numpy() for when in (days, entry)]
    np.testing.assert_allclose(found, passed[0] - passed[1], rtol=1e-9, atol=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("is_late", [False, True])
def test_what_changes_in_time_belongs_to_the_equations(is_late: bool) -> None:
    """Where a therapy begins sooner with a larger covariate, of which 40 % are missing, imputing with the therapy's
    course keeps its effect; without it the effect is more than two standard errors too large.
    """
    draw = np.random.default_rng(1)
    z, limit = draw.normal(size=3000), draw.exponential(size=3000)
    begins, hazard = np.ceil(draw.exponential(12 * np.exp(-z))), 0.02 * np.exp(0.8 * z)
    before = hazard * begins
    days = np.where(limit < before, limit / hazard, begins + (limit - before) / (2 * hazard))
    end = draw.uniform(10, 80, 3000)
    frame = pd.DataFrame({"days": np.ceil(np.minimum(days, end)), "event": (days <= end).astype(int), "z": z})
    frame["since"] = np.floor(draw.uniform(-10, 15, 3000)) if is_late else -1.0
    frame = frame.assign(begins=begins)[frame["since"] < frame["days"]].reset_index(drop=True)
    spells = pd.DataFrame({OF: range(len(frame)), BEGINS: frame["begins"], ENDS: np.nan})
    course = start_stop(frame, {"on": spells}, entry="since")
    holed = frame[["z"]].where(draw.random((len(frame), 1)) > 0.4)

    def effect(of_z: pd.Series) -> pd.Series:
        rows = course.assign(z=of_z.to_numpy()[course[SUBJECT]])
        return cox(rows, ["on", "z"], entry=START, subject=SUBJECT).iloc[0]

    def imputed(*more: Any) -> float:
        outcome = outcome_columns(*(frame[name].to_numpy(float) for name in ("event", "days", "since")), *more)
        return float(np.mean([effect(one["z"])["coef"] for one in completed(holed, ["z"], outcome, n=5, seed=1)]))

    whole = effect(frame["z"])
    assert imputed(course, ["on"]) == pytest.approx(whole["coef"], abs=1.2 * whole["std_error"])
    assert imputed() > whole["coef"] + 2 * whole["std_error"]


def test_classes_are_numbered_by_what_tells_them_apart() -> None:
    """The first canonical variate equals scikit-learn's in its correlation; two classes never share a number."""
    from sklearn.cross_decomposition import CCA

    draw = np.random.default_rng(2)
    place = draw.integers(0, 4, 400)
    known = draw.normal(size=(400, 3)) + np.array([[0.0], [2.0], [-1.0], [0.5]])[place]
    scores = canonical_scores(place, known)
    indicators = (place[:, None] == np.arange(1, 4)).astype(float)
    of_classes, of_known = CCA(n_components=1, max_iter=5000, tol=1e-12).fit_transform(indicators, known)
    theirs = abs(np.corrcoef(of_classes[:, 0], of_known[:, 0])[0, 1])
    basis = np.column_stack([np.ones(400), known])
    fitted = basis @ np.linalg.lstsq(basis, scores[place], rcond=None)[0]
    assert np.corrcoef(scores[place], fitted)[0, 1] == pytest.approx(theirs, abs=1e-6)
    assert list(np.argsort(scores)) in ([2, 0, 3, 1], [1, 3, 0, 2])
    same = canonical_scores(np.arange(400) % 3, np.zeros((400, 1)) + np.arange(400)[:, None] % 2)
    assert len(set(same)) == 3


def test_pooling_without_a_spread_is_the_estimate() -> None:
    """Equal estimates have their own variance, no missing information beyond the sample's, and the complete df."""
    found = pooled(np.full(5, 0.7), np.full(5, 0.2), 30.0)
    assert (found.estimate, found.std_error) == (pytest.approx(0.7), pytest.approx(0.2))
    assert found.df == pytest.approx(31 / 33 * 30)
    lower, upper = found.interval()
    assert lower < 0.7 < upper and found.p_value < 0.01


@pytest.mark.parametrize("module", [imputation, pooling])
def test_docstring_examples_are_true(module) -> None:
    """Each example in a docstring gives what it shows."""
    found = doctest.testmod(module)
    assert found.attempted > 0 and found.failed == 0
