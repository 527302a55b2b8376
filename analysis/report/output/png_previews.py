"""Pictures of analysis tables: the report's own figures, as small PNGs inside Markdown."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.figures.flow import FlowStep, flow_figure
from analysis.figures.render import pixels_of
from analysis.report.figure_block import DOTS_PER_INCH, Drawing
from analysis.report.sections import incidence, lesion_level, models, proportionality, subgroups, survival

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

SHOWN_DOTS_PER_INCH = 110
"""Legible in the web interface."""
COLOURS = 64
"""Enough for lines, bands and the soft edges of text; a picture takes 10 to 20 KB."""


NEEDS = {"ph_residuals": ("cox",)}
"""Analysis table -> other tables that its picture needs: the tests of the residuals' model are in analysis.cox."""


def pictures_of(name: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Return the pictures of analysis.<name>, title -> Markdown; none if there is nothing to draw.

    ``tables`` holds that table and those that it needs.
    """
    drawings = _drawings(name, tables).items()
    return {title: markdown(one.figure, one.alt) for title, one in drawings if one is not None and one.figure}


def swimmer_picture(courses: pd.DataFrame, n_lesions: int) -> dict[str, str]:
    """Return the course of each lesion, title -> Markdown; none without lesions. No lesion is named."""
    one = lesion_level.drawing(courses, n_lesions)
    return {"course_of_each_lesion": markdown(one.figure, one.alt)} if one and one.figure else {}


def flow_picture(flow: Sequence[tuple]) -> dict[str, str]:
    """Return the flow of patients and lesions, from receipt to LTP, title -> Markdown; none if nothing was counted.

    ``flow`` holds the fields of FlowStep, stage by stage.
    """
    steps = [FlowStep(*step) for step in flow]
    return {"patients_and_lesions": markdown(flow_figure(steps), "Flow of patients and lesions")} if steps else {}


def trend_picture(trend: pd.DataFrame) -> str:
    """Return the violations over the last releases as Markdown."""
    from analysis.figures.quality_trend import quality_trend_figure

    return markdown(quality_trend_figure(trend), "Violations per 1,000 rows over the last releases")


def markdown(figure: Figure, alt: str) -> str:
    """Return the figure as Markdown with the picture embedded."""
    from PIL import Image

    buffer = io.BytesIO()
    drawn = pixels_of(figure, DOTS_PER_INCH)
    width, height = (round(pixels * SHOWN_DOTS_PER_INCH / DOTS_PER_INCH) for pixels in drawn.size)
    few = drawn.resize((width, height)).quantize(COLOURS, method=Image.Quantize.FASTOCTREE)
    few.save(buffer, format="PNG", compress_level=6)
    return f"![{alt}](data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()})"


def _drawings(name: str, tables: Mapping[str, pd.DataFrame]) -> dict[str, Drawing | None]:
    frame = tables[name]
    empty = frame.iloc[0:0]
    if name == "km_curve":
        (by_kras,) = (c for c in survival.CURVES if (c.endpoint, c.grouping) == ("LTPFS", "kras"))
        return {"ltpfs_by_kras": survival.drawing(by_kras, lambda table: tables.get(table, empty))}
    if name == "cumulative_incidence":
        (by_kras_too,) = (curve for curve in incidence.CURVES if curve.grouping == "kras")
        return {"ltp_and_death_by_kras": incidence.drawing(by_kras_too, frame)}
    if name == "subgroups":
        return {"hazard_ratio_of_kras_in_subgroups": subgroups.drawing(frame)}
    if name == "ph_residuals":
        return {"log_hazard_ratios_over_time": proportionality.drawing(frame, tables.get("cox", empty))}
    (kind,) = (kind for kind in models.KINDS if kind.table == name)
    return {f"{kind.ratio.lower().replace(' ', '_')}s": models.drawing(kind, frame)}
