"""Says what the thresholds of a site's site.toml change: which rules fail with them and which without.

The rules that a row can break are counted on the site's rows as a refresh counts them. Others judge tables that only a
refresh makes, so their result is not known.
"""

from collections.abc import Iterator
from dataclasses import replace

import duckdb

from schemas.rule_book import DATASET_PHASE
from warehouse.control.run_in import sites_in_run_in
from warehouse.control.site_terms import ACTIVE, EXPIRED
from warehouse.quality.result import Result
from warehouse.quality.row_results import row_results
from warehouse.storage.rule_table import book_of
from workflows.check_results import ThresholdEffect

STATED = "SELECT rule_id, aspect, threshold_pct, until, state FROM quality.thresholds WHERE site = ? ORDER BY ALL"
FAILED = "failed"


def threshold_effects(con: duckdb.DuckDBPyConnection, site: str) -> list[ThresholdEffect]:
    """Return what each threshold of the site changes, from the tables that its deliveries were judged in."""
    stated = con.execute(STATED, [site]).fetchall()
    if not stated:
        return []
    results = [one for one in row_results(con) if one.site == site]
    is_run_in, book = site in sites_in_run_in(con), book_of(con)
    effects: list[ThresholdEffect] = []
    for rule_id, aspect, pct, until, state in stated:
        name = f"{rule_id}: {aspect}" if aspect else rule_id
        rule = book.get(rule_id)
        if state == EXPIRED:
            said = f"It ended on {until}, so the rule's own threshold counts."
        elif state != ACTIVE or rule is None:
            said = "It changes nothing: no rule in force of that name judges a site."
        elif rule.phase == DATASET_PHASE:
            said = "What it changes is not known before a refresh: the rule judges tables that only a refresh makes."
        else:
            mine = [one for one in results if one.rule.rule_id == rule_id]
            effects += _effects(name, pct, mine, is_run_in)
            continue
        effects.append(ThresholdEffect(name, "", pct, said))
    return effects


def _effects(name: str, pct: float, results: list[Result], is_run_in: bool) -> Iterator[ThresholdEffect]:
    if not any(one.n_rows for one in results):
        yield ThresholdEffect(name, "", pct, "What it changes is not known: the site has no row that the rule judges.")
        return
    for result in results:
        if result.n_rows or result.status == "error":
            with_it = replace(result, allowed_pct=pct)
            said = _sentence(result, with_it, is_run_in)
            yield ThresholdEffect(
                name, result.table, pct, said, result.n_violations, result.n_rows, with_it.status, result.status
            )


def _sentence(without: Result, with_it: Result, is_run_in: bool) -> str:
    """Return how many rows break the rule, and what it makes of them with the site's threshold and with its own."""
    if without.pct is None or without.n_rows is None:
        return f"The rule could not be judged: {without.note}."
    rows = "1 row" if without.n_rows == 1 else f"{without.n_rows:,} rows"
    found = f"{without.n_violations:,} of {rows} {'breaks' if without.n_violations == 1 else 'break'} the rule "
    found += f"({without.pct:.1f} %), and {with_it.threshold_pct:g} % may."
    own = f"the rule's own {without.threshold_pct:g} %"
    if with_it.status == without.status:
        said = f"It {'fails' if with_it.status == FAILED else 'passes'} with it as with {own}."
    elif with_it.status == FAILED:
        said = f"It fails; with {own} it would pass."
    else:
        said = f"It passes; with {own} it would fail."
    run_in = " The site is in its run-in, in which nothing counts as failed." if is_run_in else ""
    return f"{found} {said}{run_in}"
