"""Proves a registry's own rules: plants their canaries in a database of their own, and refuses what does not bite.

The platform's rules and the whole book run on the rows, as in a refresh. A rule that looks at other rows is asked about
each canary by itself: other canaries are other registries to it.
"""

from collections.abc import Iterator
from itertools import chain

import duckdb
import polars as pl

from schemas.canary import Canary
from schemas.contract import ContractError
from schemas.exports import EXPORTS
from schemas.rule_book import OwnRule, RuleBook
from warehouse.clean.clean import judge_unaccounted
from warehouse.clean.own_table_rules import rows_that_break
from warehouse.quality.plant_canaries import Place, places, plant, site_of
from warehouse.raw.row_numbers import LINE_BITS, LINE_MASK
from warehouse.storage.rule_table import write_rules
from warehouse.storage.sql_files import sql_text

ALONE = "alone"
"""A catalogue that shows one canary at a time."""
Found = dict[Place, set[str]]
"""Place of a row -> what was found on it: own rules by id, and "rule!" for a rule that set it or a cell of it aside."""


def prove(book: RuleBook) -> RuleBook:
    """Return the book without the rules whose canaries were not judged as they say; those are refused, with the reason.

    If the validators themselves stop on a planted row, no own rule is applied.
    """
    if not book.own:
        return book
    canaries = [canary for rule in book.own for canary in rule.canaries]
    con = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    try:
        plant(con, canaries)
        write_rules(con, _on_one_row(book))
        judge_unaccounted(con)
        found, aside = _found(con), _set_aside(con)
        _ask_across_rows(con, book, canaries, found)
        unjudged = {rule_id for (rule_id,) in con.execute("SELECT rule_id FROM quality.unjudged").fetchall()}
    except (duckdb.Error, pl.exceptions.PolarsError, ContractError) as error:
        said = f"The validators stopped on the canaries ({type(error).__name__}). Correct the rows of the canaries."
        return book.without({rule.rule_id: said for rule in book.own})
    finally:
        con.close()
    reasons = {}
    for rule in book.own:
        if reason := _why_not(rule, canaries, found, aside, unjudged):
            reasons[rule.rule_id] = reason
    return book.without(reasons)


def _on_one_row(book: RuleBook) -> RuleBook:
    kept = tuple(rule for rule in book.own if rule not in book.across_rows)
    return RuleBook(kept, files=book.files)


def _found(con: duckdb.DuckDBPyConnection) -> Found:
    """Return the findings of every rule on the planted rows, by place."""
    found: Found = {}
    rows = con.execute(
        f"SELECT d.site, d.export, d.delivery::INTEGER, f.row_id & {LINE_MASK}, f.rule_id "  # noqa: S608 (own numbers)
        f"FROM quality.findings f JOIN meta.deliveries d ON d.load_no = f.row_id >> {LINE_BITS}"
    ).fetchall()
    for site, export, delivery, line, rule_id in rows:
        found.setdefault((site, export, delivery, line), set()).add(rule_id)
    return found


def _set_aside(con: duckdb.DuckDBPyConnection) -> Found:
    """Return the rules that set a planted row, or a cell of it, aside."""
    aside: Found = {}
    for site, export, delivery, line, rule_id in con.execute(
        "SELECT site, export, delivery::INTEGER, line, rule_id FROM quality.quarantine"
    ).fetchall():
        aside.setdefault((site, export, delivery, line), set()).add(rule_id)
    return aside


def _ask_across_rows(con: duckdb.DuckDBPyConnection, book: RuleBook, canaries: list[Canary], found: Found) -> None:
    """Run each rule across rows on the site of each of its canaries, and add to `found` what it finds."""
    of_row = {
        row_id: (site, export, int(delivery), row_id & LINE_MASK)
        for row_id, site, export, delivery in con.execute(
            " UNION ALL ".join(
                f"SELECT row_id, site, '{export}', delivery FROM clean.{export} WHERE row_id IS NOT NULL"  # noqa: S608
                for export in {rule.export for rule in book.across_rows} or {"patients"}
            )
        ).fetchall()
    }
    across = {rule.rule_id: rule for rule in book.across_rows}
    con.execute(f"ATTACH ':memory:' AS {ALONE}; CREATE SCHEMA {ALONE}.clean")
    for number, canary in enumerate(canaries):
        if (rule := across.get(canary.rule_id)) is not None:
            _show_only(con, site_of(number))
            con.execute(f"USE {ALONE}")
            rows = rows_that_break(con, rule.breaks)
            con.execute("USE memory")
            if rows is None:
                con.execute("INSERT INTO quality.unjudged VALUES (?, ?, 1)", [rule.export, rule.rule_id])
                continue
            for row_id in rows["row_id"]:
                found.setdefault(of_row[row_id], set()).add(rule.rule_id)


def _show_only(con: duckdb.DuckDBPyConnection, site: str) -> None:
    """Make the clean tables of the catalogue ALONE views of one site's rows."""
    for export in EXPORTS:
        con.execute(
            f"CREATE OR REPLACE VIEW {ALONE}.clean.{export} AS "  # noqa: S608 (own names)
            f"SELECT * FROM memory.clean.{export} WHERE site = {sql_text(site)}"
        )


def _why_not(rule: OwnRule, canaries: list[Canary], found: Found, aside: Found, unjudged: set[str]) -> str:
    """Return why the rule is refused, in a sentence with its cure; '' if all its canaries were judged as they say."""
    if rule.rule_id in unjudged:
        return "The rule fails, or takes too long, on its own canaries. Correct the SQL; TRY_CAST reads doubtful text."
    mine = [(canary, place, is_bad) for canary, place, is_bad in _judged(rule, canaries)]
    numbers = {id(canary): number for number, canary in enumerate(rule.canaries)}
    for canary, place, is_bad in mine:
        others = sorted(aside.get(place, set()) - {rule.rule_id})
        is_found = rule.rule_id in found.get(place, set())
        name = _named(rule, numbers[id(canary)])
        if is_bad and not is_found:
            others = others or sorted({*chain(*(rules for at, rules in aside.items() if at[0] == place[0]))})
            by = f"; {others[0]} sets it, or a row beside it, aside" if others else ""
            return f"The rule does not find its {name}{by}. Correct the rule or the row."
        if not is_bad and is_found:
            return f"The rule finds its {name}. Correct the rule or the row."
        if not is_bad and others:
            return f"Its {name} proves nothing: {others[0]} sets it aside before. Correct the row."
    return ""


def _judged(rule: OwnRule, canaries: list[Canary]) -> Iterator[tuple[Canary, Place, bool]]:
    """Yield the place of each canary's last row, the one that it is about, and whether the rule must find it."""
    last: dict[str, tuple[Canary, Place, bool]] = {}
    for canary, place, _, _ in places(canaries):
        if canary.rule_id == rule.rule_id and place[1] == rule.export:
            last[place[0]] = (canary, place, canary.kind == "bad")
    yield from last.values()


def _named(rule: OwnRule, number: int) -> str:
    """Return what a canary is called in a sentence: the bad rows and the good ones are numbered by themselves."""
    kind = rule.canaries[number].kind
    return f"{kind} row {sum(one.kind == kind for one in rule.canaries[: number + 1])}"
