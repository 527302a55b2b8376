"""Makes the form in which readers get rows that were set aside: canonical columns, with questionable cells masked.

In a release, schema `released` of the build database replaces the tables of schema `quality` that contain complete
delivered rows, which only the site's query sheet shows (query_sheet.py).

A cell is shown only if it cannot contain a name: it is a date, a number, a code or a flag as its column requires, or
part of the row's key and passes PHI-01; and no entry of the row is about it. Unknown columns and free text are never
shown: a row that was set aside early has not been through all rules (docs/decisions/0020).
"""

import json

import duckdb
import polars as pl

from schemas.codes import ANSWERS_KNOWN
from schemas.export import Column, Export
from schemas.exports import EXPORTS
from schemas.phi import PATTERN
from schemas.rule_book import OWN_ID
from schemas.rules import RULES
from warehouse.storage.connection import table_exists
from warehouse.storage.sql_files import sql_text

SCHEMA = "released"
MASKED = "(set aside)"
STANDS_IN = ("quarantine", "resolved", "answers", "exceptions")
"""Tables of schema quality that have a form for readers."""
ROW = "site, delivery, line"
SHORT_NUMBER = r"^[+-]?[0-9]{1,6}([.,][0-9]{1,9})?$"
"""Longer numbers could be telephone or record numbers."""
ISO_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
AMINO_ACID = (
    "(?:[A-Z*=?]|Ala|Arg|Asn|Asp|Cys|Gln|Glu|Gly|His|Ile|Leu|Lys|Met|Phe|Pro|Ser|Thr|Trp|Tyr|Val|Ter|Xaa)"  # HGVS
)
REFERENCE = r"(?:[NLX][CGMPR]_[0-9]+(?:\.[0-9]+)?:)?"
PROTEIN = (
    rf"(?:p\.)?\(?{AMINO_ACID}[0-9]{{1,4}}(?:_{AMINO_ACID}[0-9]{{1,4}})?"
    rf"(?:{AMINO_ACID}|(?:del|dup|fs)?(?:ins{AMINO_ACID}+)?)\)?"
)
CODING = r"c\.[-*]?[0-9]{1,5}(?:[_+-][0-9]+)*(?:[ACGT]+>[ACGT]+|(?:del|dup|ins)[ACGT]*(?:ins[ACGT]+)?)"
CHANGE = f"{REFERENCE}(?:{PROTEIN}|{CODING})"
NOTATION = f"^{CHANGE}(?:[ ;,]+{CHANGE})*$"
"""A variant that is shown: changes of protein or coding sequence and no other word. A sentence could contain a name."""
FLAGS = ("yes", "no", "unknown")
_ENTRY = 'export, site, delivery, line, "row", rule_id, column_name'
ENTRIES, SPEAKING = (
    " UNION ALL ".join(f"SELECT '{shown_in}' AS shown_in, {_ENTRY} FROM quality.{name}" for shown_in, name in pairs)  # noqa: S608
    for pairs in (
        (("quarantine", "quarantine"), ("resolved", "resolved")),
        (("quarantine", "quarantine"), ("resolved", "resolved"), ("resolved", "quarantine")),
    )
)
"""The entries by the table that shows them, and those that mask a cell there. Resolved entries mask nothing in the
quarantine, because a rebuild from the archive does not know them."""


def stand_in(con: duckdb.DuckDBPyConnection, table: str, catalogue: str = "") -> str:
    """Return the table that readers get for `table` (schema.table): itself, except for those of STANDS_IN in the build.

    `catalogue` is the name of an attached database, followed by a dot.
    """
    schema, name = table.split(".")
    shown = f"{catalogue}{SCHEMA}"
    return (
        f"{shown}.{name}"
        if schema == "quality" and name in STANDS_IN and table_exists(con, shown, name)
        else (f"{catalogue}{table}")
    )


def write_for_readers(con: duckdb.DuckDBPyConnection) -> None:
    """Make schema `released` from the current quality.quarantine, resolved, answers and exceptions."""
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE entries_whole AS SELECT *, CAST(NULL AS VARCHAR) AS shown, "  # noqa: S608
        f"CAST(NULL AS VARCHAR) AS shown_key FROM ({ENTRIES}) LIMIT 0"
    )
    asked = con.execute(f"SELECT DISTINCT export FROM ({ENTRIES})").fetchall()  # noqa: S608 (own names)
    for export in EXPORTS.values():
        if (export.name,) in asked:
            _mask(con, export)
    for name in ("quarantine", "resolved"):
        con.execute(
            f"""
            CREATE OR REPLACE TABLE {SCHEMA}.{name} AS
            SELECT q.* REPLACE (coalesce(m.shown_key, '{MASKED}') AS key, coalesce(m.shown, '{{}}') AS row)
            FROM quality.{name} q
            LEFT JOIN (
                SELECT DISTINCT export, {ROW}, "row", shown, shown_key FROM entries_whole WHERE shown_in = '{name}'
            ) m
                   ON m.export = q.export AND m.site = q.site AND m.delivery = q.delivery AND m.line = q.line
                  AND m."row" = q."row"
            """  # noqa: S608 (own names)
        )
    for name, mask in (("answers", _mask_answers), ("exceptions", _mask_exceptions)):
        if table_exists(con, "quality", name):
            cells = mask() if con.execute(f"SELECT 1 FROM quality.{name} LIMIT 1").fetchone() else ""  # noqa: S608
            shown = f"SELECT * REPLACE ({cells})" if cells else "SELECT *"
            con.execute(f"CREATE OR REPLACE TABLE {SCHEMA}.{name} AS {shown} FROM quality.{name}")
    con.execute("DROP TABLE entries_whole")


def _mask(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Add the export's rows to entries_whole, each with the JSON and the key to be shown."""
    names = export.column_names
    form = json.dumps(dict.fromkeys(names, "VARCHAR"))
    con.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE parsed AS
        SELECT row_number() OVER () AS n, *, from_json("row", {sql_text(form)}) AS c FROM (
            SELECT e.*, a.aside
            FROM (SELECT DISTINCT shown_in, {ROW}, "row" FROM ({ENTRIES}) WHERE export = '{export.name}') e
            JOIN (SELECT shown_in, {ROW},
                         coalesce(list(DISTINCT column_name) FILTER ({_speaks_of_cell(export)}), []) AS aside
                  FROM ({SPEAKING}) WHERE export = '{export.name}' GROUP BY ALL) a USING (shown_in, {ROW}))
        """  # noqa: S608 (identifiers from the contract)
    )
    con.register("names_found", _names_in_keys(con, export).to_arrow())
    con.execute(
        "CREATE OR REPLACE TEMP TABLE judged AS SELECT p.*, coalesce(f.columns, []) AS named FROM parsed p "
        "LEFT JOIN (SELECT n, list(column_name) AS columns FROM names_found GROUP BY n) f USING (n)"
    )
    con.unregister("names_found")
    cells = {name: _shown(export.column(name), name in export.key) for name in names}
    pairs = ", ".join(f"{sql_text(name)}, {cell}" for name, cell in cells.items())
    key = " || '|' || ".join(f"coalesce({cells[name]}, '')" for name in export.key)
    con.execute(
        f"INSERT INTO entries_whole BY NAME SELECT '{export.name}' AS export, shown_in, {ROW}, \"row\", "  # noqa: S608
        f"CAST(json_object({pairs}) AS VARCHAR) AS shown, {key} AS shown_key FROM judged"
    )
    con.execute("DROP TABLE judged; DROP TABLE parsed")


def _speaks_of_cell(export: Export) -> str:
    """Return SQL that is true if an entry is about its column's cell.

    For a key column, only the rules about the cell itself count: that a row is an orphan, or shares its key, says
    nothing against its identifier. What an own rule says of a key may be that it is a name.
    """
    of_cell = ", ".join(
        f"({sql_text(rule.rule_id)}, {sql_text(rule.column)})" for rule in export.row_rules if rule.column in export.key
    )
    return (
        f"column_name NOT IN ({_listed(export.key)}) OR (rule_id, column_name) IN ({of_cell}) "
        f"OR rule_id NOT IN ({_listed(RULES)})"
    )


def _names_in_keys(con: duckdb.DuckDBPyConnection, export: Export) -> pl.DataFrame:
    """Return n and column_name of key cells that break PHI-01, whether or not the rule has been applied yet."""
    frame = con.execute(f"SELECT n, {', '.join(f'c.{name}' for name in export.column_names)} FROM parsed").pl()  # noqa: S608
    found = [
        frame.filter(~rule.holds).select("n", column_name=pl.lit(rule.column))
        for rule in export.row_rules
        if rule.rule_id == "PHI-01" and rule.column in export.key
    ]
    empty = pl.DataFrame(schema={"n": pl.Int64, "column_name": pl.String})
    return pl.concat([empty, *(part.cast(empty.schema) for part in found)])


def _shown(column: Column, is_key: bool) -> str:
    """Return SQL for the cell as it is shown: itself, MASKED, or null if it is empty."""
    cell = f"c.{column.name}"
    if is_key and column.kind == "text":
        may = f"regexp_matches({cell}, {sql_text(NOTATION)})"
    elif is_key:
        may = f"NOT list_contains(named, '{column.name}')"
    elif column.kind == "date":
        may = f"regexp_matches({cell}, '{ISO_DATE}') AND TRY_CAST({cell} AS DATE) IS NOT NULL"
    elif column.kind in ("integer", "number"):
        may = f"regexp_matches({cell}, '{SHORT_NUMBER}')"
    elif column.kind in ("code", "flag"):
        allowed = ", ".join(sql_text(code.lower()) for code in (column.codes or FLAGS))
        may = f"lower({cell}) IN ({allowed})"
    else:
        may = "false"
    return (
        f"CASE WHEN {cell} IS NULL THEN NULL WHEN NOT list_contains(aside, '{column.name}') AND {may} THEN {cell} "
        f"ELSE '{MASKED}' END"
    )


def _mask_answers() -> str:
    """Return SQL of the cells that show what an answered line says about its entry if it fits one; what somebody
    overwrote in the sheet is masked.
    """
    columns = sorted({name for export in EXPORTS.values() for name in export.column_names})
    fits = f"status <> 'refused' AND NOT regexp_matches(key, {sql_text(PATTERN)})"
    keys = sorted({name for export in EXPORTS.values() for name in export.key})
    names_one = f"(rule_id = 'PHI-01' OR rule_id NOT IN ({_listed(RULES)})) AND column_name IN ({_listed(keys)})"
    allowed = {
        "key": f"{fits} AND NOT ({names_one})",
        "entry_id": "regexp_matches(entry_id, '^[0-9a-f]{16}$')",
        "export": f"export IN ({_listed(EXPORTS)})",
        "rule_id": f"rule_id IN ({_listed(RULES)}) "
        f"OR (status <> 'refused' AND regexp_full_match(rule_id, {sql_text(OWN_ID.pattern)}))",
        "column_name": f"column_name IN ('', {_listed(columns)})",
        "answer": f"answer IN ({_listed(ANSWERS_KNOWN)})",
        "answered_on": "TRY_CAST(answered_on AS DATE) IS NOT NULL",
    }
    return ", ".join(
        f"CASE WHEN {name} IS NULL OR ({may}) THEN {name} ELSE '{MASKED}' END AS {name}"
        for name, may in allowed.items()
    )


def _mask_exceptions() -> str:
    """Return SQL of the cells that show signed-off exceptions: a key or reason that looks like somebody's identity is
    masked, but not who signed.
    """
    return ", ".join(
        f"CASE WHEN regexp_matches({name}, {sql_text(PATTERN)}) THEN '{MASKED}' ELSE {name} END AS {name}"
        for name in ("key", "reason")
    )


def _listed(words) -> str:
    return ", ".join(sql_text(word) for word in words)
