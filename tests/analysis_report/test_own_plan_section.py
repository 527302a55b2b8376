"""The section of the registry's own plan: each analysis with its day, and no row of it in any other section."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from analysis.report import ReportContent, render
from analysis.report.blocks import Callout, DataTable, FigureBlock, Numbering, Paragraph
from analysis.report.own_plan import OwnPlan, PlannedItem, apart
from analysis.report.sections import own_plan
from languages.phrases import phrases
from tests.e2e.demonstration import Demonstration
from tests.own_plan.plans import EXAMPLE, file_of, followed, model
from warehouse.archive.plan_journal import Declared
from warehouse.cohorts.plan_form import Plan
from warehouse.storage.plan_table import plan_in, write_plan
from workflows.own_plan import rows_of
from workflows.plan_estimates import appended, estimated
from workflows.plan_facts import declared_note, item_of

SINCE = "declared on 2026-02-01 before any data were released"
LATER = "declared on 2026-12-01 after data had been released"


@pytest.fixture(scope="module")
def con(demonstration: Demonstration) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demonstration study's release, open."""
    with demonstration.open() as opened:
        yield opened


def facts(con: duckdb.DuckDBPyConnection, plan: Plan) -> OwnPlan:
    """What a release with the plan says of it; the primary contrast was declared first, all else later."""
    first = [one.sha256 for one in plan.definitions if one.item.name == "primary"]
    known = {sha256: Declared(sha256, "2026-02-01", False) for sha256 in first}
    rows = rows_of(plan, known, "2026-12-01", is_after_data=True)
    notes = {(row.item, row.item_name): declared_note(row) for row in rows}
    return OwnPlan("plan.toml", items=[item_of(row) for row in rows], tables=estimated(con, plan, notes))


@pytest.fixture(scope="module")
def example(con: duckdb.DuckDBPyConnection) -> OwnPlan:
    """The facts of the example."""
    return facts(con, followed(EXAMPLE.read_text(encoding="utf-8")))


def content(plan: OwnPlan | None) -> ReportContent:
    """A page of nothing but the plan."""
    return ReportContent("20261201T000000Z-0a1b2c3d", "Title", "0", is_synthetic=True, tables={}, own_plan=plan)


def test_every_analysis_has_its_day_and_its_table(example: OwnPlan) -> None:
    """The primary contrast is a sentence with ratio, interval, p and day; each model has a table, each curve a drawing
    and a table; every analysis says since when it is declared, and no footnote repeats it.
    """
    section = own_plan.build(content(example), Numbering())
    said = [block.text for block in section.blocks if isinstance(block, Paragraph)]
    assert any("9.29 (3.04–28.4), p < 0.001" in text and SINCE in text and "per lesion" in text for text in said), said
    tables = [block for block in section.blocks if isinstance(block, DataTable)]
    listed, *others = tables
    assert [row.cells[2] for row in listed.rows] == [SINCE, LATER, LATER, LATER, SINCE, LATER]
    models = [table for table in others if table.source in ("lesion_models", "fine_gray")]
    assert len(models) == 4 and all("declared on" in str(table.rows[0].cells[0]) for table in models)
    assert not any("declared on" in text for table in models for _, text in table.footnotes)
    assert any("Spline of smallest margin, straight part" in str(row.cells[0]) for row in models[2].rows)
    drawn = [block for block in section.blocks if isinstance(block, FigureBlock)]
    assert [one.name for one in drawn] == ["plan-primary", "plan-survival-by-mutation"] and all(
        one.svg for one in drawn
    )
    assert [table.source for table in others].count("sample_size") == 1
    assert len(others) == len(models) + len(drawn) + 1


@pytest.mark.long
def test_a_refused_plan_is_named_with_its_cure(example: OwnPlan) -> None:
    """It says why and that the built-in analyses were made; without a plan there is no section, on the page either."""
    refused = OwnPlan("plan.toml", "plan.toml: model m names krs. Did you mean kras?")
    (block,) = own_plan.build(content(refused), Numbering()).blocks
    assert isinstance(block, Callout) and "Did you mean kras?" in block.text and "built-in" in block.text
    anchor = f'id="{own_plan.ANCHOR}"'
    assert anchor in render(content(refused)) and anchor in render(content(example))
    assert anchor not in render(content(None))


def test_what_could_not_be_estimated_says_why(con: duckdb.DuckDBPyConnection) -> None:
    """A model with knots outside all values, and curves of nobody, are sentences with the reason."""
    curves = '[[curves]]\nname = "c"\nendpoint = "OS"\nsubgroup = "n_lesions > 99"\n'
    page = render(content(facts(con, followed(model(formula='"rcs(max_diameter_mm, [10, 20, 900])"') + curves))))
    assert "outside all of its values" in page and "Nobody is left" in page


def test_rows_of_the_plan_are_no_built_in_rows(con: duckdb.DuckDBPyConnection, example: OwnPlan) -> None:
    """The tables of a release with a plan come apart into what stood there without it, and the plan's rows."""
    for name, own in example.tables.items():
        built_in = con.execute(f"FROM analysis.{name}").df()
        first, second = apart(appended(built_in, own))
        assert (len(first), len(second)) == (len(built_in), len(own)), name


def test_a_plan_that_was_written_is_read_again() -> None:
    """meta.plan gives back file, analyses and days; a refused plan gives back its reason."""
    con = duckdb.connect()
    con.execute("CREATE SCHEMA meta")
    text = EXAMPLE.read_text(encoding="utf-8")
    rows = rows_of(followed(text), {}, "2026-12-01", is_after_data=False)
    write_plan(con, file_of(text), rows, "")
    held = plan_in(con)
    assert held is not None and held.file == file_of(text) and list(held.rows) == rows
    write_plan(con, file_of(None), [], "plan.toml is not UTF-8 text.")
    refused = plan_in(con)
    assert refused is not None and refused.reason == "plan.toml is not UTF-8 text." and refused.rows == ()
    write_plan(con, None, [], "")
    assert plan_in(con) is None
    assert isinstance(item_of(rows[0]), PlannedItem)


@pytest.mark.long
def test_imputed_values_stand_beside_the_complete_cases(con: duckdb.DuckDBPyConnection) -> None:
    """A model with imputations has two tables under one name: the complete cases, and missing values imputed, with the
    missing information of each term and what was imputed of how many. The new texts are said in German.
    """
    text = model(formula='"minimal_margin_mm + ras"', level='"lesion"', imputations="3")
    section = own_plan.build(content(facts(con, followed(text))), Numbering())
    _, complete, imputed = (block for block in section.blocks if isinstance(block, DataTable))
    assert imputed.caption == f"{complete.caption} Missing values imputed."
    labels = [column.label for column in imputed.columns]
    assert labels == ["Term", "Hazard ratio (95 % CI)", "p", "Missing information, %"]
    assert "n = 206" in str(imputed.rows[0].cells[0]) and "n = 186" in str(complete.rows[0].cells[0])
    assert all(str(row.cells[3]).isdigit() for row in imputed.rows[1:])
    said = [imputed.caption, *labels, *(note for _, note in imputed.footnotes)]
    assert any("imputed of 206 lesions: smallest margin 20" in note.lower() for note in said)
    assert imputed.notes[0].endswith("3 imputations pooled by Rubin's rules.")
    assert imputed.notes.count(own_plan.ASSUMPTION) == 1 and own_plan.ASSUMPTION not in complete.notes
    said.append(own_plan.ASSUMPTION)
    assert not any("assumed missing" in note for note in said)
    assert [one for one in said if not phrases("de").knows(one)] == []
    assert "Fehlende Werte imputiert." in phrases("de").say(imputed.caption)
