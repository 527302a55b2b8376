"""Helpers for tests of REDCap sources: sample projects, a small project of our own, and what a feed takes of a file."""

import csv
import io
import tomllib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from schemas.exports import EXPORTS
from tests.structure.checkout import ROOT
from warehouse.readers.csv_text import open_csv
from warehouse.sources.mapping import map_columns
from warehouse.sources.prepared import Prepared
from warehouse.sources.redcap_dictionary import Dictionary, read_dictionary
from warehouse.sources.redcap_flat import prepare
from warehouse.sources.site_mapping import Feed, read_mapping

SAMPLES = ROOT.parent / "shared" / "samples" / "redcap"
PROJECTS = (
    "arm-single-longitudinal",
    "checkboxes-1",
    "clinical-trial-1",
    "dag",
    "decimal-comma",
    "longitudinal",
    "potentially-problematic-values",
    "repeating-instruments",
    "validation-types-1",
    "vignette-repeating",
)
TITLES = '"Variable / Field Name","Form Name","Field Type","Field Label",' + (
    '"Choices, Calculations, OR Slider Labels","Text Validation Type OR Show Slider Number",Identifier?'
)
STUDY = f"""{TITLES}
pid,patient,text,Record ID,,,
name,patient,text,Name,,,y
sex,patient,radio,Sex,"1, male | 2, female",,
drugs,patient,checkbox,Drugs,"1, FOLFOX | 2, FOLFIRI",,
rfa_date,ablation,text,Date,,date_ymd,
size,ablation,text,Diameter,,number_comma_decimal,
ratio,ablation,calc,Ratio,[size]/2,,
done,ablation,yesno,Success,,,
scan_date,scan,text,Date,,date_ymd,
finding,scan,dropdown,Finding,"0, none | 1, residual",,
"""
"""A project with a patient, a repeating ablation and a scan at each visit; two fields have the label Date."""

HEADER = (
    "pid,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,name,sex,drugs___1,drugs___2,"
    "patient_complete,rfa_date,size,ratio,done,ablation_complete,scan_date,finding,scan_complete"
)
DATA = f"""{HEADER}
001,start_arm_1,,,Anna,2,1,0,2,,,,,,,,
001,start_arm_1,ablation,1,,,,,,2020-01-05,"2,5",1.250,1,2,,,
001,start_arm_1,ablation,2,,,,,,2020-02-05,"1,5",0.750,,2,,,
001,month_3_arm_1,,,,,,,,,,,,,2020-05-01,1,2
001,month_6_arm_1,,,,,,,,,,,,,2020-08-01,,1
002,start_arm_1,,,Bert,1,0,0,2,,,,,,,,
002,start_arm_1,ablation,1,,,,,,2020-03-05,"3,0",1.500,0,2,,,
002,month_3_arm_1,,,,,,,,,,,,,,,0
"""
"""The project's raw export: record 002 was not scanned, and the second scan of 001 has no finding."""


@dataclass(frozen=True)
class Taken:
    """What a feed takes of a file: the prepared source, the rows taken, the reasons of the others, canonical rows."""

    prepared: Prepared
    rows: list[dict[str, str | None]]
    reasons: dict[str, int]
    canonical: list[dict[str, str | None]]

    @property
    def remark(self) -> str:
        """How the file was read."""
        return self.prepared.source.remark

    def column(self, name: str) -> list[str | None]:
        """The cells of one column in the rows taken."""
        return [row[name] for row in self.rows]


def sample(project: str) -> Path:
    """The folder of a sample project; skips the test where the samples are not beside the checkout."""
    if not (SAMPLES / project).is_dir():
        pytest.skip("The samples are not here: no folder shared/samples beside the checkout")
    return SAMPLES / project


def sample_dictionary(project: str) -> Dictionary:
    """The data dictionary of a sample project."""
    return read_dictionary(next(sample(project).glob("diction*.csv")).read_text(encoding="utf-8"))


def feed_of(export: str, text: str, source: str = "") -> Feed:
    """The feed of an export from a REDCap source; both texts are TOML below their tables.

    Required columns that the text does not name are x in every row.
    """
    said = tomllib.loads(f"[sources.clinic]\nkind = 'redcap'\n{source}\n[exports.{export}]\nsource = 'clinic'\n{text}")
    columns = said["exports"][export].setdefault("columns", {})
    for column in EXPORTS[export].columns:
        if column.required:
            columns.setdefault(column.name, {"value": "x"})
    return read_mapping(said["sources"], said["exports"], "mercy").feeds("clinic", "data.csv")[0]


def prepared_of(path: Path, feed: Feed, dictionary: Dictionary | None) -> tuple[duckdb.DuckDBPyConnection, Prepared]:
    """The prepared source of a file, and the connection that it lives in."""
    con = duckdb.connect()
    return con, prepare(con, open_csv(path), feed, dictionary)


def take(path: Path, feed: Feed, dictionary: Dictionary | None = None) -> Taken:
    """What the feed takes of the file. Its rows are counted by another reader: each is taken or has a reason."""
    con, prepared = prepared_of(path, feed, dictionary)
    source = prepared.source
    reason = " ".join(f"WHEN NOT ({c.is_met}) THEN '{c.reason}'" for c in prepared.conditions)
    cells = ", ".join(f"c{i}" for i in range(len(source.header)))
    sql = f"SELECT {f'CASE {reason} END' if reason else 'NULL'}, {cells} FROM {source.relation} ORDER BY {source.line}"
    found = con.execute(sql).fetchall()
    with open(path, encoding="utf-8", newline="") as file:
        assert len(found) == sum(1 for row in csv.reader(file) if row) - 1
    rows = [dict(zip(source.header, cells, strict=True)) for reason, *cells in found if reason is None]
    reasons = Counter(reason for reason, *_ in found if reason is not None)
    mapped = map_columns(prepared, feed)
    listed = ", ".join(f"c{i}" for i in range(len(mapped.source.header)))
    canonical = con.execute(f"SELECT {listed} FROM {mapped.source.relation} ORDER BY line").fetchall()
    lines = dict(con.execute(f"SELECT reason, count(*) FROM {mapped.lines} GROUP BY 1").fetchall())
    assert sum(lines.values()) == len(found)
    assert lines.pop(None, 0) == len(canonical)
    assert {name: n for name, n in lines.items() if name in reasons} == dict(reasons)
    return Taken(prepared, rows, dict(reasons), [dict(zip(mapped.source.header, r, strict=True)) for r in canonical])


def take_text(folder: Path, text: str, feed: Feed, dictionary: str | None = STUDY) -> Taken:
    """What the feed takes of a file with this text; `dictionary` is a data dictionary's text."""
    path = folder / "data.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return take(path, feed, read_dictionary(dictionary) if dictionary else None)


def as_labels(project: str, forms: dict[str, str], events: dict[str, str]) -> str:
    """A sample project's data as REDCap's label export has it, by the titles of its dictionary alone.

    `forms` and `events` map unique names to labels.
    """
    folder = sample(project)
    with open(next(folder.glob("diction*.csv")), encoding="utf-8", newline="") as file:
        fields = {row["Variable / Field Name"]: row for row in csv.DictReader(file)}
    with open(folder / "data.csv", encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    own = {
        "redcap_event_name": ("Event Name", events),
        "redcap_repeat_instrument": ("Repeat Instrument", forms),
        "redcap_repeat_instance": ("Repeat Instance", {}),
        "redcap_data_access_group": ("Data Access Group", {}),
    }
    columns = [own.get(name) or _labelled(name, fields) for name in header]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([label for label, _ in columns])
    writer.writerows([[codes.get(cell, cell) for cell, (_, codes) in zip(row, columns, strict=True)] for row in rows])
    return out.getvalue()


def _labelled(name: str, fields: dict[str, dict[str, str]]) -> tuple[str, dict[str, str]]:
    stem, is_checkbox, code = name.partition("___")
    if stem not in fields:
        return "Complete?", {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
    field = fields[stem]
    listed = field["Choices, Calculations, OR Slider Labels"]
    choices = dict(part.strip().split(", ", 1) for part in listed.split("|") if ", " in part)
    if is_checkbox:
        return f"{field['Field Label']} (choice={choices[code]})", {"1": "Checked", "0": "Unchecked"}
    if field["Field Type"] == "yesno":
        return field["Field Label"], {"1": "Yes", "0": "No"}
    return field["Field Label"], choices if field["Field Type"] in ("radio", "dropdown") else {}
