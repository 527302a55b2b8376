"""Writes corrections as new versions of rows, and what became of every answer into quality.answers.

The decisions come from decide_answers.py. A correction is a raw row that belongs to the load of the sheet: its delivery
and line are those of the answer, its cells those of the version it corrects, except for one. Every refresh recreates
these rows, so that they depend on the archive alone.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import duckdb
import polars as pl

from schemas.codes import ANSWERS_KNOWN
from schemas.export import Export
from schemas.exports import ANSWERS, EXPORTS
from schemas.rule_book import is_own_id
from schemas.rules import RULES
from warehouse.queries.closed_threads import Closures
from warehouse.queries.decide_answers import Answer, Chain, Verdict, Version, answered_on, decide
from warehouse.queries.entry_id import ID_DIGITS, fingerprint_cells, key_text
from warehouse.queries.heirs import CountedRow, find_heirs
from warehouse.raw.absent_cells import absent_names
from warehouse.raw.aliases import DELIVERED_AS, delivered_key
from warehouse.raw.answers import create_table
from warehouse.raw.inheritance import can_be_inherited
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.raw.tables import comparable
from warehouse.storage.pseudonym_key import NEVER, days_between

OF_ANSWERS = f"row_id >> {LINE_BITS} IN (SELECT load_no FROM meta.deliveries WHERE export = '{ANSWERS}')"  # noqa: S608
SAID = {
    "site": pl.String,
    "delivery": pl.String,
    "line": pl.Int64,
    "entry_id": pl.String,
    "export": pl.String,
    "key": pl.String,
    "rule_id": pl.String,
    "column_name": pl.String,
    "answer": pl.String,
    "status": pl.String,
    "reason": pl.String,
    "answered_by": pl.String,
    "answered_on": pl.Date,
    "row_id": pl.Int64,
}


def forget_corrections(con: duckdb.DuckDBPyConnection) -> None:
    """Delete the rows that answers created, before the history of the deliveries is computed."""
    create_table(con)
    if _has_answers(con):
        for name in EXPORTS:
            con.execute(f"DELETE FROM raw.{name} WHERE {OF_ANSWERS}")  # noqa: S608 (own names)


def apply_answers(con: duckdb.DuckDBPyConnection) -> None:
    """Decide on every answer, write and count the corrections, and write the outcome of each to quality.answers."""
    answers = answers_of(con)
    chains = [found for export in EXPORTS.values() for found in chains_of(con, export)] if answers else []
    verdicts = decide(answers, chains, lambda answer: (answer.load_no << LINE_BITS) + answer.line)
    corrected: dict[str, list[Chain]] = defaultdict(list)
    for _, _, chain in chains:
        if chain.state == "current" and len(chain.versions) > 1:
            corrected[chain.export].append(chain)
    for name, listed in corrected.items():
        _write_versions(con, EXPORTS[name], listed)
    if _has_answers(con):
        made = [v.row_id >> LINE_BITS for listed in corrected.values() for c in listed for v in c.versions[1:]]
        con.execute(f"UPDATE meta.deliveries SET rows_received = 0 WHERE export = '{ANSWERS}'")  # noqa: S608
        for load_no in sorted(set(made)):
            con.execute(
                "UPDATE meta.deliveries SET rows_received = ? WHERE load_no = ?", [made.count(load_no), load_no]
            )
    _write_answers(con, answers, verdicts)


def _has_answers(con: duckdb.DuckDBPyConnection) -> bool:
    row = con.execute(f"SELECT count(*) FROM meta.deliveries WHERE export = '{ANSWERS}'").fetchone()  # noqa: S608
    return bool(row and row[0])


def answers_of(con: duckdb.DuckDBPyConnection) -> list[Answer]:
    """Return the answered lines, ordered by sheet name, arrival and line; a line with a comment alone is none."""
    is_lowered = " OR ".join(
        f"(a.export = '{e.name}' AND a.column_name = '{c}')"
        for e in EXPORTS.values()
        for c in e.column_names
        if comparable(e, c) != c
    )
    rows = con.execute(
        f"""
        SELECT a.load_no, a.line, d.delivery, a.entry_id, a.site, a.export, a.key, a.rule_id, a.column_name, a.answer,
               a.corrected, CASE WHEN {is_lowered} THEN lower(a.corrected) ELSE a.corrected END,
               a.answered_by, a.answered_on, coalesce(a.unread, ''), d.arrived_at
        FROM raw.answers a JOIN meta.deliveries d USING (load_no)
        WHERE a.answer <> '' OR a.corrected <> ''
        ORDER BY d.site, d.file_name, a.load_no, a.line
        """  # noqa: S608 (identifiers from the contract)
    ).fetchall()
    closures, merged = Closures(con), _merged(con) if rows else {}
    answers = [replace(Answer(*row), closed=closures.sentence(row[3], arrived_at)) for *row, arrived_at in rows]
    return [_shifted_alike(answer, merged) for answer in answers]


def _merged(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], str]:
    """Return what each merged number reads as, by site and number."""
    listed = " UNION ".join(
        f"SELECT site, {DELIVERED_AS}, patient_id FROM raw.{name} WHERE {DELIVERED_AS} IS NOT NULL"  # noqa: S608
        for name in EXPORTS
    )
    return {(site, old): new for site, old, new in con.execute(listed).fetchall()}


def _shifted_alike(answer: Answer, merged: Mapping[tuple[str, str], str]) -> Answer:
    """Return the answer with a corrected date as the row has its dates: of a merged number, as of what it reads as."""
    old, export = answer.key.split("|")[0], EXPORTS.get(answer.export)
    new = merged.get((answer.site, old), old)
    days = days_between(answer.site, old, new) if new != old else 0
    is_date = export is not None and any(c.name == answer.column and c.kind == "date" for c in export.columns)
    if not days or not is_date or answer.corrected >= NEVER:
        return answer
    try:
        moved = (date.fromisoformat(answer.corrected) + timedelta(days=days)).isoformat()
    except (ValueError, OverflowError):
        return answer  # no date: the rules say so
    return replace(answer, corrected=moved, compared=moved)


def chains_of(con: duckdb.DuckDBPyConnection, export: Export) -> list[tuple[str, str, Chain]]:
    """Return (site, key, chain) for every delivered version of the rows whose keys the answers name; a key is the
    delivered one, as on the sheet.
    """
    fold = "lower" if export.name == "genotypes" else ""
    cells = ", ".join(fingerprint_cells(export))
    key = delivered_key(export, "r")
    rows = con.execute(
        f"""
        WITH named AS (SELECT DISTINCT site, {fold}(key) AS key FROM raw.answers WHERE export = '{export.name}')
        SELECT r.site, {key} AS key_of_row, {key_text(export, "r")} AS key_as_read, r.row_id,
               CASE WHEN v.row_id IS NULL THEN 'current' WHEN v.state IN ('current', 'open') THEN v.state
                    ELSE 'old' END,
               r.key_hash, o.position, coalesce(v.outcome, 'new'), coalesce(v.state = 'withdrawn', false),
               {absent_names("r.row_id")},
               {cells}
        FROM raw.{export.name}_whole r LEFT JOIN raw.{export.name}_versions v USING (row_id)
        JOIN named ON named.site = r.site AND named.key = {fold}({key})
        JOIN meta.delivery_order o ON o.load_no = r.row_id >> {LINE_BITS}
        ORDER BY r.row_id
        """  # noqa: S608 (identifiers from the contract)
    ).fetchall()
    found, told = [], []
    for (
        site,
        key_of_row,
        as_read,
        row_id,
        state,
        key_hash,
        position,
        outcome,
        is_withdrawn,
        absent,
        *cells_of_row,
    ) in rows:
        chain = Chain(export.name, state, [Version(row_id, tuple(cells_of_row))])
        chain.read_as = as_read if as_read != key_of_row else None
        found.append((site, key_of_row, chain))
        told.append(CountedRow(chain, key_hash, position, outcome, is_withdrawn, frozenset(absent)))
    find_heirs(told, can_be_inherited(export))
    return found


def _write_versions(con: duckdb.DuckDBPyConnection, export: Export, chains: list[Chain]) -> None:
    """Write the corrections as raw rows and enter them in the history, where they supersede the delivered version."""
    steps = [(v.row_id, c.versions[0].row_id, v is c.tip, v.replaced) for c in chains for v in c.versions[1:]]
    frame = pl.DataFrame(
        [(row_id, base, is_tip, *(new.get(n) for n in export.column_names)) for row_id, base, is_tip, new in steps],
        schema={"row_id": pl.Int64, "base_row_id": pl.Int64, "is_tip": pl.Boolean}
        | {name: pl.String for name in export.column_names},
        orient="row",
    )
    con.register("corrections", frame.to_arrow())
    cells = ", ".join(f"coalesce(n.{name}, r.{name})" for name in export.column_names)
    con.execute(
        f"INSERT INTO raw.{export.name} SELECT n.row_id, r.site, r.key_hash, {cells}, r.extra, r.{DELIVERED_AS} "  # noqa: S608
        f"FROM corrections n JOIN raw.{export.name}_whole r ON r.row_id = n.base_row_id ORDER BY n.row_id"
    )
    versions = f"raw.{export.name}_versions"
    con.execute(
        f"INSERT INTO {versions} SELECT n.row_id, 'changed', "  # noqa: S608 (an export's name)
        f"CASE WHEN n.is_tip THEN 'current' ELSE 'superseded' END, n.is_tip AND coalesce(v.has_open_conflict, false), "
        f"NULL FROM corrections n LEFT JOIN {versions} v ON v.row_id = n.base_row_id"
    )
    con.execute(
        f"UPDATE {versions} SET state = 'superseded', has_open_conflict = false "  # noqa: S608
        "WHERE row_id IN (SELECT base_row_id FROM corrections)"
    )
    con.execute(
        f"INSERT INTO {versions} SELECT DISTINCT base_row_id, 'new', 'superseded', false, NULL FROM corrections "  # noqa: S608
        f"WHERE base_row_id NOT IN (SELECT row_id FROM {versions})"
    )
    con.unregister("corrections")


def shown_id(text: str) -> str | None:
    """Return the text if it has the form of an entry id, otherwise None."""
    return text if re.fullmatch(f"[0-9a-f]{{{ID_DIGITS}}}", text) else None


def _write_answers(con: duckdb.DuckDBPyConnection, answers: list[Answer], verdicts: list[Verdict]) -> None:
    """Write quality.answers. An export, rule or column that a line names is stored only if the registry knows it;
    an own rule only if the entry's id shows that nobody edited it.
    """
    rows = []
    for a, v in zip(answers, verdicts, strict=True):
        row_id = v.chain.tip.row_id if v.chain is not None and v.status == "applied" else None
        export = EXPORTS.get(a.export)
        names = (
            shown_id(a.entry_id),
            a.export if export else None,
            (v.chain.read_as if v.chain else None) or a.key or None,
            a.rule_id if a.rule_id in RULES or (v.status != "refused" and is_own_id(a.rule_id)) else None,
            a.column if export and a.column in export.column_names else None,
        )
        said = a.answer if a.answer in ANSWERS_KNOWN else None
        signed = (a.answered_by or None, answered_on(a.answered_on))
        rows.append((a.site, a.delivery, a.line, *names, said, v.status, v.reason, *signed, row_id))
    con.register("decided", pl.DataFrame(rows, schema=SAID, orient="row").to_arrow())
    con.execute("CREATE OR REPLACE TABLE quality.answers AS SELECT * FROM decided ORDER BY site, delivery, line")
    con.unregister("decided")
