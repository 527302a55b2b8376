"""Deriving the patients that are due: the table's own SELECT in a part, the outcome put back into the whole.

What belongs here: following the change log table by table, and the gates, which are judged where the rows are made.
What does not: the definitions (sql/), and what a gate asks (gates.py). A table follows its changes only when its gates
passed: rows that a gate refused stay due, so that no later refresh passes them by.
"""

from collections.abc import Iterable

import duckdb

from warehouse import change_log, contents, gates
from warehouse.change_log import Due
from warehouse.cleaning import CLEAN
from warehouse.connection import table_exists
from warehouse.contents import Content
from warehouse.derivation import derive
from warehouse.lineage import tables_read
from warehouse.part import part_of_due, put_back_counted, show_due

GATE_READS = {"OUT-01": (), "OUT-02": ("derived.patient_ltpfs", "derived.lesion_ltp")}
"""Gate rule -> the tables that it reads beside the one after which it is judged."""


def derive_due(
    con: duckdb.DuckDBPyConnection, table: str, code: str, rules: Iterable[str] = ()
) -> tuple[Due, Content, dict[str, dict[str, int]]]:
    """Bring derived.<table> up to date: (what was due, its content, check -> offending rows by condition).

    `rules` are the gate rules judged with this table. Empty conditions mean that the gate is open.
    """
    step = f"derived.{table}"
    due = change_log.due(con, step, code, after=CLEAN)
    if not due.is_everything and not table_exists(con, "derived", table):
        due = Due(True, 0, due.up_to)
    if due.is_nothing:
        return due, contents.of(con, step), {name: {} for name in ("contract", *rules)}
    if due.is_everything:
        derive(con, table)
        content, broken = contents.recount(con, step), _judge(con, table, rules)
    else:
        content, broken = _derive_part(con, table, tuple(rules))
    if not any(broken.values()):
        change_log.set_watermark(con, step, due.up_to, code)
    return due, content, broken


def _derive_part(
    con: duckdb.DuckDBPyConnection, table: str, rules: tuple[str, ...]
) -> tuple[Content, dict[str, dict[str, int]]]:
    with part_of_due(con) as whole:
        reads = {*tables_read(f"derived.{table}"), *(name for rule in rules for name in GATE_READS[rule])}
        show_due(con, whole, sorted(reads))
        derive(con, table)
        broken = _judge(con, table, rules)
        con.execute(f"USE {whole}")
        con.begin()
        content = put_back_counted(con, f"derived.{table}")
        con.commit()
    return content, broken


def _judge(con: duckdb.DuckDBPyConnection, table: str, rules: Iterable[str]) -> dict[str, dict[str, int]]:
    return {"contract": gates.derived_contract(con, table)} | {rule: gates.rule_gate(con, rule) for rule in rules}
