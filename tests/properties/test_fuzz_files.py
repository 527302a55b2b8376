"""Whatever bytes a site delivers, the refresh continues: every file becomes rows or a reason, and nothing else.

The files are drawn in `fuzz_strategies`. Each example is a file of a separate site, and one refresh takes the files of
many sites.
"""

from __future__ import annotations

import contextlib
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from schemas.exports import EXPORTS
from tests.properties.fuzz_strategies import (
    ALLOWED_BYTES,
    DATES,
    FORMULAS,
    MARK,
    NUMBERS,
    TEXTS,
    TRAP,
    Fuzzed,
    fuzzed_files,
    large_files,
)
from tests.warehouse.kit import Kit, csv_of, named, new_kit, row_of
from warehouse.readers import size_limits
from warehouse.readers.cells import WHITE_SPACE

SITES = 20
BATCHES = 2  # of 20 sites: 40 files in `make test`
LONG_SITES = 40
LONG_BATCHES = 50  # of 40 sites: 2,000 files in `make test-all`
GOOD = "good"
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
SAME_EVERY_TIME = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a failure shows its file; shrinking the others takes minutes
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
STARTS_SOMETHING = ("os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "subprocess.", "socket.connect")
started: list[str] = []
is_watching = False


def _watch(event: str, _: object) -> None:
    if is_watching and event.startswith(STARTS_SOMETHING):
        started.append(event)


sys.addaudithook(_watch)  # a hook cannot be taken away again, so it asks whether a test is watching


@contextlib.contextmanager
def watching() -> Iterator[None]:
    """Record in `started` every process and connection that the interpreter starts in the block."""
    global is_watching
    started.clear()
    is_watching = True
    try:
        yield
    finally:
        is_watching = False


def refreshed_with(files: list[Fuzzed]) -> None:
    """Deliver each file as a separate site next to one good site, refresh, and check every claim."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=MEMORY)))
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(patch.object(size_limits, "ALWAYS_ALLOWED_BYTES", ALLOWED_BYTES))
        stack.enter_context(patch.object(size_limits, "MAX_EXPANSION", 20))
        kit = stack.enter_context(new_kit(folder / "home"))
        for export in EXPORTS:
            kit.deliver(GOOD, export, named(export), csv_of([row_of(export)]))
        for number, file in enumerate(files):
            kit.deliver(_site(number), file.export, file.name, file.content)
        tables = kit.tuples("SHOW ALL TABLES")
        with watching():
            _refresh(kit, files)
        assert started == []
        assert not tables and not kit.problems
        assert list(folder.rglob(f"*{TRAP}")) == [*(folder / "home" / "landing").rglob(f"*{TRAP}")]
        for number, file in enumerate(files):
            _check_file(kit, _site(number), file)
        _check_types(kit)
        _check_good_site(kit)


def _site(number: int) -> str:
    return f"s{number:03d}"


def _refresh(kit: Kit, files: list[Fuzzed]) -> None:
    try:
        kit.refresh()
    except Exception as error:
        loaded = kit.value("SELECT count(*) FROM meta.deliveries WHERE site <> ?", GOOD)
        error.add_note(f"{loaded} of {len(files)} files were loaded; the next: {files[loaded : loaded + 1]}")
        raise


def _check_file(kit: Kit, site: str, file: Fuzzed) -> None:
    """Check one load: rejected with a reason without cells and without rows, or accepted with all its rows."""
    (load,) = kit.rows("SELECT * FROM meta.loads WHERE site = ?", site)
    cells = kit.tuples(f"SELECT extra FROM raw.{file.export} WHERE site = ?", site)
    assert load["rows_received"] == len(cells), file
    if load["status"] == "rejected":
        assert file.n_rows is None, (load["reason"], file)
        assert not cells, file
        assert load["reason"][-1] in ".?" and len(load["reason"]) < 1_000, (load["reason"], file)
        assert MARK not in load["reason"] and TRAP not in load["reason"], load["reason"]
        assert (file.refusal or "") in load["reason"], (load["reason"], file)
    else:
        assert load["status"] == "accepted" and file.refusal is None, file
        assert file.n_rows in (None, len(cells)), (len(cells), file)
        if file.notes:
            notes = sorted(json.loads(extra)["note"] for (extra,) in cells)
            assert notes == sorted(note.strip(WHITE_SPACE) for note in file.notes), file


def _check_types(kit: Kit) -> None:
    """Check that a clean date or number is what its cell says in plain ASCII; no other form becomes a value."""
    pairs = kit.tuples(
        "SELECT r.session_date, c.session_date, r.max_diameter_mm, c.max_diameter_mm "
        "FROM raw.rfa_sessions r JOIN clean.rfa_sessions c USING (row_id)"
    )
    assert pairs
    for day_text, day, diameter_text, diameter_mm in pairs:
        assert ISO_DATE.fullmatch(day_text) and date.fromisoformat(day_text) == day, (day_text, day)
        if diameter_mm is not None:
            assert NUMBER.fullmatch(diameter_text) and float(diameter_text) == diameter_mm, (diameter_text, diameter_mm)


def _check_good_site(kit: Kit) -> None:
    """Check that the good site's files are accepted, its rows are clean, and none of its cells is set aside."""
    loads = kit.tuples("SELECT status, rows_received FROM meta.loads WHERE site = ?", GOOD)
    assert loads == [("accepted", 1)] * len(EXPORTS)
    for export in EXPORTS:
        (row,) = kit.rows(f"SELECT * FROM clean.{export} WHERE site = ?", GOOD)
        assert row["patient_id"] == "P1"
    assert kit.value("SELECT count(*) FROM quality.quarantine WHERE site = ?", GOOD) == 0


@pytest.mark.long
@settings(SAME_EVERY_TIME, max_examples=BATCHES)
@given(st.lists(fuzzed_files(), min_size=SITES, max_size=SITES))
def test_no_file_stops_the_refresh(files: list[Fuzzed]) -> None:
    """With odd cells, encodings, damage and noise nothing crashes or is executed, sums agree, and other sites load."""
    assume(any(file != files[0] for file in files))  # all files alike come first, and say little
    refreshed_with(files)


@pytest.mark.long
@settings(SAME_EVERY_TIME, max_examples=LONG_BATCHES)
@given(st.lists(fuzzed_files(), min_size=LONG_SITES, max_size=LONG_SITES))
def test_two_thousand_files_stop_no_refresh(files: list[Fuzzed]) -> None:
    """The same is true of two thousand files."""
    refreshed_with(files)


@pytest.mark.long
def test_every_odd_cell_in_every_column(tmp_path: Path) -> None:
    """With each formula, date, number and text of the fuzzing alone in an otherwise correct row, in each column of each
    export, the refresh continues, sums agree, and dates and numbers are what they say."""
    with new_kit(tmp_path) as kit:
        for export in EXPORTS:
            rows = [
                {"note": MARK} | row_of(export, **{"patient_id": f"P{name}{number}", name: cell})
                for name in EXPORTS[export].column_names
                for number, cell in enumerate((*FORMULAS, *DATES, *NUMBERS, *TEXTS))
            ]
            kit.deliver(GOOD, export, named(export), csv_of(rows))
            assert {column for row in rows for column in row} >= set(EXPORTS[export].column_names)
        kit.refresh()
        assert kit.tuples("SELECT DISTINCT status FROM meta.loads") == [("accepted",)]
        _check_types(kit)


@pytest.mark.long
def test_large_files_and_bombs() -> None:
    """Two thousand columns and huge cells are read; more columns and files that unpack without end are refused, and the
    refusal says how much is allowed."""
    refreshed_with(list(large_files("patients")))


def test_the_bound_follows_the_packed_size_up_to_a_limit() -> None:
    """A file may unpack to 64 MiB, or to 200 times its packed size if that is more, but to no more than 8 GiB."""
    bounds = [size_limits.bound_of(size, size_limits.MAX_UNPACKED_BYTES) for size in (1, 1 << 20, 1 << 40)]
    assert bounds == [64 << 20, 200 << 20, 8 << 30]
