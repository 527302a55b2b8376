"""Tests of what a home with a key keeps of a delivery, and how rules judge it."""

from __future__ import annotations

from datetime import date

import pytest

from tests.erasure.search_home import below_home
from tests.pseudonyms.keyed import KEY, OTHER, the_key
from tests.warehouse.kit import SITE, Kit, csv_of, row_of
from warehouse.archive.archive import Archive
from warehouse.pseudonyms import sealed
from warehouse.pseudonyms.many import days_back_of, pseudonyms_of
from warehouse.pseudonyms.typed import identifiers_of
from warehouse.storage.errors import RegistryError
from warehouse.storage.pseudonym_key import VARIABLE

P1 = the_key().pseudonym("P", SITE, "P1")
BACK = the_key().days_back(SITE, P1)


def test_sql_makes_the_same_pseudonyms_and_days(keyed: Kit) -> None:
    """HMAC-SHA-256 by SQL, one by one and many at once, for any letters; days are whole weeks of at most a year."""
    for site, identifier in (("north", "1017"), ("a-b", "Grüße 東"), ("north", "x" * 300)):
        made = keyed.tuples("SELECT pseudonym('E', ?, ?), days_back(?, ?)", site, identifier, site, identifier)
        assert made == [(the_key().pseudonym("E", site, identifier), the_key().days_back(site, identifier))]
        assert made[0][1] % 7 == 0 and 7 <= made[0][1] <= 364
        assert list(pseudonyms_of(the_key(), "E", site, [identifier])) == [made[0][0]]
        assert list(days_back_of(the_key(), site, [identifier])) == [made[0][1]]


def test_rules_judge_as_they_would_have(keyed: Kit) -> None:
    """Dates after the extract, dates that are none, names as identifiers and in texts are set aside by the same rules,
    and nothing of them is kept; rows that are well stay."""
    exams = [
        row_of("imaging_followups", exam_date=day, exam_id=exam) | {"Notiz": "Frau Zylinder"}
        for day, exam in (("2020-03-01", "E1"), ("2024-07-01", "E2"), ("1.2.2020", "E3"), ("2024-06-30", "E4"))
    ]
    names = [
        row_of("rfa_sessions", guidance="by Dr. Zylinder, 2.3.2020"),
        row_of("rfa_sessions", patient_id="Zylinder, Udo"),
    ]
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of(names))
    keyed.deliver(SITE, "imaging_followups", "2024-06-30.csv", csv_of(exams))
    keyed.refresh()
    found = [(e["export"], e["line"], e["rule_id"], e["column_name"]) for e in keyed.entries()]
    assert found == [
        ("imaging_followups", 2, "IMG-12", "exam_date"),
        ("imaging_followups", 3, "TYPE-01", "exam_date"),
        ("rfa_sessions", 1, "PHI-01", "guidance"),
        ("rfa_sessions", 2, "PHI-01", "patient_id"),
    ]
    days = [day for (day,) in keyed.tuples("SELECT exam_date FROM clean.imaging_followups ORDER BY 1")]
    assert [(date(2020, 3, 1) - days[0]).days, (date(2024, 6, 30) - days[1]).days] == [BACK, BACK]
    assert below_home(keyed.home, ["Zylinder", "2020-03-01", "2024-07-01", "1.2.2020", "2.3.2020"]) == {}


@pytest.mark.long
def test_years_of_birth(keyed: Kit) -> None:
    """A date of birth becomes its year; who is older than 89 at the extract is of one class; errors stay errors."""
    years = {"P1": "1934", "P2": "1933", "P3": "1901", "P4": "1950-03-04", "P5": "4.3.1950", "P6": "1899", "P7": "2025"}
    keyed.deliver(
        SITE,
        "patients",
        "2024-06-30.csv",
        csv_of([row_of("patients", patient_id=p, birth_year=year) for p, year in years.items()]),
    )
    keyed.refresh()
    found = dict(keyed.tuples("SELECT patient_id, birth_year FROM clean.patients"))
    by_number = {p: found[the_key().pseudonym("P", SITE, p)] for p in years}
    assert by_number == {"P1": 1934, "P2": 1934, "P3": 1934, "P4": 1950, "P5": 1950, "P6": None, "P7": None}


@pytest.mark.long
@pytest.mark.parametrize(("policy", "kept"), [("scan", "US, (date), (identifier)"), ("drop", None)])
def test_free_text(policy: str, kept: str | None, keyed: Kit) -> None:
    """A scanned text loses dates and the file's own numbers; with "drop" it goes whole, but for the variant."""
    (keyed.home.root / "registry.toml").write_text(f'free_text = "{policy}"\n')
    told = row_of("rfa_sessions", patient_id="A1017", guidance="US, 4.3.2019, A1017")
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([told]))
    keyed.deliver(
        SITE, "genotypes", "2024-06-30.csv", csv_of([row_of("genotypes", patient_id="A1017", variant="p.G12D")])
    )
    keyed.refresh()
    assert keyed.value("SELECT guidance FROM raw.rfa_sessions") == kept
    assert keyed.value("SELECT variant FROM raw.genotypes") == "p.G12D"


@pytest.mark.long
def test_the_same_bytes_again(keyed: Kit) -> None:
    """They are a no-op, and restore what is kept if it is damaged or lost."""
    path = keyed.deliver(SITE, "patients", "2024-06-30.csv", csv_of([row_of("patients")]))
    keyed.refresh()
    (arrival,) = Archive(keyed.home).arrivals
    path.write_bytes(path.read_bytes())
    keyed.refresh()
    assert len(Archive(keyed.home).arrivals) == 1
    (blob,) = (keyed.home.archive / "files").rglob("*.zst")
    blob.write_bytes(b"damaged")
    path.write_bytes(path.read_bytes())
    keyed.refresh(full=True)
    assert [a.content_sha256 for a in Archive(keyed.home).arrivals] == [arrival.content_sha256]
    assert keyed.value("SELECT count(*) FROM clean.patients") == 1


@pytest.mark.long
def test_a_lost_or_another_key_takes_nothing(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the key, or with another, no file is archived; a key at an archive with identifiers takes none either."""
    keyed.deliver(SITE, "patients", "2024-06-30.csv", csv_of([row_of("patients")]))
    keyed.refresh()
    keyed.deliver(SITE, "patients", "2024-07-30.csv", csv_of([row_of("patients")]))
    monkeypatch.setenv(VARIABLE, OTHER)
    with pytest.raises(RegistryError, match="is not the one with which"):
        keyed.land()
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(RegistryError, match="key of the pseudonyms is missing"):
        keyed.land()
    assert len(Archive(keyed.home).arrivals) == 1


@pytest.mark.long
def test_a_key_begins_with_an_empty_archive(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """One patient would be two otherwise."""
    kit.deliver(SITE, "patients", "2024-06-30.csv", csv_of([row_of("patients")]))
    kit.refresh()
    monkeypatch.setenv(VARIABLE, KEY)
    with pytest.raises(RegistryError, match="archive holds files with identifiers.*rotate-key"):
        kit.land()


@pytest.mark.long
def test_files_as_delivered_are_kept_only_if_asked_and_sealed(keyed: Kit) -> None:
    """They open with the key alone, and a changed byte or a lost piece is noticed."""
    content = csv_of([row_of("patients", patient_id=f"P{n}") for n in range(2000)])
    keyed.deliver(SITE, "patients", "2024-05-30.csv", content)
    keyed.refresh()
    assert list(keyed.home.archive.rglob("*.original")) == []
    (keyed.home.root / "registry.toml").write_text("keep_originals = true\n")
    keyed.deliver(SITE, "patients", "2024-06-30.csv", content + "P9000\n")
    keyed.refresh()
    (path,) = keyed.home.archive.rglob("*.original")
    opened = sealed.original(keyed.home, the_key(), path.stem)
    assert opened is not None and b"".join(opened).decode() == content + "P9000\n"
    with pytest.raises(RegistryError, match="damaged, or sealed with another key"):
        b"".join(sealed.original(keyed.home, the_key(OTHER), path.stem) or ())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(RegistryError, match="damaged"):
        b"".join(sealed.original(keyed.home, the_key(), path.stem) or ())


@pytest.mark.long
def test_a_merge_moves_dates_alike(keyed: Kit) -> None:
    """What was delivered under one number reads with the offset of the number that it is merged into."""
    from warehouse.archive import corrections
    from warehouse.pseudonyms.typed import patient_as_kept

    rows = [row_of("rfa_sessions"), row_of("rfa_sessions", patient_id="P2", session_id="S2", session_date="2020-02-01")]
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of(rows))
    old, new = (patient_as_kept(keyed.home, SITE, number) for number in ("P2", "P1"))
    corrections.record(keyed.home, "A. Miller", corrections.MERGE, SITE, old=old, new=new, reason="One person")
    keyed.refresh()
    days = keyed.tuples("SELECT patient_id, session_date FROM clean.rfa_sessions ORDER BY 2")
    assert {patient for patient, _ in days} == {P1} and (days[1][1] - days[0][1]).days == 31


@pytest.mark.long
def test_pseudonyms_lead_back_with_the_key(keyed: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """To every kind of identifier; without the key nothing is told."""
    keyed.deliver(SITE, "rfa_sessions", "2024-06-30.csv", csv_of([row_of("rfa_sessions")]))
    keyed.refresh()
    made = keyed.tuples("SELECT patient_id, session_id, lesion_id FROM raw.rfa_sessions")[0]
    assert [identifiers_of(keyed.home, SITE, made)[one] for one in made] == ["P1", "S1", "L1"]
    monkeypatch.delenv(VARIABLE)
    assert identifiers_of(keyed.home, SITE, made) == {}
