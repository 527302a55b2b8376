"""Tests that a delivery that cannot be loaded, or that nobody wants, is set aside and does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from tests.variants import quick
from tests.warehouse.kit import SITE, Kit, csv_of, new_kit, row_of
from warehouse.archive import decisions
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.decisions import SET_ASIDE, UNDO
from warehouse.clean.clean import clean_due_patients
from warehouse.clean.ledger import unbalanced
from warehouse.incremental import change_log
from warehouse.intake.deliveries import screened
from warehouse.intake.exceptions_file import read_or_problem
from warehouse.raw import loading, read_in_own_process
from warehouse.raw import tables as raw
from warehouse.raw.read_in_own_process import NotRead
from warehouse.refresh.anything_to_do import is_up_to_date
from workflows.load_deliveries import load_deliveries

GOOD = csv_of([row_of("patients", patient_id=f"P{n}") for n in range(3)])
OTHER = csv_of([row_of("patients", patient_id="P0", sex="female"), row_of("patients", patient_id="P9")])
TABLES = ("raw.patients", "clean.patients", "meta.loads", "quality.quarantine", "quality.ledger")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Kit]:
    """A registry with two deliveries of patients at one site and one at another."""
    with new_kit(tmp_path / "home") as kit:
        deliver_three(kit)
        yield kit


def deliver_three(kit: Kit) -> None:
    """Put the three deliveries into landing/."""
    kit.deliver(SITE, "patients", "2024-06-01.csv", GOOD)
    kit.deliver(SITE, "patients", "2024-06-02.csv", OTHER)
    kit.deliver("south", "patients", "2024-06-01.csv", GOOD)


def night(kit: Kit, full: bool = False) -> None:
    """What the nightly job does up to the clean tables."""
    load_deliveries(kit.con, kit.home, full)
    clean_due_patients(kit.con, "this code", notes=read_or_problem(kit.home))
    assert unbalanced(kit.con) == []


def tables(kit: Kit) -> dict[str, list[tuple]]:
    """The tables' rows, without what only tells when."""
    left_out = {"quality.quarantine": "EXCLUDE (first_seen, load_id)"}
    return {t: kit.tuples(f"SELECT * {left_out.get(t, '')} FROM {t} ORDER BY ALL") for t in TABLES}


def by_name(kit: Kit, site: str, delivery: str) -> Arrival:
    """The arrival."""
    (found,) = [a for a in Archive(kit.home).arrivals if (a.site, a.delivery) == (site, delivery)]
    return found


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception, delivery: str = "2024-06-02.csv") -> list[str]:
    """Loading that delivery fails here; the deliveries that were tried, in their order."""
    load, tried = raw.load_arrival, []

    def fails(con: duckdb.DuckDBPyConnection, archive: Archive, arrival: Arrival) -> None:
        tried.append(arrival.delivery)
        if arrival.delivery == delivery:
            raise error
        load(con, archive, arrival)

    monkeypatch.setattr(raw, "load_arrival", fails)
    return tried


FAULTS = [
    duckdb.BinderException("b"),
    duckdb.OutOfMemoryException("m"),
    duckdb.CatalogException("c"),
    duckdb.InternalException("i"),
    MemoryError(),
    RuntimeError("r"),
    RecursionError(),
]


@pytest.fixture(scope="module")
def without_fault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kit, dict[str, list[tuple]]]]:
    """Such a registry for all faults, and its tables after a refresh without one."""
    with new_kit(tmp_path_factory.mktemp("faults") / "home") as kit:
        deliver_three(kit)
        night(kit)
        yield kit, tables(kit)


@pytest.mark.long
@pytest.mark.parametrize("error", quick(2, FAULTS), ids=lambda e: type(e).__name__)
def test_what_fails_beside_others_is_tried_alone(without_fault, monkeypatch, error: Exception) -> None:
    """In a process of its own it loads: the tables are those of a refresh without the fault."""
    kit, expected = without_fault
    tried = failing(monkeypatch, error)
    night(kit, full=True)
    assert "2024-06-02.csv" in tried
    assert tables(kit) == expected


@pytest.mark.long
def test_what_fails_alone_too_is_set_aside_and_named(home: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With site, file and cure, and without rows; the others are loaded. Delivered corrected, it loads."""
    failing(monkeypatch, duckdb.BinderException("P0"))
    monkeypatch.setattr(read_in_own_process, "MAX_DATA_BYTES", 1 << 20)  # so that the process cannot even import DuckDB
    night(home)
    load = home.load("2024-06-02.csv")
    assert (load["status"], load["rows_received"], load["unknown_columns"]) == ("set_aside", 0, [])
    assert "even in its own process" in load["reason"] and load["reason"].endswith("Deliver a corrected file.")
    assert "P0" not in load["reason"]
    assert home.value("SELECT count(*) FROM clean.patients") == 6
    monkeypatch.undo()
    home.deliver(SITE, "patients", "2024-06-02.csv", OTHER + OTHER.splitlines()[-1] + "\n")
    night(home)
    assert home.load("2024-06-02.csv#2")["status"] == "accepted"
    assert home.value("SELECT count(*) FROM clean.patients") == 7


@pytest.mark.long
def test_undo_has_what_failed_tried_again(home: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody had set it aside; the decision is noticed, and it loads."""
    failing(monkeypatch, MemoryError())
    monkeypatch.setattr(loading, "read_in_own_process", lambda *_: (_ for _ in ()).throw(NotRead("it never ends")))
    night(home)
    assert "it never ends" in home.load("2024-06-02.csv")["reason"]
    monkeypatch.undo()
    night(home)
    assert home.load("2024-06-02.csv")["status"] == "set_aside"
    decisions.decide(home.home, by_name(home, SITE, "2024-06-02.csv"), UNDO, "A. Miller")
    night(home)
    assert home.load("2024-06-02.csv")["status"] == "accepted"


@pytest.mark.long
def test_a_load_that_took_its_process_down_is_tried_alone_next_time(home: Kit, monkeypatch) -> None:
    """What a process that died left: a note of what it was loading. It is not loaded beside the others again."""
    home.land()
    arrival = by_name(home, SITE, "2024-06-02.csv")
    (home.home.warehouse / f"loading-{arrival.load_id}").touch()
    assert loading.died_while_loading(home.home)
    tried = failing(monkeypatch, AssertionError())
    night(home)
    assert "2024-06-02.csv" not in tried and home.load("2024-06-02.csv")["status"] == "accepted"
    assert not loading.died_while_loading(home.home)


@pytest.mark.long
def test_words_of_the_machine_in_a_cell_accuse_nobody(home: Kit) -> None:
    """A cell that reads like a full disk, in a line that DuckDB refuses and quotes, rejects its delivery alone."""
    words = ("No space left on device", "Corrupt database file", "Permission denied", "Could not set lock on file")
    for number, cell in enumerate(words):
        home.deliver(SITE, "genotypes", f"{number}.csv", f"patient_id,gene\n{cell},KRAS,more\n")
    night(home)
    assert home.value("SELECT count(*) FROM meta.loads WHERE status = 'rejected' AND export = 'genotypes'") == 4


def set_aside(kit: Kit, site: str, delivery: str) -> None:
    """Somebody decides so."""
    decisions.decide(kit.home, by_name(kit, site, delivery), SET_ASIDE, "A. Miller", "why P0")


@pytest.mark.long
@pytest.mark.parametrize("delivery", quick(1, ["2024-06-01.csv", "2024-06-02.csv"]))
def test_by_hand_the_tables_become_those_of_a_rebuild_without_it(home: Kit, delivery: str) -> None:
    """Also after it was loaded; undone, they are those of before. The reason given stays in the archive."""
    night(home)
    before = tables(home)
    set_aside(home, SITE, delivery)
    night(home)
    without = tables(home)
    load = home.load(delivery)
    assert load["status"] == "set_aside" and "A. Miller" in load["reason"] and "P0" not in load["reason"]
    night(home, full=True)
    assert tables(home) == without != before
    decisions.decide(home.home, by_name(home, SITE, delivery), UNDO, "A. Miller")
    night(home)
    assert tables(home) == before


@pytest.mark.long
def test_before_it_is_loaded_it_never_is(home: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery that is set aside is not even read."""
    home.land()
    set_aside(home, SITE, "2024-06-02.csv")
    tried = failing(monkeypatch, AssertionError())
    night(home)
    assert "2024-06-02.csv" not in tried and home.load("2024-06-02.csv")["status"] == "set_aside"


@pytest.mark.long
@pytest.mark.parametrize("act", [lambda kit: set_aside(kit, SITE, "2024-06-02.csv"), lambda _: None])
def test_a_new_decision_is_anything_new(home: Kit, act: Callable[[Kit], None], monkeypatch) -> None:
    """The refresh and the sensor notice it, each once it was followed no more."""
    from warehouse.intake.watch_landing import DECIDED, Watch, look

    night(home)
    watch = Watch()
    act(home)
    is_new = bool(decisions.read(home.home))
    assert (DECIDED in look(home.home, watch, 0, 60).ready) == is_new
    assert DECIDED not in look(home.home, watch, 0, 60).ready
    landed = change_log.watermark(home.con, change_log.LANDED)
    assert (landed == (3, decisions.fingerprint(home.home))) != is_new
    night(home)
    assert change_log.watermark(home.con, change_log.LANDED) == (3, decisions.fingerprint(home.home))
    assert DECIDED not in look(home.home, Watch(), 0, 60).ready
    assert not is_up_to_date(home.home)  # nothing was released


@pytest.mark.long
def test_a_site_toml_that_is_set_aside_gives_way_to_the_one_before(home: Kit) -> None:
    """So does one that the archive holds and this code does not take: a sentence says so."""
    home.configure(SITE, '[exports.patients]\nmode = "snapshot"\nmax_withdrawn = 1.0\n')
    night(home)
    assert home.load("2024-06-02.csv")["mode"] == "snapshot"
    set_aside(home, SITE, "site.toml")
    night(home)
    assert home.load("2024-06-02.csv")["mode"] == "delta"
    other = home.deliver("elsewhere", "patients", "site.toml", "mode = [")
    decisions.decide(home.home, by_name(home, SITE, "site.toml"), UNDO, "A. Miller")
    Archive(home.home).take(other, SITE, "site", screened)
    other.unlink()
    (home.home.landing / SITE / "site.toml").unlink()
    night(home)
    assert home.load("2024-06-02.csv")["mode"] == "snapshot"
    problems = home.tuples("SELECT place, sentence FROM meta.landing_problems")
    assert any("stays in force" in sentence for _, sentence in problems)
