"""Tables follow the deliveries: a table made alone, a site that alone delivered, and the patched release."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest

from tests.properties.incremental_machine import hashes, make_clean, make_table, make_tables, release
from tests.quality.site_at_work import Site
from tests.warehouse.kit import csv_of, row_of
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS, refresh_sites
from warehouse.releases.release_tables import copy_tables

SITES = ("north", "south")


def session(patient: str) -> dict:
    """A session of one lesion on 1 January 2020."""
    return row_of(
        "rfa_sessions", patient_id=patient, session_id="S-1", session_date="2020-01-01", lesion_id="L1",
        max_diameter_mm="20",
    )  # fmt: skip


def exam(patient: str, day: str, status: str) -> dict:
    """A CT of that lesion."""
    return row_of(
        "imaging_followups", patient_id=patient, exam_id=f"E-{day}", exam_date=day, lesion_id="L1",
        lesion_status=status, modality="ct",
    )  # fmt: skip


class Home(Site):
    """Two sites; the release's file is next to the home."""

    def __init__(self, root: Path):
        super().__init__(root)
        self.released = root.parent / "released.duckdb"

    def begin(self) -> None:
        """Each site has two patients, who were examined once, and the home was refreshed once."""
        for site in SITES:
            self.put(site, "rfa_sessions", "2020-03-01.csv", session("P1"), session("P2"))
            seen = (exam(patient, "2020-02-01", "no_viable") for patient in ("P1", "P2"))
            self.put(site, "imaging_followups", "2020-03-01.csv", *seen)
        self.night()

    def put(self, site: str, export: str, name: str, *rows: dict) -> None:
        """Put a file into landing/."""
        folder = self.home.landing / site / export
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(csv_of(list(rows)), encoding="utf-8")

    def night(self) -> None:
        """Make everything, and check that the patched release's file equals one made from the build alone."""
        with self.build() as con:
            make_tables(con, self.home)
            release(con, self.released)
            now = hashes(con)
            anew = self.released.with_name("anew.duckdb")
            copy_tables(con, anew)
        for path in (self.released, anew):
            with duckdb.connect(path, read_only=True) as file:
                assert hashes(file) == now
        anew.unlink()


@pytest.fixture(scope="module")
def after_one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a home after its first refresh and of its release's file; tests get copies."""
    folder = tmp_path_factory.mktemp("two-sites")
    Home(folder / "home").begin()
    return folder


@pytest.fixture
def two_sites(after_one_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """The home after its first refresh; however many of its patients change, only they are recomputed."""
    monkeypatch.setattr(change_log, "EVERYTHING_FROM_SHARE", 10.0)
    shutil.copytree(after_one_night, tmp_path, dirs_exist_ok=True)
    return Home(tmp_path / "home")


@pytest.mark.parametrize(
    "alone",
    [
        "derived.patient_ltpfs",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("derived.time_to_event", "quality.overdue_exams")),
    ],
)
@pytest.mark.long
def test_a_table_made_alone_waits_for_those_it_reads(two_sites: Home, alone: str) -> None:
    """A table made before the tables that it reads stays due, and after the next refresh it holds the new exam."""
    two_sites.put("north", "imaging_followups", "2021-03-01.csv", exam("P1", "2021-02-01", "ltp"))
    with two_sites.build() as con:
        make_clean(con, two_sites.home)
        make_table(con, alone)
        assert alone in change_log.lagging(con, INCREMENTAL_STEPS, CLEAN)
    two_sites.night()
    assert two_sites.ask("SELECT count(*) FROM derived.patient_ltpfs WHERE ltp") == [(1,)]
    assert two_sites.ask("SELECT count(*) FROM derived.time_to_event WHERE endpoint = 'TTLTP' AND event = 1") != [(0,)]
    with two_sites.build() as con:
        kept = hashes(con)
        change_log.reset_all_watermarks(con)
        make_tables(con, two_sites.home, full=True)
        assert hashes(con) == kept


@pytest.mark.long
def test_only_the_site_that_delivered_is_made_anew(two_sites: Home) -> None:
    """An extract that changes no row moves as_of_date of every lesion of its site, and of no other."""
    two_sites.put("south", "imaging_followups", "2022-03-01.csv", exam("P1", "2020-02-01", "no_viable"))
    with two_sites.build() as con:
        make_clean(con, two_sites.home)
        for table in INCREMENTAL_STEPS[:-2]:
            make_table(con, table)
        made = [refresh_sites(con, t.split(".")[1], "this code")[0] for t in INCREMENTAL_STEPS[-2:]]
        assert made == [
            ["south"],
            ["south"],
        ]
    two_sites.night()
    dates = two_sites.ask("SELECT DISTINCT site, as_of_date::VARCHAR FROM quality.lesion_followup ORDER BY ALL")
    assert dates == [("north", "2020-03-01"), ("south", "2022-03-01")]
    assert two_sites.ask("SELECT count(*) FROM quality.overdue_exams WHERE site = 'south'") == [(2,)]


def test_nothing_new_makes_no_site_anew(two_sites: Home) -> None:
    """A refresh without files recomputes neither table."""
    with two_sites.build() as con:
        make_clean(con, two_sites.home)
        made = [refresh_sites(con, t.split(".")[1], "this code")[0] for t in INCREMENTAL_STEPS[-2:]]
        assert made == [[], []]


@pytest.mark.long
def test_a_site_whose_last_lesion_goes_leaves_the_tables(two_sites: Home) -> None:
    """A snapshot without the site's sessions withdraws them; the other site stays."""
    (two_sites.home.landing / "south" / "site.toml").write_text(
        '[exports.rfa_sessions]\nmode = "snapshot"\nmax_withdrawn = 1\n'
    )
    two_sites.put("south", "rfa_sessions", "2022-03-01.csv", session("P9") | {"lesion_id": ""})
    two_sites.night()
    assert two_sites.ask("SELECT DISTINCT site FROM quality.lesion_followup") == [("north",)]
