"""Counts the rules that a row can break, for all sites together and for each: violations from quality.findings,
denominators from the filled cells.
"""

from collections import defaultdict
from dataclasses import dataclass

import duckdb

from schemas.exports import EXPORTS
from schemas.rule import Rule
from schemas.rule_book import RuleBook
from schemas.rules import RULES
from warehouse.clean.cross_rules import CROSS_RULES
from warehouse.quality.result import Result
from warehouse.raw.row_numbers import LINE_BITS
from warehouse.storage.rule_table import book_of

ALL_ROWS_RULES = ("REQ-01", "TYPE-01", "KEY-01", "PHI-01")
"""Rules that check every row, whichever cells are filled."""
ALL_SITES = ""


@dataclass(frozen=True)
class Rows:
    """What a rule could judge: current rows with each column filled, current rows, and rows in open conflicts."""

    filled: dict[str, int]
    current: int
    conflicting: int


def row_results(con: duckdb.DuckDBPyConnection) -> list[Result]:
    """Return the results of every rule that a row can break: of all sites, then of each site that has rows."""
    broken, unjudged, book = _broken(con), _unjudged(con), book_of(con)
    results = []
    for name in EXPORTS:
        at_site = _rows_by_site(con, name)
        for rule in book.rules():
            if name not in rule.tables or rule.phase == "dataset":
                continue
            asked = _asked_columns(rule, name, book)
            key = (rule.rule_id, name)
            for site, rows in at_site.items():
                n = broken[key].get(site, 0)
                results.append(_result(rule, name, site, rows, asked, n, unjudged.get(key)))
    return results


def _result(
    rule: Rule, name: str, site: str, rows: Rows, asked: list[str], broken: int, unjudged: int | None
) -> Result:
    if rule.rule_id == "KEY-01":
        return Result(rule, name, rows.conflicting, rows.current + rows.conflicting, site=site)
    if unjudged is not None:
        return Result(rule, name, None, None, note=f"{unjudged} rows could not be judged", site=site)
    n_rows = max((rows.filled[column] for column in asked), default=0) if asked else rows.current
    return Result(rule, name, broken, max(n_rows, broken), site=site)


def _broken(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], dict[str, int]]:
    """Return the rows that break a rule, by rule and export, for all sites and for each."""
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for rule_id, export, site, n in con.execute(
        "SELECT f.rule_id, f.export, d.site, count(DISTINCT f.row_id) FROM quality.findings f "  # noqa: S608 (own number)
        f"LEFT JOIN meta.deliveries d ON d.load_no = f.row_id >> {LINE_BITS} "
        "WHERE NOT (f.rule_id = 'KEY-01' AND f.scope = 'flag') AND f.scope <> 'accepted' GROUP BY ALL"
    ).fetchall():
        found[rule_id, export][ALL_SITES] += n
        if site:
            found[rule_id, export][site] += n
    return found


def _unjudged(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    rows = con.execute("SELECT rule_id, export, sum(n_rows)::BIGINT FROM quality.unjudged GROUP BY ALL").fetchall()
    return {(rule_id, export): n for rule_id, export, n in rows}


def _rows_by_site(con: duckdb.DuckDBPyConnection, name: str) -> dict[str, Rows]:
    """Return the rows of all sites, then of each."""
    columns = EXPORTS[name].column_names
    cells = ", ".join(f"count({c})" for c in columns)
    counts = con.execute(
        f"SELECT site, count(*), {cells} FROM raw.{name}_current GROUP BY site ORDER BY site"  # noqa: S608 (own names)
    ).fetchall()
    conflicting = dict(
        con.execute(
            f"SELECT d.site, count(*) FROM raw.{name}_versions v "  # noqa: S608 (own names)
            f"LEFT JOIN meta.deliveries d ON d.load_no = v.row_id >> {LINE_BITS} WHERE v.state = 'open' GROUP BY d.site"
        ).fetchall()
    )
    current = {site: n for site, n, *_ in counts}
    filled = {site: dict(zip(columns, cells_filled, strict=True)) for site, _, *cells_filled in counts}
    nothing = dict.fromkeys(columns, 0)
    sites = {
        site: Rows(filled.get(site, nothing), current.get(site, 0), conflicting.get(site, 0))
        for site in sorted({*current, *(site for site in conflicting if site)})
    }
    whole = Rows(
        {column: sum(rows.filled[column] for rows in sites.values()) for column in columns},
        sum(rows.current for rows in sites.values()),
        sum(conflicting.values()),
    )
    return {ALL_SITES: whole, **sites}


def _asked_columns(rule: Rule, name: str, book: RuleBook) -> list[str]:
    """Return the columns whose filled cells the rule checks; an empty list means every row."""
    if rule.rule_id not in RULES:
        return [column for one in book.own if one.rule_id == rule.rule_id for column in one.asked]
    if rule.rule_id in ALL_ROWS_RULES:
        return []
    cross = [c.asked for c in CROSS_RULES if c.rule_id == rule.rule_id and c.export == name]
    if cross:
        return [c for c in cross if c]
    return sorted({r.column for r in EXPORTS[name].row_rules if r.rule_id == rule.rule_id})
