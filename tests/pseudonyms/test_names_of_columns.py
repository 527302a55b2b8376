"""Tests that names which a file gives to columns, sheets and codes tell nobody's identity, and no date."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import polars as pl
import pyreadstat
import pytest

from tests.erasure.search_home import below_home
from tests.pseudonyms.test_mapped_files import WIDE
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.pseudonyms.scan import names_that_tell

SESSION = row_of("rfa_sessions", patient_id="ZQ8123")
TELLING = {"ZQ8123": "1", "zq8123_KRAS": "2", "Befund 4.3.2021": "3", "Dr. Zylinder": "4"}


def workbook(sheet: str) -> bytes:
    """A workbook with one session in a sheet of that name."""
    book = openpyxl.Workbook()
    book.active.title = sheet
    book.active.append(list(SESSION))
    book.active.append(list(SESSION.values()))
    written = BytesIO()
    book.save(written)
    return written.getvalue()


def test_which_names_tell() -> None:
    """Whole identifiers of any length, longer ones between signs, dates and names; codes and numbers of lesions not."""
    told = ["17", "l_A-1017_status", "Befund 4.3.2021", "2021-03-04", "Dr. Miller", "Mobil 0171 5550123"]
    plain = ["segment", "l1_status", "Ki-67", "CT 3 months", "1017x", "17_days"]
    assert names_that_tell([*told, *plain], ["17", "A-1017", "1017"]) == set(told)


def test_names_of_columns_and_sheets(keyed: Kit) -> None:
    """Those that nothing reads become numbers, as tables show them; others stay, so that site.toml may read them."""
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([SESSION | TELLING | {"Ward": "5"}]))
    keyed.deliver(SITE, "rfa_sessions", "2024-06-29.xlsx", workbook("ZQ8123"))
    keyed.configure("south", WIDE)
    sheet = "Haus;Nr;U;Datum;KM;l1_status;l2_status;ZQ-8123 x\nZQ;8123;U7;04.03.2021;1;no_viable;ltp;Zylinder\n"
    keyed.deliver("south", "klinik", "2024-06-30.csv", sheet)
    keyed.refresh()
    assert keyed.problems == []
    first = len(SESSION) + 1
    unknown = keyed.value(
        "SELECT unknown_columns FROM meta.deliveries WHERE file_name = '2024-06-30.csv' AND site = ?", SITE
    )
    assert unknown == ["Ward", *(f"column {first + n}" for n in range(len(TELLING)))]
    assert below_home(keyed.home, ["ZQ8123", "ZQ-8123", "Zylinder", "4.3.2021"]) == {}


@pytest.mark.long
def test_labels_of_codes(keyed: Kit, tmp_path: Path) -> None:
    """A label that names somebody goes; others stay."""
    path = tmp_path / "made.sav"
    frame = pl.DataFrame(
        [SESSION | {"segment": 4.0, "max_diameter_mm": 21.0}, SESSION | {"lesion_id": "L2", "segment": 5.0}]
    )
    frame = frame.with_columns(pl.col("max_diameter_mm").cast(pl.Float64), pl.col("segment").cast(pl.Float64))
    labels = {"segment": {4.0: "four, ZQ8123", 5.0: "segment five"}}
    pyreadstat.write_sav(frame.to_pandas(), str(path), variable_value_labels=labels)
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.sav", path.read_bytes())
    keyed.refresh()
    assert keyed.value("SELECT count(*) FROM raw.rfa_sessions") == 2
    assert below_home(keyed.home, ["ZQ8123"]) == {}
    assert below_home(keyed.home, ["segment five"]) != {}
