"""SPSS and Stata files: what is read from them is what the release says, with labels, dates and missing cells."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from interchange.outgoing import Column
from interchange.statistics.codebook import shortened
from interchange.statistics.spss import set_time, write_file
from interchange.statistics.stata import check_names
from interchange.statistics.wide import Variable, Wide, _variable
from tests.e2e.demonstration import Demonstration
from tests.interchange.exported import whole
from warehouse.storage.errors import RegistryError

KEYS = {"patients": "site, patient_id", "lesions": "site, patient_id, lesion_id"}
READERS = {"spss": (pyreadstat.read_sav, "sav"), "stata": (pyreadstat.read_dta, "dta")}


@pytest.fixture(params=READERS)
def kind(request: pytest.FixtureRequest) -> str:
    """Each of both kinds."""
    return request.param


def read(study: Demonstration, kind: str, table: str) -> tuple[pd.DataFrame, Any]:
    """The table as pyreadstat reads it, numbers as they are in the file."""
    reader, ending = READERS[kind]
    return reader(str(whole(study, kind) / f"{table}.{ending}"))


@pytest.mark.parametrize("table", KEYS)
def test_cells_are_those_of_the_release(light_study: Demonstration, kind: str, table: str) -> None:
    """Words by their labels, dates as dates, numbers to the last bit, and what is missing is missing."""
    frame, about = read(light_study, kind, table)
    with light_study.open() as con:
        names = [row[0] for row in con.execute(f"DESCRIBE cohort.{table}").fetchall()]
        expected = con.execute(f"FROM cohort.{table} ORDER BY {KEYS[table]}").fetchall()
    assert list(frame.columns)[: len(names)] == names and len(frame) == len(expected)
    for place, name in enumerate(names):
        labels = about.variable_value_labels.get(name, {})
        seen = [_plain(cell, labels) for cell in frame[name]]
        assert seen == [_said(row[place]) for row in expected], name
    assert any(frame[name].isna().any() for name in names)


def _plain(cell: Any, labels: dict[float, str]) -> Any:
    if cell is None or cell == "" or pd.isna(cell):
        return None
    return labels.get(cell, cell)


def _said(cell: Any) -> Any:
    return {True: "yes", False: "no"}[cell] if isinstance(cell, bool) else cell


@pytest.mark.parametrize("table", KEYS)
def test_endpoints_stand_side_by_side(light_study: Demonstration, kind: str, table: str) -> None:
    """Months and event of each endpoint of the level; whoever has none is missing."""
    frame, about = read(light_study, kind, table)
    level = table.removesuffix("s")
    rows = light_study.rows(
        "SELECT lower(endpoint), count(*), count(*) FILTER (event = 1), sum(months) FROM derived.time_to_event "
        f"WHERE level = '{level}' GROUP BY ALL"
    )
    assert len(rows) >= 3
    for endpoint, n, n_events, months in rows:
        times, events = frame[f"{endpoint}_time_months"], frame[f"{endpoint}_event"]
        assert (times.notna().sum(), (events == 1).sum()) == (n, n_events)
        assert times.sum() == pytest.approx(months)
        assert about.variable_value_labels[f"{endpoint}_event"][2] == "death as competing event"


def test_names_and_labels_fit(light_study: Demonstration, kind: str) -> None:
    """Every variable has a label; Stata's have at most 80 letters, and the codebook has the whole meaning."""
    for table in KEYS:
        frame, about = read(light_study, kind, table)
        labels = dict(zip(about.column_names, about.column_labels, strict=True))
        assert all(labels.values()) and all(len(name) <= 32 for name in labels)
        with open(whole(light_study, kind) / "codebook.csv", encoding="utf-8", newline="") as lines:
            book = {row["variable"]: row for row in csv.DictReader(lines) if row["file"].startswith(table)}
        assert list(book) == list(frame.columns)
        for name, label in labels.items():
            whole_meaning = book[name]["meaning"]
            assert label == whole_meaning or (label.endswith(" ...") and whole_meaning.startswith(label[:-4]))
        if kind == "stata":
            assert max(map(len, labels.values())) <= 80
        assert light_study.release.release_id in about.file_label


def test_the_file_says_when_the_release_was_made(light_study: Demonstration, tmp_path: Path) -> None:
    """Not the time of day, so that equal releases give equal bytes."""
    made = datetime.fromisoformat(light_study.release.manifest["created_at"])
    head = (whole(light_study, "spss") / "patients.sav").read_bytes()[92:109].decode()
    assert head == f"{made:%d %b %y%H:%M:%S}"
    (tmp_path / "a.sav").write_bytes(b"x" * 200)
    set_time(tmp_path / "a.sav", datetime(2024, 2, 29, 1, 2, 3))
    assert (tmp_path / "a.sav").read_bytes()[92:109] == b"29 Feb 2401:02:03"


def test_columns_whose_first_cells_are_empty(tmp_path: Path) -> None:
    """Days are days, and texts texts, wherever the first one stands, and also where there is none."""
    kinds = {"a": "date", "b": "date", "c": "text", "d": "text", "e": "number"}
    table = Wide("patients", tuple(Variable(name, name, kind, "") for name, kind in kinds.items()), "")
    days = pd.to_datetime([None, None, "2024-02-29"])
    frame = pd.DataFrame({"a": days, "b": pd.to_datetime([None] * 3), "c": [None, None, "x"], "d": None, "e": None})
    write_file(frame, table, tmp_path / "a.sav", "label", datetime(2024, 1, 1))
    seen, _ = pyreadstat.read_sav(str(tmp_path / "a.sav"))
    assert [_plain(cell, {}) for cell in seen["a"]] == [None, None, date(2024, 2, 29)]
    assert list(seen["c"]) == ["", "", "x"] and list(seen["d"]) == ["", "", ""]
    assert seen["b"].isna().all() and seen["e"].isna().all()


VARIABLES = {
    "flags": (("yes", "no", "unknown"), {0: "no", 1: "yes", 9: "unknown"}),
    "words": (("mutant", "wild_type", "unknown"), {1: "mutant", 2: "wild_type", 3: "unknown"}),
    "numbers": (("1", "4a", "4b"), {}),
    "nothing": ((), {}),
}


@pytest.mark.parametrize("what", VARIABLES)
def test_codes_have_numbers(what: str) -> None:
    """Flags 0, 1 and 9, others from 1 on; codes that are numbers themselves stay texts."""
    codes, labels = VARIABLES[what]
    made = _variable(Column("x", "VARCHAR", "", codes=codes))
    assert dict(made.labels) == labels and (made.kind == "code") == bool(labels)


def test_a_name_that_stata_would_cut_is_refused() -> None:
    """With the name, which is a column's."""
    table = Wide("patients", (Variable("x" * 33, "", "text", ""),), "")
    with pytest.raises(RegistryError, match="at most 32 letters"):
        check_names(table)


def test_a_long_meaning_is_cut_behind_a_word() -> None:
    """And says that there is more."""
    assert shortened("one two three four", 14) == "one two ..."
    assert shortened("one", 3) == "one"
