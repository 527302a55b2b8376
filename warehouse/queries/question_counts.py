"""Builds quality.question_counts: how many questions each site has by rule, and how long its answers take.

Counts alone are released. The table depends on what people did and when, not on the deliveries alone, so the content
hash leaves it out; what is late is judged as of the newest arrival, so that no table reads the clock.
"""

from collections.abc import Sequence

import duckdb

from warehouse.archive.thread_log import Event
from warehouse.queries.decide_answers import TOO_LATE
from warehouse.queries.threads import STATES, with_threads
from warehouse.storage.sql_files import select_of

BY_STATE = ", ".join(f"count(*) FILTER (state = '{state}') AS n_{state}" for state in STATES)


def write_question_counts(con: duckdb.DuckDBPyConnection, events: Sequence[Event]) -> None:
    """Write the table: one row per site and rule that has ever had a question. `events` are those of the archive."""
    with_threads(con, events)
    newest = con.execute("SELECT max(CAST(left(arrived_at, 10) AS DATE)) FROM meta.deliveries").fetchone()
    con.execute(
        f"""
        CREATE OR REPLACE TABLE quality.question_counts AS
        SELECT site, rule_id, count(*) AS n_questions, {BY_STATE}, count(*) FILTER (is_late) AS n_late,
               count(*) FILTER (answered_at IS NOT NULL) AS n_with_answer,
               count(*) FILTER (sent_at IS NOT NULL AND answered_at IS NULL) AS n_without_answer,
               count(*) FILTER (is_answered_late) AS n_answered_late,
               count(days_to_answer) AS n_days_known,
               CAST(median(days_to_answer) AS DOUBLE) AS median_days_to_answer
        FROM ({select_of("quality/threads")}) GROUP BY ALL ORDER BY site, rule_id
        """,  # noqa: S608 (own names)
        {"overtaken": TOO_LATE, "as_of": newest[0] if newest else None},
    )
    con.unregister("thread_events")
