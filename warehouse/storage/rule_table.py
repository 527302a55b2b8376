"""Keeps the rules in force in meta.rules: the platform's and the registry's own, those that were refused included.

A refresh writes the table first; everything that holds a connection asks it (`book_of`). So a release knows the rules
that it was made with, and two homes in one process do not share any.
"""

from collections.abc import Iterator

import duckdb
import polars as pl

from schemas.home_file import HomeFile
from schemas.rule import Rule
from schemas.rule_book import DATASET_PHASE, OURS, OwnRule, RefusedRule, RuleBook
from schemas.rules import RULES
from warehouse.storage.connection import table_exists
from warehouse.storage.home_files import Stamps, stamps_of

RULE_TABLE = "meta.rules"
TEXT = pl.String()
COLUMNS = {
    "rule_id": TEXT,
    "table_name": TEXT,
    "column_name": TEXT,
    "phase": TEXT,
    "severity": TEXT,
    "sentence": TEXT,
    "kahn_category": TEXT,
    "kahn_context": TEXT,
    "threshold_pct": pl.Float64(),
    "reference": TEXT,
    "stated_by": TEXT,
    "is_in_force": pl.Boolean(),
    "reason": TEXT,
    "breaks_where": TEXT,
    "asked_columns": TEXT,
    "asks_site": pl.Boolean(),
    "rule_file": TEXT,
    "rule_file_sha256": TEXT,
    "rule_file_text": TEXT,
}
PLATFORM, REGISTRY = "platform", "registry"
ORDER = "rule_file, rule_id, table_name, column_name"


def _own_rules(where: str = "") -> str:
    return f"FROM {where}{RULE_TABLE} WHERE stated_by = '{REGISTRY}' ORDER BY {ORDER}"


def has_rules(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> bool:
    """Return whether a catalogue, by default the current one, has the table: earlier versions did not."""
    return table_exists(con, f"{catalogue}.meta" if catalogue else "meta", "rules")


def write_rules(con: duckdb.DuckDBPyConnection, book: RuleBook) -> bool:
    """Write meta.rules from the book; return whether an own rule came, went or changed."""
    had = has_rules(con)
    if had:
        con.execute(f"CREATE OR REPLACE TEMP TABLE rules_before AS {_own_rules()}")
    frame = pl.DataFrame(list(_rows(book)), schema=COLUMNS, orient="row")
    con.register("rules_now", frame.to_arrow())
    con.execute(f"CREATE OR REPLACE TABLE {RULE_TABLE} AS FROM rules_now ORDER BY stated_by, {ORDER}")
    con.unregister("rules_now")
    if not had:
        return bool(book.own)
    own = f"(SELECT * FROM {RULE_TABLE} WHERE stated_by = '{REGISTRY}')"  # noqa: S608 (own names)
    moved = con.execute(
        f"SELECT count(*) FROM ((FROM rules_before EXCEPT FROM {own}) UNION ALL (FROM {own} EXCEPT FROM rules_before))"  # noqa: S608
    ).fetchone()
    con.execute("DROP TABLE rules_before")
    return moved is not None and moved[0] > 0


def _rows(book: RuleBook) -> Iterator[tuple]:
    for rule in RULES.values():
        for table in rule.tables:
            yield (*_said(rule, table), PLATFORM, True, *[None] * 4, None, None, None)
    files = {one.name: one for one in book.files}
    for own in book.own:
        yield (*_own(own), REGISTRY, True, None, *_compiled(own), *_file(files[own.file]))
    for one in book.refused:
        said = _own(one.own) if one.own else (one.rule_id or None, *[None] * 9)
        compiled = _compiled(one.own) if one.own else (None, None, None)
        yield (*said, REGISTRY, False, one.reason, *compiled, *_file(files[one.file]))


def _said(rule: Rule, table: str, column: str | None = None) -> tuple:
    return (
        *(rule.rule_id, table, column, str(rule.phase), rule.severity, rule.sentence),
        *(rule.kahn_category, rule.kahn_context, rule.threshold_pct, rule.reference),
    )


def _own(own: OwnRule) -> tuple:
    return _said(own.rule, own.export, own.column)


def _compiled(own: OwnRule) -> tuple[str, str, bool]:
    return own.breaks, " ".join(own.asked), own.asks_site


def _file(file: HomeFile) -> tuple[str, str, str | None]:
    return file.name, file.sha256, file.text


def book_of(con: duckdb.DuckDBPyConnection, catalogue: str = "") -> RuleBook:
    """Return the rules that a database was made with, by default the current one; the platform's alone if it does not
    say.
    """
    if not has_rules(con, catalogue):
        return OURS
    cursor = con.execute(_own_rules(f"{catalogue}." if catalogue else ""))
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    if not rows:
        return OURS
    in_force = tuple(_own_of(row) for row in rows if row["is_in_force"])
    refused = tuple(
        RefusedRule(
            row["rule_file"], row["rule_id"] or "", row["reason"], _own_of(row) if row["breaks_where"] else None
        )
        for row in rows
        if not row["is_in_force"]
    )
    files = {
        row["rule_file"]: HomeFile(row["rule_file"], row["rule_file_sha256"], row["rule_file_text"]) for row in rows
    }
    return RuleBook(in_force, refused, tuple(files[name] for name in sorted(files)))


def _own_of(row: dict) -> OwnRule:
    rule = Rule(
        row["rule_id"],
        (row["table_name"],),
        row["phase"] if row["phase"] == DATASET_PHASE else int(row["phase"]),
        row["severity"],
        row["sentence"],
        row["kahn_category"],
        row["kahn_context"],
        row["threshold_pct"],
        row["reference"],
    )
    place = row["table_name"], row["column_name"] or ""
    asked = tuple(row["asked_columns"].split())
    return OwnRule(rule, *place, row["breaks_where"], row["rule_file"], asked, row["asks_site"])


def files_of(con: duckdb.DuckDBPyConnection) -> Stamps:
    """Return (name, SHA-256) of the files of rules that the tables were made with, in order."""
    return stamps_of(book_of(con).files)
