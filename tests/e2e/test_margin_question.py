"""The question of the margin in the demonstration study: figures known beforehand come out of its release."""

import pytest

from analysis.declared_models import STUDY_COVARIATES
from analysis.plan.margin_models import LESION_REFERENCES, WITH_STUDY
from analysis.regression.cox import cox
from analysis.regression.design_matrix import design
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.e2e.demonstration import Demonstration
from warehouse.derived import analysis_tables


def test_the_margin_outweighs_every_other_covariate(demonstration: Demonstration) -> None:
    """25 of 64 lesions below 5 mm had LTP, 5 of 122 at or above; beside the study's covariates the clustered ratio is
    9.5, and the diameter's falls to 1.09. RAS wild-type: 10 of 27 and 2 of 64; mutant: 15 of 37 and 3 of 58.
    """
    shares = demonstration.rows(
        "SELECT stratum, n_events, n FROM analysis.lesion_factors WHERE quantity = 'rate' "
        "AND grouping IN ('margin_below_5', 'ras_by_margin') AND stratum <> 'unknown' ORDER BY grouping, stratum"
    )
    assert shares == [
        ("false", 5, 122), ("true", 25, 64), ("mutant at_least_5", 3, 58), ("mutant below_5", 15, 37),
        ("wild_type at_least_5", 2, 64), ("wild_type below_5", 10, 27),
    ]  # fmt: skip
    ratios = dict(
        demonstration.rows(
            "SELECT term, estimate FROM analysis.lesion_factor_models WHERE model = 'study_with_margin' "
            "AND quantity = 'hazard_ratio'"
        )
    )
    assert ratios["margin_below_5"] == pytest.approx(9.535, abs=0.001)
    assert ratios["diameter_ge_30"] == pytest.approx(1.089, abs=0.001)


def test_with_the_margin_lesions_are_told_apart_better(demonstration: Demonstration) -> None:
    """Harrell's C of the study's covariates, over the lesions with a margin, rises from 0.69 to 0.78 with it."""
    from lifelines.utils import concordance_index

    with demonstration.open() as con:
        timed = AnalysisFrames(*analysis_tables.frames(con)).lesions_timed("TTLTP")
    timed = timed[timed["margin_below_5"] != "unknown"]
    found = []
    for covariates in (STUDY_COVARIATES, WITH_STUDY):
        table = cox(timed, covariates, references=LESION_REFERENCES, cluster="patient")
        coef = table.loc[table["quantity"] == "hazard_ratio", "coef"].to_numpy(float)
        score = design(timed, covariates, references=LESION_REFERENCES).matrix @ coef
        found.append(concordance_index(timed["days"], -score, timed["event"] == 1))
    assert found == pytest.approx([0.689, 0.778], abs=0.001)


def test_beyond_6_2_mm_there_was_none(demonstration: Demonstration) -> None:
    """The largest margin with LTP is 6.2 mm; of the 78 lesions beyond it at most 4.6 % may have it."""
    rows = demonstration.rows(
        "SELECT quantity, n, n_events, estimate, upper FROM analysis.lesion_factors WHERE grouping = 'overall' "
        "AND quantity IN ('largest_margin_with_ltp_mm', 'rate_beyond') ORDER BY quantity"
    )
    assert rows[0] == ("largest_margin_with_ltp_mm", 186, 30, 6.2, None)
    assert rows[1] == ("rate_beyond", 78, 0, 0.0, pytest.approx(1 - 0.025 ** (1 / 78)))


def test_the_page_answers_at_the_top(demonstration: Demonstration) -> None:
    """Before its first section, and again in one of its own."""
    page = demonstration.release.report.read_text(encoding="utf-8")
    top = page.partition('<div class="first">')[0]
    assert "LTP by ablation margin" in top and "25 of 64" in top
    assert 'id="margin"' in page and "figures/margin-by-ras.svg" in page
