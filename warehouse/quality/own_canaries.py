"""Proves a registry's own rules: plants their canaries in a database of their own, and refuses what does not bite.

The platform's rules run on the rows too, as in a refresh. A rule that looks at other rows is asked about
each canary by itself: other canaries are other registries to it.
"""

from collections.abc import Iterator
from itertools import chain

import duckdb
import polars as pl

from schemas.canary import EXTRACT_DATE, Canary
from schemas.contract import ContractError
from schemas.exports import EXPORTS
from schemas.home_file import HomeFile
from schemas.rule_book import DATASET_PHASE, ROW_PHASE, OwnRule, RuleBook
from warehouse.clean.clean import judge_unaccounted
from warehouse.clean.own_row_rules import judged
from warehouse.clean.own_table_rules import rows_that_break
from warehouse.own_rules.table_number import judge_table
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

    If a rule on one row is refused, those that look further are asked again without it: it takes no row from them.
    """
    if not book.own:
        return book
    reasons = _reasons(book.own, ())
    across = (*book.across_rows, *book.on_tables)
    on_row = tuple(rule for rule in book.own if rule not in across)
    kept = tuple(rule for rule in on_row if rule.rule_id not in reasons)
    if across and len(kept) < len(on_row):
        names = {rule.rule_id for rule in across}
        reasons = {rule_id: why for rule_id, why in reasons.items() if rule_id not in names} | _reasons(across, kept)
    return book.without(reasons)


def _reasons(rules: tuple[OwnRule, ...], before: tuple[OwnRule, ...]) -> dict[str, str]:
    """Return rule id -> why it is refused; the rules of `before`, on one row, judge the canaries as well.

    If the validators themselves stop on a planted row, all are refused.
    """
    canaries = [canary for rule in rules for canary in rule.canaries]
    on_row = (*before, *(rule for rule in rules if rule.rule.phase == ROW_PHASE))
    files = tuple(HomeFile(name, "", "") for name in {rule.file for rule in on_row})
    con = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    try:
        plant(con, canaries)
        write_rules(con, RuleBook(on_row, files=files))
        judge_unaccounted(con)
        found, aside = _found(con), _set_aside(con)
        failing = _failing(con, rules, canaries)
        failing |= _ask_across_rows(con, rules, canaries, found)
    except (duckdb.Error, pl.exceptions.PolarsError, ContractError) as error:
        said = f"The validators stopped on the canaries ({type(error).__name__}). Correct the rows of the canaries."
        return {rule.rule_id: said for rule in rules}
    finally:
        con.close()
    ids = {rule.rule_id for rule in on_row}  # rules on one row judge the same rows, so none comes before another
    first = {place: by - ids for place, by in aside.items()}
    why = {
        rule.rule_id: _why_not(rule, canaries, found, first if rule.rule_id in ids else aside, failing)
        for rule in rules
    }
    return {rule_id: reason for rule_id, reason in why.items() if reason}


def _failing(con: duckdb.DuckDBPyConnection, rules: tuple[OwnRule, ...], canaries: list[Canary]) -> set[str]:
    """Return the rules on one row whose condition fails on a row of their own canaries."""
    failing = set()
    unjudged = {rule_id for (rule_id,) in con.execute("SELECT rule_id FROM quality.unjudged").fetchall()}
    for rule in (rule for rule in rules if rule.rule_id in unjudged):
        sites = [site_of(number) for number, canary in enumerate(canaries) if canary.rule_id == rule.rule_id]
        rows = f"SELECT *, DATE '{EXTRACT_DATE}' AS extract_date FROM clean.{rule.export}"  # noqa: S608 (own names)
        broken = f"SELECT {judged(rule.breaks)} AS broken FROM ({rows}) WHERE list_contains(?, site)"  # noqa: S608
        if con.execute(f"SELECT 1 FROM ({broken}) WHERE broken IS NULL LIMIT 1", [sites]).fetchone():  # noqa: S608
            failing.add(rule.rule_id)
    return failing


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


def _ask_across_rows(
    con: duckdb.DuckDBPyConnection, rules: tuple[OwnRule, ...], canaries: list[Canary], found: Found
) -> set[str]:
    """Run each rule across rows on the site of each of its canaries, add to `found` what it finds, and return those
    that fail or take too long.
    """
    across = {rule.rule_id: rule for rule in rules if rule.rule.phase != ROW_PHASE}
    failing: set[str] = set()
    if not across:
        return failing
    of_row = {
        row_id: (site, export, int(delivery), row_id & LINE_MASK)
        for row_id, site, export, delivery in con.execute(
            " UNION ALL ".join(
                f"SELECT row_id, site, '{export}', delivery FROM clean.{export} WHERE row_id IS NOT NULL"  # noqa: S608
                for export in {rule.export for rule in across.values()}
            )
        ).fetchall()
    }
    con.execute(f"ATTACH ':memory:' AS {ALONE}; CREATE SCHEMA {ALONE}.clean")
    for number, canary in enumerate(canaries):
        if (rule := across.get(canary.rule_id)) is not None:
            _show_only(con, site_of(number))
            con.execute(f"USE {ALONE}")
            broken = _broken_places(con, rule, canary, number, of_row)
            con.execute("USE memory")
            if broken is None:
                failing.add(rule.rule_id)
                continue
            for place in broken:
                found.setdefault(place, set()).add(rule.rule_id)
    return failing


def _broken_places(
    con: duckdb.DuckDBPyConnection, rule: OwnRule, canary: Canary, number: int, of_row: dict[int, Place]
) -> list[Place] | None:
    """Return where the rule is broken on the canary that is shown, a table at its last row; None if it fails."""
    if rule.rule.phase == DATASET_PHASE:
        verdict = judge_table(con, rule)
        if verdict is None:
            return None
        line = sum(planted.export == rule.export for planted in canary.rows)
        return [(site_of(number), rule.export, 1, line)] if verdict.is_broken else []
    rows = rows_that_break(con, rule.breaks)
    return None if rows is None else [of_row[row_id] for row_id in rows["row_id"]]


def _show_only(con: duckdb.DuckDBPyConnection, site: str) -> None:
    """Make the clean tables of the catalogue ALONE views of one site's rows."""
    for export in EXPORTS:
        con.execute(
            f"CREATE OR REPLACE VIEW {ALONE}.clean.{export} AS "  # noqa: S608 (own names)
            f"SELECT * FROM memory.clean.{export} WHERE site = {sql_text(site)}"
        )


def _why_not(rule: OwnRule, canaries: list[Canary], found: Found, aside: Found, failing: set[str]) -> str:
    """Return why the rule is refused, in a sentence with its cure; '' if all its canaries were judged as they say."""
    if rule.rule_id in failing:
        return "The rule fails, or takes too long, on its own canaries. Correct the SQL; TRY_CAST reads doubtful text."
    mine = [(canary, place, is_bad) for canary, place, is_bad in _judged(rule, canaries)]
    numbers = {id(canary): number for number, canary in enumerate(rule.canaries)}
    for canary, place, is_bad in mine:
        others = sorted(aside.get(place, set()))
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
