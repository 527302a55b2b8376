"""Finds the delivery that caused a difference: one that arrived, an answer, or one that no longer counts.

The delivery to name is the one that arrived between the releases. If a row of an older delivery differs now, it differs
because of another row (a new exam that voids a death), an answer, an exception, a retraction or merge, the code or
site.toml.
"""

from warehouse.diff.pair import Pair
from warehouse.storage.sql_files import sql_text

ARRIVED, GONE, ANSWERED, ERASED = "arrived_loads", "gone_loads", "answered_rows", "erased_loads"
SAME = "site, export, delivery, sha256"
ANSWERS = "answers"
BY_CODE = "changed code or definition"
BY_SITE_FILE = "changed site.toml"
BY_EXCEPTION = "changed exceptions.toml"
BY_RULES = "changed rules"
BY_CORRECTION = "retracted or merged"


def find_arrived(pair: Pair) -> None:
    """Create the tables arrived_loads and gone_loads (site, export, delivery), answered_rows (site, export, key,
    delivery, line) and erased_loads (site, export, delivery).
    """
    accepted = "(FROM {}.meta.loads WHERE status = 'accepted')"
    sides = {"before": accepted.format(pair.before), "after": accepted.format(pair.after)}
    for name, here, there in ((ARRIVED, "after", "before"), (GONE, "before", "after")):
        pair.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT site, export, delivery "  # noqa: S608 (own names)
            f"FROM {sides[here]} h ANTI JOIN {sides[there]} t USING ({SAME})"
        )
    nothing = "SELECT '' AS site, '' AS export, '' AS key, '' AS delivery, 0::BIGINT AS line WHERE false"
    pair.con.execute(f"CREATE OR REPLACE TEMP TABLE {ANSWERED} AS {_answered(pair) or nothing}")
    erased = "SELECT '' AS site, '' AS export, '' AS delivery WHERE false"
    if "rows_erased" in pair.columns("meta.loads"):
        erased = f"SELECT a.site, a.export, a.delivery FROM {pair.after}.meta.loads a "  # noqa: S608 (own names)
        erased += f"JOIN {pair.before}.meta.loads b USING ({SAME}) WHERE a.rows_erased > b.rows_erased"
    pair.con.execute(f"CREATE OR REPLACE TEMP TABLE {ERASED} AS {erased}")


def _answered(pair: Pair) -> str:
    """SQL of the rows whose answers were applied since; '' if a release dates from before there were answers."""
    if not {"key", "export", "status", "line"} <= set(pair.columns("quality.answers")):
        return ""
    side = "(FROM {}.quality.answers WHERE status = 'applied')"
    return (
        f"SELECT site, export, key, min(delivery) AS delivery, min_by(line, delivery) AS line "  # noqa: S608 (own names)
        f"FROM {side.format(pair.after)} a ANTI JOIN {side.format(pair.before)} b USING (site, delivery, line) "
        f"WHERE key IS NOT NULL GROUP BY site, export, key"
    )


def joins(export: str, told: str, set_aside: str) -> str:
    """SQL that joins the causes to the differing rows `told` (site, key, delivery, delivery_before) and to
    `set_aside`, their present entries in quarantine.
    """
    mine = f"IN ('{export}', '{ANSWERS}')"
    return f"""
        LEFT JOIN (SELECT DISTINCT site, export, delivery FROM {ARRIVED} WHERE export {mine}) c
               ON c.site = {told}.site AND c.delivery = CASE {told}.change
                  WHEN 'withdrawn' THEN {set_aside}.delivery ELSE {told}.delivery END
        LEFT JOIN (SELECT *, 'no longer counted' AS why FROM {GONE} WHERE export {mine}) g
               ON g.site = {told}.site AND g.delivery = {told}.delivery_before
        LEFT JOIN {ANSWERED} q ON q.site = {told}.site AND q.export = '{export}' AND q.key = {told}.key
        LEFT JOIN (SELECT *, 'erased' AS why FROM {ERASED} WHERE export = '{export}') e
               ON e.site = {told}.site AND e.delivery = {told}.delivery_before
    """  # noqa: S608 (own names)


def cause(set_aside: str, withdrawing: str, export: str) -> str:
    """SQL of cause_export, cause_delivery and cause_line. The first that applies is named: a row that arrived, an
    answer, a delivery that no longer counts, a snapshot that lacks the row.
    """
    went = f"t.change = 'withdrawn' AND {set_aside}.rule_id IS NULL AND {withdrawing}.delivery IS NOT NULL"
    line = f"CASE t.change WHEN 'withdrawn' THEN {set_aside}.line ELSE t.line END"
    return f"""
        CASE WHEN c.delivery IS NOT NULL THEN c.export WHEN q.delivery IS NOT NULL THEN '{ANSWERS}'
             WHEN g.delivery IS NOT NULL THEN g.export WHEN {went} THEN '{export}' END AS cause_export,
        CASE WHEN c.delivery IS NOT NULL THEN c.delivery
             ELSE coalesce(q.delivery, g.delivery, CASE WHEN {went} THEN {withdrawing}.delivery END)
             END AS cause_delivery,
        CASE WHEN c.delivery IS NOT NULL THEN {line} WHEN q.delivery IS NOT NULL THEN q.line END AS cause_line
    """


def otherwise(pair: Pair, site: str) -> str:
    """SQL of the cause if no delivery of the patient came or went; null if it is unknown. `site` is SQL of the site."""
    if not pair.is_same_code:
        return f"'{BY_CODE}'"
    files = [manifest.get("site_files", {}) for manifest in (pair.old, pair.new)]
    sites = sorted(one for one in {*files[0], *files[1]} if files[0].get(one) != files[1].get(one))
    by_site = ((sites, BY_SITE_FILE), (_corrected(pair), BY_CORRECTION))
    cases = [f"WHEN {site} IN ({', '.join(map(sql_text, of))}) THEN '{why}'" for of, why in by_site if of]
    if pair.old.get("rules", []) != pair.new.get("rules", []):
        cases.append(f"ELSE '{BY_RULES}'")
    elif pair.old.get("exceptions") != pair.new.get("exceptions"):
        cases.append(f"ELSE '{BY_EXCEPTION}'")
    return f"CASE WHEN false THEN '' {' '.join(cases)} END"


def withdrawn_otherwise(pair: Pair, site: str) -> str:
    """SQL of why a row is gone that no delivery withdrew and no rule set aside. `site` is SQL of the site."""
    sites = ", ".join(map(sql_text, _corrected(pair))) or "NULL"
    return f"CASE WHEN {site} IN ({sites}) THEN '{BY_CORRECTION}' ELSE 'no longer delivered' END"


def _corrected(pair: Pair) -> list[str]:
    """Return the sites at which rows were retracted or numbers merged since, or either was undone."""
    old, new = (manifest.get("corrections", {}) for manifest in (pair.old, pair.new))
    return sorted(site for site in {*old, *new} if old.get(site) != new.get(site))
