"""Reads the registry's own plan of analyses, and records since when each of its analyses has been declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from schemas.home_file import HomeFile
from warehouse.archive import plan_journal
from warehouse.archive.plan_journal import Declared
from warehouse.cohorts.plan_form import (
    Definition,
    Plan,
    Planned,
    PlannedComparison,
    PlannedModel,
    PlanRefused,
    parse_plan,
)
from warehouse.releases.release import Release, current_release
from warehouse.storage.home import Home
from warehouse.storage.home_files import PLAN_FILES
from warehouse.storage.plan_table import PlannedRow, plan_in, write_plan
from workflows.comparison_checks import with_comparisons
from workflows.imputed_columns import check_imputations
from workflows.plan_checks import checked
from workflows.time_varying_checks import check_time_varying

CURE = "Save it as UTF-8 text, readable for this user."


@dataclass(frozen=True)
class ReadPlan:
    """The plan's file, and the plan that it states or the reason why it is refused; all empty without a file."""

    file: HomeFile | None = None
    plan: Plan | None = None
    reason: str = ""


def read_plan(home: Home) -> ReadPlan:
    """Read the home's plan.toml."""
    files = PLAN_FILES.read(home)
    return checked_file(files[0]) if files else ReadPlan()


def checked_file(file: HomeFile) -> ReadPlan:
    """Return the file with its plan, or with the reason why it is refused."""
    try:
        return ReadPlan(file, plan_of(file))
    except PlanRefused as refused:
        return ReadPlan(file, None, str(refused))


def plan_of(file: HomeFile) -> Plan:
    """Return the plan that a file states. PlanRefused, in one sentence with its cure, if it states none."""
    if file.text is None:
        raise PlanRefused(f"{file.name} is not UTF-8 text, or cannot be read.", CURE)
    said = check_time_varying(parse_plan(file.text.removeprefix("\ufeff"), file.name), file.name)
    plan = checked(said, file.name)
    return check_imputations(with_comparisons(plan, file.name), file.name)


def problems_of_plan(read: ReadPlan) -> list[tuple[str, str]]:
    """Return a refused plan as a problem: (place, sentence)."""
    return [(read.file.name, read.reason)] if read.file and read.reason else []


def write_own_plan(con: duckdb.DuckDBPyConnection, home: Home, read: ReadPlan) -> None:
    """Write meta.plan: what the analyses of this refresh are made from, each with the day of its first release."""
    rows: list[PlannedRow] = []
    if read.plan is not None:
        release = current_release(home)
        known = _of_release(release) | plan_journal.read(home)
        today = datetime.now(UTC).date().isoformat()
        rows = rows_of(read.plan, known, today, is_after_data=release is not None)
    write_plan(con, read.file, rows, read.reason)


def rows_of(plan: Plan, known: Mapping[str, Declared], today: str, *, is_after_data: bool) -> list[PlannedRow]:
    """Return the plan's analyses; those whose definition is not known are declared today."""
    return [_row(one, known.get(one.sha256) or Declared(one.sha256, today, is_after_data)) for one in plan.definitions]


def _row(one: Definition, declared: Declared) -> PlannedRow:
    item = one.item
    method, formula, groups = _said(item)
    return PlannedRow(
        item=one.kind,
        item_name=item.name,
        title=item.title,
        endpoint=item.endpoint,
        level=item.level,
        method=method,
        formula=formula,
        groups=groups,
        strata="" if isinstance(item, PlannedComparison) else ", ".join(item.strata),
        cluster_by=(item.cluster or "") if isinstance(item, PlannedModel) else "",
        subgroup=item.subgroup or "",
        definition_sha256=one.sha256,
        declared_on=declared.declared_on,
        is_after_data=declared.is_after_data,
    )


def _said(item: Planned) -> tuple[str, str, str]:
    """Return the method, the formula and the groups of an analysis; '' for what it has not."""
    if isinstance(item, PlannedModel):
        return item.fitted_by, item.formula, ""
    if isinstance(item, PlannedComparison):
        return item.estimand, item.confounders, item.groups
    return "", "", item.by or ""


def _of_release(release: Release | None) -> dict[str, Declared]:
    """Return what the current release declares: its lines may be missing from the journal after a crash."""
    stated = release.manifest.get("plan", {}).get("definitions", []) if release else []
    return {
        one["definition_sha256"]: Declared(one["definition_sha256"], one["declared_on"], one["is_after_data"])
        for one in stated
    }


def record_declared(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Record in the archive what the release that was just made declares for the first time."""
    if held := plan_in(con):
        plan_journal.record(home, declared_by(held.rows))


def declared_by(rows: tuple[PlannedRow, ...]) -> list[Declared]:
    """Return the declarations of analyses as a release holds them."""
    return [Declared(row.definition_sha256, row.declared_on, row.is_after_data) for row in rows]
