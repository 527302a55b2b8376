"""Finds the endpoints that flipped or moved, and the row and delivery that caused it.

Endpoints are compared for patients who are in both releases; new local tumour progression is also listed for new
patients. An endpoint flipped if its event changed, or if the subject became or ceased to be evaluable; it moved if only
a date changed. The cause is a row that a delivery brought, answered or withdrew between the releases (causes.py): first
the row that decides the lesion, then the lesion's other rows, then any row of the patient. If there is none, the cause
is code, a definition, site.toml or an exception.
"""

from warehouse.diff import causes
from warehouse.diff.differing_patients import may_differ
from warehouse.diff.pair import Pair
from warehouse.diff.rows import CHANGED_ROWS

MOVED = "moved_endpoints"
SUBJECT = ("endpoint", "level", "site", "patient_id", "lesion_id")
CELLS = (*SUBJECT, "start_date", "end_date", "days", "event", "event_description")
SOURCES = ("imaging_followups", "rfa_sessions", "patients", "treatments")
"""Exports whose rows can move endpoints, in the order in which they are considered."""


def find_moved(pair: Pair) -> None:
    """Create moved_endpoints: SUBJECT, kind (flipped, moved), was and now (in words), was_date, now_date, was_months,
    now_months, export, delivery, line, why.
    """
    pair.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {MOVED} AS "  # noqa: S608 (own names)
        f"WITH moved AS ({_moved(pair)}), {_cause(pair)} SELECT * EXCLUDE (no) FROM caused"
    )


def _moved(pair: Pair) -> str:
    if pair.is_same("derived.time_to_event"):
        return (
            "SELECT 0 AS no, '' AS endpoint, '' AS level, '' AS site, '' AS patient_id, '' AS lesion_id, '' AS kind, "
            "'' AS was, '' AS now, NULL::DATE AS was_date, NULL::DATE AS now_date, NULL::DOUBLE AS was_months, "
            "NULL::DOUBLE AS now_months, false AS is_death WHERE false"
        )
    sides = (f"{pair.before}.derived.time_to_event", f"{pair.after}.derived.time_to_event")
    kept = may_differ(pair, sides, list(CELLS), "buckets_time_to_event")
    side = f"SELECT {', '.join(CELLS)}, months, hash({', '.join(CELLS)}) AS h FROM {{}}.derived.time_to_event "  # noqa: S608
    side += f"WHERE {kept}"
    same = " AND ".join(f"coalesce(a.{c}, '') = coalesce(b.{c}, '')" for c in SUBJECT)
    both = ", ".join(f"coalesce(a.{c}, b.{c}) AS {c}" for c in SUBJECT)
    words = "CASE WHEN {0}.site IS NULL THEN 'not evaluable' WHEN {0}.event = 0 THEN 'censored' "
    words += "ELSE {0}.event_description END"
    in_both = "SEMI JOIN (SELECT site, patient_id FROM {}.derived.patient_ltpfs) p USING (site, patient_id)"
    return f"""
        SELECT row_number() OVER () AS no, m.* FROM (
            WITH b AS ({side.format(pair.before)}), a AS ({side.format(pair.after)}),
            went AS (SELECT b.* FROM b ANTI JOIN a USING (h)), came AS (SELECT a.* FROM a ANTI JOIN b USING (h))
            SELECT {both},
                   CASE WHEN a.event IS DISTINCT FROM b.event THEN 'flipped' ELSE 'moved' END AS kind,
                   {words.format("b")} AS was, {words.format("a")} AS now,
                   b.end_date AS was_date, a.end_date AS now_date, b.months AS was_months, a.months AS now_months,
                   coalesce(a.event_description, '') LIKE 'death%' OR coalesce(b.event_description, '') LIKE 'death%'
                       AS is_death
            FROM came a FULL JOIN went b ON {same}
        ) m
        {in_both.format(pair.before)}
        {in_both.format(pair.after).replace(" p ", " q ")}
    """  # noqa: S608 (own names)


def _cause(pair: Pair) -> str:
    """SQL of `caused`: each moved endpoint with the row that caused it."""
    unknown = "'not explained by the accepted rows'"
    otherwise = causes.otherwise(pair, "m.site")
    return f"""
        decided AS (
            SELECT DISTINCT l.site, l.patient_id, l.lesion_id, l.deciding_delivery AS delivery, l.deciding_line AS line
            FROM {pair.after}.derived.lesion_ltp l SEMI JOIN moved m USING (site, patient_id)
        ), ranked AS (
            SELECT m.no, r.cause_delivery IS NOT NULL AS is_cause, r.why, coalesce(r.cause_export, r.export) AS export,
                   coalesce(r.cause_delivery, r.delivery) AS delivery,
                   CASE WHEN r.cause_delivery IS NULL THEN r.line ELSE r.cause_line END AS line,
                   row_number() OVER (PARTITION BY m.no ORDER BY r.cause_delivery IS NULL,
                       CASE WHEN m.is_death AND r.export = 'patients' THEN 0 ELSE 1 END,
                       d.lesion_id IS NULL,
                       m.lesion_id IS NOT NULL AND r.lesion_id IS DISTINCT FROM m.lesion_id,
                       list_position({list(SOURCES)}, r.export), r.cause_line IS NULL, r.delivery, r.line) AS place
            FROM moved m
            JOIN {CHANGED_ROWS} r ON r.site = m.site AND r.patient_id = m.patient_id AND r.export IN {SOURCES}
            LEFT JOIN decided d ON d.site = m.site AND d.patient_id = m.patient_id AND d.delivery = r.delivery
                AND d.line = r.line AND r.export <> 'patients' AND (m.lesion_id IS NULL OR d.lesion_id = m.lesion_id)
        ), caused AS (
            SELECT m.* EXCLUDE (is_death),
                   CASE WHEN r.is_cause OR {otherwise} IS NULL THEN r.export END AS export,
                   CASE WHEN r.is_cause OR {otherwise} IS NULL THEN r.delivery END AS delivery,
                   CASE WHEN r.is_cause OR {otherwise} IS NULL THEN r.line END AS line,
                   CASE WHEN r.is_cause THEN r.why ELSE coalesce({otherwise}, r.why,
                       CASE WHEN r.no IS NULL THEN {unknown} END) END AS why
            FROM moved m LEFT JOIN (SELECT * FROM ranked WHERE place = 1) r USING (no)
        )
    """  # noqa: S608 (own names)


def counts(pair: Pair) -> list[dict]:
    """Rows of endpoint, level, flipped, moved: how many subjects of each endpoint did either."""
    return pair.rows(
        f"SELECT endpoint, level, count(*) FILTER (kind = 'flipped') AS flipped, "  # noqa: S608 (own name)
        f"count(*) FILTER (kind = 'moved') AS moved FROM {MOVED} GROUP BY ALL ORDER BY level DESC, endpoint"
    )


def by_delivery(pair: Pair) -> list[dict]:
    """Rows of site, export, delivery, why, flipped, moved: how many endpoints each delivery moved, most first."""
    return pair.rows(
        f"SELECT site, export, delivery, CASE WHEN delivery IS NULL THEN why END AS why, "  # noqa: S608 (own name)
        f"count(*) FILTER (kind = 'flipped') AS flipped, count(*) FILTER (kind = 'moved') AS moved "
        f"FROM {MOVED} GROUP BY ALL ORDER BY flipped DESC, moved DESC, site, export, delivery"
    )


def listed(pair: Pair, limit: int) -> tuple[list[dict], int]:
    """Return the first `limit` rows and the number of all rows, flips first.

    Endpoints of one subject that changed in the same way share a row: kind, endpoints, level, site, patient_id,
    lesion_id, was, now, dates, months, export, delivery, line, why.
    """
    grouped = f"""
        SELECT kind, level, site, patient_id, lesion_id, string_agg(endpoint, ', ' ORDER BY endpoint) AS endpoints,
               was, now, was_date, now_date, was_months, now_months, export, delivery, line, why
        FROM {MOVED} GROUP BY ALL
    """  # noqa: S608 (own name)
    total = pair.one(f"SELECT count(*) AS n FROM ({grouped})")["n"]  # noqa: S608 (own text)
    order = "kind, site, patient_id, level, lesion_id, endpoints"
    return pair.rows(f"{grouped} ORDER BY {order} LIMIT {int(limit)}"), total


def new_ltp(pair: Pair, limit: int) -> tuple[list[dict], int, int]:
    """Return the first `limit` lesions that have LTP now and had none before, how many there are, and how many lesions
    no longer have LTP. A row holds site, patient_id, lesion_id, ltp_date, months, is_new_lesion and the deciding row.
    """
    if pair.is_same("derived.lesion_ltp"):
        return [], 0, 0
    sides = (f"{pair.before}.derived.lesion_ltp", f"{pair.after}.derived.lesion_ltp")
    kept = may_differ(pair, sides, ["site", "patient_id", "lesion_id"], "buckets_ltp", "ltp")
    side = "(SELECT site, patient_id, lesion_id, ltp_date, ltpfs_months, deciding_delivery, deciding_line "
    side += f"FROM {{}}.derived.lesion_ltp WHERE ltp AND {kept})"
    key = "USING (site, patient_id, lesion_id)"
    came = f"{side.format(pair.after)} a ANTI JOIN {side.format(pair.before)} b {key}"
    went = f"{side.format(pair.before)} b ANTI JOIN {side.format(pair.after)} a {key}"
    n_came, n_went = (pair.one(f"SELECT count(*) AS n FROM {what}")["n"] for what in (came, went))  # noqa: S608
    rows = pair.rows(
        f"""
        SELECT site, patient_id, lesion_id, ltp_date, ltpfs_months AS months,
               NOT EXISTS (SELECT 1 FROM {pair.before}.derived.lesion_ltp o WHERE o.site = a.site
                   AND o.patient_id = a.patient_id AND o.lesion_id = a.lesion_id) AS is_new_lesion,
               'imaging_followups' AS export, deciding_delivery AS delivery, deciding_line AS line, NULL AS why
        FROM {came} ORDER BY site, patient_id, lesion_id LIMIT {int(limit)}
        """  # noqa: S608 (own names)
    )
    return rows, n_came, n_went
