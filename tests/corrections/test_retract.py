"""Tests that a retracted row counts as withdrawn until a later delivery has it again, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corrections.home import brought_back, deliver, made, retracted, same_as_a_rebuild, states
from tests.quality.site_at_work import SITE, Site
from tests.variants import quick
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.corrections.delivered_again import delivered_again
from warehouse.refresh.anything_to_do import is_up_to_date
from warehouse.refresh.pending_work import why_release_waits
from workflows.check_home import check_home

KEY = "P1|S1|L1"
ROW = {"power_w": "60"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Two sessions of P1 and one of P2, delivered once and loaded."""
    site = Site(tmp_path / "home")
    rows = (ROW, ROW | {"session_id": "S2", "session_date": "2020-02-01"}, ROW | {"patient_id": "P2"})
    deliver(site, "rfa_sessions", "2024-01-01.csv", *rows)
    site.refresh()
    return site


def sessions(site: Site) -> list[tuple]:
    """Key and power of the accepted sessions."""
    return site.ask("SELECT patient_id, session_id, power_w FROM clean.rfa_sessions ORDER BY ALL")


def withdrawn(site: Site) -> list[tuple]:
    """Of each delivery: rows received, current, withdrawn, and keys that it withdrew; the sums are checked besides."""
    return site.ask(
        "SELECT l.delivery, l.rows_received, g.current, g.withdrawn, l.keys_withdrawn FROM meta.loads l "
        "JOIN quality.ledger g USING (load_id) WHERE l.export = 'rfa_sessions' ORDER BY ALL"
    )


def test_a_retracted_row_is_withdrawn_and_nothing_else_is(site: Site) -> None:
    """The row is out of the clean table, its delivery still received it, and no delivery withdrew it."""
    with same_as_a_rebuild(site):
        retracted(site, "rfa_sessions", KEY)
    assert sessions(site) == [("P1", "S2", 60.0), ("P2", "S1", 60.0)]
    assert withdrawn(site) == [("2024-01-01.csv", 3, 2, 1, 0)]


@pytest.mark.long
def test_undoing_gives_the_tables_of_before(site: Site) -> None:
    """After --undo every table has the content that it had."""
    before = made(site)
    retracted(site, "rfa_sessions", KEY)
    site.refresh()
    assert made(site) != before
    with same_as_a_rebuild(site):
        brought_back(site, "rfa_sessions", KEY)
    assert made(site) == before


@pytest.mark.long
def test_a_later_delivery_brings_it_back_as_a_new_row(site: Site) -> None:
    """It inherits nothing of what was retracted, the row of before stays withdrawn, and the delivery is named."""
    retracted(site, "rfa_sessions", KEY)
    site.refresh()
    with same_as_a_rebuild(site):
        site.deliver(
            "rfa_sessions",
            "2024-02-01.csv",
            "patient_id,session_id,session_date,lesion_id,max_diameter_mm",
            "P1,S1,2020-01-01,L1,20",
        )
    assert ("P1", "S1", None) in sessions(site)
    assert withdrawn(site) == [("2024-01-01.csv", 3, 2, 1, 0), ("2024-02-01.csv", 1, 1, 0, 0)]
    assert site.ask("SELECT new FROM meta.loads WHERE delivery = '2024-02-01.csv'") == [(1,)]
    with site.build() as con:
        assert delivered_again(con) == {(SITE, "rfa_sessions", ("P1", "S1", "L1")): "2024-02-01.csv"}
    brought_back(site, "rfa_sessions", KEY)
    site.refresh()
    assert ("P1", "S1", 60.0) in sessions(site)  # undone, it inherits the power as ever


@pytest.mark.long
def test_a_file_that_comes_late_but_is_read_before_is_retracted_too(site: Site) -> None:
    """What counts is the order of names, as everywhere: so the tables are the same in whatever order files came."""
    retracted(site, "rfa_sessions", KEY)
    with same_as_a_rebuild(site):
        deliver(site, "rfa_sessions", "2023-12-01.csv", ROW | {"power_w": "70"})
    assert sessions(site) == [("P1", "S2", 60.0), ("P2", "S1", 60.0)]


@pytest.mark.long
def test_the_retracted_file_may_be_set_aside(site: Site) -> None:
    """An older version of the row stays retracted: the place in the order is that of a file that no longer counts."""
    deliver(site, "rfa_sessions", "2024-02-01.csv", ROW | {"power_w": "70"})
    site.refresh()
    retracted(site, "rfa_sessions", KEY)
    newest = Archive(site.home).arrivals[-1]
    with same_as_a_rebuild(site):
        decisions.decide(site.home, newest, decisions.SET_ASIDE, "A. Miller")
    assert sessions(site) == [("P1", "S2", 60.0), ("P2", "S1", 60.0)]


@pytest.mark.long
def test_retracted_again_after_it_came_back(site: Site) -> None:
    """Each retraction withdraws what it knew; one undo revokes the newest."""
    retracted(site, "rfa_sessions", KEY)
    deliver(site, "rfa_sessions", "2024-02-01.csv", ROW | {"power_w": "70"})
    site.refresh()
    with same_as_a_rebuild(site):
        retracted(site, "rfa_sessions", KEY)
    assert sessions(site) == [("P1", "S2", 60.0), ("P2", "S1", 60.0)]
    with same_as_a_rebuild(site):
        assert len(brought_back(site, "rfa_sessions", KEY)) == 1
    assert ("P1", "S1", 70.0) in sessions(site)
    assert states(site, "rfa_sessions")[0][-1] == "withdrawn"


@pytest.mark.long
def test_a_contradiction_can_be_retracted(site: Site) -> None:
    """Two rows of one key that contradict each other leave quarantine; their earlier version does not come back."""
    deliver(site, "rfa_sessions", "2024-02-01.csv", ROW | {"power_w": "70"}, ROW | {"power_w": "80"})
    site.refresh()
    assert site.open_rules() == ["KEY-01", "KEY-01"]
    with same_as_a_rebuild(site):
        retracted(site, "rfa_sessions", KEY)
    assert site.open_rules() == []
    assert sessions(site) == [("P1", "S2", 60.0), ("P2", "S1", 60.0)]


@pytest.mark.long
def test_the_lesion_loses_its_exam(site: Site) -> None:
    """An exam without its session is an orphan, and the command says beforehand how many there will be."""
    from warehouse.corrections import retract

    deliver(site, "imaging_followups", "2024-01-01.csv", {"patient_id": "P2"}, {})
    site.refresh()
    with site.build() as con:
        assert retract.find(con, SITE, "rfa_sessions", "P2|S1|L1").orphans == {"imaging_followups": 1}
        assert retract.find(con, SITE, "rfa_sessions", KEY).orphans == {}  # S2 treated the lesion too
    retracted(site, "rfa_sessions", "P2|S1|L1")
    site.refresh()
    assert site.open_rules() == ["ORPHAN-01"]


@pytest.mark.long
@pytest.mark.parametrize("written", quick(1, ["P1|X1|KRAS|", "P1|X1|K-RAS|", "P1|X1|kras|"]))
def test_a_gene_is_named_as_delivered_or_as_shown(tmp_path: Path, written: str) -> None:
    """A key is found in any spelling that a delivery or the clean table has, and all its rows are retracted."""
    site = Site(tmp_path / "home")
    for name, gene in (("2024-01-01.csv", "kras"), ("2024-02-01.csv", "K-RAS")):
        deliver(site, "genotypes", name, {"gene": gene})
    site.refresh()
    retracted(site, "genotypes", written)
    site.refresh()
    assert {state for *_, state in states(site, "genotypes")} == {"withdrawn", "unchanged"}


@pytest.mark.long
def test_a_snapshot_brings_it_back(tmp_path: Path) -> None:
    """In a snapshot the next file that has the row brings it back; one that lacks it withdraws nothing more."""
    site = Site(tmp_path / "home")
    (site.home.landing / SITE).mkdir(parents=True)
    (site.home.landing / SITE / "site.toml").write_text('[exports.rfa_sessions]\nmode = "snapshot"\n')
    rows = [{"patient_id": f"P{n}"} for n in range(1, 8)]
    deliver(site, "rfa_sessions", "2024-01-01.csv", *rows)
    site.refresh()
    retracted(site, "rfa_sessions", KEY)
    with same_as_a_rebuild(site):
        deliver(site, "rfa_sessions", "2024-02-01.csv", *rows[1:])
    assert withdrawn(site) == [("2024-01-01.csv", 7, 6, 1, 0), ("2024-02-01.csv", 6, 0, 0, 0)]
    with same_as_a_rebuild(site):
        deliver(site, "rfa_sessions", "2024-03-01.csv", *rows)
    assert len(sessions(site)) == 7


@pytest.mark.long
def test_a_refresh_is_due_and_says_why(site: Site) -> None:
    """After the command the registry is no longer up to date, for the reason that status shows, until a refresh."""
    with site.build() as con:
        assert "A retraction or a merge has not been applied yet." not in why_release_waits(con, site.home)
    retracted(site, "rfa_sessions", KEY)
    assert not is_up_to_date(site.home)
    with site.build() as con:
        assert "A retraction or a merge has not been applied yet." in why_release_waits(con, site.home)
    site.refresh()
    with site.build() as con:
        assert "A retraction or a merge has not been applied yet." not in why_release_waits(con, site.home)


def test_a_check_of_the_site_knows_it(site: Site) -> None:
    """`registry check` judges new files with what was retracted and merged."""
    retracted(site, "rfa_sessions", KEY)
    with check_home(site.home.landing / SITE, site.home) as own:
        assert [one.key_text for one in Archive(own).corrected] == [KEY]
