"""A registry over time as a state machine: sites send, answer and withdraw in any order, with refreshes in between.

Patients, lesions and values are few, so that the moves affect each other. The tables are made as the nightly job makes
them, without statistics and pages. `test_incremental` runs the machine.
"""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import permutations
from pathlib import Path

import duckdb
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from schemas.exports import EXPORTS
from tests.properties.drawn_deliveries import EXAMS, ROWS, SESSIONS, deliveries
from tests.quality.site_at_work import ANSWER_COLUMNS, SITE, Site
from tests.warehouse.kit import csv_of, open_small_build
from warehouse.archive import corrections, decisions
from warehouse.archive.archive import Archive
from warehouse.archive.arrivals import Arrival
from warehouse.archive.decisions import SET_ASIDE, UNDO
from warehouse.clean.clean import clean_due_patients
from warehouse.clean.ledger import unbalanced
from warehouse.corrections import merge, retract
from warehouse.derived.completeness import IMAGING_TABLES, SITE_TABLES, build_completeness, completeness_order
from warehouse.derived.derive import derived_order
from warehouse.incremental import change_log
from warehouse.incremental.change_log import CLEAN
from warehouse.intake.exceptions_file import Note, append, read_or_problem
from warehouse.queries.entry_id import key_text
from warehouse.refresh.bring_up_to_date import INCREMENTAL_STEPS, Take, refresh_derived, refresh_imaging, refresh_sites
from warehouse.releases.release import RELEASE, content
from warehouse.releases.release_tables import copy_tables, patch_tables
from warehouse.storage.errors import RegistryError
from warehouse.storage.home import Home
from warehouse.storage.sql_files import select_of
from warehouse.storage.table_catalogue import BY_PATIENT, BY_SITE, HASHED_ROWS
from workflows.load_deliveries import load_deliveries

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # many small synced files: quicker off the disk
CODE = "this code"
BY = "A. Miller"
RULES = ("OUT-01", "OUT-02")
LOOK_ALIKES = select_of("results/id_02")  # adds up what each patient's rows contribute
COMPARED = (
    *BY_PATIENT,
    *BY_SITE,
    "quality.quarantine",
    "quality.ledger",
    "quality.exceptions",
    "quality.answers",
    "meta.loads",
)


def make_tables(con: duckdb.DuckDBPyConnection, home: Home, full: bool = False) -> None:
    """Make everything up to the completeness tables, as the nightly job does."""
    make_clean(con, home, full)
    for table in derived_order(con):
        make_table(con, f"derived.{table}")
    for table in completeness_order(con):
        make_table(con, f"quality.{table}")
    change_log.compact(con)


def make_clean(con: duckdb.DuckDBPyConnection, home: Home, full: bool = False) -> None:
    """Make everything up to the clean tables."""
    load_deliveries(con, home, full)
    clean_due_patients(con, CODE, notes=read_or_problem(home))
    assert unbalanced(con) == []


def make_table(con: duckdb.DuckDBPyConnection, full_name: str, take: Take = lambda *_: None) -> None:
    """Make one of the tables after the clean ones, and check that its gates pass."""
    schema, table = full_name.split(".")
    if schema == "derived":
        followed = refresh_derived(con, table, CODE, RULES if table == "time_to_event" else (), take)
        assert not any(followed.broken.values()), table
    elif table in IMAGING_TABLES:
        refresh_imaging(con, table, CODE, take)
    elif table in SITE_TABLES:
        refresh_sites(con, table, CODE, take)
    else:
        build_completeness(con, table)


def release(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Bring the release's file at `path` up to date as a release does if there is an earlier one; `con` is a build."""
    due = change_log.due(con, RELEASE, CODE, after=CLEAN)
    if due.is_full_rebuild or not path.exists():
        path.unlink(missing_ok=True)
        copy_tables(con, path)
    else:
        patch_tables(con, path.with_suffix(".new"), path)
        path.with_suffix(".new").replace(path)
    change_log.set_watermark(con, RELEASE, due.up_to, CODE)


def hashes(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Table -> rows and content hash, recomputed as readers of a release see the table."""
    from warehouse.storage.for_readers import stand_in
    from warehouse.storage.hashing import digest_of, state_of

    states = {t: state_of(con, t, HASHED_ROWS.get(t, "true"), stand_in(con, t)) for t in COMPARED}
    return {table: (state.rows, digest_of(con, table, state)) for table, state in states.items()}


class RegistryOverTime(RuleBasedStateMachine):
    """A registry of two sites; `site` is its home, and one of the sites answers queries.

    Another order of arrival is tried after every `nights_to_another_order` nights, and at the end of a history as long
    as none has been tried.
    """

    nights_to_another_order = 3
    n_other_orders = 0
    """How many other orders were tried in all histories together."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(dir=MEMORY))
        self.site = Site(self.folder / "home")
        self.n_answered = 0
        self.n_nights = 0

    def teardown(self) -> None:
        """Try another order of arrival if none has been tried in any history, and remove the home."""
        try:
            if self.n_nights and not RegistryOverTime.n_other_orders:
                self.nights_to_another_order = 1
                self.refresh()
        finally:
            shutil.rmtree(self.folder)

    @initialize(treated=st.lists(SESSIONS, min_size=3, max_size=8), seen=st.lists(EXAMS, min_size=3, max_size=8))
    def begin(self, treated: list[dict], seen: list[dict]) -> None:
        """Begin with a registry that is not empty, and not the plainest there is, which is always drawn first."""
        assume(any(row != treated[0] for row in treated))
        self.put("rfa_sessions", "2024-06-10.csv", csv_of(treated))
        self.put("imaging_followups", "2024-06-10.csv", csv_of(seen))
        self.refresh()

    def put(self, export: str, name: str, text: str, site: str = SITE) -> None:
        """Put a file of a site into landing/."""
        folder = self.site.home.landing / site / export
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

    @rule(delivery=deliveries())
    def deliver(self, delivery: tuple[str, str, str, str]) -> None:
        """Deliver a new file, or other content under a known name."""
        self.put(*delivery)

    @rule(export=st.sampled_from(sorted(ROWS)), is_snapshot=st.booleans())
    def set_mode(self, export: str, is_snapshot: bool) -> None:
        """Make the export a snapshot, which withdraws what the newest file lacks, or a delta."""
        mode = "snapshot" if is_snapshot else "delta"
        (self.site.home.landing / SITE / "site.toml").write_text(f'[exports.{export}]\nmode = "{mode}"\n')

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        """Confirm a delivery, whether it waits or never has."""
        archive = Archive(self.site.home)
        arrivals = [a for a in archive.arrivals if a.export in ROWS]
        decisions.decide(self.site.home, data.draw(st.sampled_from(arrivals)), decisions.CONFIRM, BY)

    @rule(name=st.sampled_from(["ABL-06", "LES-03"]), until=st.sampled_from(["2024-06-20", "2025-01-01"]))
    def accept(self, name: str, until: str) -> None:
        """Sign off an exception, which may expire with the next file."""
        from datetime import date

        append(self.site.home, Note(name, "Checked.", date.fromisoformat(until), SITE, by=BY))

    @rule()
    def take_exceptions_back(self) -> None:
        """Delete the exceptions."""
        (self.site.home.root / "exceptions.toml").unlink(missing_ok=True)

    @rule(data=st.data(), export=st.sampled_from(sorted(ROWS)))
    def retract(self, data: st.DataObject, export: str) -> None:
        """Retract a row that counts."""
        with self.site.build() as con, suppress(RegistryError):  # retracted already
            keys = con.execute(keys_that_count(export)).fetchall()
            if keys:
                found = retract.find(con, SITE, export, data.draw(st.sampled_from(keys))[0])
                retract.record(self.site.home, SITE, found, "why", BY)

    @rule(numbers=st.sampled_from(list(permutations(("P1", "P2", "P3", "P4"), 2))))
    def merge(self, numbers: tuple[str, str]) -> None:
        """Merge two numbers, if they are known and no chain."""
        with self.site.build() as con, suppress(RegistryError):
            merge.check(con, self.site.home, SITE, *numbers)
            merge.record(self.site.home, SITE, *numbers, "why", BY)

    @rule(data=st.data())
    def take_a_correction_back(self, data: st.DataObject) -> None:
        """Undo one of the retractions and merges in force."""
        made = corrections.read(self.site.home)
        if stands := [*corrections.retractions(made), *corrections.merges(made)]:
            one = data.draw(st.sampled_from(stands))
            if one.action == corrections.MERGE:
                merge.undo(self.site.home, SITE, one.old, one.new, "", BY)
            else:
                retract.undo(self.site.home, SITE, one.export, one.key_text, "", BY)

    @rule(data=st.data(), action=st.sampled_from([SET_ASIDE, SET_ASIDE, UNDO]))
    def decide(self, data: st.DataObject, action: str) -> None:
        """Set a delivery aside, loaded or not, or bring one back."""
        if arrivals := Archive(self.site.home).arrivals:
            decisions.decide(self.site.home, data.draw(st.sampled_from(arrivals)), action, BY)

    @precondition(lambda self: self.site.ask(f"FROM quality.quarantine WHERE site = '{SITE}' AND answer IS NULL"))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Answer one query of the site's sheet."""
        sheet = self.site.sheet()
        line = data.draw(st.integers(2, sheet.queries.max_row))
        said = data.draw(st.sampled_from([("correct", "21"), ("confirm", None), ("reject", None)]))
        cells = {"answer": said[0], "corrected value": said[1], "answered by": "Dr. A", "answered on": "2024-07-01"}
        for name, value in cells.items():
            sheet.queries.cell(line, ANSWER_COLUMNS[name]).value = value
        self.n_answered += 1
        self.site.hand_back(sheet, f"answers-{self.n_answered:03}.xlsx")

    @rule()
    def lose_the_warehouse(self) -> None:
        """Delete the warehouse; the next refresh rebuilds it from the archive."""
        shutil.rmtree(self.site.home.warehouse)
        self.site.home.create()
        self.refresh()

    @rule(table=st.sampled_from(INCREMENTAL_STEPS))
    def make_one_alone(self, table: str) -> None:
        """Make one table alone, as from the interface, even if the tables that it reads are not up to date."""
        with self.site.build() as con:
            make_clean(con, self.site.home)
            make_table(con, table)

    @rule()
    def refresh(self) -> None:
        """Refresh as at night. Check that the recorded content hashes are those of the tables, and that the release's
        file, a rebuild from the archive and, sometimes, a home that received the same files in another order with
        another refresh in between all hold the same tables."""
        with self.site.build() as con:
            make_tables(con, self.site.home)
            release(con, self.folder / "released.duckdb")
            now, kept, alike = hashes(con), content(con), con.execute(LOOK_ALIKES).fetchall()
        with duckdb.connect(self.folder / "released.duckdb", read_only=True) as released:
            assert hashes(released) == now
        of_itself = {t: (kept[t]["rows"], kept[t]["sha256"]) for t in (*BY_PATIENT, *BY_SITE)}
        assert of_itself == {t: now[t] for t in of_itself}
        with self.rebuilt() as con:
            assert hashes(con) == now
            assert con.execute(LOOK_ALIKES).fetchall() == alike
        self.n_nights += 1
        if self.n_nights % self.nights_to_another_order == 0:
            with self.come_otherwise() as con:
                assert hashes(con) == now
            RegistryOverTime.n_other_orders += 1

    @contextmanager
    def rebuilt(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Another home with the same archive and exceptions, with all tables made from the start."""
        with self._other_home() as other:
            shutil.rmtree(other.archive)
            shutil.copytree(self.site.home.archive, other.archive)
            with open_small_build(other) as con:
                make_tables(con, other)
                yield con

    @contextmanager
    def come_otherwise(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Another home that receives the same files in another order, refreshed half-way and at the end."""
        with self._other_home() as other, open_small_build(other) as con:
            mine, theirs = Archive(self.site.home), Archive(other)
            lines = corrections.read(self.site.home)
            arrivals = in_another_order(mine.arrivals)
            middle = len(arrivals) // 2
            for part in (arrivals[:middle], arrivals[middle:]):
                for a in part:
                    theirs.take_over(mine, a.site, a.export, a.file_name, a.sha256, a.arrived_at)
                self._decide_about(part, other)
                if lines and len(theirs.arrivals) == len(arrivals):
                    corrections.write(other, lines)
                make_tables(con, other)
                theirs = Archive(other)
            yield con

    def _decide_about(self, arrivals: list[Arrival], other: Home) -> None:
        """Repeat there the decisions about these arrivals; nobody decides about what has not arrived."""
        places = {decisions.place_of(a) for a in arrivals}
        for decision in decisions.read(self.site.home):
            if decision.place in places:
                decisions.append(other, decision)

    @contextmanager
    def _other_home(self) -> Iterator[Home]:
        other = Home(self.folder / "other").create()
        if (notes := self.site.home.root / "exceptions.toml").exists():
            shutil.copy(notes, other.root)
        try:
            yield other
        finally:
            shutil.rmtree(other.root)


def in_another_order(arrivals: list[Arrival]) -> list[Arrival]:
    """The arrivals shuffled, except that those of one name keep their order; by the contract no other order matters."""
    order = list(arrivals)
    random.Random(len(arrivals)).shuffle(order)
    names = {(a.site, a.export, a.file_name) for a in arrivals}
    by_name = {name: iter([a for a in arrivals if (a.site, a.export, a.file_name) == name]) for name in names}
    return [next(by_name[a.site, a.export, a.file_name]) for a in order]


def keys_that_count(export: str) -> str:
    """A SELECT of the keys of the answering site's rows that count."""
    has_key = " AND ".join(f"{name} IS NOT NULL" for name in EXPORTS[export].required_key)
    key = key_text(EXPORTS[export], "r")
    return f"SELECT DISTINCT {key} AS key FROM raw.{export}_current r WHERE site = '{SITE}' AND {has_key} ORDER BY key"
