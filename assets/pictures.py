"""Pictures on the pages of assets: figures of the report, as small PNGs inside Markdown.

What belongs here: which table shows which figure, and how large a picture is. What does not: drawing (analysis/). A
picture shows aggregates, the very curves that the report prints, and lies in Dagster's event store with every run:
so it is small, in few colours. An erasure takes all of them out, since a curve can show the step of one patient.
"""

import base64
import io
from typing import TYPE_CHECKING

import dagster as dg
import duckdb

from warehouse import analysis_store

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from analysis.report.drawings import Drawing

DOTS_PER_INCH = 110
"""Legible in the web interface."""
COLOURS = 32
"""Lines, bands and text need no more; a picture takes 10 to 15 KB."""


def markdown(figure: "Figure", alt: str) -> dg.MarkdownMetadataValue:
    """The figure as Markdown with the picture inside."""
    from PIL import Image

    from analysis.figures.render import to_png

    buffer = io.BytesIO()
    with Image.open(io.BytesIO(to_png(figure, DOTS_PER_INCH))) as picture:
        picture.convert("RGB").quantize(COLOURS).save(buffer, format="PNG", optimize=True)
    data = base64.b64encode(buffer.getvalue()).decode()
    return dg.MetadataValue.md(f"![{alt}](data:image/png;base64,{data})")


def of_table(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, dg.MetadataValue]:
    """The pictures of analysis.<name>, by their names in the metadata; none for a table that has none."""
    if name not in PICTURED:
        return {}
    frame = analysis_store.read(con, name)
    shown: dict[str, dg.MetadataValue] = {}
    for title, drawing in _drawings(name, frame).items():
        if drawing is not None and drawing.figure is not None:
            shown[title] = markdown(drawing.figure, drawing.alt)
    return shown


PICTURED = ("km_curve", "cumulative_incidence", "cox")
"""Analysis tables whose asset shows a picture."""


def _drawings(name: str, frame: "pd.DataFrame") -> "dict[str, Drawing | None]":
    from analysis.report.sections import incidence, models, survival

    if name == "km_curve":
        (by_kras,) = (c for c in survival.CURVES if (c.endpoint, c.grouping) == ("LTPFS", "kras"))
        empty = frame.iloc[0:0]
        return {"ltpfs_by_kras": survival.drawing(by_kras, lambda table: frame if table == name else empty)}
    if name == "cumulative_incidence":
        (by_kras_too,) = (curve for curve in incidence.CURVES if curve[0] == "kras")
        return {"ltp_and_death_by_kras": incidence.drawing(*by_kras_too, frame)}
    (cox,) = (kind for kind in models.KINDS if kind.table == "cox")
    return {"hazard_ratios": models.drawing(cox, frame)}
