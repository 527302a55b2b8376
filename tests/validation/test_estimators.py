"""What the estimators of models put to the test do beyond agreeing with R: counting, guards, samples."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.regression.cox_fit import coefficients
from analysis.validation import calibration
from analysis.validation.at_horizon import auc, brier
from analysis.validation.concordance import concordance, ranks, sums_beyond
from analysis.validation.cutoff import by_cutoff
from analysis.validation.decision_curve import net_benefits
from analysis.validation.optimism import HARRELL, Subjects, bootstrapped, drawings
from analysis.validation.own_model import own_model
from analysis.validation.performance import Scored, performance
from analysis.validation.timeline import Timeline
from schemas.thresholds import DAYS_PER_MONTH, TEST_EVENTS_LEAST

YEAR = 12 * DAYS_PER_MONTH
COEF = np.array([1.0, 0.6])
LABELS = {"endpoint": "TTLTP", "level": "lesion", "model": "m", "cohort": "all"}


def drawn(n: int = 150, seed: int = 1, *, competes: bool = True) -> Subjects:
    """Lesions of patients, one to three each, with two columns that matter; many times are tied."""
    random = np.random.default_rng(seed)
    matrix = np.column_stack([random.random(n) < 0.4, random.normal(0.0, 1.0, n).round(1)]).astype(float)
    to_event = random.exponential(900.0 / np.exp(matrix @ [1.0, 0.6]))
    to_death = random.exponential(1500.0, n) if competes else np.full(n, np.inf)
    end = random.uniform(100.0, 1000.0, n)
    time = np.ceil(np.minimum(np.minimum(to_event, to_death), end) / 7.0) * 7.0
    causes = np.where(to_event <= np.minimum(to_death, end), 1, np.where(to_death <= end, 2, 0))
    cluster = np.sort(random.integers(0, n // 2, n))
    return Subjects(time, causes, matrix, pd.factorize(cluster)[0])


def scored(own: Subjects, *, risks: bool = True, competes: bool = True) -> Scored:
    """The subjects with the score that they were drawn by."""
    score = own.matrix @ [1.0, 0.6]
    risk = {12.0: 1.0 - 0.75 ** np.exp(score)} if risks else {}
    return Scored(own.time, own.causes, score, own.cluster, True, competes, risk)


def one(table: pd.DataFrame, quantity: str) -> pd.Series:
    """The first row of a quantity."""
    return table[table["quantity"] == quantity].iloc[0]


def test_pairs_are_counted_one_by_one() -> None:
    """C is what comparing every pair gives, with ties of times and scores and with weights."""
    own = drawn(60)
    score, weight = (own.matrix @ [1.0, 0.6]).round(1), np.random.default_rng(2).integers(0, 3, 60).astype(float)
    pairs = np.zeros(3)
    for i in np.flatnonzero(own.causes == 1):
        for j in range(60):
            later = own.time[j] > own.time[i] or (own.time[j] == own.time[i] and own.causes[j] != 1)
            if later and j != i:
                place = 0 if score[i] > score[j] + 1e-9 else 1 if score[i] < score[j] - 1e-9 else 2
                pairs[place] += weight[i] * weight[j]
    found = concordance(own.time, own.causes, score, weight=weight)
    assert (found.concordant, found.discordant, found.tied) == tuple(pairs)
    assert found.estimate == pytest.approx((pairs[0] + pairs[2] / 2) / pairs.sum(), rel=1e-12)


def test_a_weight_stands_for_so_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a sample, weights give what repeated rows give: both C-indices, AUC, Brier score, incidence, baseline; and a
    table gives what halves of halves do.
    """
    own = drawn()
    count = next(drawings(int(own.cluster.max()) + 1))[own.cluster]
    rows = np.repeat(np.arange(len(count)), count)
    score, weight = own.matrix @ [1.0, 0.6], count.astype(float)
    whole, sample = Timeline(own.time, own.causes), Timeline(own.time[rows], own.causes[rows])
    ones = np.ones(len(rows))
    for is_uno in (False, True):
        assert concordance(own.time, own.causes, score, weight=weight, is_uno=is_uno).estimate == pytest.approx(
            concordance(sample.time, sample.causes, score[rows], is_uno=is_uno).estimate, rel=1e-12
        )
    known = whole.known_at(YEAR, weight), sample.known_at(YEAR, ones)
    rank = ranks(score)
    assert auc(rank, known[0]) == pytest.approx(auc(rank[rows], known[1]), rel=1e-12)
    assert brier(0.2, known[0]) == pytest.approx(brier(0.2, known[1]), rel=1e-12)
    assert whole.incidence(YEAR, weight) == pytest.approx(sample.incidence(YEAR, ones), rel=1e-12)
    models = whole.predictor(COEF, own.matrix, weight), sample.predictor(COEF, own.matrix[rows], ones)
    np.testing.assert_allclose(models[0].risk(score, YEAR), models[1].risk(score, YEAR), rtol=1e-12)
    by_table = whole.c(rank, (weight,))
    monkeypatch.setattr("analysis.validation.timeline.MOST_CELLS", 0)
    assert Timeline(own.time, own.causes).c(rank, (weight,)) == pytest.approx(by_table, rel=1e-12)


def test_the_quick_coefficients_are_the_models() -> None:
    """Of a sample in which some count twice and some not at all, Newton's steps end where the library's do. Where one
    column is another, a constant or the event itself, or nobody has the event, they leave it to the library.
    """
    own = drawn()
    count = next(drawings(int(own.cluster.max()) + 1))[own.cluster].astype(float)
    timeline, start, is_in = Timeline(own.time, own.causes), np.zeros(2), count > 0.0
    sample = Subjects(own.time[is_in], own.causes[is_in], own.matrix[is_in], own.cluster[is_in])
    expected = coefficients(sample.cases(count[is_in]))
    found = timeline.coefficients(own.matrix, count, start)
    assert expected is not None and found is not None
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    twice = np.column_stack([own.matrix[:, 0], 3.0 * own.matrix[:, 0]])
    separated = np.column_stack([own.matrix[:, 1], own.causes == 1]).astype(float)
    constant = np.column_stack([own.matrix[:, 1], np.ones(len(count))])
    for matrix in (twice, separated, constant):
        assert timeline.coefficients(matrix, count, start) is None
    assert Timeline(own.time, np.zeros(len(count))).coefficients(own.matrix, count, start) is None


def test_the_quick_slope_is_the_models() -> None:
    """Newton's steps on the laid out subjects end where the fitted model does."""
    own = drawn()
    score = own.matrix @ [0.7, 0.9]
    slow = calibration.slope(own.time, own.causes, score)
    assert slow is not None
    assert Timeline(own.time, own.causes).slope(score) == pytest.approx(slow["estimate"], abs=1e-9)


def test_the_share_of_cases_is_the_incidence() -> None:
    """Weights of what is known at a time sum to Aalen and Johansen's estimate, and cases and controls to everybody."""
    own = drawn()
    known = Timeline(own.time, own.causes).known_at(YEAR, np.ones(len(own.time)))
    assert known is not None
    assert known.share == pytest.approx(calibration.observed(own.time, own.causes, YEAR, competes=True).estimate)
    assert known.case.sum() + known.control.sum() == pytest.approx(known.n)


def test_deaths_make_the_predicted_risk_smaller() -> None:
    """A cause-specific model alone says more than one minus nobody dying; with deaths, the mean predicted risk is near
    what is observed.
    """
    own = drawn(600)
    ones = np.ones(600)
    model = Timeline(own.time, own.causes).predictor(COEF, own.matrix, ones)
    alone = Timeline(own.time, np.where(own.causes == 1, 1, 0)).predictor(COEF, own.matrix, ones)
    score = model.score(own.matrix)
    seen = calibration.observed(own.time, own.causes, YEAR, competes=True)
    assert (model.risk(score, YEAR) < alone.risk(score, YEAR)).all()
    assert seen.lower < model.risk(score, YEAR).mean() < seen.upper


@pytest.mark.long
def test_the_same_seed_gives_the_same_optimism() -> None:
    """Two runs agree to the last bit; the corrected C is below the apparent one, and another seed gives nearly it."""
    own = drawn(80, seed=4)
    n = int(own.cluster.max()) + 1
    first, second = (bootstrapped(own, [YEAR], drawings(n, replicates=60)) for _ in range(2))
    other = bootstrapped(own, [YEAR], drawings(n, replicates=60, seed=99))
    assert first is not None and second is not None and other is not None
    assert first.optimism == second.optimism and first.n_drawn == 60
    gone = first.optimism[HARRELL, 0.0, 0]
    assert 0.0 < gone < 0.1 and abs(gone - other.optimism[HARRELL, 0.0, 0]) < 0.02


def test_patients_are_drawn_not_lesions() -> None:
    """All lesions of a patient are in a sample equally often."""
    own = drawn(40)
    for sample in drawings(int(own.cluster.max()) + 1, replicates=5):
        assert sample.sum() == own.cluster.max() + 1
        counts = pd.Series(sample[own.cluster]).groupby(own.cluster).nunique()
        assert (counts == 1).all()


def test_few_events_show_nothing() -> None:
    """Below the limit there is one line that says why, of a published model and of an own one."""
    own = drawn(30)
    few = Subjects(own.time, np.where(np.cumsum(own.causes == 1) > 4, 0, own.causes), own.matrix, own.cluster)
    tables = (performance(scored(few), (12,), LABELS), own_model(few, (12,), LABELS, is_clustered=True, competes=True))
    for table in tables:
        assert len(table) == 1 and table["estimate"].isna().all()
        assert f"only 4 events: not shown below {TEST_EVENTS_LEAST}" in table["note"].iloc[0]
    assert by_cutoff(scored(few), 0.0, (12,), LABELS).empty


def test_without_a_baseline_there_is_no_calibration() -> None:
    """The model ranks, and the line on calibration says that it gives no risk; with one there are groups."""
    table = performance(scored(drawn(), risks=False), (12,), LABELS)
    row = one(table, "calibration")
    assert "not estimable: the model states no baseline" in row["note"] and np.isnan(row["estimate"])
    assert one(table, "auc")["lower"] < one(table, "auc")["estimate"] < one(table, "auc")["upper"]
    assert not {"brier", "net_benefit"} & set(table["quantity"])
    whole = performance(scored(drawn()), (12,), LABELS)
    groups = whole[(whole["quantity"] == "calibration") & (whole["stratum"] != "overall")]
    assert list(groups["predicted"]) == sorted(groups["predicted"]) and groups["n"].sum() == 150
    assert {"brier", "null_brier", "net_benefit", "observed_to_expected"} <= set(whole["quantity"])


def test_a_time_beyond_everybody_is_said() -> None:
    """Ten years after, nobody is watched."""
    row = performance(scored(drawn()), (120,), LABELS).iloc[-1]
    assert row["note"].startswith("beyond the last follow-up") and np.isnan(row["estimate"])


def test_acting_on_everybody_is_the_model_at_a_low_risk() -> None:
    """Where everybody is at or above the threshold, both curves agree; where nobody is, the net benefit is 0."""
    own = drawn()
    risk = np.full(len(own.time), 0.3)
    low, high = net_benefits(own.time, own.causes, risk, YEAR, np.array([0.1, 0.5]))
    assert low.of_model == pytest.approx(low.of_all) and low.n == len(risk)
    assert (high.n, high.of_model) == (0, 0.0)


def test_a_cutoff_divides() -> None:
    """Both groups have their observed risk, and the ratio is of those above."""
    table = by_cutoff(scored(drawn(400)), 0.5, (12,), LABELS)
    below, above = table[table["quantity"] == "observed"]["estimate"]
    assert below < above and one(table, "hazard_ratio")["lower"] > 1.0
    nobody = one(by_cutoff(scored(drawn()), 99.0, (12,), LABELS), "hazard_ratio")
    assert nobody["note"] == "only one group: nothing to compare"


@pytest.mark.long
def test_the_own_model_has_its_optimism_beside_each_figure() -> None:
    """C, slope, AUC, Brier score and groups have a corrected figure; the slope starts at 1 and shrinks."""
    table = own_model(drawn(200), (12, 24), LABELS, is_clustered=True, competes=True)
    for quantity in ("harrell_c", "slope", "auc", "brier"):
        row = one(table, quantity)
        assert row["corrected"] == pytest.approx(row["estimate"] - row["optimism"]), quantity
    assert one(table, "slope")["estimate"] == pytest.approx(1.0) and one(table, "slope")["corrected"] < 1.0
    groups = table[(table["quantity"] == "calibration") & (table["stratum"] != "overall")]
    assert len(groups) and groups["corrected"].notna().all()
    assert one(table, "uno_c")[["optimism", "corrected"]].isna().all()


@pytest.mark.parametrize("n", [0, 1, 2, 33])
def test_sums_beyond_equal_a_loop(n: int) -> None:
    """Of any size, with ties in both."""
    random = np.random.default_rng(n)
    place, rank, weight = random.integers(0, 9, n), random.integers(0, 5, n), random.random(n)
    weights = np.stack([weight, np.ones(n)])
    found = sums_beyond(place, rank, weights)
    for of, is_counted in zip(found, (np.less, np.equal), strict=True):
        counts = [(place > p) & is_counted(rank, r) for p, r in zip(place, rank, strict=True)]
        np.testing.assert_allclose(of, [[each[one].sum() for one in counts] for each in weights], atol=1e-12)


def test_methods_name_removals_where_there_are_any() -> None:
    """C, slope and the ratio of a cut-off say what they censor: deaths, and removals of treated areas with them."""
    own = drawn()
    removed = scored(own)
    removed = Scored(own.time, np.where(own.causes == 2, 3, own.causes), removed.score, own.cluster, True, True, {})
    for what, seen in (("deaths", scored(own)), ("deaths and removals of the treated area", removed)):
        table = performance(seen, (12,), LABELS)
        said = {row["quantity"]: row["method"] for row in table.to_dict("records")}
        assert said["harrell_c"].startswith(f"Harrell's C, {what} censored, ")
        assert said["wolbers_c"].startswith(f"Harrell's C, {what} counted as never having the event, ")
        assert said["slope"] == f"Cox coefficient of the score, {what} censored"
        ratio = by_cutoff(seen, 0.5, (12,), LABELS)
        assert one(ratio, "hazard_ratio")["method"] == f"Cox, {what} censored"
