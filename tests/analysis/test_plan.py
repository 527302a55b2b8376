"""The plan: every analysis table of any registry, in a fixed shape and order, from one patient to very
many.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.kaplan_meier import km_summary
from analysis.estimates.rates import rates
from analysis.plan import analysis_plan
from analysis.subjects.analysis_frames import AnalysisFrames
from analysis.subjects.counted import COUNT
from analysis.subjects.numbered_frames import LESION_KEY
from schemas.analysis_tables import ANALYSIS_TABLES, LESIONS, PATIENTS, TECHNIQUE, TIMES, AnalysisTable
from tests.analysis.simulated import Frames, registry
from tests.variants import quick

CONTRACT_TABLES = {
    "ltp_rates",
    "km_curve",
    "km_summary",
    "cumulative_incidence",
    "logrank",
    "cox",
    "logistic",
}
CONTRACT_TABLES |= {"table_one", "replication"}


@pytest.fixture(scope="module")
def frames() -> Frames:
    """A registry of 200 patients."""
    return registry(200)


@pytest.fixture(scope="module")
def tables(frames: Frames) -> dict[str, pd.DataFrame]:
    """All its analysis tables."""
    return analysis_plan.run(*frames)


def test_the_plan_is_the_contracts() -> None:
    """Contract section 6 names tables, and the plan makes these and no table that is not declared."""
    declared = [table.name for table in ANALYSIS_TABLES]
    assert list(analysis_plan.ANALYSES) == declared and set(declared) >= CONTRACT_TABLES
    assert set(analysis_plan.MAKERS) == set(declared) and len(set(declared)) == len(declared)


MADE_OF_OTHERS = ("multiplicity", "guards")
"""Tables that are made from other tables, which are made on the way."""
IN_ORDER = sorted(ANALYSIS_TABLES, key=lambda table: table.name in MADE_OF_OTHERS)


@pytest.mark.parametrize(
    "table", quick(len(IN_ORDER) - len(MADE_OF_OTHERS), IN_ORDER), ids=[table.name for table in IN_ORDER]
)
def test_a_table_reads_what_it_declares(frames: Frames, tables: dict[str, pd.DataFrame], table: AnalysisTable) -> None:
    """Made from the keys and the columns that its declaration names, and from nothing else, a table is the same: its
    lineage leaves nothing out.
    """
    declared = (
        frame.filter([*LESION_KEY, *(name for source in sources for name in table.reads.get(source, ()))])
        for frame, sources in zip(frames, ((PATIENTS,), (LESIONS, TECHNIQUE), (TIMES,)), strict=True)
    )
    made = analysis_plan.MAKERS[table.name](AnalysisFrames(*declared))
    pd.testing.assert_frame_equal(made, tables[table.name], check_exact=True, obj=table.name)


def test_importing_the_plan_is_light() -> None:
    """Importing the plan imports no statistics library."""
    heavy = ["lifelines", "surpyval", "statsmodels", "sksurv", "scipy", "tableone", "matplotlib", "duckdb"]
    code = f"import analysis.plan, sys; print([m for m in {heavy} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.long
def test_order_of_rows_does_not_matter(frames: Frames, tables: dict[str, pd.DataFrame]) -> None:
    """Shuffled frames give the same bytes."""
    shuffled = [frame.sample(frac=1.0, random_state=i) for i, frame in enumerate(frames)]
    for name, table in analysis_plan.run(*shuffled).items():
        pd.testing.assert_frame_equal(table, tables[name], check_exact=True)


@pytest.mark.long
def test_one_table_alone_is_the_same(frames: Frames, tables: dict[str, pd.DataFrame]) -> None:
    """A table made alone equals the one made with all the others, and the frames are left as they were."""
    before = [frame.copy() for frame in frames]
    for name, analysis in analysis_plan.ANALYSES.items():
        pd.testing.assert_frame_equal(analysis(*frames), tables[name], check_exact=True)
    for frame, old in zip(frames, before, strict=True):
        pd.testing.assert_frame_equal(frame, old)


def _cut(frames: Frames, patient_ids: list[str]) -> Frames:
    patients, lesions, time_to_event = (frame[frame["patient_id"].isin(patient_ids)] for frame in frames)
    return patients, lesions, time_to_event


def _changed(name: str, frames: Frames) -> Frames:
    patients, lesions, time_to_event = (frame.copy() for frame in frames)
    if name == "empty":
        return _cut(frames, [])
    if name == "one patient":
        return _cut(frames, [patients["patient_id"].iloc[0]])
    if name == "no events":
        return patients.assign(ltp=False), lesions.assign(ltp=False), time_to_event.assign(event=0)
    if name == "nothing evaluable":
        is_os = time_to_event["endpoint"] == "OS"
        return patients.assign(ltp=None, ltpfs_months=np.nan), lesions.assign(ltp=None), time_to_event[is_os]
    if name == "one genotype":
        return patients.assign(kras="wild_type", nras="wild_type", ras="wild_type"), lesions, time_to_event
    if name == "genotypes unknown":
        return (
            patients.assign(kras="unknown", nras="unknown", braf=None, ras="unknown"),
            lesions,
            time_to_event,
        )
    return patients.assign(last_contact_date=pd.NaT, death_date=pd.NaT), lesions, time_to_event


CHANGES = [
    "empty",
    "one patient",
    "no events",
    "nothing evaluable",
    "one genotype",
    "genotypes unknown",
    "no dates",
]


@pytest.mark.long
@pytest.mark.parametrize("change", quick(2, CHANGES))
def test_every_registry_has_all_tables(change: str, frames: Frames, tables: dict[str, pd.DataFrame]) -> None:
    """Poor registries give the same tables with the same types; a null estimate always says why, and
    nothing is infinite.
    """
    for name, table in analysis_plan.run(*_changed(change, frames)).items():
        assert table.dtypes.to_dict() == tables[name].dtypes.to_dict(), name
        numbers = table.select_dtypes("number").astype(float)
        assert not np.isinf(numbers.to_numpy()).any(), name
        if "estimate" in table and name not in ("km_curve", "cumulative_incidence", "guards", "ph_residuals"):
            silent = table["estimate"].isna() & (table["note"] == "")
            assert not silent.any(), f"{name}: {table[silent]}"


def test_counted_cohorts_equal_the_subjects(frames: Frames) -> None:
    """Rates and curves over counted cohorts equal those over one row per patient."""
    patients, _, time_to_event = frames
    made = AnalysisFrames(*frames)
    counted = rates(made.ltp_status("patient"), grouping="kras", count=COUNT)
    pd.testing.assert_frame_equal(counted, rates(patients, grouping="kras"), check_exact=True)
    own = time_to_event[(time_to_event["endpoint"] == "OS") & (time_to_event["level"] == "patient")]
    joined = own.merge(patients[["site", "patient_id", "braf"]], on=["site", "patient_id"])
    counted = km_summary(made.subjects("OS", "patient"), grouping="braf", count=COUNT)
    pd.testing.assert_frame_equal(counted, km_summary(joined, grouping="braf"), rtol=1e-12)


def test_only_what_is_read_again_is_kept(frames: Frames) -> None:
    """Curves, the largest tables, are not kept once they are made; a test between groups, which guards read, is."""
    registry = AnalysisFrames(*frames)
    for name in ("km_curve", "cumulative_incidence", "logrank"):
        assert len(analysis_plan.TABLES[name](registry))
    assert list(registry.tables) == ["logrank"]


def test_lesions_are_grouped_by_their_own_diameter(frames: Frames) -> None:
    """At lesion level diameter_ge_30 is the lesion's, not the patient's."""
    _, lesions, _ = frames
    table = analysis_plan.ANALYSES["ltp_rates"](*frames)
    row = table[(table["level"] == "lesion") & (table["stratum"] == "true")].iloc[0]
    assert row["n"] == ((lesions["max_diameter_mm"] >= 30) & lesions["ltp"].notna()).sum()


def test_rates_keep_the_order_of_strata(tables: dict[str, pd.DataFrame]) -> None:
    """Wild type before mutant before unknown, false before true."""
    shown = tables["ltp_rates"].query("quantity == 'rate' and level == 'patient'")
    order = shown.groupby("grouping")["stratum"].agg(list)
    assert order["kras"] == ["wild_type", "mutant", "unknown"] and order["diameter_ge_30"] == [
        "false",
        "true",
    ]


def test_unknown_patients_of_an_endpoint_are_kept(frames: Frames) -> None:
    """A subject whose patient is not in patient_ltpfs counts, with unknown factors."""
    patients, lesions, time_to_event = frames
    made = AnalysisFrames(patients.iloc[1:], lesions, time_to_event)
    subjects = made.subjects("OS", "patient")
    assert subjects[COUNT].sum() == len(patients)


@pytest.mark.long
def test_an_endpoint_that_is_listed_nowhere_is_analysed(frames: Frames) -> None:
    """A new definition is analysed without being named in the plan: as cumulative incidence and in Gray's
    tests where an event competes, else as Kaplan-Meier and in log-rank tests, with the estimates of equal rows.
    """
    patients, lesions, events = frames
    is_patient = events["level"] == "patient"
    new = [events[is_patient & (events["endpoint"] == old)].assign(endpoint=f"NEW_{old}") for old in ("OS", "TTLTP")]
    made = AnalysisFrames(patients, lesions, pd.concat([events, *new], ignore_index=True))
    for name, old in (("km_summary", "OS"), ("logrank", "OS"), ("cumulative_incidence", "TTLTP"), ("gray", "TTLTP")):
        table = analysis_plan.TABLES[name](made)
        assert {e for e in table["endpoint"] if e.startswith("NEW_")} == {f"NEW_{old}"}, name
        known = table[(table["endpoint"] == old) & (table["level"] == "patient")]
        found = table[table["endpoint"] == f"NEW_{old}"]
        pd.testing.assert_series_equal(found["estimate"], known["estimate"], check_index=False)


@pytest.mark.long
def test_a_competing_event_is_the_definitions_not_the_cohorts(frames: Frames) -> None:
    """Where nobody died, a new endpoint whose definition names death as competing is still a cumulative incidence; one
    whose definition names none is Kaplan-Meier's.
    """
    patients, lesions, events = frames
    own = events[(events["endpoint"] == "TTLTP") & (events["level"] == "patient")]
    alive = own.assign(event=own["event"].where(own["event"] < 2, 0))
    new = [alive.assign(endpoint=name) for name in ("NEW_COMPETING", "NEW_ALONE")]
    declared = {("NEW_COMPETING", "patient"): True, ("NEW_ALONE", "patient"): False}
    made = AnalysisFrames(patients, lesions, pd.concat([events, *new], ignore_index=True), competing=declared)
    assert {pair: competes for pair, competes in made.endpoints() if pair in declared} == declared
    for name, endpoint in (("cumulative_incidence", "NEW_COMPETING"), ("km_summary", "NEW_ALONE")):
        assert {e for e in analysis_plan.TABLES[name](made)["endpoint"] if e.startswith("NEW_")} == {endpoint}, name


def test_removals_are_named_as_censored_where_there_are_any(frames: Frames, tables: dict[str, pd.DataFrame]) -> None:
    """Curves and models of LTP say that deaths are censored, and removals of the treated area too once somebody has
    one; no figure depends on it, and other endpoints say nothing.
    """
    patients, lesions, times = frames
    is_dead = (times["endpoint"] == "TTLTP") & (times["event"] == 2)
    assert is_dead.any()
    registry = AnalysisFrames(patients, lesions, times.assign(event=times["event"].mask(is_dead, 3)))
    for name in ("km_summary", "lesion_models", "lesion_factor_models", "margin_response"):
        before, made = tables[name], analysis_plan.MAKERS[name](registry)
        was, said = before["note"].astype(str), made["note"].astype(str)
        assert was.str.contains("deaths censored").any() and not was.str.contains("removals").any()
        assert said.str.contains("deaths and removals of the treated area censored").any()
        assert said.str.replace("deaths and removals of the treated area", "deaths").tolist() == was.tolist()
        pd.testing.assert_frame_equal(made.drop(columns="note"), before.drop(columns="note"), check_exact=True)
