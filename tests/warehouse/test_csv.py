"""Tests CSV as hospitals write it: separators, byte order marks, quotes, header names, cells, compression."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date

import pytest

from tests.warehouse.kit import SITE, Kit, new_kit

EXPECTED = ("P1", date(2020, 1, 1), "L1", 20.5, "4a", "mwa", "ct, then us")
COLUMNS = "patient_id, session_date, lesion_id, max_diameter_mm, segment, modality, guidance"
HEADER = ("patient_id", "session_id", "session_date", "lesion_id", "max_diameter_mm", "segment", "modality")
CELLS = ("P1", "S1", "2020-01-01", "L1", "20.5", "IVa", "MWA")


def table(delimiter: str = ",", end: str = "\n", quote: bool = False) -> str:
    """One session, drawn with that delimiter and line end; `quote` puts every cell in quotes."""
    lines = [(*HEADER, "guidance"), (*CELLS, "ct, then us")]
    marked = [[f'"{c}"' if quote or delimiter in c else c for c in line] for line in lines]
    return "".join(delimiter.join(line) + end for line in marked)


FILES = {
    "comma": table(),
    "semicolon": table(";"),
    "tab": table("\t"),
    "byte order mark": "\ufeff" + table(),
    "byte order mark, semicolon": "\ufeff" + table(";"),
    "CR LF": table(end="\r\n"),
    "CR": table(end="\r"),
    "LF, then CR LF": table().replace('us"\n', 'us"\r\n'),
    "CR LF, then LF": table().replace("\n", "\r\n", 1),
    "CR LF, then CR": table().replace("\n", "\r\n", 1).replace('us"\n', 'us"\r'),
    "no final line end": table().rstrip("\n"),
    "every cell quoted": table(quote=True),
    "every cell quoted, semicolon": table(";", quote=True),
    "byte order mark before a quote": "\ufeff" + table(quote=True),
    "upper-case header": table().replace("patient_id,session_id", "PATIENT_ID,Session_Id"),
    "blanks in the header": table().replace("patient_id,session_id", " patient_id ,\u00a0session_id\t"),
    "blanks in the cells": table().replace("P1,S1", " P1 ,\u00a0S1 "),
    "blank lines": table().replace("\nP1", "\n\nP1") + "\n",
    "columns in another order": "guidance;" + ";".join(HEADER[::-1]) + "\nct, then us;" + ";".join(CELLS[::-1]),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """Every way of writing the table, and the table compressed, each at a site of its own."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        for number, text in enumerate(FILES.values()):
            kit.deliver(f"site{number}", "rfa_sessions", "a.csv", text)
        for site, name in (("gz", "a.csv.gz"), ("upper", "A.CSV.GZ"), ("pattern", "a[*]?=1.csv.gz")):
            kit.deliver(site, "rfa_sessions", name, gzip.compress(table().encode()))
        yield kit.refresh()


@pytest.mark.parametrize("number, kind", list(enumerate(FILES)), ids=FILES)
def test_one_table_however_it_is_written(written: Kit, number: int, kind: str) -> None:
    """Each way of writing the same session gives the same clean row."""
    site = f"site{number}"
    assert written.tuples(f"SELECT {COLUMNS} FROM clean.rfa_sessions WHERE site = ?", site) == [EXPECTED]
    assert written.load("a.csv", site)["unknown_columns"] == []


@pytest.mark.parametrize("site", ["gz", "upper", "pattern"])
def test_gzip_is_read_as_the_csv_in_it(written: Kit, site: str) -> None:
    """Compression changes nothing, nor does the case of the file's ending, nor a name that reads like a pattern."""
    assert written.tuples(f"SELECT {COLUMNS} FROM clean.rfa_sessions WHERE site = ?", site) == [EXPECTED]


@pytest.mark.long
def test_quoted_cells_hold_separators_quotes_and_line_ends(kit: Kit) -> None:
    """A quoted cell is one cell of one line."""
    kit.deliver(
        SITE, "rfa_sessions", "a.csv", table().replace('"ct, then us"', '"a ""b"", c\nd"') + table().split("\n")[1]
    )
    kit.refresh()
    lines = kit.tuples("SELECT row_id & 4294967295, guidance FROM raw.rfa_sessions ORDER BY row_id")
    assert lines == [(1, 'a "b", c\nd'), (2, "ct, then us")]


def test_roman_segments_are_stored_as_numbers(kit: Kit) -> None:
    """In whatever case."""
    stored = {"I": "1", "ii": "2", "III": "3", "IV": "4", "IVA": "4a", "ivb": "4b", "V": "5", "VI": "6"}
    stored |= {"VII": "7", "VIII": "8", "4B": "4b", "4": "4"}
    lines = [CELLS[:1] + (roman,) + CELLS[2:5] + (roman,) for roman in stored]
    text = "\n".join(",".join(line) for line in [HEADER[:6], *lines])
    kit.deliver(SITE, "rfa_sessions", "a.csv", text)
    kit.refresh()
    assert dict(kit.tuples("SELECT session_id, segment FROM clean.rfa_sessions")) == stored


@pytest.mark.long
def test_codes_are_stored_lower_genes_upper_identifiers_as_they_are(kit: Kit) -> None:
    """Yes becomes yes, kras KRAS; Pat-A stays Pat-A."""
    kit.deliver(SITE, "rfa_sessions", "a.csv", table().replace("P1", "Pat-A"))
    header = "patient_id,specimen_id,specimen_site,gene,result,panel\n"
    kit.deliver(SITE, "genotypes", "g.csv", header + "Pat-A,Sp-1,LIVER_metastasis,kRas,Wild_Type,NGS\n")
    kit.deliver(SITE, "patients", "p.csv", "patient_id,sex,prior_hepatectomy\nPat-A,FEMALE,Yes\n")
    kit.refresh()
    columns = "patient_id, specimen_id, specimen_site, gene, result, panel"
    assert kit.tuples(f"SELECT {columns} FROM clean.genotypes") == [
        ("Pat-A", "Sp-1", "liver_metastasis", "KRAS", "wild_type", "ngs")
    ]
    assert kit.tuples("SELECT sex, prior_hepatectomy FROM clean.patients") == [("female", "yes")]


def test_empty_cells_are_null_flags_unknown_and_the_modality_rfa(kit: Kit) -> None:
    """What is absent or empty is null, but for flags (unknown) and the sessions' modality (rfa)."""
    kit.deliver(SITE, "rfa_sessions", "a.csv", table().replace("MWA", "").replace("IVa", "  "))
    kit.refresh()
    found = kit.tuples("SELECT segment, modality, power_w, approach, subcapsular FROM clean.rfa_sessions")
    assert found == [(None, "rfa", None, None, "unknown")]


@pytest.mark.long
def test_unknown_columns_are_kept_and_reported(kit: Kit) -> None:
    """They stand in meta.loads, and their cells with the raw row; columns without a name or twice there too."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,Ward,note,note,,sex\nP1,W7,n1,n2,n3,x\n")
    kit.refresh()
    assert kit.load("a.csv")["unknown_columns"] == ["Ward", "column 5", "note", "note (column 4)"]
    extra = kit.value("SELECT extra FROM raw.patients")
    assert [extra.count(f'"{cell}"') for cell in ("W7", "n1", "n2", "n3")] == [1, 1, 1, 1]
    assert all(cell in kit.entries()[0]["row"] for cell in ("W7", "n1", "n2", "n3"))


@pytest.mark.long
def test_the_order_of_unknown_columns_makes_no_change(kit: Kit) -> None:
    """Nor does their case, nor a new one, nor another cell of theirs: unknown columns never count."""
    kit.deliver(SITE, "patients", "a.csv", "patient_id,n1,n2\nP1,a,b\n")
    kit.deliver(SITE, "patients", "b.csv", "N2,N1,patient_id,n3\nb,a,P1,\n")
    kit.deliver(SITE, "patients", "c.csv", "patient_id,n1,n2\nP1,a,c\n")
    kit.refresh()
    assert (kit.load("b.csv")["unchanged"], kit.load("c.csv")["unchanged"]) == (1, 1)


@pytest.mark.long
def test_lines_keep_their_numbers_in_a_file_of_many_blocks(kit: Kit) -> None:
    """A file that the reader splits among threads is numbered in its own order."""
    rows = "".join(f"P{i},{'n' * 40}\n" for i in range(1, 200_001))
    kit.deliver(SITE, "patients", "a.csv", "patient_id,note\n" + rows)
    kit.refresh()
    wrong = "SELECT count(*) FROM clean.patients WHERE 'P' || line <> patient_id"
    assert kit.value(wrong) == 0
    assert kit.value("SELECT count(*) FROM clean.patients") == 200_000
