"""Narrows a comparison to the patients whose rows may differ: those in the change log, else by checksums.

Without a change log, patients fall into 65,536 buckets by a hash of their key. On each side, the hashes of a bucket's
rows are combined by exclusive or; only buckets whose checksums differ are compared row by row. That is one pass over
each side without a hash table of all rows: ten times faster than a join if a hundred patients of a million have
changed. If all have changed, it costs one additional pass.
"""

from warehouse.diff.pair import Pair

BUCKET = "(hash(site, patient_id) >> 48)"
"""SQL of a patient's bucket: the upper 16 bits of the hash."""


def may_differ(pair: Pair, sides: tuple[str, str], cells: list[str], name: str, where: str = "true") -> str:
    """SQL of a condition on site and patient_id that keeps every patient whose rows differ, and few others.

    `sides` are two tables that have the columns `cells`, `where` is SQL that selects the rows that count. If buckets
    are needed, they are kept in the temporary table `name`.
    """
    if pair.due:
        return f"(site, patient_id) IN (SELECT site, patient_id FROM {pair.due})"  # noqa: S608 (own name)
    first, second = (
        f"SELECT {BUCKET} AS bucket, count(*) AS n, bit_xor(hash({', '.join(cells)})) AS digest "  # noqa: S608 (own names)
        f"FROM {side} WHERE {where} GROUP BY 1"
        for side in sides
    )
    pair.con.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT bucket "  # noqa: S608 (own text)
        f"FROM (FROM ({first}) UNION ALL FROM ({second})) GROUP BY bucket, n, digest HAVING count(*) = 1"
    )
    return f"{BUCKET} IN (SELECT bucket FROM {name})"  # noqa: S608 (own name)
