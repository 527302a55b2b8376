"""Counts the rows of a release that an own rule would find, by site, and names some by key: never by their values.

A release holds what the rules left: a rule that is in force already has set its rows aside, and finds none.
"""

from dataclasses import dataclass

import duckdb

from schemas.exports import EXPORTS
from schemas.rule_book import ROW_PHASE, OwnRule
from schemas.thresholds import RULE_SECONDS
from warehouse.own_rules.premises import Unmet, unmet
from warehouse.own_rules.refusal import RuleRefused
from warehouse.own_rules.sql_tree import selecting
from warehouse.releases.time_limit import time_limit
from warehouse.storage.errors import QueryFailed

MOST_EXAMPLES = 5


@dataclass(frozen=True)
class Tried:
    """What a rule finds: site -> (rows that break it, rows that it judges), and the first rows as "site key". `unmet`
    is the part of its condition that no row meets, where it finds none for that reason.
    """

    by_site: dict[str, tuple[int, int]]
    examples: tuple[str, ...]
    unmet: Unmet | None = None

    @property
    def n_broken(self) -> int:
        """Return the rows that break the rule."""
        return sum(broken for broken, _ in self.by_site.values())

    @property
    def n_asked(self) -> int:
        """Return the rows that the rule judges."""
        return sum(asked for _, asked in self.by_site.values())


def try_on(con: duckdb.DuckDBPyConnection, rule: OwnRule) -> Tried:
    """Run the rule on the open release. RuleRefused if its SQL fails there or takes too long."""
    table = f"clean.{rule.export}"
    filled = "".join(f" AND {name} IS NOT NULL" for name in rule.asked)
    try:
        with time_limit(con, RULE_SECONDS):
            con.execute(f"CREATE OR REPLACE TEMP TABLE tried AS {_found(rule)}")
            broken = dict(con.execute("SELECT site, count(*) FROM tried GROUP BY site").fetchall())
            asked = con.execute(
                f"SELECT site, count(*) FROM {table} WHERE delivery IS NOT NULL{filled} GROUP BY site ORDER BY site"  # noqa: S608
            ).fetchall()
            rows = con.execute("SELECT site, key FROM tried ORDER BY ALL LIMIT ?", [MOST_EXAMPLES]).fetchall()
            lacking = None if broken else unmet(con, rule, _delivered(rule.export))
    except QueryFailed:
        raise RuleRefused(f"{rule.rule_id} takes longer than {RULE_SECONDS:g} s.", "Make its SQL read less.") from None
    except duckdb.Error as error:  # its message could quote a cell
        kind = type(error).__name__.removesuffix("Exception")
        raise RuleRefused(f"{rule.rule_id} fails on the release ({kind}).", "Correct the SQL, e.g. TRY_CAST.") from None
    by_site = {site: (broken.get(site, 0), max(n, broken.get(site, 0))) for site, n in asked}
    return Tried(by_site, tuple(f"{site} {key}" for site, key in rows), lacking)


def _delivered(export: str) -> str:
    """Return the delivered rows of the export, with the extract date of their delivery."""
    return (
        f"(SELECT t.*, l.extract_date FROM clean.{export} t LEFT JOIN (SELECT site, delivery, extract_date "  # noqa: S608
        f"FROM meta.loads WHERE export = '{export}') l USING (site, delivery) WHERE delivery IS NOT NULL)"
    )


def _found(rule: OwnRule) -> str:
    """Return a SELECT of site and key of the rows that break the rule."""
    key = EXPORTS[rule.export].key
    text = " || '|' || ".join(f"coalesce(CAST({name} AS VARCHAR), '')" for name in key)
    if rule.rule.phase == ROW_PHASE:
        rows = _delivered(rule.export)
        return f"SELECT site, {text} AS key FROM {rows} WHERE TRY(coalesce(CAST(({rule.breaks}) AS BOOLEAN), false))"  # noqa: S608
    return f"SELECT site, {text} AS key FROM ({selecting(rule.breaks, ('site', *key))})"  # noqa: S608 (guarded)
