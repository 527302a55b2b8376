"""Tests the notes on a site's deliveries: changed columns, refusals, and exports that match no session."""

from __future__ import annotations

import pytest

from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.queries.orphaned_exports import shape
from warehouse.queries.site_notes import (
    LOST,
    MISSING,
    MISTYPED,
    ORPHANED,
    OUTRANKS,
    REJECTED,
    UNDATED,
    UNKNOWN,
    Note,
    counted,
    site_notes,
)

FULL = "patient_id,sex,birth_year\nP1,male,1950\n"


def notes(kit: Kit, kind: str) -> list[Note]:
    """The notes of that kind after a refresh."""
    return [note for note in site_notes(kit.refresh().con) if note.kind == kind]


@pytest.mark.long
def test_a_lost_column_is_told_until_it_is_back(kit: Kit) -> None:
    """A column that an earlier delivery had is lost, and stays told while the newest lacks it; another file of the site
    does not hide it.
    """
    kit.deliver(SITE, "patients", "2024-01-01.csv", FULL)
    assert notes(kit, LOST) == []
    kit.deliver(SITE, "patients", "2024-02-01.csv", "patient_id,sex\nP1,male\n")
    (lost,) = notes(kit, LOST)
    assert (
        lost.is_loud
        and lost.place == f"{SITE}/patients/2024-02-01.csv"
        and "no longer has the column birth_year" in lost.sentence
    )
    kit.deliver(SITE, "patients", "2024-03-01.csv", "patient_id\nP1\n")
    (lost,) = notes(kit, LOST)
    assert "no longer has the columns birth_year, sex" in lost.sentence
    kit.deliver(SITE, "patients", "2024-04-01.csv", FULL)
    assert notes(kit, LOST) == []


@pytest.mark.long
def test_a_note_says_where_the_file_lies(kit: Kit) -> None:
    """The file of a source lies in the folder of the source, whichever export it is read as."""
    mapped = '[sources.clinic]\n[exports.patients]\nsource = "clinic"\n[exports.patients.columns]\npatient_id = "No"\n'
    kit.configure(SITE, mapped)
    kit.deliver(SITE, "clinic", "2024-01-01.csv", "No\n1\n")
    assert notes(kit, REJECTED) == []
    kit.deliver(SITE, "clinic", "2024-02-01.csv", "Number\n1\n")
    (rejected,) = notes(kit, REJECTED)
    assert rejected.place == f"{SITE}/clinic/2024-02-01.csv (patients)"


@pytest.mark.long
def test_a_mistyped_column_names_the_one_that_was_meant(kit: Kit) -> None:
    """An unknown name near to one that the file lacks is loud, and that one is not told as lost as well."""
    kit.deliver(SITE, "rfa_sessions", "2024-01-01.csv", csv_of([row_of("rfa_sessions", segment="5")]))
    row = row_of("rfa_sessions") | {"segmnt": "5", "ward": "3"}
    kit.deliver(SITE, "rfa_sessions", "2024-02-01.csv", csv_of([row]))
    (mistyped,) = notes(kit, MISTYPED)
    assert mistyped.is_loud and "'segmnt' is not known; is it segment" in mistyped.sentence
    assert notes(kit, LOST) == []
    (unknown,) = notes(kit, UNKNOWN)
    assert not unknown.is_loud and unknown.sentence.endswith(": ward.")


@pytest.mark.long
def test_a_column_named_like_somebody_is_not_repeated(kit: Kit) -> None:
    """Not by the note, and not by meta.loads, which readers of a release see."""
    kit.deliver(SITE, "patients", "2024-01-01.csv", "patient_id,Frau Müller\nP1,x\n")
    (unknown,) = notes(kit, UNKNOWN)
    assert unknown.sentence.endswith(": column 2.")
    assert kit.load("2024-01-01.csv")["unknown_columns"] == ["column 2"]


@pytest.mark.long
def test_an_undated_name_and_missing_columns_are_counted(kit: Kit) -> None:
    """Quiet notes say what follows; together they are one sentence."""
    kit.deliver(SITE, "patients", "patients.csv", FULL)
    (undated,) = notes(kit, UNDATED)
    assert "the day of its arrival" in undated.sentence
    (missing,) = notes(kit, MISSING)
    assert "primary_site" in missing.sentence and "birth_year" not in missing.sentence
    assert counted(site_notes(kit.con)) == (
        "Of the newest deliveries of each site and export, 1 without some optional columns, "
        "1 without a date in their name."
    )


@pytest.mark.long
def test_an_undated_file_that_outranks_a_later_arrival_is_told(kit: Kit) -> None:
    """A dated file sorts before an undated one, so its correction does not count. That is said, with a cure that works:
    the older file once more under its date, and the undated one set aside.
    """
    kit.deliver(SITE, "patients", "patients.csv", FULL)
    assert notes(kit, OUTRANKS) == []
    kit.deliver(SITE, "patients", "2024-03-01.csv", FULL.replace("male", "female"))
    (told,) = notes(kit, OUTRANKS)
    assert told.is_loud and told.place == f"{SITE}/patients/patients.csv"
    assert "2024-03-01.csv" in told.sentence and f"`registry set-aside {SITE} patients/patients.csv`" in told.sentence


@pytest.mark.long
def test_files_in_the_order_of_their_arrival_outrank_nothing(kit: Kit) -> None:
    """A dated file that arrives late is read where its date says, which is meant."""
    for name in ("2024-03-01.csv", "2024-02-01.csv", "patients.csv"):
        kit.deliver(SITE, "patients", name, FULL)
        assert notes(kit, OUTRANKS) == []


@pytest.mark.long
def test_a_rejected_delivery_is_told_until_it_comes_again(kit: Kit) -> None:
    """Named with its reason; the same name accepted later ends it; of another site nothing is told to this one."""
    kit.deliver(SITE, "patients", "2024-01-01.csv", "nonsense\nx\n")
    (rejected,) = notes(kit, REJECTED)
    assert rejected.is_loud and "lacks the required columns: patient_id" in rejected.sentence
    assert site_notes(kit.con, "south") == []
    kit.deliver(SITE, "patients", "2024-01-01.csv", FULL)
    assert notes(kit, REJECTED) == []


def deliver_sessions(kit: Kit, *patients: str, lesion: str = "L1") -> None:
    """One session of each."""
    rows = [row_of("rfa_sessions", patient_id=name, lesion_id=lesion) for name in patients]
    kit.deliver(SITE, "rfa_sessions", "2024-01-01_s.csv", csv_of(rows))


def deliver_exams(kit: Kit, *patients: str, lesion: str = "L1") -> None:
    """One exam of each."""
    rows = [row_of("imaging_followups", patient_id=name, lesion_id=lesion) for name in patients]
    kit.deliver(SITE, "imaging_followups", "2024-01-01_i.csv", csv_of(rows))


@pytest.mark.long
@pytest.mark.parametrize(
    ("sessions", "exams", "lesions", "words"),
    quick(
        1,
        [
            (
                ("00101", "00102", "00103"),
                ("101", "102", "103"),
                ("L1", "L1"),
                "as 999, rfa_sessions as 99999; leading zeros",
            ),
            (
                ("HD-1", "HD-2", "HD-3"),
                ("HD1", "HD2", "HD3"),
                ("L1", "L1"),
                "as AA9, rfa_sessions as AA-9. Use the same form",
            ),
            (
                ("A1", "A2", "A3"),
                ("A4", "A5", "A6"),
                ("L1", "L1"),
                "Both write patient_id as A9, but no value is in both",
            ),
            (("A1", "A2", "A3"), ("A1", "A2", "A3"), ("L1", "1"), "writes lesion_id as 9, rfa_sessions as A9"),
        ],
    ),
)
def test_a_whole_export_without_sessions(
    kit: Kit, sessions: tuple[str, ...], exams: tuple[str, ...], lesions: tuple[str, str], words: str
) -> None:
    """One sentence instead of a row each: how many, the two forms of the identifier as shapes alone, and the cure."""
    deliver_sessions(kit, *sessions, lesion=lesions[0])
    deliver_exams(kit, *exams, lesion=lesions[1])
    (orphaned,) = notes(kit, ORPHANED)
    assert (
        orphaned.is_loud
        and orphaned.sentence.startswith("All 3 rows belong to no session")
        and words in orphaned.sentence
    )
    assert not [name for name in (*sessions, *exams) if name in orphaned.sentence]


@pytest.mark.long
def test_single_orphans_are_rows_and_no_export(kit: Kit) -> None:
    """A patient or two whose sessions come later, or one among many, make no note."""
    deliver_sessions(kit, "A1", "A2", "A3")
    deliver_exams(kit, "A1", "A2", "A3", "A4")
    assert notes(kit, ORPHANED) == []
    kit.deliver(SITE, "genotypes", "2024-01-01_g.csv", csv_of([row_of("genotypes", patient_id="B1")]))
    assert notes(kit, ORPHANED) == []


@pytest.mark.long
def test_exams_of_a_site_without_any_session(kit: Kit) -> None:
    """There is no second form to show: the sessions are asked for."""
    deliver_exams(kit, "A1", "A2", "A3")
    (orphaned,) = notes(kit, ORPHANED)
    assert "No session of this site is accepted: deliver rfa_sessions" in orphaned.sentence


def test_a_shape_tells_the_form_alone() -> None:
    """Digits of every script are 9, letters A; signs that no identifier needs are hidden, a long one is cut."""
    assert [shape(text) for text in ("00123", "HD-17b", "Жуков", "张三1", "a@b")] == [
        "99999", "AA-99A", "AAAAA", "AA9", "A?A",
    ]  # fmt: skip
    assert len(shape("A" * 500)) == 25
