"""Applies the rules across rows and tables (phases 5 and 6), each a SELECT in sql/rules/ over the clean tables.

CROSS_RULES lists them in the order in which they run. A SELECT yields row_id and column_name of the rows that break the
rule; schemas/rules.py has the sentences and severities.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import groupby

import duckdb

from schemas.contract import scope_of
from schemas.exports import EXPORTS
from schemas.rules import RULES
from warehouse.queries import apply_exceptions
from warehouse.raw.filled_exports import of_clean, with_rows
from warehouse.storage.sql_files import select_of

ROW_RULES = ("ORPHAN-01", "PARENT-01")
"""Rules that set the row aside whichever column names the missing parent."""


@dataclass(frozen=True)
class CrossRule:
    """A rule across rows, for one export; `file` is a file in sql/rules/, without its extension.

    `asked` is the column that must be filled for the rule to apply to a row; empty if it applies to every row.
    """

    rule_id: str
    export: str
    file: str
    asked: str = ""


CROSS_RULES = (
    CrossRule("PARENT-01", "rfa_sessions", "parent_01_rfa_sessions"),
    CrossRule("PARENT-01", "genotypes", "parent_01_genotypes"),
    CrossRule("ORPHAN-01", "genotypes", "orphan_01_genotypes"),
    CrossRule("PARENT-01", "imaging_followups", "parent_01_imaging_followups"),
    CrossRule("ORPHAN-01", "imaging_followups", "orphan_01_imaging_followups"),
    CrossRule("PARENT-01", "treatments", "parent_01_treatments"),
    CrossRule("ORPHAN-01", "treatments", "orphan_01_treatments"),
    CrossRule("PAT-05", "patients", "pat_05", "birth_year"),
    CrossRule("PAT-07", "patients", "pat_07", "death_date"),
    CrossRule("PAT-08", "patients", "pat_08", "death_date"),
    CrossRule("PAT-04-W", "patients", "pat_04_w", "birth_year"),
    CrossRule("PAT-08", "imaging_followups", "pat_08_imaging_followups", "exam_date"),  # deaths not set aside before
    CrossRule("PAT-09-W", "patients", "pat_09_w", "last_contact_date"),
    CrossRule("LES-07", "rfa_sessions", "les_07", "segment"),
    CrossRule("LES-08", "rfa_sessions", "les_08"),
    CrossRule("ABL-09", "rfa_sessions", "abl_09"),
    CrossRule("ABL-10", "rfa_sessions", "abl_10"),
    CrossRule("IMG-03", "imaging_followups", "img_03"),
    CrossRule("IMG-05", "imaging_followups", "img_05", "lesion_status"),
    CrossRule("IMG-07", "imaging_followups", "img_07", "lesion_status"),
    CrossRule("IMG-10", "imaging_followups", "img_10"),
    CrossRule("GEN-06-W", "genotypes", "gen_06_w", "specimen_date"),
    CrossRule("GEN-05", "genotypes", "gen_05"),
    CrossRule("GEN-09", "genotypes", "gen_09"),
    CrossRule("TRT-05", "treatments", "trt_05"),
    CrossRule("TRT-06", "treatments", "trt_06"),
    CrossRule("TRT-07", "treatments", "trt_07"),
)


PARENT_RULES = tuple(rule for rule in CROSS_RULES if RULES[rule.rule_id].phase == 5)
"""Run again when a rule of the registry's own set sessions aside after they had run."""


def apply_cross_rules(con: duckdb.DuckDBPyConnection, rules: tuple[CrossRule, ...] = CROSS_RULES) -> None:
    """Run every rule of an export that has rows, and set aside what breaks it. Consecutive rules of the same phase and
    export judge the same rows; later rules do not see what these set aside.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS work")
    con.execute(f"CREATE OR REPLACE TABLE work.set_aside_sessions AS {select_of('rules/set_aside_sessions')}")
    filled = {export.name for export in with_rows(con, of_clean)}
    excepted = apply_exceptions.rules_with_exceptions(con)
    for (_, export), together in groupby(rules, lambda rule: (RULES[rule.rule_id].phase, rule.export)):
        found = [_find(con, rule, excepted) for rule in together] if export in filled else []
        for scope, column in sorted(set().union(*found)):
            set_aside(con, export, scope, column)


def _find(con: duckdb.DuckDBPyConnection, rule: CrossRule, excepted: Collection[str]) -> set[tuple[str, str]]:
    """Store the rule's findings and return the (scope, column) pairs that occur among them."""
    export = EXPORTS[rule.export]
    scopes = {
        column.name: "row" if rule.rule_id in ROW_RULES else scope_of(rule.rule_id, export, column)
        for column in export.columns
    }
    cases = " ".join(f"WHEN '{name}' THEN '{scope}'" for name, scope in scopes.items())
    made = con.execute(
        f"CREATE OR REPLACE TEMP TABLE found AS SELECT DISTINCT row_id, column_name, "  # noqa: S608
        f"CASE column_name {cases} END AS scope FROM ({select_of('rules/' + rule.file)})"
    ).fetchone()
    if made == (0,):  # as most often: nothing to accept, to store or to set aside
        return set()
    return store_found(con, rule.export, rule.rule_id, excepted)


def store_found(
    con: duckdb.DuckDBPyConnection, export: str, rule_id: str, excepted: Collection[str]
) -> set[tuple[str, str]]:
    """Store the rows of the temporary table `found` (row_id, column_name, scope) as findings of the rule, and return
    the (scope, column) pairs among them. What an exception accepts gets its scope; `excepted` are the rules with one.
    """
    if rule_id in excepted:
        apply_exceptions.mark_found(con, export, rule_id)
    con.execute("INSERT INTO quality.findings SELECT ?, row_id, ?, column_name, scope FROM found", [export, rule_id])
    return set(con.execute("SELECT DISTINCT scope, column_name FROM found").fetchall())


def set_aside(con: duckdb.DuckDBPyConnection, export: str, scope: str, column: str) -> None:
    """Remove the rows, or empty the values, that findings with that scope and column set aside."""
    where = (
        f"row_id IN (SELECT row_id FROM quality.findings WHERE export = '{export}' AND scope = '{scope}' "  # noqa: S608
        f"AND column_name = '{column}')"
    )
    if scope == "row":
        con.execute(f"DELETE FROM clean.{export} WHERE {where}")  # noqa: S608 (names from the contract)
    elif scope == "value":
        con.execute(f"UPDATE clean.{export} SET {column} = NULL WHERE {where}")  # noqa: S608
