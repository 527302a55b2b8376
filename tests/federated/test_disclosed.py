"""Under a mode: what leaves a site, what that costs the combination, and how rounds and studies are limited."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.logrank import logrank
from schemas import disclosure
from schemas.disclosure import MODES
from schemas.thresholds import DAYS_PER_MONTH
from tests.e2e.demonstration import Demonstration
from tests.federated.conftest import sites_in
from tests.federated.sites import NORTH, SOUTH, Sites, rewritten
from tests.orchestration.command import run_here
from tests.variants import quick
from warehouse.cohorts.criteria import Criterion
from warehouse.releases import share_log
from warehouse.storage.errors import ShareRefused
from workflows.federated.file_form import ModelGiven
from workflows.federated.site import share_first
from workflows.federated.study import read_study

MODE = "lt5"
KNOWN = "kras <> 'unknown' AND ras <> 'unknown'"
STUDY = f"""
[[groups]]
name = "size"
levels = {{ large = "max_diameter_mm >= 45", other = "max_diameter_mm < 45" }}

[[curves]]
name = "survival"
endpoint = "OS"
by = "ras"
subgroup = "{KNOWN}"

[[models]]
name = "within"
endpoint = "LTPFS"
formula = "kras + I(max_diameter_mm / 10)"
strata = "site"
subgroup = "{KNOWN}"

[[models]]
name = "lesions"
endpoint = "LTPFS"
level = "lesion"
formula = "kras"
strata = "site"
subgroup = "{KNOWN}"

[[models]]
name = "few"
endpoint = "LTPFS"
formula = "size"
strata = "site"
subgroup = "{KNOWN}"

[[models]]
name = "over"
endpoint = "LTPFS"
formula = "kras + diameter_ge_30 + birth_year"
"""


@pytest.fixture(scope="module")
def done(sites: Sites) -> Sites:
    """Both sites shared under a mode, and answered until the end."""
    sites.study.write_text(STUDY, encoding="utf-8")
    for site in (NORTH, SOUTH):
        ran = sites.share(site, "--disclosure", MODE)
        assert ran.code == 0, ran.err.decode()
    last = sites.until_the_end()
    assert "Next" not in last.text
    return sites


def test_no_small_count_and_no_day_leaves(done: Sites) -> None:
    """Tables by day are of ends of months, in classes of five; counts are none or more than four; scores have two
    digits; no log-likelihood, no sums by day.
    """
    law = MODES[MODE]
    for site in (NORTH, SOUTH):
        file = done.read(site)
        assert file.mode == MODE and 0 <= file.n_suppressed < file.n_cells
        tables = [table for one in file.curves.values() for own in one.tables.values() for table in own]
        assert tables
        for table in tables:
            months = np.array(table.days) / DAYS_PER_MONTH
            np.testing.assert_allclose(months, np.round(months), atol=1e-9)
            for numbers in (table.events, table.competing):
                assert not [n for n in numbers if 1 <= n < law.curve_step // 2], table
            assert table.at_risk[-1] > law.small
        for number in (1, 2):
            for model in done.read(site, number).models.values():
                assert model.by_day is None and model.log_likelihood is None
                for value in [*(model.score or []), *(v for row in model.information or [] for v in row)]:
                    assert value == float(f"{value:.2g}")
        for model in file.models.values():
            for levels in model.levels.values():
                assert not [n for pair in levels.values() for n in pair if law.is_small(n)]


def test_a_class_of_few_has_no_score(done: Sites) -> None:
    """Where a class of a model's term has few subjects or events at a site, its file holds no number of that model."""
    for site in (NORTH, SOUTH):
        few = done.read(site).models["few"]
        assert few.refused == "size or events of a group of size do not leave"
        assert few == ModelGiven(refused=few.refused)


def test_a_model_over_all_sites_is_refused_and_said(done: Sites) -> None:
    """Its sums by day would show single patients: the file has none, and the combination says why."""
    for site in (NORTH, SOUTH):
        assert "sums by day, which show single patients" in done.read(site).models["over"].refused
    ran = done.combine()
    assert ran.code == 0 and "model over" in ran.text and "no site gives it" in ran.text
    assert f"{NORTH}: {MODE}: " in ran.text and "counts suppressed" in ran.text
    assert f"{NORTH}: model over: not in it" in ran.text


@pytest.mark.parametrize(("name", "table"), [("within", "cox"), ("lesions", "lesion_models")])
def test_a_model_is_near_the_exact_one(done: Sites, name: str, table: str) -> None:
    """Each coefficient within what its note says of rounding, and a third of a standard error for lost follow-up;
    standard errors within a tenth.
    """
    found, exact = done.table(table), done.pooled(name)
    ours = found[(found["model"] == f"plan.{name}") & (found["quantity"] == "hazard_ratio")].reset_index()
    theirs = exact[exact["quantity"] == "hazard_ratio"].reset_index()
    moved = ours["note"].str.extract(r"moves the coefficient by up to ([\d.e+-]+)")[0].astype(float)
    assert moved.notna().all() and ours["term"].tolist() == theirs["term"].tolist()
    assert ((ours["coef"] - theirs["coef"]).abs() <= moved + theirs["std_error"] / 3).all()
    np.testing.assert_allclose(ours["std_error"].astype(float), theirs["std_error"].astype(float), rtol=0.1)
    assert "lr_chi2" not in set(found["quantity"]) and "wald_chi2" in set(found["quantity"])


def test_curves_are_near_the_exact_ones(done: Sites) -> None:
    """Survival at a year within twice the points that the note says; only the test within sites is there, near
    that of the rows of those sites whose score leaves; the others are named.
    """
    rows = done.rows("OS", "ras", KNOWN)
    theirs = km_summary(rows, grouping="ras").set_index(["stratum", "quantity"])["estimate"]
    own = done.table("km_summary")
    own = own[(own["quantity"] == "survival_12m") & own["estimate"].notna() & (own["stratum"] != "overall")]
    assert len(own)
    for row in own.to_dict("records"):
        points = float(row["note"].split("moved by up to ")[1].split(" in 100")[0])
        if "without" not in row["note"]:
            assert abs(row["estimate"] - theirs[row["stratum"], "survival_12m"]) <= 2 * points / 100
    tests = done.table("logrank")
    assert set(tests["method"]) == {"log-rank test, stratified by site"}
    assert tests["note"].str.contains("a test over all sites needs exact tables").all()
    in_it = [site for site in done.homes if "logrank" in done.read(site).curves["survival"].scores]
    assert in_it and all((f"without {NORTH}" in note) is (NORTH not in in_it) for note in tests["note"])
    only = rows[rows["site"].isin(in_it)]
    exact = logrank(only, grouping="ras", strata="site").iloc[0]
    np.testing.assert_allclose(tests["estimate"], exact["estimate"], rtol=0.15)


def test_what_left_is_logged_and_later_outputs_are_judged(done: Sites) -> None:
    """Every file has its line, with the counts of the first round; the log is whole; all patients but one are
    refused after it.
    """
    home = done.homes[NORTH]
    lines = [one.line for one in share_log.outputs(home)]
    assert [line["round"] for line in lines][:3] == [1, 2, 3]
    assert lines[0]["counts_that_left"] > 0 and {line["mode"] for line in lines} == {MODE}
    assert share_log.faults(home) == (len(lines), [])
    but_one = Criterion("but one", "patient_id > (SELECT min(patient_id) FROM cohort.patients)", True, None)
    study = read_study(done.study)
    with pytest.raises(ShareRefused, match="Nearly the same patients left with output 00000"):
        share_first(home, study, NORTH, MODES[MODE], None, done.folder / "again", [but_one])


@pytest.mark.long
def test_the_default_is_the_safest(done: Sites) -> None:
    """Without --disclosure a first round leaves under opensafely7."""
    assert done.share(SOUTH, out="default").code == 0
    given = json.loads((done.folder / "default" / f"{SOUTH}.round-1.json").read_text(encoding="utf-8"))
    assert given["mode"] == disclosure.SAFE_MODE


def asked(sites: Sites, folder: str, coef: float) -> Path:
    """The second round's coefficients with another first one, as a curious coordinator could ask."""
    source = sites.folder / "combined" / "coefficients-2.json"
    path = sites.folder / folder / f"coefficients-{coef}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(source.read_bytes())
    models = json.loads(source.read_text(encoding="utf-8"))["models"]
    models["within"]["coefficients"][0] = coef
    rewritten(path, models=models)
    return path


def test_coefficients_at_which_few_decide_are_not_answered(done: Sites) -> None:
    """With 60 per centimetre the largest tumour alone would decide: that model is refused, by name."""
    path = asked(done, "curious", 0.0)
    models = json.loads(path.read_text(encoding="utf-8"))["models"]
    models["within"]["coefficients"] = [0.0, 60.0]
    rewritten(path, models=models)
    ran = done.share(NORTH, "--coefficients", str(path), "--disclosure", MODE, out="few")
    assert ran.code == 0 and "model within: not given: so few subjects decide" in ran.text


def test_rounds_are_limited(done: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same coefficients may be answered again; of different ones a site answers so many and no more."""
    n = len({one.line["asked_sha256"] for one in share_log.outputs(done.homes[NORTH]) if one.line["round"] > 1})
    monkeypatch.setattr("workflows.federated.site.FEDERATED_ROUNDS_MOST", n + 1)
    assert done.answer(NORTH, 2).code == 0
    ran = done.share(NORTH, "--coefficients", str(asked(done, "more", 0.123)))
    assert ran.code == 1 and f"{n + 1} rounds of this study were answered" in ran.complaint


def test_studies_of_the_same_patients_are_limited(done: Sites, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another study with models of these patients is refused once there were many."""
    monkeypatch.setattr("workflows.federated.site.FEDERATED_STUDIES_MOST", 1)
    other = done.folder / "other.toml"
    text = done.study.read_text(encoding="utf-8")
    other.write_text(text.replace("kras + I(max_diameter_mm / 10)", "kras"), encoding="utf-8")
    words = ("federate", "share", str(other), "--site", NORTH, "--out", str(done.folder / "other"))
    ran = run_here(done.homes[NORTH].root, *words, "--disclosure", MODE)
    assert ran.code == 1 and "1 studies with models of these patients were shared" in ran.complaint


@pytest.mark.parametrize("mode", quick(0, ("opensafely7", "cms11")))
def test_the_other_modes_leave_too(light_study: Demonstration, south_home: Path, tmp_path: Path, mode: str) -> None:
    """Each mode's files can be combined; what does not leave is said."""
    sites = sites_in(tmp_path, light_study, south_home)
    for site in (NORTH, SOUTH):
        assert sites.share(site, "--disclosure", mode).code == 0
    ran = sites.until_the_end()
    assert f"{NORTH}: {mode}: " in ran.text
    assert isinstance(sites.table("km_summary"), pd.DataFrame)
