"""Tests that every format treats identifiers alike: whole numbers, words for missing, refusals, flags."""

from __future__ import annotations

import io
import json
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from tests.warehouse import workbooks
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.quality.rule_results import write_results

PATIENTS = ["101", "102"]


def as_parquet(ids: list[Any], kind: Any) -> bytes:
    """One column of patients of a type, with their birth years as that type's neighbours write them."""
    sink = io.BytesIO()
    pl.DataFrame({"patient_id": pl.Series(ids, dtype=kind), "ecog": [1.0, None]}).write_parquet(sink)
    return sink.getvalue()


def as_ndjson(*ids: str) -> str:
    """Lines whose patient_id stands as JSON says it."""
    return "".join(f'{{"patient_id": {i}, "ecog": 1.0}}\n' for i in ids)


def as_workbook(*stored: str) -> bytes:
    """Number cells."""
    rows = [["patient_id", "ecog"], *([workbooks.number(s), workbooks.number("1")] for s in stored)]
    return workbooks.book(workbooks.sheet(rows))


WRITERS: dict[str, tuple[str, str | bytes]] = {
    "csv of pandas": ("a.csv", "patient_id,ecog\n101.0,1.0\n102.0,\n"),
    "csv of a German spreadsheet": ("a.csv", "patient_id;ecog\n101,0;1,0\n102,00;\n"),
    "csv of decimals": ("b.csv", "patient_id\n101.0000000000\n102.00\n"),
    "doubles": ("c.parquet", as_parquet([101.0, 102.0], pl.Float64)),
    "floats": ("d.parquet", as_parquet([101.0, 102.0], pl.Float32)),
    "decimals": ("e.parquet", as_parquet([Decimal(101), Decimal(102)], pl.Decimal(18, 10))),
    "whole decimals": ("f.parquet", as_parquet([Decimal(101), Decimal(102)], pl.Decimal(18, 0))),
    "integers": ("g.parquet", as_parquet([101, 102], pl.Int64)),
    "texts of doubles": ("h.parquet", as_parquet(["101.0", "102.0"], pl.String)),
    "bytes": ("i.parquet", as_parquet([b"101", b"102"], pl.Binary)),
    "json integers": ("j.ndjson", as_ndjson("101", "102")),
    "json floats": ("k.ndjson", as_ndjson("101.0", "1.02e2")),
    "json texts": ("l.ndjson", as_ndjson('"101"', '"102.0"')),
    "cells": ("m.xlsx", as_workbook("101", "102.0")),
}


@pytest.mark.long
def test_a_whole_number_is_one_identifier_whoever_wrote_it(kit: Kit) -> None:
    """101, 101.0 and 101.0000000000 are patient 101, and ecog 1.0 is 1, whichever writer a site has."""
    sites = {writer: f"site{number:02d}" for number, writer in enumerate(WRITERS)}
    for writer, site in sites.items():
        kit.deliver(site, "patients", *WRITERS[writer])
    kit.refresh()
    read = kit.tuples("SELECT site, list(patient_id ORDER BY patient_id) FROM clean.patients GROUP BY site")
    assert dict(read) == dict.fromkeys(sites.values(), PATIENTS), sites
    assert kit.entries() == []


KEPT = (
    "007.0",
    "101.5",
    "0012",
    "1E5",
    "P1.0",
    "9007199254740993",
    "12345678901234567890123",
    "1.10",
    "1,000",
    "101,5",
)


@pytest.mark.long
def test_what_is_no_plain_whole_number_stays(kit: Kit) -> None:
    """Leading zeros, letters, real fractions and long numbers are kept to the last digit."""
    kit.deliver(SITE, "patients", "a.csv", csv_of([{"patient_id": p} for p in KEPT]))
    kit.refresh()
    assert {p for (p,) in kit.tuples("SELECT patient_id FROM clean.patients")} == set(KEPT)


LONG_NUMBERS: dict[str, str | bytes] = {
    "a.ndjson": as_ndjson("9007199254740993", "12345678901234567890123", '"x"'),
    "a.parquet": as_parquet([9007199254740993, 2**62 + 1], pl.Int64),
    "a.xlsx": as_workbook("9007199254740993", "12345678901234567890"),
}


@pytest.mark.long
def test_long_numbers_lose_no_digit(kit: Kit) -> None:
    """Numbers beyond 2^53 are no floats on their way. Each format has a site of its own."""
    for number, (name, content) in enumerate(LONG_NUMBERS.items()):
        kit.deliver(f"site{number}", "patients", name, content)
    kit.refresh()
    found = kit.tuples("SELECT delivery FROM clean.patients WHERE patient_id = '9007199254740993' ORDER BY 1")
    assert found == [(name,) for name in LONG_NUMBERS]
    assert kit.value("SELECT count(*) FROM clean.patients WHERE patient_id LIKE '%e+%'") == 0


@pytest.mark.long
def test_keys_are_compared_by_the_rule(kit: Kit) -> None:
    """A patient delivered as 101 and as 101.0 is one patient with two versions."""
    kit.deliver(SITE, "patients", "2024-01-01.csv", "patient_id,sex\n101,male\n")
    kit.deliver(SITE, "patients", "2024-02-01.csv", "patient_id,sex\n101.0,female\n")
    kit.refresh()
    assert kit.tuples("SELECT patient_id, sex FROM clean.patients") == [("101", "female")]
    assert kit.load("2024-02-01.csv")["changed"] == 1


WORDS = ("nan", "NA", "NULL", "None", "#N/A", "[Not Available]", "NaT", "-", ".", "<NA>", "leer", "k.A.", "#NV")


@pytest.mark.long
def test_a_word_for_missing_is_nobody(kit: Kit) -> None:
    """A required identifier is empty (REQ-01); an exam without a lesion stays, but not where a lookup failed.

    Each word is delivered by a site of its own.
    """
    sites = {f"site{number:02d}": word for number, word in enumerate(WORDS)}
    for site, word in sites.items():
        sessions = [row_of("rfa_sessions"), row_of("rfa_sessions", patient_id=word)]
        kit.deliver(site, "rfa_sessions", "a.csv", csv_of(sessions))
        exams = [row_of("imaging_followups", lesion_id=word, lesion_status="")]
        kit.deliver(site, "imaging_followups", "a.csv", csv_of(exams))
    kit.refresh()
    failed = {site for site, word in sites.items() if word in ("#N/A", "#NV")}
    assert kit.tuples("SELECT site FROM clean.rfa_sessions ORDER BY 1") == [(site,) for site in sorted(sites)]
    found = {(site, "rfa_sessions", "REQ-01", "patient_id", "row") for site in sites}
    found |= {(site, "imaging_followups", "TYPE-01", "lesion_id", "row") for site in failed}
    keys = ("site", "export", "rule_id", "column_name", "scope")
    assert {tuple(entry[key] for key in keys) for entry in kit.entries()} == found
    stayed = kit.tuples("SELECT site FROM clean.imaging_followups WHERE lesion_id IS NULL ORDER BY 1")
    assert stayed == [(site,) for site in sorted(set(sites) - failed)]


@pytest.mark.long
def test_control_characters_are_refused(kit: Kit) -> None:
    """In the middle of an identifier; at its edges white space goes as ever. Each character has a site of its own."""
    sites = {f"site{number}": c for number, c in enumerate(("\x07", "\x1b", "\x7f", "\x85", "\u202e", "\ufffd"))}
    for site, character in sites.items():
        lines = json.dumps({"patient_id": f"P{character}1"}) + '\n{"patient_id": "P2\\r"}\n'
        kit.deliver(site, "patients", "a.ndjson", lines)
    kit.refresh()
    refused = [(site, "TYPE-01", "row") for site in sites]
    assert [(entry["site"], entry["rule_id"], entry["scope"]) for entry in kit.entries()] == refused
    assert kit.tuples("SELECT site, patient_id FROM clean.patients ORDER BY 1") == [(site, "P2") for site in sites]


NO_IDENTIFIERS = (
    *("#BEZUG!", "#¡VALOR!", "#REF!", "Err:502", "####", "1.23457E+11"),
    *("FALSE", "no", "wahr", "[101]", '{"id": 101}', "[]", "['a', 'b']"),
)


@pytest.mark.long
def test_what_can_be_no_identifier_is_refused(kit: Kit) -> None:
    """Failed formulas of any language, truth values, lists and objects are TYPE-01; GUIDs and tags are identifiers."""
    fine = ["{3F2504E0-4F89}", "[A12]", "#12", "P#1", "Nora"]
    kit.deliver(SITE, "patients", "a.ndjson", "".join(json.dumps({"patient_id": p}) + "\n" for p in NO_IDENTIFIERS))
    kit.deliver(SITE, "patients", "b.ndjson", "".join(json.dumps({"patient_id": p}) + "\n" for p in fine))
    kit.deliver(SITE, "patients", "c.ndjson", '{"patient_id": true}\n{"patient_id": null}\n')
    kit.refresh()
    rules = [e["rule_id"] for e in kit.entries()]
    assert sorted(rules) == ["REQ-01"] + ["TYPE-01"] * (len(NO_IDENTIFIERS) + 1)
    assert [p for (p,) in kit.tuples("SELECT patient_id FROM clean.patients ORDER BY 1")] == sorted(fine)


NAMES = (
    *("Hans Mueller", "MUELLER HANS", "O'Brien Mary", "mueller;hans", "Mueller/Hans", "Mueller - Hans", "H. Mueller"),
    *("Müller Hans, Dr.", "Hans Jürgen von der Heide", "1950-03-04 Mueller Hans", "Иванов И.И.", "Pat. Mueller Hans"),
    *("Patient Hans Mueller", "Mueller, Hans Peter 1950"),
)
NO_NAMES = (
    *("101-001-0001", "01-23-456", "DE-001-0042", "Patient 12", "Pat. A", "HCC Rezidiv 1", "AB CD", "TCGA-AA-3488"),
    *("Site A", "left/right", "Test Patient 3"),
)


@pytest.mark.long
def test_names_of_persons_are_refused(kit: Kit) -> None:
    """In any order, with anything between them, dated or addressed (PHI-01); numbers and words of the trade pass."""
    for name, patients in (("a.csv", NAMES), ("b.csv", NO_NAMES)):
        kit.deliver(SITE, "patients", name, csv_of([{"patient_id": p, "sex": "male"} for p in patients]))
    kit.refresh()
    assert [(e["rule_id"], e["delivery"]) for e in kit.entries()] == [("PHI-01", "a.csv")] * len(NAMES)
    assert kit.value("SELECT count(*) FROM clean.patients") == len(NO_NAMES)


PAIRS = {
    "zero-width space": ("P1", "P\u200b1"),
    "soft hyphen": ("P-1", "P\u00ad-1"),
    "no-break space": ("P 1", "P\u00a01"),
    "composed and not": ("M\u00fc1", "Mu\u03081"),
    "wide": ("P1", "\uff301"),
    "Cyrillic": ("PAC1", "\u0420\u0410\u04211"),
    "case": ("p1", "P1"),
}


def alike(kit: Kit, aspect: str) -> int:
    """How many identifiers of that kind ID-02 counts."""
    write_results(kit.con)
    counted = kit.value("SELECT n_violations FROM quality.results WHERE rule_id = 'ID-02' AND aspect = ?", aspect)
    return 0 if counted is None else counted


@pytest.mark.long
def test_identifiers_that_look_alike_are_reported(kit: Kit) -> None:
    """Two patients of one site whom a reader takes for one are counted by ID-02; the same at two sites are not.

    Each pair has two sites of its own; its second patient comes to the first site last.
    """
    sites = {what: f"site{number}" for number, what in enumerate(PAIRS)}
    for what, site in sites.items():
        for place, patient in zip((site, f"other-{site}"), PAIRS[what], strict=True):
            kit.deliver(place, "rfa_sessions", "a.csv", csv_of([row_of("rfa_sessions", patient_id=patient)]))
    kit.refresh()
    assert alike(kit, "patient_id") == 0
    for what, site in sites.items():
        kit.deliver(site, "genotypes", "a.csv", csv_of([row_of("genotypes", patient_id=PAIRS[what][1])]))
    kit.refresh()
    n_alike = alike(kit, "patient_id")
    note = kit.value("SELECT note FROM quality.results WHERE rule_id = 'ID-02' AND aspect = 'patient_id'")
    assert note == f"Sites: {', '.join(sites.values())}", sites
    assert n_alike == 2 * len(PAIRS)


@pytest.mark.long
def test_lesions_that_look_alike_are_reported_within_their_patient(kit: Kit) -> None:
    """L1 and l1 of one patient count; those of two patients do not."""
    rows = [row_of("rfa_sessions", patient_id=p, lesion_id=lesion) for p, lesion in (("A", "L1"), ("B", "l1"))]
    kit.deliver(SITE, "rfa_sessions", "a.csv", csv_of(rows))
    kit.refresh()
    assert alike(kit, "lesion_id") == 0
    kit.deliver(SITE, "rfa_sessions", "b.csv", csv_of([row_of("rfa_sessions", patient_id="A", lesion_id="l1")]))
    kit.refresh()
    assert alike(kit, "lesion_id") == 2
