"""How many rows the steps of the derived tables' SELECTs hand on, in a made-up registry of 20,000 patients.

DuckDB plans by estimates. With estimates far too low it joined three tables by comparing days, all with all, before it
compared the lesions: the same SELECT took 0.2 s one week and 10 s the next, and did not end with 100,000 patients.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.orchestration.command import run_here
from tests.orchestration.light import LIGHT
from warehouse.derived import derive
from warehouse.storage.connection import open_build
from warehouse.storage.home import Home

N_PATIENTS = 20_000
MOST_PER_ROW = 3
"""Rows that a step may hand on, per row of the export that has most."""


def steps(plan: dict[str, Any]) -> list[tuple[str, int]]:
    """(operator, rows handed on) of a profile and all below it."""
    own = [(str(plan.get("operator_type", "")), int(plan.get("operator_cardinality", 0)))]
    return own + [step for child in plan.get("children", []) for step in steps(child)]


@pytest.mark.long
def test_no_step_compares_all_with_all(tmp_path: Path) -> None:
    """Of each derived table, no step hands on many more rows than there are of exams."""
    home = Home(tmp_path / "home")
    assert run_here(home.root, "demo", "--patients", str(N_PATIENTS)).code == 0
    assert run_here(home.root, "refresh", makes=LIGHT).code == 0
    profile = tmp_path / "profile.json"
    found = {}
    with open_build(home) as con:
        (n_exams,) = con.execute("SELECT count(*) FROM clean.imaging_followups").fetchone() or (0,)
        con.execute("SET enable_profiling = 'json'")
        con.execute(f"SET profiling_output = '{profile}'")
        for table in derive.derived_order(con):
            con.execute(f"CREATE OR REPLACE TEMP TABLE made AS {derive.select_for(table)}")
            found[table] = max(rows for _, rows in steps(json.loads(profile.read_text(encoding="utf-8"))))
    assert n_exams > N_PATIENTS
    assert {table: rows for table, rows in found.items() if rows > MOST_PER_ROW * n_exams} == {}
