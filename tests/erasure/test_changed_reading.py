"""A site.toml that reads files with another encoding or delimiter after an erasure: the erased patient stays erased,
and the other patients' rows read as they would in the file itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.erasure.mapped_study import erase
from tests.erasure.test_mapped_files import HEADER, archived, landed, row
from tests.sources.test_mapped_deliveries import CLINIC
from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.erasure.patient_contribution import contribution

PATIENT, NAMED = "ZQERÄSED-1", "ZQER"
"""The second is in the identifier under any encoding."""
OTHERS = [row("001"), row("Mü-2", "F2")]
READ = "SELECT patient_id, session_id FROM raw.rfa_sessions ORDER BY 1"


def clinic(**said: str) -> str:
    """The clinic's site.toml with these keys of its source."""
    return CLINIC.replace('decimal = ","', "\n".join(['decimal = ","', *(f'{k} = "{v}"' for k, v in said.items())]))


def never_had(folder: Path, encoding: str, *site_tomls: str, header: str = HEADER) -> tuple[list, list]:
    """What a registry that never had the patient reads under the last of the site.toml files, and its loads."""
    with new_kit(folder) as kit:
        for text in site_tomls:
            kit.configure(SITE, text)
            kit.deliver(SITE, "klinik", "2021.csv", (header + "".join(OTHERS)).encode(encoding))
            kit.refresh()
        return kit.tuples(READ), kit.tuples("SELECT export, status, rows_received FROM meta.loads ORDER BY 1")


CHANGES: dict[str, tuple[str, str, str]] = {
    # what changes -> encoding of the file, site.toml before and after
    "an encoding that was wrong": ("utf-8", clinic(encoding="cp1252"), CLINIC),
    "a delimiter that is written out": ("utf-8", CLINIC, clinic(delimiter=";")),
    "an encoding that becomes wrong": ("utf-8", CLINIC, clinic(encoding="cp1252")),
    "a delimiter that is found again": ("utf-8", clinic(delimiter=";"), CLINIC),
    "an encoding by another name": ("cp1252", clinic(encoding="cp1252"), clinic(encoding="latin-1")),
    "an encoding of a file with a mark": ("utf-8-sig", CLINIC, clinic(encoding="cp1252")),
    "an encoding in which it cannot be read": ("cp1252", clinic(encoding="cp1252"), CLINIC),
    "both": ("utf-8", clinic(encoding="cp1252"), clinic(delimiter=";")),
}


@pytest.mark.long
@pytest.mark.parametrize("what", quick(2, CHANGES))
def test_others_read_as_if_the_patient_had_never_been_there(kit: Kit, tmp_path: Path, what: str) -> None:
    """Step by step and in a full refresh; the archive holds nothing of the patient under either reading."""
    encoding, before, after = CHANGES[what]
    kit.configure(SITE, before)
    kit.deliver(SITE, "klinik", "2021.csv", (HEADER + "".join([*OTHERS, row(PATIENT)])).encode(encoding))
    kit.refresh()
    theirs = kit.value("SELECT max(patient_id) FROM raw.patients")  # as the wrong encoding shows the identifier
    assert erase(kit, theirs, SITE).rows == 1
    kit.configure(SITE, after)
    kit.refresh()
    expected = never_had(tmp_path / "never", encoding, before, after)
    loads = "SELECT export, status, rows_received FROM meta.loads ORDER BY 1"
    assert (kit.tuples(READ), kit.tuples(loads)) == expected
    kit.refresh(full=True)
    assert (kit.tuples(READ), kit.tuples(loads)) == expected
    assert archived(kit, NAMED) == [] and kit.tuples("SELECT DISTINCT rows_erased FROM meta.loads") == [(1,)]


@pytest.mark.long
def test_an_encoding_that_shows_an_erased_patient(kit: Kit) -> None:
    """A file delivered under the wrong encoding after the erasure holds the identifier in other letters; once site.toml
    reads it, the rows go, also out of what is kept of an earlier file."""
    landed(kit, CLINIC, row(PATIENT), row("001"))
    erase(kit, PATIENT, SITE)
    kit.configure(SITE, clinic(encoding="cp1252"))
    kit.deliver(SITE, "klinik", "2022.csv", (HEADER + row(PATIENT) + row("Mü-2")).encode())
    kit.refresh()
    assert len(archived(kit, NAMED)) == 1
    kit.configure(SITE, CLINIC)
    kit.refresh()
    assert archived(kit, NAMED) == []
    assert kit.tuples("SELECT DISTINCT patient_id FROM raw.patients ORDER BY 1") == [("001",), ("Mü-2",)]


@pytest.mark.long
def test_a_second_erasure_under_the_new_encoding(kit: Kit) -> None:
    """What is kept is rewritten under the new reading; one made under the old one still finds whose rows it had."""
    landed(kit, clinic(encoding="cp1252"), row("001"), row("Mü-2"), row("ZQERASED-1"))
    erase(kit, "ZQERASED-1", SITE)
    kit.configure(SITE, CLINIC)
    kit.refresh()
    with contribution(kit.home, SITE, lambda ids: {"Mü-2"} & set(ids)) as theirs:
        assert (theirs.ids, theirs.n_rows) == ({"Mü-2"}, 1)
    assert erase(kit, "Mü-2", SITE).rows == 1
    kit.configure(SITE, clinic(encoding="cp1252"))
    kit.refresh()
    assert kit.tuples("SELECT DISTINCT patient_id FROM raw.patients") == [("001",)]
    assert kit.tuples("SELECT DISTINCT rows_erased FROM meta.loads") == [(2,)]


@pytest.mark.long
def test_the_first_sheet_by_name(kit: Kit) -> None:
    """A site.toml that names the sheet and the header's row that were found reads what is kept of a workbook."""
    from io import BytesIO

    from openpyxl import Workbook

    book, content = Workbook(), BytesIO()
    book.active.title = "Ablationen"
    for line in ["", *HEADER.splitlines(), row("001"), row("ZQERASED-1")]:
        book.active.append(line.strip().split(";") if line else [])
    book.save(content)
    site_toml = CLINIC.replace('"*.csv"', '"*.xlsx"')
    kit.configure(SITE, site_toml)
    kit.deliver(SITE, "klinik", "2021.xlsx", content.getvalue())
    kit.refresh()
    before = kit.tuples("SELECT * EXCLUDE (row_id) FROM raw.rfa_sessions WHERE patient_id = '001'")
    erase(kit, "ZQERASED-1", SITE)
    kit.configure(SITE, site_toml.replace('decimal = ","', 'decimal = ","\nsheet = "ablationen"\nheader_row = 2'))
    kit.refresh()
    assert kit.tuples("SELECT * EXCLUDE (row_id) FROM raw.rfa_sessions") == before and len(before) == 1
    kit.configure(SITE, site_toml.replace('decimal = ","', 'decimal = ","\nsheet = "Andere"'))
    kit.refresh()
    assert kit.tuples("SELECT DISTINCT status FROM meta.loads") == [("rejected",)]


@pytest.mark.long
def test_what_earlier_versions_kept_is_read_as_it_was(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """They did not write down what was found, so nothing else is known of the file; the delivery says so."""
    from warehouse.readers import redacted

    whole = redacted._described
    monkeypatch.setattr(redacted, "_described", lambda *part: {k: v for k, v in whole(*part).items() if k != "found"})
    landed(kit, CLINIC, row("001"), row("ZQERASED-1"))
    erase(kit, "ZQERASED-1", SITE)
    kit.refresh(full=True)
    assert kit.tuples("SELECT DISTINCT status FROM meta.loads") == [("accepted",)]
    kit.configure(SITE, clinic(encoding="cp1252"))
    kit.refresh()
    ((status, reason),) = kit.tuples("SELECT DISTINCT status, reason FROM meta.loads")
    assert status == "rejected" and reason.startswith("After an erasure the archive keeps only what was read")
