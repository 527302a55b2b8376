"""Draws, delivers and reads back cases of row rules; one refresh judges all cases of an export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from schemas.exports import EXPORTS
from tests.warehouse.kit import EXTRACT, SITE, Kit, Row, csv_of, named, row_of


@dataclass(frozen=True)
class Broken:
    """Cells that break `rule_id` in `columns`, setting aside `scope` ('row', 'value'; 'flag' for a W rule)."""

    rule_id: str
    columns: str
    scope: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Kept:
    """Cells that break no E rule; `stored` says what the clean row must hold, `flags` its W rules."""

    cells: dict[str, str]
    stored: dict[str, object] = field(default_factory=dict)
    flags: tuple[str, ...] = ()


Case = Broken | Kept


def broken(rule_id: str, columns: str, scope: str, **cells: str) -> Broken:
    """A case outside a bound; `columns` are separated by blanks."""
    return Broken(rule_id, columns, scope, cells)


def kept(stored: dict[str, object] | None = None, flags: str = "", **cells: str) -> Kept:
    """A case inside a bound; `flags` are separated by blanks."""
    return Kept(cells, stored or {}, tuple(flags.split()))


def label(case: Case) -> str:
    """A name for the test's output: the rule and its columns, never a cell."""
    return f"{case.rule_id} {case.columns}" if isinstance(case, Broken) else "kept " + " ".join(case.cells)


def patient_of(number: int) -> str:
    """The patient whose row the case is."""
    return f"case{number:03d}"


def deliver(kit: Kit, export: str, cases: Sequence[Case]) -> None:
    """Deliver the cases as one file, and a session for every patient where the export is not sessions."""
    rows = [row_of(export, **{"patient_id": patient_of(i)} | case.cells) for i, case in enumerate(cases)]
    kit.deliver(SITE, export, named(export), csv_of(rows))
    if export != "rfa_sessions":
        sessions = [row_of("rfa_sessions", patient_id=patient_of(i)) for i in range(len(cases))]
        kit.deliver(SITE, "rfa_sessions", named("rfa_sessions"), csv_of(sessions))
    kit.refresh()


def check(kit: Kit, export: str, number: int, case: Case) -> None:
    """What quarantine and the clean table hold for the case's line is what the case says."""
    line = number + 1
    entries = kit.rows(
        "SELECT * FROM quality.quarantine WHERE export = ? AND line = ? ORDER BY column_name", export, line
    )
    found = [(e["rule_id"], e["column_name"], e["scope"]) for e in entries]
    clean = kit.rows(f"SELECT * FROM clean.{export} WHERE line = ?", line)
    if isinstance(case, Kept):
        assert found == []
        assert len(clean) == 1
        assert {name: clean[0][name] for name in case.stored} == case.stored
        assert set(case.flags) <= set(clean[0]["flags"]) if case.flags else clean[0]["flags"] == []
        return
    if case.scope == "flag":
        assert found == []
        assert case.rule_id in clean[0]["flags"]
        return
    assert found == [(case.rule_id, column, case.scope) for column in sorted(case.columns.split())]
    assert_entry_is_whole(entries[0], export, case)
    if case.scope == "row":
        assert clean == []
    else:
        assert len(clean) == 1
        assert all(clean[0][column] is None for column in case.columns.split())


def assert_entry_is_whole(entry: Row, export: str, case: Broken) -> None:
    """The entry says where it stands and why, in a sentence that holds none of the row's cells."""
    assert (entry["site"], entry["export"], entry["delivery"]) == (SITE, export, named(export))
    assert entry["load_id"] and entry["first_seen"] and entry["reason"].endswith(".")
    assert all(value.strip() in entry["row"] for value in case.cells.values())
    words = [value for column, value in case.cells.items() if value not in EXPORTS[export].column(column).codes]
    assert not any(value in entry["reason"] for value in words if len(value) > 4)


assert EXTRACT == "2024-06-30"  # the cases' dates are drawn around it
