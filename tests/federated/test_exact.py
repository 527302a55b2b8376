"""Without disclosure control two registries combined are the pooled fit, by the command, round by round."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.logrank import logrank
from tests.federated.sites import NORTH, SOUTH, Sites
from warehouse.cohorts.plan_form import PlannedModel
from warehouse.releases import share_log
from warehouse.releases.query import open_release
from warehouse.releases.release import find_release
from workflows.federated.combined import DONE, GOES_ON, combine_model
from workflows.federated.file_form import CoefficientsFile
from workflows.federated.gathered import Gathered
from workflows.federated.given import exact_model
from workflows.federated.rows import ModelRows, rows_of_model
from workflows.federated.study import Study, is_within_sites, read_study

FIGURES = ["estimate", "lower", "upper", "coef", "std_error"]


@pytest.fixture(scope="module")
def combined(begun: Sites) -> dict[str, pd.DataFrame]:
    """Each model's table, by the code of sites and coordinator, without the files in between."""
    study, made = read_study(begun.study), {}
    for model in study.models:
        rows = {}
        for site, home in begun.homes.items():
            with open_release(find_release(home)) as con:
                rows[site] = rows_of_model(con, study.plan, model)
        made[model.name] = _until_the_end(begun, study, model, rows)
    return made


def _until_the_end(begun: Sites, study: Study, model: PlannedModel, rows: dict[str, ModelRows]) -> pd.DataFrame:
    files = {site: {1: begun.read(site)} for site in rows}
    asked: dict[int, CoefficientsFile] = {}
    for number in range(2, 13):
        found = combine_model(study, model, Gathered(files, {}, {}, []), asked)
        if found.state == DONE:
            assert found.table is not None and not found.why and found.sites == (NORTH, SOUTH)
            return found.table
        assert found.state == GOES_ON and found.asks is not None
        asked[number] = CoefficientsFile(study=study.sha256, round=number, models={model.name: found.asks})
        for site, own in rows.items():
            given = exact_model(own, found.asks, is_within=is_within_sites(model))
            files[site][number] = files[site][1].model_copy(update={"round": number, "models": {model.name: given}})
    raise AssertionError("no end")


def assert_pooled(ours: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare a model's table with the pooled fit: every term to 1e-6, sizes, and the tests of the model."""
    of_terms = expected[expected["quantity"] == "hazard_ratio"].reset_index(drop=True)
    own = ours[ours["quantity"] == "hazard_ratio"].reset_index(drop=True)
    assert own["term"].tolist() == of_terms["term"].tolist() and own["estimate"].notna().all()
    np.testing.assert_allclose(own[FIGURES].astype(float), of_terms[FIGURES].astype(float), rtol=1e-6)
    for column in ("n", "n_events", "events_per_variable"):
        np.testing.assert_allclose(own[column].astype(float), of_terms[column].astype(float))
    for quantity in ("lr_chi2", "wald_chi2"):
        one, other = (t[t["quantity"] == quantity]["estimate"].tolist() for t in (ours, expected))
        np.testing.assert_allclose(one, other, rtol=1e-6)


@pytest.mark.parametrize("name", ["within", "over", "lesions"])
def test_a_model_is_the_pooled_fit(begun: Sites, combined: dict[str, pd.DataFrame], name: str) -> None:
    """Every figure of every term to 1e-6, with n, events, likelihood ratio and Wald test: stratified by site, over all,
    and of lesions clustered by patient with splines and a second stratum.
    """
    assert_pooled(combined[name], begun.pooled(name))


@pytest.mark.long
@pytest.mark.parametrize(("name", "table"), [("within", "cox"), ("over", "cox"), ("lesions", "lesion_models")])
def test_the_command_comes_to_the_pooled_fit(exact: Sites, name: str, table: str) -> None:
    """The same by the command, through the files of all rounds."""
    found = exact.table(table)
    assert_pooled(found[found["model"] == f"plan.{name}"].reset_index(drop=True), exact.pooled(name))


def test_curves_are_those_of_the_pooled_rows(begun: Sites) -> None:
    """Medians, survival and the log-rank test over all and within sites, from counts by day."""
    rows = begun.rows("OS", "ras")
    expected = km_summary(rows, grouping="ras").set_index(["stratum", "quantity"])["estimate"]
    own = begun.table("km_summary")
    own = own[(own["grouping"] == "plan.survival") & (own["stratum"] != "overall")]
    found = own.set_index(["stratum", "quantity"])["estimate"]
    np.testing.assert_allclose(found.astype(float), expected.loc[found.index].astype(float), rtol=1e-12)
    tests = begun.table("logrank")
    tests = tests[tests["grouping"] == "plan.survival"]["estimate"].tolist()
    both = [logrank(rows, grouping="ras"), logrank(rows, grouping="ras", strata="site")]
    np.testing.assert_allclose(tests, [one["estimate"].iloc[0] for one in both], rtol=1e-12)
    assert set(begun.table("gray")["cause"]) == {1, 2}


@pytest.mark.long
def test_the_order_of_sites_does_not_matter(exact: Sites) -> None:
    """The folders named the other way round give the same tables, byte for byte but for the last digits of sums."""
    assert exact.combine(SOUTH, NORTH).code == 0
    one = {name: exact.table(name) for name in ("cox", "km_summary", "logrank")}
    assert exact.combine(NORTH, SOUTH).code == 0
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, exact.table(name), check_exact=False, rtol=1e-12)


@pytest.mark.long
def test_one_site_gives_its_own_result(exact: Sites) -> None:
    """Combined alone, a site's model is the one that its own plan would have."""
    assert exact.until_the_end(NORTH, out="alone").code == 0
    expected = exact.pooled("over", NORTH)
    found = exact.table("cox", out="alone")
    own = found[(found["model"] == "plan.over") & (found["quantity"] == "hazard_ratio")]
    theirs = expected[expected["quantity"] == "hazard_ratio"]
    np.testing.assert_allclose(own["coef"].astype(float), theirs["coef"].astype(float), rtol=1e-6)
    assert "of one site" in own["note"].iloc[0]


@pytest.mark.long
def test_what_is_written_says_what_it_is_of(exact: Sites) -> None:
    """combined.json has the sites with release and mode, the files with their checksums, and each model's rounds; the
    homes' logs have a line for each file; no count is kept of what left without rules.
    """
    facts = json.loads((exact.folder / "combined" / "combined.json").read_text(encoding="utf-8"))
    assert list(facts["sites"]) == [NORTH, SOUTH] and facts["left_out"] == {}
    assert facts["sites"][NORTH]["mode"] == "none" and facts["sites"][NORTH]["cost"] == ["exact: no disclosure control"]
    assert f"{NORTH}.round-1.json" in facts["files"]
    assert {one["state"] for one in facts["models"].values()} == {"done"}
    lines = [one.line for one in share_log.outputs(exact.homes[SOUTH])]
    rounds = [line["round"] for line in lines]
    assert sorted(set(rounds)) == list(range(1, max(rounds) + 1)) and max(rounds) > 3
    assert {line["what"] for line in lines} == {"federate"} and {line["mode"] for line in lines} == {"none"}
    assert not any(line["counts_that_left"] for line in lines)


def test_no_identifier_is_in_a_file(begun: Sites) -> None:
    """No patient's or lesion's identifier stands in any file that left, even without rules."""
    for site, home in begun.homes.items():
        with open_release(find_release(home)) as con:
            rows = con.execute("SELECT patient_id FROM cohort.patients UNION SELECT lesion_id FROM cohort.lesions")
            known = [str(value) for (value,) in rows.fetchall() if len(str(value)) > 3]
        text = "".join(path.read_text(encoding="utf-8") for path in (begun.folder / site).glob("*.json"))
        assert known and not [value for value in known if f'"{value}"' in text]
