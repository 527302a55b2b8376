"""What the sections say: figures as printed, and a sentence wherever something is missing."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis.estimates.rates import rates
from analysis.plan.technique import technique
from analysis.report import ReportContent, labels, render
from analysis.report.blocks import DataTable
from analysis.report.content import SERVICE, TABLES
from analysis.report.output.render_html import sections_of
from analysis.report.sections import IF_MADE, PARTS
from analysis.subjects.analysis_frames import AnalysisFrames
from tests.analysis.simulated import registry
from tests.analysis.test_technique import LESIONS, SESSIONS
from tests.analysis_report.page import Page
from tests.analysis_report.sample import RELEASE, cohort, content, incidence_table, km_tables, sample_page
from tests.service import hand_study


def text_of(report: ReportContent) -> str:
    """The text of a report's page."""
    return Page(render(report)).text


@cache
def sample_text() -> str:
    """The text of the sample's page."""
    return Page(sample_page()).text


def with_tables(**changes: pd.DataFrame) -> ReportContent:
    """A report with these tables alone, so that no other section is drawn."""
    return content(tables=changes)


def test_headlines_are_those_of_the_tables() -> None:
    """Patients, LTP, the Kaplan-Meier shares by KRAS and the hazard ratio stand at the top with n and
    events.
    """
    text = sample_text()
    for printed in (
        "23.3 %",
        "28 of 120 evaluable patients",
        "with 212 lesions treated by ablation",
        "1.65–9.55; 28 events",
    ):
        assert printed in text


def test_every_figure_states_patients_and_events() -> None:
    """The line beneath each curve gives both for every stratum."""
    text = sample_text()
    assert "Wild-type: 71 patients" in text and "Mutant: 49 patients" in text
    assert "deaths without LTP" in text


def test_the_replication_warns_of_crude_shares_only_where_there_are_any() -> None:
    """The warning appears if a crude share reproduces a published 'actuarial' rate, and not otherwise."""
    usual = content().tables["replication"]
    harmless = usual[~usual["note"].str.contains("called actuarial")]
    assert "Crude shares called actuarial" in sample_text()
    assert "Crude shares called actuarial" not in text_of(with_tables(replication=harmless))


def test_agreement_is_said_in_words() -> None:
    """Agreement, difference and what could not be compared are given in words, not by colour alone."""
    text = sample_text()
    assert "✓ agrees" in text and "✗ differs" in text and "not compared" in text


def test_a_term_that_could_not_be_estimated_says_why() -> None:
    """A null hazard ratio is an en dash with a footnote that gives the reason in plain words."""
    assert "no event with NRAS mutant (separation): not estimable" in sample_text()


def assert_all_sections_stand(report: ReportContent) -> None:
    """The page is made, well formed, and keeps every section, or names it among those that could not be estimated."""
    page = Page(render(report))
    assert page.is_well_nested
    anchors = {attributes["id"] for tag, attributes in page.elements if tag == "section" and "id" in attributes}
    built = sections_of(report)
    not_made = sum(not len(report.table(name)) for name in IF_MADE.values())  # only a home that asks has these,
    not_made += not report.own_plan  # or a plan
    assert len(built) == sum(len(builds) for _, builds in PARTS) - not_made
    named = page.text.partition("There are too few patients, events or groups for: ")[2].partition(".")[0].split("; ")
    assert [one.title for one in built if one.anchor not in anchors and one.title not in named] == []


def technique_table() -> pd.DataFrame:
    """Technical success, efficacy and complications of a few sessions."""
    patients, _, times = registry(3)
    return technique(AnalysisFrames(patients, LESIONS, times, SESSIONS))


def own_table(name: str) -> pd.DataFrame:
    """A table with rows: of the sample, of a few sessions, or of centres counted by hand."""
    if name in SERVICE:
        return hand_study.table(name)
    if name == "model_performance":
        return pd.DataFrame()  # it has rows of the registry's own plan alone
    return technique_table() if name == "technique" else content().tables[name]


@pytest.mark.long
@pytest.mark.parametrize("name", TABLES)
def test_any_table_may_be_the_only_one(name: str) -> None:
    """With one table alone the others become sentences."""
    assert_all_sections_stand(content(tables={name: own_table(name)}))


@pytest.mark.long
def test_all_tables_may_be_empty() -> None:
    """Empty tables that still have their columns become sentences."""
    assert_all_sections_stand(content(tables={name: table.iloc[0:0] for name, table in content().tables.items()}))


def test_an_empty_registry_has_a_page() -> None:
    """With nothing at all, every section says so in a sentence, and there is no table and no figure."""
    page = Page(render(ReportContent(RELEASE, "Empty", "0.1.0", False, tables={})))
    assert page.count("table") == 0 and page.count("svg") == 0
    for sentence in (
        "There are no patients to describe yet.",
        "No patient or lesion can be evaluated for LTP yet",
        "There are no follow-up times to draw yet.",
        "Nothing was received.",
        "No delivery was rejected.",
    ):
        assert sentence in page.text


@pytest.mark.long
def test_null_estimates_are_dashes() -> None:
    """Tables whose estimates are all null (None, NaN, NA) are printed with dashes and without 'nan' or
    'None'.
    """
    tables = {}
    for name, table in content().tables.items():
        nulls = {
            column: np.nan for column in ("estimate", "lower", "upper", "p_value", "ph_p_value") if column in table
        }
        tables[name] = table.assign(**nulls)
    tables["replication"] = tables["replication"].assign(
        agrees=pd.array([pd.NA] * len(tables["replication"]), dtype="boolean")
    )
    tables["km_summary"] = tables["km_summary"].astype({"n": "Int64"}).assign(n=pd.NA)
    text = text_of(content(tables=tables))
    assert " nan" not in text and "None" not in text and "<NA>" not in text and "–" in text


@pytest.mark.long
def test_one_group_only() -> None:
    """With mutant patients only there is one curve, no test and no reference group, and the page is made."""
    frame = cohort()
    curves, summary, tests = km_tables(frame[frame["kras"] == "mutant"])
    only = with_tables(
        km_curve=curves,
        km_summary=summary,
        logrank=tests.iloc[0:0],
        cumulative_incidence=incidence_table(frame[frame["kras"] == "mutant"]),
    )
    text = text_of(only)
    assert "Log-rank p" not in text and "49 patients" in text


def test_a_single_group_says_why_it_is_not_compared() -> None:
    """In the table of rates its line has dashes with the reason, and is no reference."""
    frame = cohort()
    mutant = frame[frame["kras"] == "mutant"].assign(ltp=frame["event"] == 1)
    text = text_of(with_tables(ltp_rates=rates(mutant, grouping="kras", level="patient")))
    assert "only one group: nothing to compare" in text and "1 (reference)" not in text


@pytest.mark.long
def test_no_events() -> None:
    """Where nobody has had an event the figure is replaced by a sentence that says so, with the number of
    patients.
    """
    frame = cohort().assign(event=0)
    curves, summary, tests = km_tables(frame)
    text = text_of(
        with_tables(km_curve=curves, km_summary=summary, logrank=tests, cumulative_incidence=incidence_table(frame))
    )
    assert text.count("Not drawn: no event so far.") == 2
    assert text.count("120 patients, 0 events") == 2 and text.count("Mutant: 49 patients, 0 events)") == 3


@pytest.mark.long
def test_patients_of_unknown_status_are_counted_not_drawn() -> None:
    """Curves leave an unknown stratum out when there are others, and the note says how many patients that
    are.
    """
    frame = cohort()
    curves, summary, tests = km_tables(frame)
    unknown = curves[(curves["grouping"] == "kras") & (curves["stratum"] == "mutant")].assign(stratum="unknown")
    text = text_of(with_tables(km_curve=pd.concat([curves, unknown]), km_summary=summary, logrank=tests))
    assert "49 of unknown status are not drawn" in text


@pytest.mark.long
def test_many_deliveries_are_cut_with_a_word() -> None:
    """The list of inputs ends after its limit and says how many more the manifest lists."""
    inputs = list(content().inputs) * 30
    text = text_of(content(inputs=inputs))
    assert "60 more deliveries are listed in manifest.json" in text and "120 with 28,800 rows" in text


@pytest.mark.long
def test_every_endpoint_stands_in_one_table() -> None:
    """All endpoints of km_summary and cumulative_incidence, without groups, each with its own row."""
    made = content()
    (section,) = [found for found in sections_of(made) if found.title == "All endpoints"]
    (table,) = [block for block in section.blocks if isinstance(block, DataTable)]
    shown = [row.cells[0] for row in table.rows if not row.is_group]
    survival, incidence = made.table("km_summary"), made.table("cumulative_incidence")
    expected = [
        f"{labels.endpoint(endpoint)}, {labels.level(level)}"
        for frame in (survival, incidence)
        for endpoint, level in dict.fromkeys(zip(frame["endpoint"], frame["level"], strict=True))
    ]
    assert len(expected) > 3 and [str(getattr(cell, "text", cell)) for cell in shown] == expected
