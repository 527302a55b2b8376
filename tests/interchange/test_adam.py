"""ADSL and ADTTE: what SAS, R and Python read of them is what the release says."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import duckdb
import numpy as np
import pandas as pd
import pyreadstat
import pytest

from interchange.adam.dataset_json import longest_texts, write_json
from interchange.adam.times import code_of
from interchange.adam.transport import ibm, write_xpt
from interchange.adam.variables import Dataset, Variable
from schemas.thresholds import DAYS_PER_MONTH
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from warehouse.releases.release import MANIFEST

DATASETS = ("adsl", "adtte")
ODM = "{http://www.cdisc.org/ns/odm/v1.3}"


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """The dataset as JSON holds it."""
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def read_xpt(path: Path) -> tuple[pd.DataFrame, Any]:
    """The dataset as pyreadstat reads the transport file."""
    return pyreadstat.read_xport(path)


@pytest.fixture(scope="module")
def folder(light_study: Demonstration) -> Path:
    """The study's export."""
    return whole(light_study, "adam")


@pytest.mark.parametrize("name", DATASETS)
def test_both_files_hold_the_same(folder: Path, name: str) -> None:
    """Names, labels, texts, numbers and dates; an empty text and an empty number are null in JSON."""
    dataset, (frame, about) = read_json(folder, name), read_xpt(folder / f"{name}.xpt")
    names = [column["name"] for column in dataset["columns"]]
    assert (about.table_name, about.file_label) == (dataset["name"], dataset["label"])
    assert dict(zip(about.column_names, about.column_labels, strict=True)) == {
        column["name"]: column["label"] for column in dataset["columns"]
    }
    assert dataset["records"] == len(dataset["rows"]) == len(frame)
    seen = [[_plain(cell) for cell in row] for row in frame[names].itertuples(index=False)]
    assert seen == [[cell for cell in row] for row in dataset["rows"]]
    assert all(len(one) <= 8 for one in names) and all(len(c["label"]) <= 40 for c in dataset["columns"])


def _plain(cell: Any) -> Any:
    if isinstance(cell, date):
        return str(cell)
    return None if cell == "" or pd.isna(cell) else cell


def test_subjects_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """One record for each patient with an ablated lesion, told apart across sites."""
    frame, _ = read_xpt(folder / "adsl.xpt")
    rows = light_study.rows("SELECT site || '.' || patient_id, sex, kras, n_lesions FROM cohort.patients ORDER BY 1")
    assert frame["USUBJID"].is_unique
    assert list(frame["USUBJID"]) == [row[0] for row in rows]
    assert [{"F": "female", "M": "male"}.get(sex) for sex in frame["SEX"]] == [row[1] for row in rows]
    assert list(frame["KRAS"]) == [row[2] for row in rows] and list(frame["NLES"]) == [row[3] for row in rows]


def test_times_are_those_of_the_release(light_study: Demonstration, folder: Path) -> None:
    """CNSR is 0 for the event and differs by the kind of censoring; each parameter is of one endpoint and level."""
    frame, _ = read_xpt(folder / "adtte.xpt")
    assert (frame["AVAL"] == (pd.to_datetime(frame["ADT"]) - pd.to_datetime(frame["STARTDT"])).dt.days).all()
    rows = light_study.rows(
        "SELECT endpoint, level, count(*), count(*) FILTER (event = 1), count(*) FILTER (event = 2), sum(days) "
        "FROM derived.time_to_event GROUP BY ALL"
    )
    for endpoint, level, n, n_events, n_deaths, days in rows:
        own = frame[frame["PARAMCD"] == code_of(endpoint, level)]
        censoring = own["CNSR"]
        assert (len(own), (censoring == 0).sum(), (censoring == 2).sum()) == (n, n_events, n_deaths), endpoint
        assert own["AVAL"].sum() == days and own["PARAM"].nunique() == 1
        assert ((own["LESID"] != "") == (level == "lesion")).all()
    assert len(frame) == sum(row[2] for row in rows)
    assert not frame.duplicated(["USUBJID", "PARAMCD", "LESID"]).any()


def test_a_zero_is_read_as_zero(folder: Path) -> None:
    """Events are found by CNSR == 0 in the bytes themselves: eight zeros."""
    frame, _ = read_xpt(folder / "adtte.xpt")
    assert (frame["CNSR"] == 0).sum() > 0 and set(frame["CNSR"]) <= {0.0, 1.0, 2.0, 3.0}


NUMBERS = [0.0, 1.0, -1.0, 0.1, 118.625, 1e-70, 1e70, 5e-5, 29.9, 2.0**53, -3.25, 1 / 3, 15.999999999999998]


def test_numbers_come_back_to_the_last_bit(tmp_path: Path) -> None:
    """IBM's form holds 53 bits and more; an empty cell is missing, a text keeps its letters, a date its day."""
    variables = (
        Variable("X", "A number", "float", ""),
        Variable("T", "A text", "text", ""),
        Variable("D", "A day", "date", ""),
    )
    dataset = Dataset("ODD", "Odd values", "", variables, "", ("X",))
    with duckdb.connect() as con:
        con.execute("CREATE TABLE ODD (X DOUBLE, T VARCHAR, D DATE)")
        con.executemany("INSERT INTO ODD VALUES (?, ?, ?)", [(x, "Ä" * 3, date(1959, 12, 31)) for x in NUMBERS])
        con.execute("INSERT INTO ODD VALUES (NULL, NULL, NULL), (1, repeat('ü', 101), DATE '2024-02-29')")
        longest = longest_texts(con, dataset)
        made = pd.Timestamp("2024-02-29 13:01:02").to_pydatetime()
        cut = write_xpt(con, dataset, tmp_path / "odd.xpt", made, longest)
        write_json(con, dataset, tmp_path / "odd.json", {}, "", longest)
    frame, _ = read_xpt(tmp_path / "odd.xpt")
    assert list(frame["X"])[:-2] == NUMBERS and np.isnan(frame["X"].iloc[-2])
    assert list(frame["T"]) == ["ÄÄÄ"] * len(NUMBERS) + ["", "ü" * 100] and cut == ["T"]
    assert list(frame["D"])[:1] == [date(1959, 12, 31)] and frame["D"].iloc[-1] == date(2024, 2, 29)
    assert read_json(tmp_path, "odd")["rows"][-2] == [None, None, None]
    assert (tmp_path / "odd.xpt").stat().st_size % 80 == 0
    assert hex(ibm(np.array([0.0]))[0]) == "0x0"


def test_a_long_name_or_label_is_refused() -> None:
    """Version 5 would cut a label without a word."""
    with pytest.raises(ValueError, match="too long"):
        Variable("TOOLONGNAME", "x", "text", "")
    with pytest.raises(ValueError, match="too long"):
        Variable("X", "x" * 41, "text", "")


def test_define_explains_every_variable(folder: Path) -> None:
    """Every variable of both datasets has its definition; references lead somewhere; codes that occur are explained."""
    root = ET.parse(folder / "define.xml").getroot()
    items = {item.get("OID"): item for item in root.iter(f"{ODM}ItemDef")}
    lists = {one.get("OID"): [i.get("CodedValue") for i in one] for one in root.iter(f"{ODM}CodeList")}
    methods = {one.get("OID") for one in root.iter(f"{ODM}MethodDef")}
    assert {one.get("MethodOID") for one in root.iter(f"{ODM}ItemRef")} - {None} == methods
    for name in DATASETS:
        dataset = read_json(folder, name)
        assert dataset["metaDataRef"] == "define.xml"
        for place, column in enumerate(dataset["columns"]):
            item = items.pop(column["itemOID"])
            if (reference := item.find(f"{ODM}CodeListRef")) is not None:
                found = {str(row[place]) for row in dataset["rows"]} - {"None"}
                assert found <= set(lists.pop(reference.get("CodeListOID"))), column["name"]
    assert items == {} and lists == {}


def test_the_export_names_its_release(light_study: Demonstration, folder: Path) -> None:
    """In each file that has a place for it; times are the release's."""
    release = light_study.release
    for name in DATASETS:
        dataset = read_json(folder, name)
        assert dataset["fileOID"] == f"{release.release_id}.{name.upper()}"
        assert dataset["datasetJSONCreationDateTime"] == release.manifest["created_at"]
    assert release.release_id in (folder / "define.xml").read_text(encoding="utf-8")
    assert json.loads((folder / MANIFEST).read_text())["kind"] == "adam"


R = """
library(survival)
d <- foreign::read.xport("{path}")
for (code in sort(unique(d$PARAMCD))) {{
  s <- d[d$PARAMCD == code, ]
  cat(code, quantile(survfit(Surv(AVAL, CNSR == 0) ~ 1, s), 0.5)$quantile, "\\n")
}}
"""


@pytest.mark.long
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="needs R with survival")
def test_r_finds_the_median_of_the_release(demonstration: Demonstration) -> None:
    """R reads the transport file, and its median of each endpoint is that of analysis.km_summary."""
    path = whole(demonstration, "adam") / "adtte.xpt"
    done = subprocess.run(["Rscript", "-e", R.format(path=path)], capture_output=True, text=True, check=True)
    found = {code: days for code, days in (line.split() for line in done.stdout.splitlines())}
    rows = demonstration.rows(
        "SELECT endpoint, level, estimate FROM analysis.km_summary "
        "WHERE grouping = 'overall' AND quantity = 'median_months'"
    )
    assert len(rows) > 5
    for endpoint, level, median in rows:
        days = found[code_of(endpoint, level)]
        assert days == "NA" if median is None else float(days) == pytest.approx(median * DAYS_PER_MONTH), endpoint
