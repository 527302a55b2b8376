"""Tests that two merged numbers are one patient in every delivery, and two again when the merge is undone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corrections.home import brought_back, deliver, made, merged, parted, retracted, same_as_a_rebuild, states
from tests.quality.site_at_work import SITE, Site
from tests.warehouse.kit import csv_of, row_of
from warehouse.corrections.merge import Effect
from warehouse.raw import loading
from warehouse.raw import tables as raw

EXAM = {"exam_id": "E2", "exam_date": "2020-06-01", "lesion_status": "ltp"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """P1 has a session and P9, the same person, an exam of its lesion; P2 has both."""
    site = Site(tmp_path / "home")
    deliver(site, "rfa_sessions", "2024-01-01.csv", {}, {"patient_id": "P2"})
    deliver(site, "imaging_followups", "2024-01-01.csv", {"patient_id": "P9"}, EXAM | {"patient_id": "P2"})
    site.refresh()
    return site


def exams(site: Site) -> list[tuple]:
    """Patient and exam of the accepted exams."""
    return site.ask("SELECT patient_id, exam_id FROM clean.imaging_followups ORDER BY ALL")


def test_a_merged_number_is_the_other(site: Site) -> None:
    """The exam of P9, an orphan so far, belongs to P1's lesion; the raw row keeps the number as delivered."""
    assert site.open_rules() == ["ORPHAN-01"]
    with same_as_a_rebuild(site):
        told = merged(site, "P9", "P1")
    assert told.effects == [Effect("imaging_followups", 1, 0, 0)] and told.n_lesions == 0
    assert exams(site) == [("P1", "E1"), ("P2", "E2")]
    assert states(site, "imaging_followups")[0][:2] == ("P1", "P9")
    assert site.open_rules() == []


@pytest.mark.long
def test_undoing_gives_the_tables_of_before(site: Site) -> None:
    """After --undo every table has the content that it had."""
    before = made(site)
    merged(site, "P9", "P1")
    site.refresh()
    assert made(site) != before
    with same_as_a_rebuild(site):
        parted(site, "P9", "P1")
    assert made(site) == before


@pytest.mark.long
def test_later_deliveries_are_read_so_too(site: Site) -> None:
    """A file that comes after the merge and still has the number given up adds to the same patient."""
    merged(site, "P9", "P1")
    site.refresh()
    with same_as_a_rebuild(site):
        deliver(site, "imaging_followups", "2024-02-01.csv", EXAM | {"patient_id": "P9"})
    assert exams(site) == [("P1", "E1"), ("P1", "E2"), ("P2", "E2")]


@pytest.mark.long
def test_only_deliveries_with_the_number_are_read_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sessions, which have no row of P9, are not touched."""
    load, loaded = raw.load_arrival, []
    monkeypatch.setattr(raw, "load_arrival", lambda con, archive, a: (loaded.append(a.export), load(con, archive, a)))
    merged(site, "P9", "P1")
    site.refresh()
    assert loaded == ["imaging_followups"]


@pytest.mark.long
def test_rows_of_both_numbers_in_one_delivery_contradict_each_other(site: Site) -> None:
    """Where one delivery has the key under both numbers with other cells, neither counts (KEY-01), as foretold; equal
    rows count once; in two deliveries the later one counts.
    """
    deliver(site, "patients", "2024-01-01.csv", {"sex": "male"}, {"patient_id": "P9", "sex": "female"})
    deliver(site, "rfa_sessions", "2024-02-01.csv", {"patient_id": "P9", "power_w": "70"})
    genes = ({"result": "mutant"}, {"patient_id": "P9", "result": "mutant"})
    deliver(site, "genotypes", "2024-01-01.csv", *genes)
    site.refresh()
    with same_as_a_rebuild(site):
        told = merged(site, "P9", "P1")
    assert {one.export: (one.n_rows, one.n_shared, one.n_contradictory) for one in told.effects} == {
        "patients": (1, 1, 1),
        "rfa_sessions": (1, 1, 0),
        "genotypes": (1, 1, 0),
        "imaging_followups": (1, 0, 0),
    }
    assert told.n_lesions == 1
    assert site.open_rules() == ["KEY-01", "KEY-01"]
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P1'") == [(70.0,)]
    assert site.ask("SELECT count(*) FROM clean.genotypes") == [(1,)]
    assert site.ask("SELECT sum(duplicate), sum(conflicting) FROM meta.loads") == [(1, 2)]


@pytest.mark.long
def test_of_two_contradictory_rows_one_can_be_retracted(site: Site) -> None:
    """Retracting the row of the number given up, before the merge or after it, leaves the other; undone in any order,
    the tables are those of before.
    """
    deliver(site, "patients", "2024-01-01.csv", {"sex": "male"}, {"patient_id": "P9", "sex": "female"})
    site.refresh()
    before = made(site)
    retracted(site, "patients", "P9")
    merged(site, "P9", "P1")
    site.refresh()
    after = made(site)
    sexes = "SELECT patient_id, sex FROM clean.patients WHERE origin = 'patients'"
    assert site.ask(sexes) == [("P1", "male")] and site.open_rules() == []
    with same_as_a_rebuild(site):
        brought_back(site, "patients", "P9")
    assert site.open_rules() == ["KEY-01", "KEY-01"]
    retracted(site, "patients", "P9")
    site.refresh()
    assert made(site) == after
    parted(site, "P9", "P1")
    with same_as_a_rebuild(site):
        brought_back(site, "patients", "P9")
    assert made(site) == before


@pytest.mark.long
def test_the_row_of_both_numbers_is_retracted_by_the_number_that_counts(site: Site) -> None:
    """The key as the registry shows it stands for all rows that it was made of; one undo brings all of them back."""
    deliver(site, "rfa_sessions", "2024-02-01.csv", {"patient_id": "P9", "power_w": "70"})
    merged_after_refresh(site)
    retracted(site, "rfa_sessions", "P1|S1|L1")
    site.refresh()
    assert site.ask("SELECT patient_id FROM clean.rfa_sessions") == [("P2",)]
    assert len(brought_back(site, "rfa_sessions", "P1|S1|L1")) == 2
    site.refresh()
    assert site.ask("SELECT power_w FROM clean.rfa_sessions WHERE patient_id = 'P1'") == [(70.0,)]


def merged_after_refresh(site: Site) -> None:
    """Refresh, merge P9 into P1, and refresh again."""
    site.refresh()
    merged(site, "P9", "P1")
    site.refresh()


FILTERED = """
[exports.imaging_followups]
where = { "kind" = ["CT"] }
"""


@pytest.mark.long
def test_a_row_that_leaves_the_filter_withdraws_the_merged_key(site: Site) -> None:
    """A row of the number given up that is outside the site's filter withdraws the row of the number that counts."""
    (site.home.landing / SITE / "site.toml").write_text(FILTERED)
    folder = site.home.landing / SITE / "imaging_followups"
    deliver(site, "patients", "2024-01-01.csv", {"patient_id": "P9"})
    for name, number, kind in (("2024-02-01.csv", "P1", "CT"), ("2024-03-01.csv", "P9", "other")):
        row = row_of("imaging_followups", **(EXAM | {"patient_id": number})) | {"kind": kind}
        (folder / name).write_text(csv_of([row]))
    site.refresh()
    assert ("P1", "E2") in exams(site)
    with same_as_a_rebuild(site):
        merged(site, "P9", "P1")
    assert ("P1", "E2") not in exams(site)
    with same_as_a_rebuild(site):
        parted(site, "P9", "P1")
    assert ("P1", "E2") in exams(site)


@pytest.mark.long
def test_a_delivery_that_is_read_alone_is_read_so_too(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process of its own reads the file, the numbers are merged there too."""

    def fails(*_: object) -> None:
        raise RuntimeError

    merged(site, "P9", "P1")
    monkeypatch.setattr(raw, "load_arrival", fails)
    site.refresh()
    assert exams(site) == [("P1", "E1"), ("P2", "E2")]
    assert loading.died_while_loading(site.home) is False


@pytest.mark.long
def test_a_snapshot_that_waits_is_judged_again(site: Site) -> None:
    """How many keys a snapshot would withdraw is counted again when its numbers are merged: what was held back as a
    withdrawal of P9 then withdraws nothing.
    """
    (site.home.landing / SITE / "site.toml").write_text('[exports.patients]\nmode = "snapshot"\n')
    deliver(site, "patients", "2024-01-01.csv", {}, {"patient_id": "P9"}, {"patient_id": "P8"})
    deliver(site, "patients", "2024-02-01.csv", {})
    site.refresh()
    waits = "SELECT delivery FROM meta.loads WHERE status = 'waiting'"
    assert site.ask(waits) == [("2024-02-01.csv",)]
    merged(site, "P9", "P1")
    with same_as_a_rebuild(site):
        merged(site, "P8", "P1")
    assert site.ask(waits) == []
    with same_as_a_rebuild(site):
        parted(site, "P8", "P1")
        parted(site, "P9", "P1")
    assert site.ask(waits) == [("2024-02-01.csv",)]
