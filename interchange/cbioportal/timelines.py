"""Writes what happened to patients, in days from the first ablation: treatments, imaging, specimens and status."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interchange.outgoing import Outgoing
from interchange.text_lines import tab_separated, write_lines

FIRST = ("PATIENT_ID", "START_DATE", "STOP_DATE", "EVENT_TYPE")
Timeline = tuple[str, str, Mapping[str, str]]
"""Table or SELECT, with site and patient_id; EVENT_TYPE; the columns from START_DATE on, as SQL."""


def _day(column: str) -> str:
    return f"({column} - p.first_ablation_date)"


TIMELINES: dict[str, Timeline] = {
    "ablations": (
        "clean.rfa_sessions",
        "TREATMENT",
        {
            "START_DATE": _day("t.session_date"),
            "STOP_DATE": "NULL",
            "TREATMENT_TYPE": "'Ablation'",
            "AGENT": "upper(t.modality)",
            "LESION": "t.lesion_id",
            "DIAMETER_MM": "t.max_diameter_mm",
            "MARGIN_MM": "t.minimal_margin_mm",
        },
    ),
    "treatments": (
        "clean.treatments",
        "TREATMENT",
        {
            "START_DATE": _day("t.start_date"),
            "STOP_DATE": _day("t.stop_date"),
            "TREATMENT_TYPE": "t.kind",
            "AGENT": "coalesce(t.regimen, t.kind)",
            "LESION": "t.lesion_id",
            "INTENT": "t.intent",
        },
    ),
    "imaging": (
        "clean.imaging_followups",
        "IMAGING",
        {
            "START_DATE": _day("t.exam_date"),
            "STOP_DATE": "NULL",
            "DIAGNOSTIC_TYPE": "upper(t.modality)",
            "LESION": "t.lesion_id",
            "RESULT": "t.lesion_status",
            "NEW_LIVER_LESION": "t.new_liver_lesion",
        },
    ),
    "specimens": (
        "(SELECT site, patient_id, specimen_id, min(specimen_date) AS day, any_value(s.id ORDER BY s.id) AS sample "
        "FROM clean.genotypes JOIN study_samples s USING (site, patient_id, specimen_id) GROUP BY ALL)",
        "SPECIMEN",
        {"START_DATE": _day("t.day"), "STOP_DATE": "NULL", "SAMPLE_ID": "t.sample"},
    ),
    "status": (
        "(SELECT site, patient_id, unnest([ltp_date, new_liver_date, extrahepatic_date, death_date]) AS day, "
        "unnest(['Local tumour progression', 'New liver lesion', 'Extrahepatic progression', 'Death']) AS said "
        "FROM derived.patient_progression)",
        "STATUS",
        {"START_DATE": _day("t.day"), "STOP_DATE": "NULL", "STATUS": "t.said"},
    ),
}


def write_timelines(release: Outgoing, folder: Path) -> dict[str, int]:
    """Write data_timeline_<name>.txt of each timeline that has rows with a day; return rows by file."""
    found = {}
    for name, (source, event, columns) in TIMELINES.items():
        table = source if source.startswith("clean.") else ""
        if table and table not in release.tables:
            continue
        path = folder / f"data_timeline_{name}.txt"
        cells = ["p.id", columns["START_DATE"], columns["STOP_DATE"], f"'{event}'"]
        more = {key: sql for key, sql in columns.items() if key not in FIRST}
        rows = (
            f"SELECT DISTINCT {tab_separated((*cells, *more.values()))} AS line, p.id, {columns['START_DATE']} AS day "  # noqa: S608
            f"FROM {source} t JOIN study_patients p USING (site, patient_id) WHERE {columns['START_DATE']} IS NOT NULL"
        )
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write("\t".join((*FIRST, *more)) + "\n")
            n = write_lines(release.con, f"SELECT line FROM ({rows}) ORDER BY id, day, line", file)  # noqa: S608
            file.write("\n" if n else "")
        if n:
            found[path.name] = n
        else:
            path.unlink()
    return found
