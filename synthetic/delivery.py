"""Writes rows of the synthetic exports as CSV files in a hospital's style: delimiter, BOM, gzip, headers, columns."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS: dict[str, tuple[str, ...]] = {
    "patients": (
        "patient_id", "sex", "birth_year", "primary_site", "node_positive_primary", "clm_timing",
        "dfi_months", "cea_ng_ml", "n_clm_total", "extrahepatic_disease", "prior_hepatectomy",
        "prior_chemotherapy", "ecog",
        "vital_status", "death_date", "death_cause", "last_contact_date",
    ),
    "rfa_sessions": (
        "patient_id", "session_id", "session_date", "lesion_id", "max_diameter_mm", "segment", "modality",
        "approach", "guidance", "subcapsular", "perivascular", "minimal_margin_mm", "zone_long_mm",
        "zone_short_mm", "power_w", "time_min", "technical_success", "complication_system",
        "complication_grade",
    ),
    "genotypes": (
        "patient_id", "specimen_id", "specimen_site", "specimen_date", "report_date", "gene", "result",
        "variant", "panel", "vaf_percent",
    ),
    "imaging_followups": (
        "patient_id", "exam_id", "exam_date", "modality", "contrast_enhanced", "lesion_id", "lesion_status",
        "distance_to_zone_mm", "new_liver_lesion", "extrahepatic_progression",
    ),
}  # fmt: skip
REGISTRY_COLUMNS = COLUMNS | {
    "rfa_sessions": (
        *COLUMNS["rfa_sessions"],
        *("margin_method", "margin_software", "margin_exam_date", "referral_date", "decision_date", "operator_id"),
    ),
}
"""Those of made-up registries: the demonstration study's exports were written before sessions had these columns."""
KEYS: dict[str, tuple[str, ...]] = {
    "patients": ("patient_id",),
    "rfa_sessions": ("patient_id", "session_id", "lesion_id"),
    "genotypes": ("patient_id", "specimen_id", "gene", "variant"),
    "imaging_followups": ("patient_id", "exam_id", "lesion_id"),
}
GZIP_MTIME = 0  # so that the same rows give the same bytes

Cells = dict[str, str]


@dataclass
class Row:
    """One row of one export as text, the delivery that contains it (an index) and the defects planted in it.

    `defects` holds (rule_id, scope, column_name); scope is 'row', 'value' or 'flag'.
    """

    export: str
    cells: Cells
    delivery: int = 0
    defects: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, ...]:
        """Return the trimmed values of the export's key columns, in the contract's order."""
        return tuple(self.cells.get(name, "").strip() for name in KEYS[self.export])


@dataclass(frozen=True)
class FileStyle:
    """The style of one file: name, delimiter, BOM, header spelling, extra columns (name, fixed value)."""

    name: str
    delimiter: str = ","
    has_bom: bool = False
    header: str = "plain"  # plain | mixed_case | spaced
    extra: tuple[tuple[str, str], ...] = ()

    @property
    def extract_date(self) -> str:
        """Return the first date in the file name, in ISO format."""
        return self.name[:10]


def header_cell(name: str, style: str) -> str:
    """Spell a header as a site may: 'plain' unchanged, 'mixed_case' Patient_ID, 'spaced' ' PATIENT_ID '."""
    if style == "mixed_case":
        return "_".join(p.upper() if p in {"id", "mm"} else p.capitalize() for p in name.split("_"))
    return f" {name.upper()} " if style == "spaced" else name


def write_file(folder: Path, export: str, style: FileStyle, rows: list[Row]) -> int:
    """Write one delivery into `folder`, creating it; return the number of rows. Same rows, same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=style.delimiter, lineterminator="\n")
    columns = COLUMNS[export]
    writer.writerow([header_cell(c, style.header) for c in columns] + [name for name, _ in style.extra])
    for row in rows:
        writer.writerow([row.cells.get(c, "") for c in columns] + [value for _, value in style.extra])
    data = text.getvalue().encode("utf-8-sig" if style.has_bom else "utf-8")
    if style.name.endswith(".gz"):
        buffer = io.BytesIO()
        with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=GZIP_MTIME, filename="") as handle:
            handle.write(data)
        data = buffer.getvalue()
    (folder / style.name).write_bytes(data)
    return len(rows)
