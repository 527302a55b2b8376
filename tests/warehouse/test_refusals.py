"""Tests the reasons for refusing a file: what was found and needed, what was meant, one cure, and never a cell."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from tests.variants import quick
from tests.warehouse.kit import SITE, Kit
from warehouse.readers.near_names import PERSONAL

HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm"
ROW = "P1,S1,2020-01-01,L1,20\n"
GENES = "patient_id,specimen_id,specimen_site,gene,result\nP1,X,primary,KRAS,mutant\n"


def workbook(*titles: str) -> bytes:
    """A workbook whose first sheet has the wrong header."""
    book = openpyxl.Workbook()
    book.active.title = titles[0]
    book.active.append(["Nr", "Datum"])
    for title in titles[1:]:
        book.create_sheet(title)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


REFUSED: dict[str, tuple[str, str | bytes, tuple[str, ...]]] = {
    "a typing error": (
        "a.csv", HEADER.replace("session_date", "sesion_date") + "\n" + ROW,
        ("lacks the required columns: session_date.", "It has: patient_id, session_id, sesion_date",
         "Required are: patient_id, session_id, session_date, lesion_id, max_diameter_mm.",
         "Nearest: 'sesion_date' may be session_date.", "Rename them in the file's header"),
    ),
    "German names": (
        "a.csv", "Pat-Nr.;Datum;Läsion\na;b;c\n",
        ("It has: Pat-Nr., Datum, Läsion.", "Use the required column names in the first line"),
    ),
    "title rows": (
        "a.csv", f"Export der Klinik;;\n\n{HEADER}\n{ROW}", ("There are 2 rows above the header: delete what",),
    ),
    "a title row, semicolons": (
        "a.csv", "Stand heute\n" + f"{HEADER}\n{ROW}".replace(",", ";"), ("There is 1 row above the header",),
    ),
    "another export": ("a.csv", GENES, ("This is the header of genotypes: put the file into",)),
    "carets": ("a.csv", f"{HEADER}\n{ROW}".replace(",", "^"), ("All of it is one column", "may be separated by '^'")),
    "no header": ("a.csv", ROW + ROW, ("The first line looks like a row of data", "Put the column names into")),
    "somebody's name": ("a.csv", "Frau Müller,Datum\nx,y\n", (f"It has: Datum, {PERSONAL}.",)),
    "a column twice": ("a.csv", HEADER + ",LESION_ID\n", ("lesion_id occurs twice in the header. Keep one",)),
    "cp1252": (
        "a.csv", f"{HEADER},guidance\n{ROW[:-1]},für\n".encode("cp1252"),
        ("not encoded in UTF-8. It looks like Windows-1252", 'Write encoding = "cp1252"', "`registry map` proposes it"),
    ),
    "UTF-16": ("a.csv", f"{HEADER}\n{ROW}".encode("utf-16"), ("encoded in UTF-16", 'Write encoding = "utf-16" for')),
    "UTF-16 without its mark": (
        "a.csv", f"{HEADER}\n{ROW}".encode("utf-16-le"), ("encoded in UTF-16", 'encoding = "utf-16-le"'),
    ),
    "a workbook named .csv": ("a.csv", workbook("A", "B"), ("It has: Nr, Datum.", "The first of 2 sheets was read")),
    "an old document": ("a.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), ("in the old format",)),
    "HTML": ("a.csv", "<html><table><tr><td>1</td></tr></table></html>", ("is a web page or other XML", "CSV UTF-8")),
    "another sheet": (
        "a.xlsx", workbook("Übersicht", "Ablationen", "Frau Müller"),
        ("It has: Nr, Datum.", "The first of 3 sheets was read, 'Übersicht' (the others: Ablationen, a column whose"),
    ),
    "nothing": ("a.csv", "", ("The file is empty. Export the complete file again",)),
    "no workbook": ("a.xlsx", b"PK\x03\x04 rubbish", ("not a valid Excel workbook. Open it in Excel",)),
    "another format": ("a.doc", "x", ("format is not one of", "Save it as CSV UTF-8.")),
}  # fmt: skip
SECRETS = ("P1", "2020-01-01", "Müller", "KRAS")


@pytest.mark.parametrize("what", quick(6, REFUSED))
def test_a_refusal_says_what_to_do(kit: Kit, what: str) -> None:
    """meta.loads holds what was found, what is needed and the cure, on one line; no cell, nobody's name."""
    name, content, words = REFUSED[what]
    kit.deliver(SITE, "rfa_sessions", name, content)
    load = kit.refresh().load(name)
    assert load["status"] == "rejected"
    for word in words:
        assert word in load["reason"]
    assert not [secret for secret in SECRETS if secret in load["reason"]]
    assert load["reason"].isprintable() and load["reason"].endswith(".")


@pytest.mark.long
def test_the_file_delivered_as_the_cure_says_is_taken(kit: Kit, tmp_path: Path) -> None:
    """Saved as UTF-8 under the same name it is a new arrival, accepted."""
    kit.deliver(SITE, "rfa_sessions", "a.csv", f"{HEADER},guidance\n{ROW[:-1]},für\n".encode("cp1252"))
    kit.refresh()
    kit.deliver(SITE, "rfa_sessions", "a.csv", f"{HEADER},guidance\n{ROW[:-1]},für\n")
    assert kit.refresh().load("a.csv#2")["status"] == "accepted"
