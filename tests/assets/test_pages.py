"""What the page of every asset shows: description, owner, kinds, tags, columns and their sources, pictures."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from analysis.report.output import png_previews
from assets.ui import lineage_diagram
from assets.ui.figure_previews import PICTURED, SWIMMER
from assets.ui.table_metadata import HOLDS, MADE
from orchestration.definitions import build_definitions
from schemas.exports import EXPORTS
from warehouse.lineage.column_lineage import direct_sources, export_columns, in_words
from warehouse.releases.release_tables import NOT_RELEASED
from warehouse.storage.table_catalogue import ANALYSIS_TABLES

SCHEMA, LINEAGE = "dagster/column_schema", "dagster/column_lineage"
NO_SOURCE = {
    "derived.patient_ltpfs": {"n_lesions", "has_lesions_set_aside"},  # counts of rows
    "derived.time_to_event": {"endpoint", "level", "definition"},  # constants of the definition
    "derived.last_known_alive": set(),
}
"""Columns of derived tables that are not made from any column."""
NOT_OF_AN_EXPORT = {"site", "delivery", "line", "deciding_delivery", "deciding_line", "source_key"}
"""Columns that say where a row lies: they come from folder and file, not from a column of the export."""


@pytest.fixture(scope="module")
def specs() -> dict[str, dg.AssetSpec]:
    """Every asset's specification by its table."""
    return {".".join(spec.key.path): spec for spec in build_definitions(Path("nowhere")).resolve_all_asset_specs()}


def test_every_asset_has_its_tags(specs: dict[str, dg.AssetSpec]) -> None:
    """Every asset says whether it holds patients or figures, and what makes a refresh recompute it."""
    for name, spec in specs.items():
        assert spec.tags[HOLDS] in ("patients", "figures"), name
        assert spec.tags[MADE] in ("by_site", "by_delivery", "by_patient", "when_inputs_change", "each_refresh"), name
    assert specs["analysis.km_curve"].tags[HOLDS] == "figures"


@pytest.mark.long
def test_tables_of_figures_hold_no_key_of_a_patient(specs: dict[str, dg.AssetSpec]) -> None:
    """No table tagged as figures has a column with patients' keys, dates or rows."""
    from tests.docs.empty_registry import documented_columns

    private = {"patient_id", "lesion_id", "key", "row", "exam_date", "start_date"}
    found = {
        (f"{schema}.{table}", column)
        for schema, table, _, column, *_ in documented_columns()
        if f"{schema}.{table}" in specs and specs[f"{schema}.{table}"].tags[HOLDS] == "figures" and column in private
    }
    assert found == set()


def test_the_way_back_leads_to_the_exports(specs: dict[str, dg.AssetSpec]) -> None:
    """Every column of a derived table is traced back to columns of exports; the exceptions are listed here."""
    for name, spec in specs.items():
        if spec.group_name != "derived":
            continue
        for column in spec.metadata[SCHEMA].columns:
            ends = export_columns(name, column.name)
            if column.name in NO_SOURCE.get(name, set()):
                assert ends == () and not direct_sources(name)[column.name], (name, column.name)
            elif column.name not in NOT_OF_AN_EXPORT:
                assert ends, (name, column.name)
            assert all(source in EXPORTS[export].column_names for export, source in ends), (name, column.name)


def test_ltpfs_comes_from_sessions_and_imaging() -> None:
    """LTPFS is made from the session's date and the imaging, KRAS from the pathologist's result."""
    assert export_columns("derived.patient_ltpfs", "ltpfs_days") == (
        ("imaging_followups", "distance_to_zone_mm"),
        ("imaging_followups", "exam_date"),
        ("imaging_followups", "lesion_status"),
        ("rfa_sessions", "session_date"),
    )
    assert ("genotypes", "result") in export_columns("derived.patient_ltpfs", "kras")
    assert ("rfa_sessions", "max_diameter_mm") in export_columns("derived.patient_ltpfs", "diameter_ge_30")


def test_every_analysis_comes_from_the_exports(specs: dict[str, dg.AssetSpec]) -> None:
    """The description of each analysis names what it reads and the export columns from which that is made."""
    for table in ANALYSIS_TABLES:
        text = specs[table.full_name].description or ""
        assert "From derived." in text and "In the exports: " in text, table.full_name
        ends = {export for export, _ in export_columns(table.full_name, "")}
        assert ("rfa_sessions" if table.name == "technique" else "genotypes") in ends, table.full_name


def test_columns_say_where_they_come_from(specs: dict[str, dg.AssetSpec]) -> None:
    """The description of a derived column is its prose followed by its sources, as the page shows them."""
    columns = {c.name: c for c in specs["derived.patient_ltpfs"].metadata[SCHEMA].columns}
    said = columns["ltpfs_days"].description or ""
    assert said.endswith(in_words("derived.patient_ltpfs", "ltpfs_days")) and "rfa_sessions: session_date" in said
    assert in_words("clean.patients", "sex") == "", "a column that is the export's own needs no words"


def test_tables_of_sql_show_it(specs: dict[str, dg.AssetSpec]) -> None:
    """A table made by a SELECT shows that SELECT on its page."""
    for name in ("clean.lesions", "derived.patient_ltpfs", "quality.overdue_exams"):
        assert "SELECT" in specs[name].metadata["sql"].md_str, name


@pytest.mark.parametrize("table", lineage_diagram.SHOWN)
def test_the_picture_of_the_way(table: str, specs: dict[str, dg.AssetSpec]) -> None:
    """The drawn lineage is in the description, is well-formed, complete, and runs from left to right."""
    assert "data:image/svg+xml;base64," in (specs[table].description or "")
    text = lineage_diagram.svg(table, lineage_diagram.SHOWN[table])
    root = ElementTree.fromstring(text)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for column in lineage_diagram.SHOWN[table]:
        assert column in words
        assert {name for _, name in export_columns(table, column)} <= set(words), column
    for path in root.iter("{http://www.w3.org/2000/svg}path"):
        start, end = path.attrib["d"].split("C")
        assert float(start[1:].split()[0]) < float(end.split()[-2])


def test_a_picture_is_small() -> None:
    """A figure becomes Markdown with a PNG of a few kilobytes and few colours."""
    from PIL import Image

    from analysis.figures.kaplan_meier import km_figure
    from tests.analysis_report.sample import content

    rows = content().table("km_curve")
    first = rows[(rows["endpoint"] == rows["endpoint"].iloc[0]) & (rows["grouping"] == "kras")]
    text = png_previews.markdown(km_figure(first), "a curve")
    data = base64.b64decode(text.partition("base64,")[2].rstrip(")"))
    assert len(data) < 25_000 and text.startswith("![a curve](data:image/png;base64,")
    with Image.open(io.BytesIO(data)) as picture:
        assert picture.width > 400 and len(picture.getcolors() or ()) <= png_previews.COLOURS


@pytest.mark.parametrize("name", PICTURED)
def test_every_pictured_table_has_its_picture(name: str) -> None:
    """Each has one picture, small enough for Dagster's store with every run; an empty table has none and no failure."""
    from tests.analysis_report.sample import content

    sample = content()
    tables = {table: sample.table(table) for table in (name, *png_previews.NEEDS.get(name, ()))}
    if name == SWIMMER:
        assert png_previews.swimmer_picture(sample.courses.iloc[:0], 0) == {}
        drawn = png_previews.swimmer_picture(sample.courses, sample.n_courses)
    else:
        assert png_previews.pictures_of(name, {table: frame.iloc[:0] for table, frame in tables.items()}) == {}
        drawn = png_previews.pictures_of(name, tables)
    assert len(drawn) == 1 and all(len(text) < 40_000 for text in drawn.values())


def test_the_release_shows_the_flow() -> None:
    """The release shows one picture of the flow; none, without a failure, if nothing was counted."""
    from tests.analysis_report.sample import content

    (text,) = png_previews.flow_picture(content().flow).values()
    assert text.startswith("![Flow of patients and lesions](data:image/png;base64,") and len(text) < 60_000
    assert png_previews.flow_picture([]) == {}


def test_row_ids_are_shown_of_raw_tables_only(specs: dict[str, dg.AssetSpec]) -> None:
    """Raw tables show their row_id; released tables have none."""
    for name, spec in specs.items():
        if spec.group_name in ("raw", "clean", "derived") and SCHEMA in spec.metadata:
            names = {c.name for c in spec.metadata[SCHEMA].columns}
            assert (set(NOT_RELEASED) <= names) == (spec.group_name == "raw"), name
