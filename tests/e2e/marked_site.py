"""Makes the deliveries of a site whose every cell is marked, so that a value is recognised wherever it turns up.

Every column of every export is marked twice: with a value that keeps the rules, if such a value can be recognised at
all (a long number, a rare date, a text), and with one that breaks them.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

from schemas.exports import EXPORTS

WORD = "zqmark"
SITE = "marked"
VALID: dict[str, dict[str, str]] = {
    "patients": {
        "patient_id": "ZQMARK-P1", "sex": "female", "birth_year": "1951", "dfi_months": "13.5182818",
        "cea_ng_ml": "41.6182818", "vital_status": "dead", "death_date": "2019-10-19", "death_cause": "cancer",
        "last_contact_date": "2019-10-17",
    },
    "rfa_sessions": {
        "patient_id": "ZQMARK-P1", "session_id": "ZQMARK-S1", "session_date": "2018-01-19", "lesion_id": "ZQMARK-L1",
        "max_diameter_mm": "23.7182818", "segment": "7", "guidance": "zqmark guidance",
        "minimal_margin_mm": "4.1182818", "zone_long_mm": "38.2182818", "zone_short_mm": "33.3182818",
        "power_w": "141.4182818", "time_min": "12.5182818",
        "complication_system": "cirse", "complication_grade": "zqmark grade",
    },
    "genotypes": {
        "patient_id": "ZQMARK-P1", "specimen_id": "ZQMARK-T1", "specimen_site": "liver_metastasis",
        "specimen_date": "2017-10-23", "report_date": "2017-11-21", "gene": "KRAS", "result": "mutant",
        "variant": "zqmark p.G12D", "panel": "ngs", "vaf_percent": "17.6182818",
    },
    "imaging_followups": {
        "patient_id": "ZQMARK-P1", "exam_id": "ZQMARK-E1", "exam_date": "2018-04-17", "modality": "ct",
        "contrast_enhanced": "yes", "lesion_id": "ZQMARK-L1", "lesion_status": "no_viable",
        "distance_to_zone_mm": "3.9182818",
    },
    "treatments": {
        "patient_id": "ZQMARK-P1", "treatment_id": "ZQMARK-R1", "kind": "resection", "start_date": "2018-08-29",
        "stop_date": "2018-08-31", "regimen": "zqmark regimen", "therapy_line": "3", "lesion_id": "ZQMARK-L1",
        "intent": "curative",
    },
}  # fmt: skip
DATE_AND_NUMBER_MARKS = tuple(
    cell
    for row in VALID.values()
    for name, cell in row.items()
    if cell.endswith("82818") or (name.endswith("_date") and cell)
)
MARKS = (WORD, *DATE_AND_NUMBER_MARKS)
"""What must turn up nowhere but in tables: the word in upper or lower case, the numbers, the dates."""


def broken_rows(export: str) -> list[dict[str, str]]:
    """One row per column, correct except for a marked word in that column."""
    keys = [name for name in EXPORTS[export].key if name not in ("gene", "variant")]
    rows = []
    for number, column in enumerate(EXPORTS[export].column_names, start=2):
        row = dict(VALID[export])
        row |= {name: f"{row[name][:-1]}{number}" for name in keys}
        row[column] = f"{WORD} in {column}"
        rows.append(row)
    return rows


def deliver(landing: Path) -> int:
    """Write the marked deliveries into `landing` and return how many files must be rejected."""
    for export in EXPORTS:
        rows = [VALID[export], *broken_rows(export), conflicting(export)]
        _write(landing, export, f"2022-01-31_{export}_synthetic.csv", _csv(export, rows))
    whole = _csv("rfa_sessions", [VALID["rfa_sessions"]])
    header, line = whole.splitlines()[:2]
    rejected = {
        "headerless_synthetic.csv": whole.split("\n", 1)[1].encode(),
        "unclosed_synthetic.csv": f'{header}\n"{line}\n{line}\n'.encode(),
        "ragged_synthetic.csv": f"{header}\n{line}\n{line},zqmark,zqmark,zqmark\n".encode(),
        "latin_synthetic.csv": f"{header}\n{line.replace('zqmark', 'zqmark ü')}\n".encode("latin-1"),
        "broken_synthetic.ndjson": b'{"patient_id": "ZQMARK-P9", "session_id": \n',
        "broken_synthetic.xlsx": b"PK zqmark is no workbook",
        "broken_synthetic.parquet": b"PAR1 zqmark is no parquet PAR1",
    }
    for name, data in rejected.items():
        _write(landing, "rfa_sessions", f"2022-02-28_{name}", data)
    return len(rejected)


def conflicting(export: str) -> dict[str, str]:
    """A second version of the first broken row, so that KEY-01 applies to marked rows too."""
    row = dict(broken_rows(export)[-1])
    last = EXPORTS[export].column_names[-1]
    row[last] = f"{WORD} otherwise"
    return row


def _csv(export: str, rows: list[dict[str, str]]) -> str:
    text = io.StringIO(newline="")
    names = [*EXPORTS[export].column_names, "ward"]
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(row | {"ward": f"{WORD} ward"} for row in rows)
    return text.getvalue()


def _write(landing: Path, export: str, name: str, data: str | bytes) -> None:
    folder = landing / SITE / export
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
