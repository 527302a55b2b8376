"""Tests rules across rows and tables that set rows aside: PARENT-01, ORPHAN-01, PAT-05, PAT-07, PAT-08."""

from __future__ import annotations

import pytest

from tests.warehouse.kit import SITE, Kit, csv_of, named, row_of


def send(kit: Kit, export: str, *rows: dict[str, str], name: str = "") -> None:
    """Deliver rows, each the export's right row but for the cells given."""
    kit.deliver(SITE, export, name or named(export), csv_of([row_of(export, **row) for row in rows]))


def session(patient: str, lesion: str, number: str = "S1", date: str = "2020-01-01", mm: str = "20") -> dict[str, str]:
    """Cells of a session row."""
    return {
        "patient_id": patient,
        "lesion_id": lesion,
        "session_id": number,
        "session_date": date,
        "max_diameter_mm": mm,
    }


def exam(patient: str, lesion: str, number: str = "E1", date: str = "2020-03-01") -> dict[str, str]:
    """Cells of an exam row."""
    return {"patient_id": patient, "lesion_id": lesion, "exam_id": number, "exam_date": date}


def found(kit: Kit) -> list[tuple[str, str, str, str | None, str]]:
    """Every entry as (export, key, rule, column, scope)."""
    return [(e["export"], e["key"], e["rule_id"], e["column_name"], e["scope"]) for e in kit.entries()]


def clean_keys(kit: Kit, export: str) -> list[str]:
    """The keys of the clean table, parts joined by |."""
    key = {"rfa_sessions": "session_id", "genotypes": "specimen_id", "imaging_followups": "exam_id"}[export]
    lesion = "" if export == "genotypes" else " || '|' || coalesce(lesion_id, '')"
    return [k for (k,) in kit.tuples(f"SELECT patient_id || '|' || {key}{lesion} FROM clean.{export} ORDER BY 1")]


@pytest.mark.long
def test_a_lesion_goes_whole_with_its_imaging(kit: Kit) -> None:
    """One session row of L1 is broken: its other session and its exams follow; L2 and the genotype stay."""
    send(
        kit,
        "rfa_sessions",
        session("P1", "L1"),
        session("P1", "L1", "S2", "2020-06-01", mm="200"),
        session("P1", "L2"),
    )
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P1", "L2"), exam("P1", ""))
    send(kit, "genotypes", {})
    kit.refresh()
    assert found(kit) == [
        ("imaging_followups", "P1|E1|L1", "PARENT-01", "lesion_id", "row"),
        ("rfa_sessions", "P1|S1|L1", "PARENT-01", "lesion_id", "row"),
        ("rfa_sessions", "P1|S2|L1", "LES-03", "max_diameter_mm", "row"),
    ]
    assert clean_keys(kit, "rfa_sessions") == ["P1|S1|L2"]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|", "P1|E1|L2"]
    assert clean_keys(kit, "genotypes") == ["P1|X1"]
    assert kit.tuples("SELECT lesion_id FROM clean.lesions") == [("L2",)]


@pytest.mark.long
def test_another_patients_lesion_of_the_same_name_stays(kit: Kit) -> None:
    """L1 of P1 is not L1 of P2, nor of P1 at another site."""
    send(kit, "rfa_sessions", session("P1", "L1", mm="1"), session("P2", "L1"))
    kit.deliver("south", "rfa_sessions", named("x"), csv_of([row_of("rfa_sessions")]))
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P2", "L1"))
    kit.deliver("south", "imaging_followups", named("x"), csv_of([row_of("imaging_followups")]))
    kit.refresh()
    assert kit.tuples("SELECT site, patient_id FROM clean.imaging_followups ORDER BY 1") == [
        ("north", "P2"),
        ("south", "P1"),
    ]
    assert kit.tuples("SELECT site, patient_id FROM clean.rfa_sessions ORDER BY 1") == [
        ("north", "P2"),
        ("south", "P1"),
    ]


@pytest.mark.long
def test_with_all_sessions_the_patient_loses_genotypes_and_all_imaging(kit: Kit) -> None:
    """Every session of the patient is set aside: PARENT-01, not ORPHAN-01; the patients row stays."""
    send(kit, "rfa_sessions", session("P1", "L1", date="1990-01-01"))
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P1", ""), exam("P1", "L7"))
    send(kit, "genotypes", {})
    send(kit, "patients", {})
    kit.refresh()
    assert found(kit) == [
        ("genotypes", "P1|X1|KRAS|", "PARENT-01", "patient_id", "row"),
        ("imaging_followups", "P1|E1|L1", "PARENT-01", "lesion_id", "row"),
        ("imaging_followups", "P1|E1|", "PARENT-01", "patient_id", "row"),
        ("imaging_followups", "P1|E1|L7", "PARENT-01", "patient_id", "row"),
        ("rfa_sessions", "P1|S1|L1", "ABL-02", "session_date", "row"),
    ]
    assert kit.tuples("SELECT patient_id, origin FROM clean.patients") == [("P1", "patients")]


@pytest.mark.long
def test_a_value_set_aside_takes_nothing_along(kit: Kit) -> None:
    """A mistyped segment costs the segment alone."""
    send(kit, "rfa_sessions", session("P1", "L1") | {"segment": "12"})
    send(kit, "imaging_followups", exam("P1", "L1"))
    kit.refresh()
    assert found(kit) == [("rfa_sessions", "P1|S1|L1", "LES-05", "segment", "value")]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|L1"]


@pytest.mark.long
def test_conflicting_sessions_take_their_lesion_along(kit: Kit) -> None:
    """Without an earlier version the lesion's other session and its exams are set aside."""
    send(
        kit,
        "rfa_sessions",
        session("P1", "L1"),
        session("P1", "L1", "S2", mm="25"),
        session("P1", "L1", "S2", mm="26"),
        session("P1", "L2"),
    )
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P1", "L2"))
    kit.refresh()
    assert found(kit) == [
        ("imaging_followups", "P1|E1|L1", "PARENT-01", "lesion_id", "row"),
        ("rfa_sessions", "P1|S1|L1", "PARENT-01", "lesion_id", "row"),
        ("rfa_sessions", "P1|S2|L1", "KEY-01", None, "row"),
        ("rfa_sessions", "P1|S2|L1", "KEY-01", None, "row"),
    ]
    assert clean_keys(kit, "rfa_sessions") == ["P1|S1|L2"]


@pytest.mark.long
def test_conflicting_sessions_with_an_earlier_version_keep_their_lesion(kit: Kit) -> None:
    """The earlier version stands, with the flag KEY-01, and nothing else is set aside."""
    send(kit, "rfa_sessions", session("P1", "L1"), name="2024-06-29.csv")
    send(kit, "rfa_sessions", session("P1", "L1", mm="25"), session("P1", "L1", mm="26"), name="2024-06-30.csv")
    send(kit, "imaging_followups", exam("P1", "L1"))
    kit.refresh()
    assert [(rule, scope) for _, _, rule, _, scope in found(kit)] == [("KEY-01", "row")] * 2
    assert kit.tuples("SELECT max_diameter_mm, flags FROM clean.rfa_sessions") == [(20.0, ["KEY-01"])]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|L1"]


@pytest.mark.long
def test_orphans(kit: Kit) -> None:
    """A patient without a session, a lesion that does not exist; a finding outside the lesions is no orphan."""
    send(kit, "rfa_sessions", session("P1", "L1"))
    send(kit, "imaging_followups", exam("P1", "L1"), exam("P1", "L9"), exam("P1", ""), exam("P9", ""), exam("P9", "L1"))
    send(kit, "genotypes", {"patient_id": "P9"}, {"patient_id": "p1"}, {})
    kit.refresh()
    assert found(kit) == [
        ("genotypes", "P9|X1|KRAS|", "ORPHAN-01", "patient_id", "row"),
        ("genotypes", "p1|X1|KRAS|", "ORPHAN-01", "patient_id", "row"),
        ("imaging_followups", "P1|E1|L9", "ORPHAN-01", "lesion_id", "row"),
        ("imaging_followups", "P9|E1|", "ORPHAN-01", "patient_id", "row"),
        ("imaging_followups", "P9|E1|L1", "ORPHAN-01", "patient_id", "row"),
    ]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|", "P1|E1|L1"]


@pytest.mark.long
def test_a_mistake_in_a_lesion_id_is_no_orphan(kit: Kit) -> None:
    """A name in an exam's lesion_id sets the row aside once: without that part of its key it would be another row."""
    send(kit, "rfa_sessions", session("P1", "L1"))
    send(kit, "imaging_followups", exam("P1", "Mr Miller"), exam("P1", "L1"))
    kit.refresh()
    assert [(rule, scope) for _, _, rule, _, scope in found(kit)] == [("PHI-01", "row")]
    assert clean_keys(kit, "imaging_followups") == ["P1|E1|L1"]


@pytest.mark.long
def test_a_quarantined_patients_row_leaves_the_sessions(kit: Kit) -> None:
    """The conflicting rows of P1 stand in quarantine; P1 has a row with the key alone, as P2 who has no row."""
    send(kit, "rfa_sessions", session("P1", "L1"), session("P2", "L1"), session("P3", "L1"))
    send(kit, "patients", {"sex": "male"}, {"sex": "female"}, {"patient_id": "P3", "sex": "male"})
    kit.refresh()
    columns = "patient_id, origin, sex, delivery, line, flags"
    assert kit.tuples(f"SELECT {columns} FROM clean.patients ORDER BY 1") == [
        ("P1", "sessions", None, None, None, []),
        ("P2", "sessions", None, None, None, []),
        ("P3", "patients", "male", named("patients"), 3, []),
    ]
    assert kit.value("SELECT in_clean FROM quality.ledger WHERE export = 'patients'") == 1


@pytest.mark.long
def test_pat_05(kit: Kit) -> None:
    """Born in the year of the first session is too late; the year before is kept, as is a patient without one."""
    send(
        kit,
        "rfa_sessions",
        *[session(p, "L1", n, d) for p in "ABC" for n, d in (("1", "2020-01-01"), ("2", "2021-01-01"))],
    )
    born = {"A": "2020", "B": "2019", "C": "2022", "D": "2022"}
    send(kit, "patients", *[{"patient_id": p, "birth_year": year} for p, year in born.items()])
    kit.refresh()
    assert found(kit) == [
        ("patients", "A", "PAT-05", "birth_year", "value"),
        ("patients", "C", "PAT-05", "birth_year", "value"),
    ]
    years = kit.tuples("SELECT patient_id, birth_year FROM clean.patients ORDER BY 1")
    assert years == [("A", None), ("B", 2019), ("C", None), ("D", 2022)]


@pytest.mark.long
def test_pat_07_and_pat_08(kit: Kit) -> None:
    """Death the day before the first session, before the last session, 8 days before an exam; the same day is kept."""
    send(kit, "rfa_sessions", *[session(p, "L1") for p in "ABCDE"], session("C", "L1", "S2", "2021-01-01"))
    send(kit, "imaging_followups", *[exam(p, "L1") for p in "DE"])
    death = {"A": "2019-12-31", "B": "2020-01-01", "C": "2020-12-31", "D": "2020-02-22", "E": "2020-03-01"}
    send(
        kit,
        "patients",
        *[
            {"patient_id": p, "vital_status": "dead", "death_date": d, "death_cause": "cancer"}
            for p, d in death.items()
        ],
    )
    kit.refresh()
    broken = {"A": ("PAT-07", "PAT-08"), "C": ("PAT-08",), "D": ("PAT-08",)}
    expected = [
        ("patients", patient, rule, column, "value")
        for patient, rules in broken.items()
        for rule in rules
        for column in ("death_date", "vital_status")
    ]
    assert found(kit) == expected
    kept = kit.tuples("SELECT patient_id, vital_status, death_date IS NULL, death_cause FROM clean.patients ORDER BY 1")
    assert kept == [(p, None if p in broken else "dead", p in broken, "cancer") for p in death]


@pytest.mark.long
def test_an_exam_typed_up_to_a_week_after_the_death_is_set_aside(kit: Kit) -> None:
    """Its date is the report's: the exam goes, with all its rows, and the death stays; a later exam voids the death."""
    send(kit, "rfa_sessions", *[session(p, "L1") for p in "ABC"])
    exams = {"A": ("2020-06-02", "2020-06-08"), "B": ("2020-06-08", "2020-06-09"), "C": ("2020-06-01",)}
    send(
        kit,
        "imaging_followups",
        *[
            exam(p, lesion, date=day) | {"exam_id": f"E{n}"}
            for p in exams
            for n, day in enumerate(exams[p])
            for lesion in ("L1", "")
        ],
    )
    send(kit, "patients", *[{"patient_id": p, "vital_status": "dead", "death_date": "2020-06-01"} for p in "ABC"])
    kit.refresh()
    late = [("imaging_followups", "A", "PAT-08", "exam_date", "row")] * 4
    void = [("patients", "B", "PAT-08", column, "value") for column in ("death_date", "vital_status")]
    assert sorted((export, key[0], *rest) for export, key, *rest in found(kit)) == sorted(late + void)
    assert kit.tuples("SELECT patient_id, count(*) FROM clean.imaging_followups GROUP BY ALL ORDER BY ALL") == [
        ("B", 4),
        ("C", 2),
    ]
    dead = kit.tuples("SELECT patient_id FROM clean.patients WHERE death_date = '2020-06-01' ORDER BY 1")
    assert dead == [("A",), ("C",)]


@pytest.mark.long
def test_a_contact_after_the_death_is_flagged(kit: Kit) -> None:
    """Both dates are typed, so neither wins: the death stands and the row carries PAT-08-W."""
    send(kit, "rfa_sessions", session("A", "L1"), session("B", "L1"))
    dead = {"vital_status": "dead", "death_date": "2023-05-03"}
    days = {"A": "2023-11-20", "B": "2023-05-03"}
    send(kit, "patients", *[{"patient_id": p, "last_contact_date": day} | dead for p, day in days.items()])
    kit.refresh()
    assert kit.tuples("SELECT patient_id, flags, death_date IS NOT NULL FROM clean.patients ORDER BY 1") == [
        ("A", ["PAT-08-W"], True),
        ("B", [], True),
    ]


@pytest.mark.long
def test_sessions_and_exams_that_are_set_aside_are_no_evidence(kit: Kit) -> None:
    """Phase 6 sees what phase 5 left: the late exam is an orphan, so the death stands."""
    send(kit, "rfa_sessions", session("P1", "L1"))
    send(kit, "imaging_followups", exam("P1", "L9", date="2021-01-01"))
    send(kit, "patients", {"vital_status": "dead", "death_date": "2020-06-01"})
    kit.refresh()
    assert [rule for _, _, rule, _, _ in found(kit)] == ["ORPHAN-01"]
    assert kit.value("SELECT vital_status FROM clean.patients") == "dead"
