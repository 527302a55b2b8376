"""Finds the accepted rows that are new, changed or gone: the set difference of the clean tables.

changed_rows is a temporary table with one row per clean row that differs: export, site, patient_id, item (session,
exam, specimen or treatment), lesion_id, change (new, changed, withdrawn), columns (names of those that differ),
delivery and line (of the present row, or of the one that is gone or set aside), and why (was set aside, is set aside
by which rule, withdrawn by which delivery). cause_export, cause_delivery and cause_line name the cause: the delivery,
new since the earlier release, that brought, answered or withdrew the row, or the delivery that no longer counts. They
are empty if the row differs because of something else: another row, the code, an exception, site.toml.
"""

from schemas.exports import EXPORTS
from warehouse.diff import causes
from warehouse.diff.differing_patients import may_differ
from warehouse.diff.pair import Pair

CHANGED_ROWS = "changed_rows"
LESIONS = "lesions"
TELLS_WHERE = ("delivery", "line", "flags", "origin", "row_id")
"""Columns that say where a row comes from or what was found in it, not what it says."""
ITEMS = {
    "rfa_sessions": "session_id",
    "imaging_followups": "exam_id",
    "genotypes": "specimen_id",
    "treatments": "treatment_id",
}
KEYS = {name: ("site", *export.key) for name, export in EXPORTS.items()} | {
    LESIONS: ("site", "patient_id", "lesion_id")
}


def create_changed_rows(pair: Pair) -> None:
    """Create an empty changed_rows."""
    pair.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {CHANGED_ROWS} (export VARCHAR, site VARCHAR, "
        "patient_id VARCHAR, item VARCHAR, lesion_id VARCHAR, change VARCHAR, columns VARCHAR[], delivery VARCHAR, "
        "line BIGINT, why VARCHAR, cause_export VARCHAR, cause_delivery VARCHAR, cause_line BIGINT)"
    )


def find_changed_rows(pair: Pair) -> None:
    """Create and fill changed_rows. Tables with the same content hash are not read, nor those that an earlier release
    does not have: treatments before they could be delivered."""
    create_changed_rows(pair)
    differing = [name for name in KEYS if not pair.is_same(f"clean.{name}") and pair.columns(f"clean.{name}")]
    if differing:
        causes.find_arrived(pair)
    for name in differing:
        pair.con.execute(f"INSERT INTO {CHANGED_ROWS} BY NAME {_difference(pair, name)}")


def _difference(pair: Pair, name: str) -> str:
    """SQL of one clean table's difference. Rows are compared by a hash of their cells."""
    table, key = f"clean.{name}", KEYS[name]
    there = pair.columns(table)
    cells = [column for column in there if column not in TELLS_WHERE]
    hashed = f"hash({', '.join(cells)})"
    where = [column if column in there else f"NULL AS {column}" for column in ("delivery", "line")]
    sides = (f"{pair.before}.{table}", f"{pair.after}.{table}")
    kept = may_differ(pair, sides, cells, f"buckets_{name}")
    side = f"SELECT {', '.join([*cells, *where])}, {hashed} AS h FROM {{}}.{table} WHERE {kept}"  # noqa: S608
    same_key = " AND ".join(f"coalesce(a.{c}, '') = coalesce(b.{c}, '')" for c in key)
    differing = ", ".join(f"CASE WHEN a.{c} IS DISTINCT FROM b.{c} THEN '{c}' END" for c in cells if c not in key)
    either = {c: f"coalesce(a.{c}, b.{c})" if c in cells else "NULL" for c in ("lesion_id", ITEMS.get(name, ""))}
    key_text = " || '|' || ".join(f"coalesce(a.{c}, b.{c}, '')" for c in key[1:])
    return f"""
        WITH b AS ({side.format(pair.before)}), a AS ({side.format(pair.after)}),
        went AS (SELECT b.* FROM b ANTI JOIN a USING (h)), came AS (SELECT a.* FROM a ANTI JOIN b USING (h)),
        told AS (
            SELECT coalesce(a.site, b.site) AS site, coalesce(a.patient_id, b.patient_id) AS patient_id,
                   {either[ITEMS.get(name, "")]} AS item, {either["lesion_id"]} AS lesion_id,
                   CASE WHEN b.site IS NULL THEN 'new' WHEN a.site IS NULL THEN 'withdrawn' ELSE 'changed' END
                       AS change,
                   CASE change WHEN 'changed' THEN list_filter([{differing}], lambda c: c IS NOT NULL) ELSE [] END
                       AS columns,
                   coalesce(a.delivery, b.delivery) AS delivery, coalesce(a.line, b.line) AS line, {key_text} AS key,
                   b.delivery AS delivery_before
            FROM came a FULL JOIN went b ON {same_key}
        ), {_aside("open_then", pair.before, name)}, {_aside("open_now", pair.after, name)}, withdrawing AS (
            SELECT l.site, max_by(l.delivery, l.position) AS delivery FROM {pair.after}.meta.loads l
            ANTI JOIN {pair.before}.meta.loads USING (site, export, delivery, sha256)
            WHERE l.export = '{name}' AND l.keys_withdrawn > 0 GROUP BY l.site
        )
        SELECT '{name}' AS export, t.site, patient_id, item, lesion_id, change, columns,
               CASE change WHEN 'withdrawn' THEN coalesce(n.delivery, t.delivery) ELSE t.delivery END AS delivery,
               CASE change WHEN 'withdrawn' THEN coalesce(n.line, t.line) ELSE t.line END AS line,
               CASE WHEN change = 'withdrawn' THEN coalesce(
                        'set aside: ' || n.rule_id, g.why, 'withdrawn by ' || w.delivery, e.why,
                        {causes.withdrawn_otherwise(pair, "t.site")})
                    WHEN o.rule_id IS NOT NULL THEN 'was set aside: ' || o.rule_id
                    ELSE g.why END AS why,
               {causes.cause("n", "w", name)}
        FROM told t
        LEFT JOIN open_then o ON o.site = t.site AND o.key = t.key
        LEFT JOIN open_now n ON n.site = t.site AND n.key = t.key
        LEFT JOIN withdrawing w ON w.site = t.site
        {causes.joins(name, "t", "n")}
    """  # noqa: S608 (names from the contract)


def _aside(name: str, catalogue: str, export: str) -> str:
    """SQL of the rows that one release sets aside: the delivery and line of each, and the first rule it breaks."""
    return f"""{name} AS (
            SELECT site, key, min(rule_id) AS rule_id, min_by(delivery, line) AS delivery, min(line) AS line
            FROM {catalogue}.quality.quarantine WHERE export = '{export}' AND scope = 'row' GROUP BY site, key
        )"""  # noqa: S608 (own names)
