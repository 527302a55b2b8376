"""Tests files that cannot become deliveries: each is rejected by itself, with a reason that contains no cell."""

from __future__ import annotations

import gzip
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit
from tests.warehouse.test_typed_formats import parquet, workbook
from warehouse.raw import opened
from warehouse.readers.bounds import SEVERAL

CELL = "Zyxwvut"
"""Stands in every file as a cell; no reason may hold it."""
HEADER = "patient_id,sex,birth_year\n"
ROW = f"{CELL},female,1950\n"
GOOD = HEADER + ROW
PARQUET = parquet([{"patient_id": f"{CELL}{i}", "sex": "female"} for i in range(3000)])
XLSX = workbook([["patient_id", "sex"], [CELL, "female"]])


def flipped(content: bytes, position: int) -> bytes:
    """The content with one byte turned over."""
    return content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :]


def damaged_workbook(part: str) -> bytes:
    """A workbook that is a whole zip archive, with one part cut in half."""
    source, sink = zipfile.ZipFile(io.BytesIO(XLSX)), io.BytesIO()
    with zipfile.ZipFile(sink, "w") as target:
        for name in source.namelist():
            body = source.read(name)
            target.writestr(name, body[: len(body) // 2] if name == part else body)
    return sink.getvalue()


BAD: dict[str, tuple[str, str | bytes, str]] = {
    # what -> file name, content, a word of the reason
    "empty": ("a.csv", "", "empty"),
    "only a byte order mark": ("b.csv", "\ufeff", "empty"),
    "only blank lines": ("c.csv", "\n\n  \n", "empty"),
    "cut in a line": ("d.csv", GOOD + f"{CELL},fem", "cells"),
    "cut in a quote": ("e.csv", GOOD + f'"{CELL},female', "quoted"),
    "cut gzip": ("f.csv.gz", gzip.compress(GOOD.encode() * 500)[:-20], "gzip"),
    "no gzip at all": ("g.csv.gz", GOOD, "gzip"),
    "gzip of nothing": ("h.csv.gz", gzip.compress(b""), "empty"),
    "binary": ("i.csv", GOOD.encode() + bytes(range(256)), "binary"),
    "latin-1": ("j.csv", (GOOD + "Müller,female,1950\n").encode("latin-1"), "UTF-8"),
    "UTF-16": ("k.csv", GOOD.encode("utf-16"), "encoded in UTF-16"),
    "half a workbook named csv": ("l.csv", XLSX[: len(XLSX) // 2], "damaged workbook"),
    "no header": ("m.csv", ROW * 3, "patient_id"),
    "lacks a required column": ("n.csv", f"sex,birth_year\n{CELL},1950\n", "patient_id"),
    "one column twice": ("o.csv", f"patient_id,sex,SEX \n{CELL},female,male\n", "twice"),
    "line too short": ("p.csv", GOOD + f"{CELL},female\n", "cells"),
    "line too long": ("q.csv", GOOD + f"{CELL},female,1950,more\n", "cells"),
    "cell of 17 MB": ("r.csv", HEADER + CELL * 2_500_000 + ",female,1950\n", "too long"),
    "quote in the wrong place": ("t.csv", GOOD + f'"{CELL}" x,female,1950\n', "quote"),
    "header never closed": ("u.csv", f'"patient_id,sex\n{CELL},female\n', "header"),
    "unknown suffix": ("v.doc", GOOD, "format"),
    "no suffix": ("w", GOOD, "format"),
    "parquet, empty": ("a.parquet", b"", "empty"),
    "parquet, cut": ("b.parquet", PARQUET[: len(PARQUET) // 2], "Parquet"),
    "parquet, text": ("c.parquet", GOOD, "Parquet"),
    "parquet, damaged first page": ("d.parquet", flipped(PARQUET, 4), "cannot be read"),
    "parquet, no required column": ("e.parquet", parquet([{"sex": CELL}]), "patient_id"),
    "xlsx, cut": ("a.xlsx", XLSX[: len(XLSX) // 2], "Excel"),
    "xlsx, binary": ("b.xlsx", bytes(range(256)), "Excel"),
    "xlsx, damaged sheet": ("c.xlsx", damaged_workbook("xl/worksheets/sheet1.xml"), "Excel"),
    "xlsx, damaged styles": ("d.xlsx", damaged_workbook("xl/styles.xml"), "Excel"),
    "xlsx, damaged zip": ("e.xlsx", flipped(XLSX, XLSX.index(b"xl/worksheets/sheet1.xml") + 60), "Excel"),
    "xlsx, no rows": ("f.xlsx", workbook([]), "empty"),
    "xlsx, no required column": ("g.xlsx", workbook([["sex"], [CELL]]), "patient_id"),
    "ndjson, cut": ("a.ndjson", '{"patient_id": "1"}\n{"patient_id": "' + CELL, "JSON"),
    "ndjson, an array": ("b.ndjson", f'[{{"patient_id": "{CELL}"}}]\n', "JSON"),
    "ndjson, text": ("c.ndjson", GOOD, "JSON"),
    "ndjson, empty objects": ("d.ndjson", "{}\n{}\n", "patient_id"),
    "ndjson, latin-1": ("e.ndjson", '{"patient_id": "Müller"}\n'.encode("latin-1"), "JSON"),
    "ndjson, only blank lines": ("f.ndjson", "\n\n", "empty"),
    "ndjson, one column twice": ("g.ndjson", f'{{"patient_id": "{CELL}", "Patient_ID": "2"}}\n', "twice"),
    "ndjson, one name twice": ("h.ndjson", f'{{"patient_id": "{CELL}", "patient_id": "2"}}\n', "the same name twice"),
    "ndjson, a list for a cell": ("i.ndjson", f'{{"patient_id": ["{CELL}"]}}\n', "objects in patient_id"),
    "ndjson, an object for a cell": (
        "j.ndjson",
        f'{{"patient_id": {{"a": "{CELL}"}}}}\n',
        "objects in patient_id",
    ),
    "parquet, a list for a cell": ("f.parquet", parquet([{"patient_id": [CELL]}]), "objects in patient_id"),
    "parquet, an object for a cell": (
        "g.parquet",
        parquet([{"patient_id": {"a": CELL}}]),
        "objects in patient_id",
    ),
    "parquet, one column twice": ("h.parquet", parquet([{"patient_id": CELL, "Patient_ID": "2"}]), "twice"),
}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """All bad files and one good one in one folder, refreshed."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        for name, content, _ in BAD.values():
            kit.deliver(SITE, "patients", name, content)
        kit.deliver(SITE, "patients", "zz_good.csv", GOOD)
        yield kit.refresh()


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_rejected_with_a_reason(refreshed: Kit, what: str) -> None:
    """meta.loads says what is wrong in a sentence without a cell of the file; no row is counted."""
    name, _, word = BAD[what]
    load = refreshed.load(name)
    assert load["status"] == "rejected"
    assert word in load["reason"] and load["reason"][-1] in ".?"
    assert CELL not in load["reason"] and "ller" not in load["reason"] and "/" not in load["reason"]
    assert (load["rows_received"], load["position"], load["mode"]) == (0, None, None)


@pytest.mark.long
def test_a_refusal_ends_with_one_cure(kit: Kit) -> None:
    """A file with too many columns is told to leave some out, and nothing besides."""
    columns = ["patient_id", *(f"c{i}" for i in range(2_000))]
    text = ",".join(columns) + "\n"
    files: dict[str, str | bytes] = {
        "a.csv": text,
        "a.csv.gz": gzip.compress(text.encode()),
        "a.parquet": parquet([dict.fromkeys(columns, "1")]),
        "a.ndjson": json.dumps(dict.fromkeys(columns, "1")),
        "a.xlsx": workbook([columns]),
    }
    for name, content in files.items():
        kit.deliver(SITE, "patients", name, content)
    kit.refresh()
    for name in files:
        assert kit.load(name)["reason"] == f"The file has 2,001 columns, more than 2,000. {SEVERAL}", name


def test_the_others_go_on(refreshed: Kit) -> None:
    """The good file beside them is clean, and not one row of a rejected file is in the raw table."""
    assert refreshed.tuples("SELECT patient_id, delivery FROM clean.patients") == [(CELL, "zz_good.csv")]
    assert refreshed.value("SELECT count(*) FROM raw.patients") == 1
    assert refreshed.value("SELECT count(*) FROM meta.loads WHERE status = 'rejected'") == len(BAD)


@pytest.mark.long
def test_a_rejected_file_is_not_tried_again_and_a_corrected_one_is_taken(kit: Kit) -> None:
    """The corrected file of the same name is the second arrival."""
    kit.deliver(SITE, "patients", "a.csv", "")
    kit.refresh()
    kit.refresh()
    kit.deliver(SITE, "patients", "a.csv", GOOD)
    kit.refresh()
    loads = kit.tuples("SELECT delivery, status FROM meta.loads ORDER BY arrived_at, load_id")
    assert loads == [("a.csv", "rejected"), ("a.csv#2", "accepted")]


@pytest.mark.long
def test_a_cell_of_three_megabytes_is_a_cell(kit: Kit) -> None:
    """Large is not broken."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,note\nP1," + "n" * 3_000_000 + "\n")
    kit.refresh()
    assert kit.value("SELECT length(extra) FROM raw.patients") > 3_000_000


@pytest.mark.long
def test_names_that_read_like_patterns_are_names(kit: Kit) -> None:
    """Brackets, stars and quotes in a file's name do not make the reader look for other files."""
    names = ["a[1].csv", "a*.csv", "a?.csv", "a'b.csv", "year=2020.csv", "{a,b}.csv"]
    for number, name in enumerate(names):
        kit.deliver(SITE, "patients", name, f"patient_id\nP{number}\n")
    kit.deliver(SITE, "patients", "b[*]=1.parquet", parquet([{"patient_id": "P9"}]))
    kit.refresh()
    assert kit.tuples("SELECT DISTINCT status FROM meta.loads") == [("accepted",)]
    assert kit.value("SELECT count(DISTINCT patient_id) FROM clean.patients") == len(names) + 1


def test_a_fault_of_the_machine_is_no_fault_of_the_file(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk fails the refresh; the file is not recorded as rejected, and the next refresh loads it."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    kit.deliver(SITE, "patients", "a.csv", GOOD)
    with monkeypatch.context() as patch:
        patch.setattr(opened, "open_source", full)
        with pytest.raises(OSError, match="No space"):
            kit.refresh()
    kit.refresh()
    assert kit.load("a.csv")["status"] == "accepted"


def test_what_is_no_file_is_left_alone(kit: Kit) -> None:
    """A folder named x.csv, a broken link, a name that is not UTF-8: problems of landing/, others go on."""
    folder = kit.deliver(SITE, "patients", "good.csv", GOOD).parent
    (folder / "x.csv").mkdir()
    (folder / "y.csv").symlink_to(folder / "nowhere.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.csv")).write_text(GOOD)
    kit.refresh()
    places = [place for place, _ in kit.problems]
    assert places == [f"landing/{SITE}/patients/{name}" for name in ("x.csv", "y.csv", "?.csv")]
    assert kit.tuples("SELECT delivery, status FROM meta.loads") == [("good.csv", "accepted")]
    assert kit.value("SELECT count(*) FROM meta.landing_problems") == 3
