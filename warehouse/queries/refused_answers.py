"""Counts the refused answers that somebody still has to deal with, by sheet and reason.

A refusal matters until its entry is settled in another way; if it fits no entry, until the site's next sheet.
"""

import duckdb

from schemas.exports import ANSWERS
from warehouse.queries.decide_answers import EDITED
from warehouse.storage.connection import table_exists


def refused_answers(con: duckdb.DuckDBPyConnection) -> list[tuple[str, str, int]]:
    """Return (site/answers/sheet, reason, number of lines), from a release or the build database.

    A reason contains no value of a row. Empty for a release made before answers existed.
    """
    if not table_exists(con, "quality", "answers"):
        return []
    return con.execute(
        f"""
        SELECT a.site || '/{ANSWERS}/' || a.delivery AS sheet, a.reason, count(*) AS n_lines
        FROM quality.answers a LEFT JOIN quality.quarantine q USING (entry_id)
        WHERE a.status = 'refused' AND CASE
            WHEN a.reason <> $edited THEN q.entry_id IS NOT NULL AND q.answer IS NULL
            ELSE a.delivery = (SELECT max(l.delivery) FROM meta.loads l
                               WHERE l.site = a.site AND l.export = '{ANSWERS}' AND l.status = 'accepted') END
        GROUP BY ALL ORDER BY ALL
        """,  # noqa: S608 (an export's name)
        {"edited": EDITED},
    ).fetchall()
