"""The swimmer plot: systemic therapy on the lines of lesions, and what the page says of it."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from analysis.figures.render import to_svg
from analysis.figures.swimmer import SYSTEMIC_POINTS, swimmer_figure, systemic_spans
from analysis.report.sections.lesion_level import drawing
from schemas.thresholds import DAYS_PER_MONTH
from tests.analysis_report.sample import content
from workflows.report_facts import courses

LABELS = {"wild_type": "KRAS wild-type", "mutant": "KRAS mutant"}


def treated() -> pd.DataFrame:
    """Three courses: one with two therapies, one with none, one that ends with removal."""
    spans = [[[0.0, 2.0], [5.0, 9.0]], None, [[1.0, 4.0]]]
    found = {"stratum": ["mutant", "wild_type", "mutant"], "months": [9.0, 4.0, 6.0], "event": [0, 1, 3]}
    return pd.DataFrame(found | {"systemic": spans}, index=[7, 8, 9])


def test_each_therapy_is_a_thin_line_on_its_lesions_line() -> None:
    """Spans lie on the lesion's own line, whatever the rows' labels, and the key names them."""
    figure = swimmer_figure(treated(), LABELS)
    drawn = [found for found in figure.axes[0].collections if isinstance(found, LineCollection)]
    lines = [(c.get_linewidth()[0] == SYSTEMIC_POINTS, np.array(s)) for c in drawn for s in c.get_segments()]
    place = {line[1][0]: line[0][1] for is_thin, line in lines if not is_thin}
    thin = [(line[0][0], line[1][0], line[0][1]) for is_thin, line in lines if is_thin]
    assert thin == [(0, 2, place[9]), (5, 9, place[9]), (1, 4, place[6])]
    assert "systemic therapy (thin line)" in to_svg(figure, "swimmer", "alt")


def test_without_therapies_the_plot_is_as_it_was() -> None:
    """A registry without treatments draws the same bytes with the column and without, and the page says no more."""
    plain = content().courses
    drawn = to_svg(swimmer_figure(plain, LABELS), "swimmer", "alt")
    assert to_svg(swimmer_figure(plain.assign(systemic=None), LABELS), "swimmer", "alt") == drawn
    assert systemic_spans(plain) == {} and "systemic" not in drawn
    one = drawing(plain, len(plain))
    assert one is not None and "systemic" not in one.note and "square" not in one.note


def test_the_page_explains_therapy_and_removal() -> None:
    """The note says how far an open therapy is drawn and what a square means."""
    one = drawing(treated(), 3)
    assert one is not None
    assert "a therapy without a last day is drawn to the end of its lesion's line." in one.note
    assert "A line with a square ends where the lesion's area was resected" in one.note


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """Two lesions of one patient, a year apart, the first followed for 20 months, the second for 5."""
    made = duckdb.connect()
    made.execute("""
        CREATE SCHEMA derived; CREATE SCHEMA clean;
        CREATE TABLE derived.patient_ltpfs AS SELECT 'a' AS site, 'P' AS patient_id, 'mutant' AS kras;
        CREATE TABLE derived.lesion_ltp AS
            FROM (VALUES ('a', 'P', 'L1', DATE '2020-01-01'), ('a', 'P', 'L2', DATE '2021-01-01'))
            AS t(site, patient_id, lesion_id, first_ablation_date);
        CREATE TABLE derived.time_to_event AS
            SELECT site, patient_id, lesion_id, 'TTLTP' AS endpoint, 'lesion' AS level, 0 AS event,
                   CASE lesion_id WHEN 'L1' THEN 20.0 ELSE 5.0 END AS months
            FROM derived.lesion_ltp;
        CREATE TABLE clean.treatments AS FROM (VALUES
            ('systemic', DATE '2019-11-01', DATE '2019-12-15'), ('systemic', DATE '2019-12-01', DATE '2020-03-02'),
            ('systemic', DATE '2021-02-01', NULL), ('resection', DATE '2020-03-01', DATE '2020-03-01'))
            AS t(kind, start_date, stop_date);
        ALTER TABLE clean.treatments ADD COLUMN site VARCHAR DEFAULT 'a';
        ALTER TABLE clean.treatments ADD COLUMN patient_id VARCHAR DEFAULT 'P';
    """)
    return made


def test_spans_are_cut_to_the_course(con: duckdb.DuckDBPyConnection) -> None:
    """What was over before the ablation is no span; one that ran then begins at 0; an open one lasts to the end of the
    course; of the other lesion it is counted from that lesion's own ablation.
    """
    first, second = sorted(courses(con).to_dict("records"), key=lambda row: -row["months"])
    (begun, going), (other,) = (np.array([list(span) for span in row["systemic"]]) for row in (first, second))
    assert begun.tolist() == pytest.approx([0.0, 61 / DAYS_PER_MONTH])
    assert going.tolist() == pytest.approx([397 / DAYS_PER_MONTH, 20.0])
    assert other.tolist() == pytest.approx([31 / DAYS_PER_MONTH, 5.0])


def test_without_systemic_therapy_there_is_no_column(con: duckdb.DuckDBPyConnection) -> None:
    """Neither where nobody had one nor in a release of before there were treatments."""
    con.execute("DELETE FROM clean.treatments WHERE kind = 'systemic'")
    assert list(courses(con)) == ["stratum", "months", "event"]
    con.execute("DROP TABLE clean.treatments")
    assert list(courses(con)) == ["stratum", "months", "event"]
