"""The figures: what is drawn where, and that the same rows give the same drawing."""

from __future__ import annotations

import io
import re
import sys
from subprocess import run

import matplotlib
import pandas as pd
import pytest
from PIL import Image

from analysis.figures import curve_axes, style
from analysis.figures.cumulative_incidence import incidence_figure
from analysis.figures.flow import FlowStep, flow_svg
from analysis.figures.forest import ForestRow, forest_figure
from analysis.figures.kaplan_meier import km_figure
from analysis.figures.render import to_png, to_svg
from analysis.figures.warning_band import with_warning
from tests.analysis_report.page import Page
from tests.analysis_report.sample import cohort, curve, incidence_table, km_tables


def km_rows(grouping: str) -> pd.DataFrame:
    """The sample's Kaplan-Meier rows of one grouping."""
    curves = km_tables(cohort())[0]
    return curves[(curves["endpoint"] == "LTPFS") & (curves["grouping"] == grouping)]


def drawn_texts(figure) -> dict[str, list]:  # type: ignore[no-untyped-def]
    """Text -> its bounding boxes, of everything written in a figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    found: dict[str, list] = {}
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            found.setdefault(text.get_text(), []).append(text.get_window_extent(renderer))
    return found


def assert_texts_apart_and_inside(figure) -> None:  # type: ignore[no-untyped-def]
    """No two texts overlap and none leaves the figure."""
    boxes = [(text, box) for text, found in drawn_texts(figure).items() for box in found]
    for place, (text, box) in enumerate(boxes):
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, text
        for other, other_box in boxes[place + 1 :]:
            is_apart = (
                box.x1 <= other_box.x0 or other_box.x1 <= box.x0 or box.y1 <= other_box.y0 or other_box.y1 <= box.y0
            )
            assert is_apart, (text, other)


LABELS = {
    "wild_type": "Wild-type",
    "mutant": "Mutant",
    "overall": "All",
    "false": "< 30 mm",
    "true": "≥ 30 mm",
}


@pytest.mark.parametrize("grouping", ["overall", "kras", "diameter_ge_30"])
def test_no_text_overlaps_in_a_survival_figure(grouping: str) -> None:
    """Ticks, numbers at risk, labels beside the curves and the annotation keep apart and stay inside."""
    figure = km_figure(km_rows(grouping), "Title", labels=LABELS, annotation="Log-rank p = 0.004")
    assert_texts_apart_and_inside(figure)


@pytest.mark.parametrize("grouping", ["overall", "kras"])
def test_no_text_overlaps_in_an_incidence_figure(grouping: str) -> None:
    """The same for cumulative incidence, with four labels beside four curves."""
    rows = incidence_table(cohort())
    assert_texts_apart_and_inside(incidence_figure(rows[rows["grouping"] == grouping], "Title", labels=LABELS))


def test_no_text_overlaps_with_a_hundred_thousand_patients() -> None:
    """Five-digit numbers at risk fit under the ticks."""
    rows = km_rows("kras").copy()
    rows["n_at_risk"] = rows["n_at_risk"] * 1000
    assert_texts_apart_and_inside(km_figure(rows, labels=LABELS))


def test_no_text_overlaps_in_a_forest_plot() -> None:
    """Names, axis and numbers of a forest plot keep apart, also with an interval that leaves the axis."""
    rows = [
        ForestRow("LTP, all patients", is_heading=True),
        ForestRow("KRAS mutant", 3.97, 1.65, 9.55),
        ForestRow("NRAS mutant"),
    ]
    rows.append(ForestRow("BRAF mutant", 40.0, 0.0001, 5000.0))
    figure = forest_figure(rows, "Hazard ratio, log scale", "Title")
    assert_texts_apart_and_inside(figure)
    assert {"3.97 (1.65–9.55)", "40.0 (<0.001–>1000)", "not estimated"} <= set(drawn_texts(figure))


@pytest.mark.parametrize("heading", ["LTP (time), RAS wild-type only", "LTP or death, RAS wild-type only: unreliable"])
def test_no_line_crosses_a_heading_of_a_forest_plot(heading: str) -> None:
    """The line of no effect and every interval keep out of a heading's box, however long it is, and the line stands
    beside every row that is none, down to the axis.
    """
    rows = [ForestRow("LTP (time), all patients", is_heading=True), ForestRow("KRAS mutant", 3.97, 1.65, 9.55)]
    rows += [ForestRow(heading, is_heading=True), ForestRow("BRAF mutant", 4.7, 0.3, 17.0), ForestRow("NRAS mutant")]
    figure = forest_figure(rows, "Hazard ratio, log scale")
    boxes, axes = drawn_texts(figure), figure.axes[0]
    lines = [axes.transData.transform(line.get_xydata()) for line in axes.lines]
    for name in (rows[0].label, heading):
        (box,) = boxes[name]
        for (x0, y0), (x1, y1) in ((line[0], line[-1]) for line in lines):
            is_beside = max(x0, x1) < box.x0 or min(x0, x1) > box.x1
            assert is_beside or max(y0, y1) < box.y0 or min(y0, y1) > box.y1, name
    spans = [sorted(line.get_ydata()) for line in axes.lines if list(line.get_xdata()) == [1.0, 1.0]]
    for place, row in enumerate(rows):
        assert any(top < place < bottom for top, bottom in spans) == (not row.is_heading)
    assert max(bottom for _, bottom in spans) == axes.get_ylim()[0]


def test_numbers_at_risk_count_those_with_the_time_or_longer() -> None:
    """At a tick, a subject whose time ends at that very day is still at risk."""
    frame = pd.DataFrame({"time_months": [0.0, 3.0, 6.0, 9.0], "n_at_risk": [4, 4, 2, 1]})
    assert [curve_axes.at_risk(frame, month) for month in (0, 3, 4, 6, 9, 12)] == [4, 4, 2, 2, 1, 0]


@pytest.mark.long
def test_numbers_at_risk_stand_under_their_ticks() -> None:
    """The centre of each number is the centre of its tick label, to a pixel."""
    figure = km_figure(km_rows("overall"))
    axes = figure.axes[0]
    boxes = drawn_texts(figure)
    for tick in axes.get_xticks():
        number = f"{curve_axes.at_risk(km_rows('overall'), tick):,}"
        x = axes.transData.transform((tick, 0))[0]
        assert any(abs((box.x0 + box.x1) / 2 - x) < 1.0 for box in boxes[number]), tick


def test_curves_end_where_a_tenth_is_at_risk() -> None:
    """Of each group the last time drawn has at least a tenth of it at risk, the next time fewer."""
    for grouping, strata in (("overall", 1), ("kras", 2)):
        rows = km_rows(grouping)
        horizons = curve_axes.horizons_months(rows)
        assert len(horizons) == strata
        for stratum, horizon in horizons.items():
            own = rows[rows["stratum"] == stratum]
            tenth = 0.1 * own["n_at_risk"].max()
            assert curve_axes.at_risk(own, horizon) >= tenth > curve_axes.at_risk(own, horizon + 1e-6)


@pytest.mark.parametrize(
    ("horizon", "ticks"),
    [(20.0, [0, 6, 12, 18, 24]), (2.0, [0, 3]), (58.0, [0, 12, 24, 36, 48, 60]), (0.0, [0, 3])],
)
def test_ticks_are_whole_quarters_or_years(horizon: float, ticks: list[int]) -> None:
    """The axis reaches the horizon with at most seven ticks."""
    assert curve_axes.ticks_months(horizon) == ticks


def test_labels_that_would_touch_are_moved_apart_in_order() -> None:
    """Equal values are spread symmetrically enough: by the gap, in order, inside the limits."""
    moved = curve_axes.spread([50.0, 50.0, 99.0, 98.0], gap=10.0, lower=0.0, upper=100.0)
    ordered = sorted(moved)
    assert all(after - before >= 10.0 - 1e-9 for before, after in zip(ordered, ordered[1:], strict=False))
    assert max(moved) <= 100.0 and moved[2] > moved[3] > moved[1]


def test_strata_differ_in_colour_and_in_line() -> None:
    """Any two strata can be distinguished by colour alone and by dash alone; unknown is grey whatever its place."""
    styles = style.strata_styles(["unknown", "a", "b", "c"])
    assert len({found.colour for found in styles.values()}) == len({str(found.dash) for found in styles.values()}) == 4
    assert styles["unknown"].colour == style.GREY


@pytest.mark.long
def test_a_drawing_is_the_same_every_time_and_carries_no_date() -> None:
    """Equal rows give equal bytes, as SVG and as PNG."""
    first, second = (km_figure(km_rows("kras"), labels=LABELS) for _ in range(2))
    svg = to_svg(first, "km", "alt")
    assert svg == to_svg(second, "km", "alt") and to_png(first, 80) == to_png(second, 80)
    assert "date" not in svg.lower() and "metadata" not in svg and "matplotlib" not in svg.lower()


@pytest.mark.long
def test_pixels_are_those_of_the_figure() -> None:
    """Whole lines of pixels, the ground opaque: the very picture that the drawing library saves."""
    figure = km_figure(km_rows("kras"), labels=LABELS)
    saved = io.BytesIO()
    with matplotlib.rc_context({"font.family": [style.FONT]}):
        figure.savefig(saved, format="png", dpi=200)
    with Image.open(saved) as wanted, Image.open(io.BytesIO(to_png(figure, 200))) as found:
        assert found.mode == "RGB" and found.size == wanted.size and found.width in (919, 920)
        assert found.tobytes() == wanted.convert("RGB").tobytes()
        assert round(found.info["dpi"][0]) == 200 and not {"Software", "date"} & set(found.info)


def test_a_drawing_is_one_element_with_escaped_text() -> None:
    """A name with markup or dollar signs stays text, and the alternative text is escaped."""
    svg = to_svg(km_figure(km_rows("kras"), labels={"mutant": "<b>$x$ & co</b>"}), "km", 'a "quoted" <b>')
    page = Page(svg)
    assert page.is_well_nested and page.count("svg") == 1 and page.count("b") == 0
    assert "<b>$x$ & co</b>" in page.text and page.values("aria-label") == ['a "quoted" <b>']


def test_names_of_drawings_are_checked() -> None:
    """The prefix of identifiers must be usable as one."""
    with pytest.raises(ValueError, match="lower-case"):
        to_svg(km_figure(km_rows("overall")), "Not a name", "alt")


def test_a_curve_of_one_patient_can_be_drawn() -> None:
    """One subject with one time, censored on day one: a figure, no error."""
    import numpy as np

    rows = curve(np.array([1.0]), np.array([False])).assign(stratum="overall")
    assert "svg" in to_svg(km_figure(rows), "km", "alt")


def test_empty_rows_are_refused() -> None:
    """Nothing to draw is an error with a sentence, for the caller to say."""
    with pytest.raises(ValueError, match="no rows"):
        km_figure(km_rows("overall").iloc[0:0])
    with pytest.raises(ValueError, match="no rows"):
        incidence_figure(incidence_table(cohort()).iloc[0:0])
    with pytest.raises(ValueError, match="no row"):
        forest_figure([ForestRow("a")], "ratio")
    with pytest.raises(ValueError, match="no steps"):
        flow_svg([], "alt")


def test_the_flow_shows_counts_and_reasons_inside_its_boxes() -> None:
    """Patients and lesions in the right number, one reason per line, long words wrapped."""
    page = Page(
        flow_svg(
            [FlowStep("Received", 1, 2), FlowStep("Set aside", 0, None, "LES-03: 1; " + "x" * 90, True)],
            "alt",
        )
    )
    assert "1 patient, 2 lesions" in page.text and "0 patients" in page.text and "LES-03: 1" in page.text
    assert max(len(text) for text in page.texts) < 45


@pytest.mark.long
def test_importing_the_report_does_not_import_matplotlib() -> None:
    """Heavy libraries wait until something is drawn."""
    code = "import sys, analysis.report; print([m for m in ('matplotlib', 'jinja2') if m in sys.modules])"
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


LONG = {stratum: f"{name}, in the university hospital" for stratum, name in LABELS.items()}
WARNING = "Chosen by an outcome (LTP): who is in this cohort depends on what happened after the ablation. " * 2


@pytest.mark.long
def test_long_names_widen_a_figure() -> None:
    """Names of groups and events that are longer than usual stay inside, and usual ones leave the width as it is."""
    assert km_figure(km_rows("kras"), labels=LABELS).get_figwidth() == style.FIGURE_WIDTH_INCHES
    assert_texts_apart_and_inside(km_figure(km_rows("kras"), labels=LONG))
    rows = incidence_table(cohort())
    causes = {1: "loss of local control"}
    found = incidence_figure(rows[rows["grouping"] == "kras"], labels=LABELS, cause_labels=causes)
    assert_texts_apart_and_inside(found)


def test_long_terms_keep_out_of_a_forest_plot() -> None:
    """A term's name ends before the axis begins."""
    name = "Largest diameter: 20 to < 30 mm (versus < 20 mm)"
    figure = forest_figure([ForestRow(name, 1.39, 0.56, 3.46)], "Hazard ratio, log scale")
    assert_texts_apart_and_inside(figure)
    ((box),) = drawn_texts(figure)[name]
    assert box.x1 <= figure.axes[0].get_window_extent().x0


@pytest.mark.long
def test_a_warning_stands_inside_the_picture() -> None:
    """It is above all that is drawn, in the drawing and in its pixels; without words nothing changes."""
    plain, warned = (with_warning(km_figure(km_rows("kras"), labels=LABELS), text) for text in ("", WARNING))
    assert plain.get_size_inches().tolist() == km_figure(km_rows("kras"), labels=LABELS).get_size_inches().tolist()
    assert_texts_apart_and_inside(warned)
    said = [text for text in drawn_texts(warned) if text in WARNING]
    assert " ".join(said).split() == WARNING.split()
    lowest = min(box.y0 for text in said for box in drawn_texts(warned)[text])
    assert all(box.y1 <= lowest for text, found in drawn_texts(warned).items() if text not in said for box in found)
    assert plain.axes[0].get_window_extent().height == pytest.approx(warned.axes[0].get_window_extent().height)
    assert to_png(warned) != to_png(plain)


def test_a_warning_stands_above_the_flow() -> None:
    """Its words are in the drawing, above the first box, and boxes stay where they are."""
    steps = [FlowStep("In the release", 120, 212), FlowStep("In the cohort", 28, 49)]
    plain, warned = flow_svg(steps, "Flow."), flow_svg(steps, "Flow.", WARNING)
    assert re.findall("<rect x=.1.[^>]*>", plain) == re.findall("<rect x=.1.[^>]*>", warned)
    top = float(re.search(r'viewBox="0 (-?[\d.]+)', warned)[1])  # type: ignore[index]
    said = [(float(y), text) for y, text in re.findall(r'<text x="[^"]*" y="([^"]*)"[^>]*>([^<]*)', warned)]
    above = [text for y, text in said if y < 0]
    assert " ".join(above).split() == WARNING.split() and all(top < y for y, _ in said)
