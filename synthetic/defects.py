"""Catalogues what can be wrong with a cell and which rule must find it, and plants such defects in a frame.

The demonstration study (`study_defects.py`) and the large registries share the catalogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import polars as pl


@dataclass(frozen=True)
class CellDefect:
    """A bad cell: with `text` in `column` of `export`, `rule_id` must be found with `scope`.

    scope: 'row' (the row goes to quarantine), 'value' (the cell does), 'flag' (a warning on the clean row).
    """

    export: str
    column: str
    text: str
    rule_id: str
    scope: str


EVERYDAY: tuple[CellDefect, ...] = (
    CellDefect("patients", "sex", "m?", "PAT-03", "value"),
    CellDefect("patients", "ecog", "7", "PAT-03", "value"),
    CellDefect("patients", "birth_year", "1850", "PAT-04", "value"),
    CellDefect("patients", "birth_year", "19x5", "TYPE-01", "value"),
    CellDefect("patients", "cea_ng_ml", "99999", "PAT-12", "value"),
    CellDefect("patients", "dfi_months", "400", "PAT-13", "value"),
    CellDefect("patients", "n_clm_total", "0", "PAT-13", "value"),
    CellDefect("rfa_sessions", "segment", "XII", "LES-05", "value"),
    CellDefect("rfa_sessions", "minimal_margin_mm", "99", "ABL-07", "value"),
    CellDefect("rfa_sessions", "zone_short_mm", "2", "ABL-07", "value"),
    CellDefect("rfa_sessions", "minimal_margin_mm", "n/a", "TYPE-01", "value"),
    CellDefect("rfa_sessions", "power_w", "900", "ABL-06", "value"),
    CellDefect("rfa_sessions", "approach", "robotic", "ABL-11", "value"),
    CellDefect("rfa_sessions", "subcapsular", "perhaps", "ABL-11", "value"),
    CellDefect("rfa_sessions", "guidance", "US, Mr. John Smith assisting", "PHI-01", "value"),
    CellDefect("rfa_sessions", "guidance", "CT, images to radiology@example.org", "PHI-01", "value"),
    CellDefect("rfa_sessions", "max_diameter_mm", "220", "LES-03", "row"),
    CellDefect("rfa_sessions", "max_diameter_mm", "", "REQ-01", "row"),
    CellDefect("rfa_sessions", "max_diameter_mm", "about 20", "TYPE-01", "row"),
    CellDefect("rfa_sessions", "session_date", "2018-13-05", "TYPE-01", "row"),
    CellDefect("rfa_sessions", "session_date", "2048-05-02", "ABL-02", "row"),
    CellDefect("genotypes", "specimen_site", "blood", "GEN-01", "row"),
    CellDefect("genotypes", "result", "positive", "GEN-01", "row"),
    CellDefect("genotypes", "result", "", "REQ-01", "row"),
    CellDefect("genotypes", "panel", "sanger", "GEN-01", "value"),
    CellDefect("genotypes", "vaf_percent", "140", "GEN-07", "value"),
    CellDefect("genotypes", "vaf_percent", "low", "TYPE-01", "value"),
    CellDefect("genotypes", "report_date", "2048-01-09", "GEN-06", "value"),
    CellDefect("imaging_followups", "exam_date", "", "REQ-01", "row"),
    CellDefect("imaging_followups", "exam_date", "31.12.2018", "TYPE-01", "row"),
    CellDefect("imaging_followups", "exam_date", "2048-03-03", "IMG-12", "row"),
    CellDefect("imaging_followups", "modality", "xray", "IMG-02", "row"),
    CellDefect("imaging_followups", "contrast_enhanced", "iv", "IMG-02", "row"),
    CellDefect("imaging_followups", "lesion_status", "cured", "IMG-02", "value"),
    CellDefect("imaging_followups", "new_liver_lesion", "maybe", "IMG-02", "value"),
    CellDefect("imaging_followups", "distance_to_zone_mm", "250", "IMG-13", "value"),
    CellDefect("imaging_followups", "distance_to_zone_mm", "far", "TYPE-01", "value"),
)


def everyday(export: str, scope: str | None = None) -> list[CellDefect]:
    """Return the catalogue of one export, for one scope or all. Raises KeyError if it has no such defects."""
    found = [d for d in EVERYDAY if d.export == export and scope in (None, d.scope)]
    if not found:
        raise KeyError(export)
    return found


def plant_everyday(
    export: str, frame: pl.DataFrame, rate: float, rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Break about `rate` of the rows of a canonical frame; return (sound rows, broken rows as text).

    The broken rows get the cells of the catalogue in turn. Added to them are exact duplicates of sound rows (a fifth
    as many) and, for genotypes and imaging, orphans: copies of sound rows for a patient without a session.
    """
    import numpy as np
    import polars as pl

    catalogue = everyday(export)
    is_broken = rng.random(frame.height) < rate
    sound = frame.filter(pl.Series(~is_broken))
    text = frame.filter(pl.Series(is_broken)).cast(pl.String)
    kind = pl.Series("kind", (np.arange(text.height) + rng.integers(len(catalogue))) % len(catalogue))
    for column in {d.column for d in catalogue}:
        cell = pl.col(column)
        for k, defect in enumerate(catalogue):
            if defect.column == column:
                cell = pl.when(kind == k).then(pl.lit(defect.text or None, dtype=pl.String)).otherwise(cell)
        text = text.with_columns(cell.alias(column))
    few = min(sound.height, (text.height + 4) // 5)
    picked = sound.gather_every(max(1, sound.height // max(1, few))).head(few).cast(pl.String)
    parts = [text, picked]
    if export in ("genotypes", "imaging_followups"):
        parts.append(picked.with_columns(pl.format("{}X", "patient_id").alias("patient_id")))
    return sound, pl.concat(parts)
