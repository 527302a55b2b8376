"""Helpers for tests of Castor sources: a small study of our own in both generations, and what a feed takes of it."""

import tomllib
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.exports import EXPORTS
from warehouse.sources.castor.option_groups import read_option_groups
from warehouse.sources.mapping import map_columns
from warehouse.sources.open_mapped import open_prepared
from warehouse.sources.prepared import Prepared
from warehouse.sources.site_mapping import Feed, read_mapping

STUDY = (
    '"Participant Id";"Participant Status";"Site Abbreviation";"Participant Creation Date";'
    """"birth_year";"sex";"drugs#FOLFOX";"drugs#5FU LV"
"TUK-001";"Active";"KAR";"04-01-2020 09:30:00";"1950";"2";"1";"0"
"TUK-002";"Active";"KAR";"05-01-2020 10:00:00";"-98";"1";"0";"1"
"TUK-003";"Not set";"LEI";"06-01-2020 11:00:00";"1962";"-97";"0";"0"
"""
)
"""A row for each participant: the year of birth of 002 is unknown, the sex of 003 was not asked."""
ABLATION = (
    '"Participant Id";"Participant Status";"Repeating Data Creation Date";"Repeating data Name Custom";'
    """"Repeating data Parent";"abl_date";"abl_size";"abl_segment";"abl_note"
"TUK-001";"Active";"10-01-2020 08:00:00";"Ablation - 1";"Treatment";"05-01-2020";"2.5";"7";"first - second look"
"TUK-001";"Active";"11-02-2020 08:00:00";"Ablation - 2";"Follow-up";"UK-02-2020";"1.5";"8";"##USER_MISSING_99##"
"TUK-002";"Active";"12-03-2020 08:00:00";"Ablation - 1";"Treatment";"01-01-2998";"-95";"4a";""
"TUK-003";"Not set";"13-03-2020 08:00:00";"Ablation - 1";"Treatment";"";"";"";""
"""
)
"""The date of the second ablation of 001 has no day; that of 002 is marked as unknown, its size as failed."""
SURVEY = (
    '"Survey Instance Id";"Castor Participant ID";"Survey Creation Date";"Survey Sent Date";"Survey Progress";'
    """"Survey Completed On";"Survey Parent";"Survey Package Name";"Survey Package Id";"qol_score";"qol_date"
"A1";"TUK-001";"01-06-2020 08:00:00";"01-06-2020 08:00:00";"100";"02-06-2020";"Follow-up";"QoL";"P1";"61";"02-06-2020"
"A2";"TUK-002";"01-06-2020 08:00:00";"01-06-2020 08:00:00";"0";"";"Follow-up";"QoL";"P1";"";""
"""
)
FIELD_OPTIONS = """"Option group name";"Option name";"Option value"
"Sex";"male";"1"
"Sex";"female";"2"
"Drugs";"FOLFOX";"1"
"Drugs";"5-FU / LV";"2"
"Segment";"segment 7";"7"
"Segment";"segment 8";"8"
"""
VARIABLES = """"Form name";"Variable name";"Field label";"Original field type";"Optiongroup name"
"Patient";"birth_year";"Year of birth";"year";""
"Patient";"sex";"Sex";"radio";"Sex"
"Patient";"drugs";"Drugs";"checkbox";"Drugs"
"""
REPORT_VARIABLES = """"Variable name";"Original field type";"Optiongroup name"
"abl_date";"date";""
"abl_size";"numeric";""
"abl_segment";"dropdown";"Segment"
"""
OLD_WORDS = {
    "Repeating Data Creation Date": "Report Creation Date",
    "Repeating data Name Custom": "Report Name Custom",
    "Repeating data Parent": "Report Parent",
    "Castor Participant ID": "Castor Record Id",
    "Participant Id": "Record Id",
    "Participant Status": "Record Status",
    "Site Abbreviation": "Institute Abbreviation",
    "Participant Creation Date": "Record Creation Date",
}
"""Castor's words of today -> those of exports until about 2021."""


@dataclass(frozen=True)
class Taken:
    """What a feed takes of a file: the prepared source, canonical rows, and the reasons of the other rows."""

    prepared: Prepared
    rows: list[dict[str, str | None]]
    reasons: dict[str, int]

    @property
    def remark(self) -> str:
        """How the file was read."""
        return self.prepared.source.remark

    def column(self, name: str) -> list[str | None]:
        """The cells of a canonical column."""
        return [row[name] for row in self.rows]


def old(text: str) -> str:
    """The same table in Castor's older words."""
    for new, word in OLD_WORDS.items():
        text = text.replace(f'"{new}"', f'"{word}"')
    return text


def feed_of(export: str, text: str, source: str = "") -> Feed:
    """The feed of an export from a Castor source; both texts are TOML below their tables.

    Required columns that the text does not name are x in every row.
    """
    said = tomllib.loads(f"[sources.edc]\nkind = 'castor'\n{source}\n[exports.{export}]\nsource = 'edc'\n{text}")
    columns = said["exports"][export].setdefault("columns", {})
    for column in EXPORTS[export].columns:
        if column.required:
            columns.setdefault(column.name, {"value": "x"})
    return read_mapping(said["sources"], said["exports"], "mercy").feeds("edc", "data.csv")[0]


def take(path: Path, feed: Feed, n_rows: int | None, dictionary: str | None = None) -> Taken:
    """What the feed takes of a file with `n_rows` rows: each is taken or has a reason. None: as many as it says."""
    con = duckdb.connect()
    texts = {} if dictionary is None else {feed.source_name: dictionary}
    prepared = open_prepared(con, path, feed, texts)
    mapped = map_columns(prepared, feed)
    names = mapped.source.header
    listed = ", ".join(f"c{i}" for i in range(len(names)))
    rows = con.execute(f"SELECT {listed} FROM {mapped.source.relation} ORDER BY line").fetchall()
    reasons = Counter(dict(con.execute(f"SELECT reason, count(*) FROM {mapped.lines} GROUP BY 1").fetchall()))
    n_rows = prepared.source.n_records if n_rows is None else n_rows
    assert n_rows is not None and sum(reasons.values()) == n_rows
    assert reasons.pop(None, 0) == len(rows)
    prepared.source.check_count(n_rows)
    return Taken(prepared, [dict(zip(names, row, strict=True)) for row in rows], dict(reasons))


def take_text(folder: Path, text: str, feed: Feed, dictionary: str | None = None, name: str = "data.csv") -> Taken:
    """What the feed takes of a file with this text, in which every row is one line."""
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return take(path, feed, len(text.splitlines()) - 1, dictionary)


def zip_of(folder: Path, **changed: str | None) -> Path:
    """The ZIP of the study's export; `changed` replaces tables or, with None, leaves them out."""
    tables = {
        "study": STUDY,
        "ablation": ABLATION,
        "survey": SURVEY,
        "options": FIELD_OPTIONS,
        "variables": VARIABLES,
        "report_variables": REPORT_VARIABLES,
        "comments": '"Record";"Comment"\n"TUK-001";"seen"\n',
        **changed,
    }
    names = {
        "study": "Target_UK_export_20240115.csv",
        "ablation": "Target_UK_Ablation_session_export_20240115.csv",
        "survey": "Target_UK_EORTC_QLQ-C30_export_20240115.csv",
        "options": "field_options.csv",
        "variables": "study_variablelist.csv",
        "report_variables": "report_variablelist.csv",
        "comments": "comments.csv",
    }
    path = folder / "target_uk.zip"
    with zipfile.ZipFile(path, "w") as packed:
        for key, text in tables.items():
            if text is not None:
                packed.writestr(names.get(key, f"{key}.csv"), text)
    return path


def groups_text() -> str:
    """The option groups and variable lists of the study in one text, as a site puts them beside its site.toml."""
    texts = (FIELD_OPTIONS, VARIABLES, REPORT_VARIABLES)
    read_option_groups(texts)
    return "".join(texts)
