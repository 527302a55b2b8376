"""The question of the margin: answered at the top and in its section, with the guards of the rest of the report."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.report.blocks import DataTable, FigureGrid, Numbering, Paragraph, Section
from analysis.report.output.render_html import sections_of
from analysis.report.sections import competing, lesion_factors, lesion_level, margin, removed, sensitivity
from analysis.report.sections.headline import Headline, headline_figures
from tests.analysis_report.sample import content, sample_tables

LABEL = "LTP by ablation margin"


def with_factors(change: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The sample's tables with another lesion_factors."""
    return sample_tables() | {"lesion_factors": change}


def changed(quantity: str, stratum: str, **cells: object) -> pd.DataFrame:
    """The sample's lesion_factors with cells of one row of margin_below_5, or of all lesions, replaced."""
    table = sample_tables()["lesion_factors"].copy()
    grouping = "overall" if stratum == "overall" else "margin_below_5"
    own = (table["quantity"] == quantity) & (table["stratum"] == stratum) & (table["grouping"] == grouping)
    assert own.sum() == 1
    for name, value in cells.items():
        table.loc[own, name] = value
    return table


def headline(tables: dict[str, pd.DataFrame]) -> Headline | None:
    """The headline on margins."""
    return next((one for one in headline_figures(content(tables=tables)) if one.label.startswith(LABEL)), None)


def text_of(section: Section) -> str:
    """The sentences of a section."""
    return " ".join(block.text for block in section.blocks if isinstance(block, Paragraph))


def test_the_top_answers_for_both_sides_of_5_mm() -> None:
    """Shares, counts with exact limits, the ratio, and what may be said of the largest margin with LTP."""
    found = headline(sample_tables())
    assert found is not None and found.value.count("%") == 2
    table = sample_tables()["lesion_factors"]
    for stratum in (margin.BELOW, margin.AT_LEAST):
        row = margin.of_side(table, stratum)
        assert f"{row['n_events']} of {row['n']} lesions" in found.detail
    assert "exact 95 % CI" in found.detail and "clustered by patient" in found.detail


def test_few_ltp_are_no_headline() -> None:
    """Fewer than 5 LTP on one side: no ratio; fewer than 5 in all, or nobody on one side: nothing at the top."""
    few = headline(with_factors(changed("rate", margin.AT_LEAST, n_events=4)))
    assert few is not None and "hazard ratio" not in few.detail
    table = changed("rate", margin.AT_LEAST, n_events=1)
    own = (table["grouping"] == "margin_below_5") & (table["quantity"] == "rate") & (table["stratum"] == margin.BELOW)
    assert headline(with_factors(table.assign(n_events=table["n_events"].mask(own, 3)))) is None
    assert headline(with_factors(changed("rate", margin.BELOW, estimate=float("nan"), n=0, n_events=0))) is None


@pytest.mark.long
def test_the_section_has_curves_dose_response_and_tables() -> None:
    """By RAS and margin first; the dose-response names its knots; each bound says what it cannot."""
    built = margin.build(content(), Numbering())
    (grid,) = (block for block in built.blocks if isinstance(block, FigureGrid))
    assert [one.name for one in grid.figures] == [
        "margin-by-ras",
        "margin-classes",
        "margin-response",
    ]
    assert "knots at 0, 5, 10 mm, fixed beforehand" in grid.figures[2].note
    said = text_of(built)
    assert "With RAS wild-type, LTP was found in" in said
    assert ("next LTP may lie beyond it" in said) or ("no lesion has a larger one" in said)
    tables = [block for block in built.blocks if isinstance(block, DataTable)]
    assert [table.source for table in tables] == ["lesion_factors", "lesion_factor_models", "lesion_factors"]
    assert {"MarginTool 3.2", "ZoneView 1.4"} <= {str(row.cells[0]).split(": ")[-1] for row in tables[2].rows}


@pytest.mark.long
@pytest.mark.parametrize(
    ("quantity", "cells", "said"),
    [
        ("rate_beyond", {"upper": float("nan"), "n": 0}, "and no lesion has a larger one."),
        ("largest_margin_with_ltp_mm", {"note": "2 lesions with a margin of exactly 0 mm"}, "a program that knows no"),
    ],
)
def test_what_is_said_of_a_bound_follows_the_table(quantity: str, cells: dict, said: str) -> None:
    """Nobody beyond, and margins of exactly 0."""
    tables = with_factors(changed(quantity, "overall", **cells))
    assert said in text_of(margin.build(content(tables=tables), Numbering()))


def test_without_margins_the_section_is_a_sentence() -> None:
    """A registry that records none is told so, and has nothing at the top."""
    table = sample_tables()["lesion_factors"]
    none = table[~table["grouping"].isin(["margin_below_5", "margin_class", "ras_by_margin"])]
    assert headline(with_factors(none)) is None
    assert text_of(margin.build(content(tables=with_factors(none)), Numbering())) == margin.NONE
    assert headline({}) is None and text_of(margin.build(content(tables={}), Numbering())) == margin.NONE


def test_other_factors_stand_in_a_section_of_their_own() -> None:
    """Table 1 of the lesions, LTP by factor, and the models, each factor alone first."""
    built = lesion_factors.build(content(), Numbering())
    characteristics, by_factor, models = (block for block in built.blocks if isinstance(block, DataTable))
    assert characteristics.source == "lesion_table_one" and characteristics.columns[0].label == "Characteristic"
    names = [str(row.cells[0]) for row in by_factor.rows]
    assert {"Modality: MWA", "Approach: percutaneous", "Diameter ≥\u00a030\u00a0mm"} <= set(names)
    headings = [str(getattr(row.cells[0], "text", row.cells[0])) for row in models.rows if row.is_group]
    assert headings[0] == "Each factor alone" and len(headings) == 3


@pytest.mark.long
def test_none_of_it_leaves() -> None:
    """Under disclosure control the page has neither section."""
    anchors = {section.anchor for section in sections_of(content(disclosure="lt5"))}
    assert anchors.isdisjoint({margin.ANCHOR, lesion_factors.ANCHOR})


def test_removals_are_named_where_there_are_any() -> None:
    """Ratios, tests and models of lesions say that deaths are censored; with removals of treated areas, that these are
    too, and how they count.
    """
    tables = sample_tables()
    curves = tables["cumulative_incidence"]
    removals = pd.concat([curves[curves["cause"] == 2].assign(cause=3, level=level) for level in ("patient", "lesion")])
    with_them = content(tables=tables | {"cumulative_incidence": pd.concat([curves, removals], ignore_index=True)})
    for section in (margin, lesion_factors, lesion_level, competing):
        plain, named = (str(section.build(one, Numbering())) for one in (content(), with_them))
        assert "emovals of the treated area" not in plain
        assert removed.AS_DEATHS in named or section is lesion_level
        assert section is competing or "deaths and removals of the treated area censored" in named
        assert section is competing or named.count("deaths censored") < plain.count("deaths censored")


def test_intervals_follow_a_removed_area_on() -> None:
    """The curves whose LTP lies between two exams do not end with a removal, and their table says so."""
    row = {"variant": "interval censoring", "endpoint": "TTLTP", "level": "lesion", "grouping": "overall"}
    row |= {"stratum": "overall", "n": 9, "n_events": 3, "quantity": "survival_12m", "estimate": 0.8}
    row |= {"method": sensitivity.TURNBULL, "note": "lesions; deaths censored"}
    causes = pd.DataFrame({"endpoint": "TTLTP", "level": "lesion", "grouping": "overall", "cause": [1, 2, 3]})
    for curves, is_said in ((causes, True), (causes.head(2), False)):
        tables = {"sensitivity": pd.DataFrame([row]), "cumulative_incidence": curves}
        said = str(sensitivity.build(content(tables=tables), Numbering()))
        assert ("area that was removed counts until its last exam" in said) is is_said
