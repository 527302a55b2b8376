"""Writes one study as different hospitals hold it: canonical CSV, a German clinic's files, a REDCap project.

Rows are dictionaries of canonical text cells, '' where empty, by export.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path

from schemas.exports import EXPORTS
from tests.sources.redcap_xml import project_xml

Study = Mapping[str, Sequence[Mapping[str, str]]]
EXTRACT = "2022-12-31"

GERMAN_SESSIONS = {
    "patient_id": "Pat.-Nr.",
    "session_id": "Sitzung",
    "session_date": "Eingriffsdatum",
    "lesion_id": "Herd",
    "max_diameter_mm": "Durchmesser (cm)",
    "segment": "Segment",
    "modality": "Verfahren",
    "approach": "Zugang",
    "guidance": "Bildgebung",
    "subcapsular": "subkapsulär",
    "perivascular": "gefäßnah",
    "minimal_margin_mm": "Minimaler Rand (mm)",
    "zone_long_mm": "Zone lang",
    "zone_short_mm": "Zone kurz",
    "power_w": "Leistung",
    "time_min": "Dauer",
    "technical_success": "Erfolg",
    "complication_system": "Klassifikation",
    "complication_grade": "Grad",
}
GERMAN_FLAGS = {"yes": "ja", "no": "nein", "unknown": "unbekannt"}
FLAGS = "{ ja = 'yes', nein = 'no', unbekannt = 'unknown' }"
SESSION_FLAGS = ("subcapsular", "perivascular", "technical_success")
SEX = {"male": 1.0, "female": 2.0, "other": 3.0, "unknown": 9.0}

GERMAN = f"""
[sources.ablationen]
folder = "klinik"
files = ["*.xlsx"]
sheet = "Ablationen"
header_row = 3

[sources.genetik]
folder = "klinik"
files = ["*.xlsx"]
sheet = "Genetik"

[sources.stammdaten]
folder = "klinik"
files = ["*.sav"]

[sources.bildgebung]
encoding = "cp1252"
delimiter = ";"
decimal = ","
missing = ["k.A."]

[exports.patients]
source = "stammdaten"
[exports.patients.columns]
patient_id = "PATNR"
sex = {{ from = "GESCHL", labels = true, codes = {{ "männlich" = "male", "weiblich" = "female", "divers" = "other" }} }}

[exports.rfa_sessions]
source = "ablationen"
[exports.rfa_sessions.columns]
max_diameter_mm = {{ from = "Durchmesser (cm)", unit = "cm" }}
session_date = {{ from = "Eingriffsdatum", format = "%d.%m.%Y" }}
{{sessions}}

[exports.genotypes]
source = "genetik"
[exports.genotypes.columns]
vaf_percent = {{ from = "VAF", unit = "fraction" }}

[exports.imaging_followups]
source = "bildgebung"
[exports.imaging_followups.columns]
patient_id = "Pat.-Nr."
exam_date = {{ from = "Prüfdatum", format = "%d.%m.%Y" }}
contrast_enhanced = {{ from = "Kontrastmittel", codes = {FLAGS} }}
"""


def write_canonical(folder: Path, study: Study) -> str:
    """Write one CSV for each export, and return the site.toml: there is none."""
    for export, rows in study.items():
        _write(folder / export / f"{EXTRACT}.csv", _csv(EXPORTS[export].column_names, rows, ","))
    return ""


def write_german(folder: Path, study: Study) -> str:
    """Write a workbook with two sheets, an SPSS file and a cp1252 CSV, and return the site.toml that reads them."""
    (folder / "klinik").mkdir(parents=True)
    _write_workbook(folder / "klinik" / f"{EXTRACT}.xlsx", study)
    _write_spss(folder / "klinik" / f"{EXTRACT}.sav", study["patients"])
    names = {"patient_id": "Pat.-Nr.", "exam_date": "Prüfdatum", "contrast_enhanced": "Kontrastmittel"}
    rows = [
        {
            names.get(name, name): {
                "exam_date": _german_date,
                "distance_to_zone_mm": lambda cell: cell.replace(".", ",") or "k.A.",
                "contrast_enhanced": lambda cell: GERMAN_FLAGS[cell],
            }.get(name, str)(cell)
            for name, cell in row.items()
        }
        for row in study["imaging_followups"]
    ]
    _write(folder / "bildgebung" / f"{EXTRACT}.csv", _csv([*rows[0]], rows, ";"), "cp1252")
    named = [
        f'{name} = {{ from = "{german}", codes = {FLAGS} }}' if name in SESSION_FLAGS else f'{name} = "{german}"'
        for name, german in GERMAN_SESSIONS.items()
        if name not in ("max_diameter_mm", "session_date")
    ]
    return GERMAN.replace("{sessions}", "\n".join(named))


def _write_workbook(path: Path, study: Study) -> None:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    sheet.title = "Ablationen"
    sheet.append(["Lebertumorregister der Klinik", None, "Stand 31.12.2022"])
    sheet.append([])
    sheet.append([*GERMAN_SESSIONS.values()])
    for number, row in enumerate(study["rfa_sessions"]):
        cells: dict[str, object] = {
            name: GERMAN_FLAGS.get(cell, cell) if name in SESSION_FLAGS else _number(cell) or cell or None
            for name, cell in row.items()
        }
        cells |= {name: row[name] or None for name in ("patient_id", "session_id", "lesion_id", "complication_grade")}
        day = date.fromisoformat(row["session_date"])
        cells["session_date"] = day if number % 2 else f"{day:%d.%m.%Y}"  # dates of both kinds in one column
        cells["max_diameter_mm"] = round(float(row["max_diameter_mm"]) / 10, 3)
        sheet.append([cells[name] for name in GERMAN_SESSIONS])
    genes = book.create_sheet("Genetik")
    names = EXPORTS["genotypes"].column_names
    genes.append(["VAF" if name == "vaf_percent" else name for name in names])
    for row in study["genotypes"]:
        vaf = round(float(row["vaf_percent"]) / 100, 6) if row["vaf_percent"] else None
        genes.append([vaf if name == "vaf_percent" else row[name] or None for name in names])
    book.save(path)


def _write_spss(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write the patients with numeric codes and labels, dates and numbers in SPSS's own form, names of 8 letters."""
    import pandas as pd
    import pyreadstat

    numbers = ("birth_year", "dfi_months", "cea_ng_ml", "n_clm_total")
    dates = ("death_date", "last_contact_date")
    frame: dict[str, list] = {}
    for name in EXPORTS["patients"].column_names:
        cells = [row[name] for row in rows]
        if name == "patient_id":
            frame["PATNR"] = cells
        elif name == "sex":
            frame["GESCHL"] = [SEX[cell] if cell else None for cell in cells]
        elif name in numbers:
            frame[name] = [float(cell) if cell else None for cell in cells]
        elif name in dates:
            frame[name] = [date.fromisoformat(cell) if cell else None for cell in cells]
        else:
            frame[name] = cells
    labels = {"GESCHL": {1.0: "männlich", 2.0: "weiblich", 3.0: "divers", 9.0: "unknown"}}
    pyreadstat.write_sav(pd.DataFrame(frame), str(path), variable_value_labels=labels)


FORMS = {"patients": "", "rfa_sessions": "rfa", "genotypes": "genetics", "imaging_followups": "imaging"}
"""Export -> its repeating instrument; '' for the fields of the record itself."""
CHOICE_OF = {
    "patients": {"vital_status": ("alive", "dead", "unknown"), "sex": ("female", "male", "other", "unknown")},
    "rfa_sessions": {"approach": ("percutaneous", "laparoscopic", "open")},
    "genotypes": {"result": EXPORTS["genotypes"].column("result").codes},
    "imaging_followups": {"lesion_status": EXPORTS["imaging_followups"].column("lesion_status").codes},
}
"""Fields of the project that have choices, numbered from 1."""


def write_redcap(folder: Path, study: Study, has_labels: bool) -> str:
    """Write a REDCap project's flat export, raw or with labels, and its data dictionary; return the site.toml."""
    fields = {
        (export, name): f"{form or 'pat'}_{name}"
        for export, form in FORMS.items()
        for name in EXPORTS[export].column_names
        if name != "patient_id"
    }
    header = ["record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *fields.values()]
    labels = {field: f"{FORMS[export] or 'Patient'}: {name}" for (export, name), field in fields.items()}
    lines: list[dict[str, str]] = []
    for export, form in FORMS.items():
        seen: dict[str, int] = {}
        for row in study[export]:
            patient = row["patient_id"]
            seen[patient] = seen.get(patient, 0) + 1
            line = {"record_id": patient}
            if form:
                line |= {"redcap_repeat_instrument": form.capitalize() if has_labels else form}
                line |= {"redcap_repeat_instance": str(seen[patient])}
            for name, cell in row.items():
                if name != "patient_id":
                    line[fields[export, name]] = _choice(export, name, cell, has_labels)
            lines.append(line)
    shown = ["Record ID", "Repeat Instrument", "Repeat Instance", *(labels[f] for f in fields.values())]
    text = _csv(header, lines, ",")
    if has_labels:
        text = _csv(shown, [], ",") + text.partition("\r\n")[2]
    _write(folder / "redcap" / f"{EXTRACT}.csv", text)
    _write(folder / "dictionary.csv", _dictionary(fields, labels))
    said = ['[sources.redcap]\nkind = "redcap"\ndictionary = "dictionary.csv"']
    for export, form in FORMS.items():
        said.append(f'[exports.{export}]\nsource = "redcap"' + (f'\ninstrument = "{form}"' if form else ""))
        if not form:
            said[-1] += '\ninstrument = "demographics"'
        said.append(f'[exports.{export}.columns]\npatient_id = "record_id"')
        for name in EXPORTS[export].column_names[1:]:
            how = ", labels = true" if name in CHOICE_OF[export] else ""
            said.append(f'{name} = {{ from = "{fields[export, name]}"{how} }}')
    return "\n".join(said) + "\n"


def write_redcap_xml(folder: Path, study: Study) -> str:
    """Write the REDCap project with its records as XML, and no dictionary; return the site.toml."""
    site_toml = write_redcap(folder, study, has_labels=False)
    flat, dictionary = folder / "redcap" / f"{EXTRACT}.csv", folder / "dictionary.csv"
    texts = dictionary.read_text(encoding="utf-8"), flat.read_text(encoding="utf-8")
    xml = project_xml(texts[0], [form for form in FORMS.values() if form], texts[1])
    _write(flat.with_suffix(".xml"), xml)
    flat.unlink()
    dictionary.unlink()
    return site_toml.replace('\ndictionary = "dictionary.csv"', "")


def write_redcap_with_xml(folder: Path, study: Study) -> str:
    """Write the label export, and the project without records as XML, its dictionary; return the site.toml."""
    site_toml = write_redcap(folder, study, has_labels=True)
    dictionary = folder / "dictionary.csv"
    xml = project_xml(dictionary.read_text(encoding="utf-8"), [form for form in FORMS.values() if form])
    _write(folder / "project.xml", xml)
    dictionary.unlink()
    return site_toml.replace("dictionary.csv", "project.xml")


def pull_redcap(folder: Path, study: Study) -> str:
    """Pull the REDCap project from a server on loopback; return the site.toml."""
    from tests.pulls.pulled_study import pull_into

    with tempfile.TemporaryDirectory() as project:
        site_toml = write_redcap(Path(project), study, has_labels=False)
        return pull_into(folder, site_toml, Path(project), EXTRACT)


def _choice(export: str, name: str, cell: str, has_labels: bool) -> str:
    choices = CHOICE_OF[export].get(name)
    return cell if has_labels or not choices or not cell else str(choices.index(cell) + 1)


def _dictionary(fields: Mapping[tuple[str, str], str], labels: Mapping[str, str]) -> str:
    titles = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"]
    titles += ["Choices, Calculations, OR Slider Labels", "Field Note", "Identifier?"]
    rows = [["record_id", "demographics", "", "text", "Record ID", "", "", ""]]
    for (export, name), field in fields.items():
        choices = CHOICE_OF[export].get(name, ())
        listed = " | ".join(f"{number}, {choice}" for number, choice in enumerate(choices, start=1))
        kind = "dropdown" if choices else "text"
        rows.append([field, FORMS[export] or "demographics", "", kind, labels[field], listed, "", ""])
    return _csv(titles, [dict(zip(titles, row, strict=True)) for row in rows], ",")


def _csv(header: Sequence[str], rows: Sequence[Mapping[str, str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, [*header], delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write(path: Path, text: str, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))


def _german_date(cell: str) -> str:
    return f"{datetime.fromisoformat(cell):%d.%m.%Y}"


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


WRITERS: dict[str, Callable[[Path, Study], str]] = {
    "a German clinic's workbook, SPSS file and cp1252 CSV": write_german,
    "a REDCap project, raw": lambda folder, study: write_redcap(folder, study, has_labels=False),
    "a REDCap project, labels": lambda folder, study: write_redcap(folder, study, has_labels=True),
    "a REDCap project, XML": lambda folder, study: write_redcap_xml(folder, study),
    "a REDCap project, labels and XML": lambda folder, study: write_redcap_with_xml(folder, study),
    "a REDCap project, pulled": lambda folder, study: pull_redcap(folder, study),
}
