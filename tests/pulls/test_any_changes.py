"""Tests that pulls of changes end where a whole pull begins: whatever happened in the project between them."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.pulls.conftest import DATA, DICTIONARY, SITE_TOML, START, Clinic
from tests.pulls.redcap_server import Redcap, serving
from tests.warehouse.kit import SITE, Kit, new_kit
from warehouse.pulls.pull_sites import pull_sites

COLUMNS = ("session", "lesion", "size", "rfa_date", "sex")
STEPS, FEW_STEPS = 8, 5


def _tables(kit: Kit) -> list[list[tuple]]:
    kit.refresh()
    assert kit.problems == []
    of_delivery = "EXCLUDE (row_id, delivery, line)"
    return [kit.tuples(f"SELECT * {of_delivery} FROM clean.{t} ORDER BY ALL") for t in ("patients", "rfa_sessions")]


def _happen(project: Redcap, draw: random.Random, at: str) -> None:
    """Change a cell, delete an instance or a record, or enter a new instance or record."""
    records = list(dict.fromkeys(row[0] for row in project.rows))
    record = draw.choice(records)
    n_rows = sum(row[0] == record for row in project.rows)
    what = draw.choice(("change", "change", "delete row", "delete record", "new row", "new record"))
    if what == "change":
        column, row = draw.choice(COLUMNS), draw.randrange(n_rows)
        if (column == "sex") == (row == 0):
            cells = {"session": "S%d", "lesion": "%d", "size": "2%d", "rfa_date": "2021-05-0%d", "sex": "%d"}
            project.change(record, column, cells[column] % draw.randint(1, 2), at, row=row)
    elif what == "delete row" and n_rows > 2:
        project.delete(record, row=draw.randrange(1, n_rows), at=at)
    elif what == "delete record" and len(records) > 4:
        project.delete(record)
    elif what == "new row":
        _enter(project, record, draw, at)
    elif what == "new record":
        new = f"1{len(project.asked)}"
        project.rows.append([new, "", "", "north", "Gil", "1", "0", "0", "", "2", *[""] * 6])
        _enter(project, new, draw, at)


def _enter(project: Redcap, record: str, draw: random.Random, at: str) -> None:
    instance = 1 + max((int(row[2]) for row in project.rows if row[0] == record and row[2]), default=0)
    cells = [f"S{draw.randint(1, 3)}", "2021-06-01", str(draw.randint(1, 3)), "21", "10.5", "2"]
    project.rows.append([record, "ablation", str(instance), "north", *[""] * 6, *cells])
    project.rows.sort(key=lambda row: (row[0], int(row[2] or 0)))
    project.changed[record] = at


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_changes_end_where_a_whole_pull_begins(
    seed: int, kit: Kit, clinic_of: Callable[[Redcap], Clinic], tmp_path: Path
) -> None:
    """After changes, deletions and new entries, pulled one after the other, the tables are those of one whole pull."""
    draw = random.Random(seed)
    with serving(Redcap(DICTIONARY, DATA)) as project:
        clinic = clinic_of(project)
        clinic.pull()
        for _ in range(STEPS if seed else FEW_STEPS):
            for _ in range(draw.randint(1, 3)):
                _happen(project, draw, f"{clinic.now + timedelta(minutes=30):%Y-%m-%d %H:%M:%S}")
            clinic.pull(after=draw.choice((timedelta(hours=1), timedelta(days=3))), accepts_deletions=True)
            if draw.random() < 0.5:
                kit.refresh()
        clinic.pull(after=timedelta(days=7), accepts_deletions=True)
        with new_kit(tmp_path / "fresh") as fresh:
            fresh.configure(SITE, SITE_TOML.format(address=project.address, mode="delta"))
            (outcome,) = pull_sites(fresh.home, SITE, now=START)
            assert outcome.pulled is not None
            assert _tables(kit) == _tables(fresh)
