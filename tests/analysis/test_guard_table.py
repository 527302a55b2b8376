"""The table of guards: nothing that is estimated is left out, and each model has its own numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.plan import analysis_plan
from analysis.plan.guard_table import model_guards
from analysis.plan.sensitivity import sensitivity
from analysis.subjects.analysis_frames import AnalysisFrames
from schemas.thresholds import PH_ALPHA
from tests.analysis.simulated import registry

EPV = "events per variable"


@pytest.fixture(scope="module")
def made() -> AnalysisFrames:
    """A simulated registry with two endpoints more, one of them listed nowhere."""
    patients, lesions, events = registry(150)
    own = events[(events["endpoint"] == "TTLTP") & (events["level"] == "patient")]
    more = [own.assign(endpoint=name) for name in ("CSS", "NEW")]
    return AnalysisFrames(patients, lesions, pd.concat([events, *more], ignore_index=True))


@pytest.mark.long
def test_every_endpoint_has_its_guards(made: AnalysisFrames) -> None:
    """Maturity and unknown genotypes of each endpoint and level that the registry has, listed or not."""
    table = analysis_plan.TABLES["guards"](made)
    for guard, per_endpoint in (("maturity of follow-up", 1), ("share of unknown genotype", 4)):
        rows = table[table["guard"] == guard]
        assert (rows.groupby(["endpoint", "level"]).size() == per_endpoint).all()
        found = set(zip(rows["endpoint"], rows["level"], strict=True))
        assert {pair for pair, _ in made.endpoints()} <= found and ("NEW", "patient") in found, guard


@pytest.mark.long
def test_every_model_has_its_guards(made: AnalysisFrames) -> None:
    """Each ratio of each table of models is among the terms of one guard row, with its own subjects and events."""
    guards = analysis_plan.TABLES["guards"](made)
    guards = guards[guards["guard"] == EPV]
    labels = ["endpoint", "level", "model", "cohort", "analysis", "grouping", "stratum", "period"]
    for name in analysis_plan.MODEL_TABLES:
        table = analysis_plan.TABLES[name](made)
        for row in table[table["quantity"].str.endswith("_ratio")].to_dict("records"):
            own = guards[guards["note"] == row["method"]]
            for label in labels:
                own = own[own[label] == row.get(label, "")]
            own = own[[row["term"] in terms.split(", ") for terms in own["term"]]]
            assert len(own) == 1, (name, row)
            assert own[["n", "n_events"]].iloc[0].tolist() == [row["n"], row["n_events"]], (name, row)
            assert own["estimate"].iloc[0] == row["events_per_variable"], (name, row)


@pytest.mark.long
def test_a_univariable_model_has_its_own_numbers() -> None:
    """Terms with different unknowns have different subjects: the guards do not give the first term's to all."""
    patients, lesions, events = registry(150)
    fewer = patients.assign(nras=patients["nras"].where(np.arange(len(patients)) % 3 > 0, "unknown"))
    cox = analysis_plan.TABLES["cox"](AnalysisFrames(fewer, lesions, events))
    table = model_guards(cox)
    own = table[(table["guard"] == EPV) & (table["model"] == "ltpfs") & (table["analysis"] == "univariable")]
    sizes = own.set_index("term")["n"]
    assert sizes["nras"] < sizes["kras"]


@pytest.mark.long
def test_proportionality_reaches_the_guards(made: AnalysisFrames) -> None:
    """Tests of cause-specific, subgroup and landmark models stay in their tables and are among the guards."""
    guards = analysis_plan.TABLES["guards"](made)
    guards = guards[guards["guard"] == "proportional hazards, smallest p"]
    for name, where in (
        ("fine_gray", {"model": "cause_specific"}),
        ("subgroups", {"grouping": "overall"}),
        ("sensitivity", {"model": "landmark_90d"}),
    ):
        rows, own = analysis_plan.TABLES[name](made), guards
        for column, value in where.items():
            rows, own = rows[rows[column] == value], own[own[column] == value]
        smallest = rows["ph_p_value"].min()
        assert np.isfinite(smallest) and own["estimate"].min() == smallest, name
    assert analysis_plan.TABLES["fine_gray"](made).query("model == 'fine_gray'")["ph_p_value"].isna().all()


@pytest.mark.long
def test_every_term_that_changes_is_shown_by_period() -> None:
    """KRAS always; and a term with early events only, whose hazards the main model does not find proportional."""
    patients, lesions, events = registry(400)
    mutant = set(patients.loc[patients["braf"] == "mutant", "patient_id"])
    own = (events["endpoint"] == "LTPFS") & (events["level"] == "patient") & events["patient_id"].isin(mutant)
    place = np.arange(len(events))
    early = own & (place % 2 == 0)
    changed = events.assign(
        days=events["days"].mask(early, 20.0 + place % 60).mask(own & ~early, 900.0 + place % 90),
        event=events["event"]
        .mask(early, 1)
        .mask(own & ~early & (place % 8 > 0), 0)
        .mask(own & ~early & (place % 8 == 1), 1),
    )
    made = AnalysisFrames(patients, lesions, changed)
    cox = analysis_plan.TABLES["cox"](made)
    main = cox[(cox["model"] == "ltpfs") & (cox["cohort"] == "all") & (cox["analysis"] == "multivariable")]
    main = main[main["ph_p_value"] < PH_ALPHA]
    assert "braf" in set(main["term"])
    table = sensitivity(made)
    shown = table[(table["variant"] == "effects by period") & (table["quantity"] == "hazard_ratio")]
    assert set(shown["term"]) == {"kras", *main["term"]}
    assert (shown.groupby("term").size() == 2).all()
