"""Tests the rules on the demonstration study: none is broken without planted defects, each planted one is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from schemas.canaries import CANARIES
from schemas.canary import EXTRACT_DATE, Canary
from schemas.exports import EXPORTS
from schemas.rules import RULES
from synthetic.delivery import Row, write_file
from synthetic.study import SITE, files_of_study, write_study
from tests.warehouse.kit import Kit, new_kit
from warehouse.derived.derive import derive, derived_order
from warehouse.quality.rule_results import write_results


@pytest.fixture(scope="module")
def clean_study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """The study refreshed without the rows that were planted to be set aside, and without what hangs on them."""
    with new_kit(tmp_path_factory.mktemp("clean") / "home") as kit:
        for export, files in files_of_study().items():
            for style, rows in files:
                sound = [_without_planted_values(r) for r in rows if "row" not in {d[1] for d in r.defects}]
                write_file(kit.home.landing / SITE / export, export, style, sound)
        kit.refresh()
        for table in derived_order(kit.con):
            derive(kit.con, table)
        write_results(kit.con)
        yield kit


def _without_planted_values(row: Row) -> Row:
    """The row with the cells empty that were planted to be set aside."""
    planted = {column for _, scope, column in row.defects if scope == "value"}
    return replace(row, cells={name: "" if name in planted else cell for name, cell in row.cells.items()})


def test_the_clean_study_breaks_no_rule_that_sets_aside(clean_study: Kit) -> None:
    """A refresh of the clean study shows zero failed E rules."""
    failed = clean_study.tuples(
        "SELECT rule_id, table_name, n_violations FROM quality.results WHERE severity = 'E' AND status <> 'passed' "
        "AND status <> 'not applicable'"
    )
    assert failed == []
    assert clean_study.value("SELECT count(*) FROM quality.quarantine") == 0


def test_the_clean_study_is_the_whole_study(clean_study: Kit) -> None:
    """Leaving the defects out loses none of the 120 patients and 212 lesions."""
    counts = clean_study.tuples("SELECT count(DISTINCT patient_id), count(*) FROM derived.lesion_ltp")
    assert counts == [(120, 212)]


def _one_bad_canary_for_each() -> list[Canary]:
    """The first bad canary of every rule, export and column."""
    chosen: dict[tuple[str, str, str | None], Canary] = {}
    for canary in CANARIES:
        if canary.kind == "bad":
            chosen.setdefault((canary.rule_id, canary.export, canary.column), canary)
    return list(chosen.values())


@pytest.mark.long
def test_every_rule_planted_beside_the_study_is_found_with_its_sentence(tmp_path: Path) -> None:
    """Every rule's defect, delivered as a file beside the study, ends in the entry or flag that names its rule."""
    canaries = _one_bad_canary_for_each()
    with new_kit(tmp_path / "home") as kit:
        write_study(kit.home.landing)
        for number, canary in enumerate(canaries):
            _deliver(kit, f"plant-{number:03d}", canary)
        kit.refresh()
        entries = {
            (site, rule_id, column): (scope, reason)
            for site, rule_id, column, scope, reason in kit.tuples(
                "SELECT site, rule_id, column_name, scope, reason FROM quality.quarantine"
            )
        }
        flags = set(kit.tuples(" UNION ALL ".join(f"SELECT site, unnest(flags) FROM clean.{name}" for name in EXPORTS)))
    missed = []
    for number, canary in enumerate(canaries):
        site = f"plant-{number:03d}"
        if canary.scope == "flag":
            found = (site, canary.rule_id) in flags
        else:
            expected = (canary.scope, RULES[canary.rule_id].reason(canary.column or ""))
            found = entries.get((site, canary.rule_id, canary.column)) == expected
        if not found:
            missed.append(canary.place)
    assert missed == []
    assert {c.rule_id for c in canaries} == {r.rule_id for r in RULES.values() if r.phase in (1, 2, 3, 4, 5, 6)}


def _deliver(kit: Kit, site: str, canary: Canary) -> None:
    """The canary's rows as CSV files, one per export and delivery."""
    for export in EXPORTS.values():
        for delivery in (1, 2):
            rows = [p.cells for p in canary.rows if p.export == export.name and p.delivery == delivery]
            if rows:
                lines = [",".join(_quoted(cells.get(name, "")) for name in export.column_names) for cells in rows]
                text = "\n".join([",".join(export.column_names), *lines]) + "\n"
                kit.deliver(site, export.name, f"{EXTRACT_DATE}_{delivery}.csv", text)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if set(cell) & set(',"\n;\t') else cell
