"""Decide when a failed run is requested again automatically.

The files of a failed run are already known, so without this nothing would request them before the next delivery or the
next night. Dagster itself retries runs whose process died.
"""

from itertools import takewhile

import dagster as dg

from orchestration.automation.jobs import DELIVERIES, NIGHTLY

FIRST_PAUSE_SECONDS = 3600
LOOKED_AT = 6
"""At most this many failures are counted. The pause doubles with each, up to 32 hours; the nightly job comes sooner."""


def failed_run(instance: dg.DagsterInstance, now: float) -> str:
    """Return the id of the newest run of the deliveries or nightly job if it failed and its pause is over; else ''.

    The pause after the run's end is 1 hour, after the second failure in a row 2, then 4, 8, 16 and 32 hours. `now` is
    in seconds since 1970.
    """
    found = [
        record
        for job in (DELIVERIES, NIGHTLY)
        for record in instance.get_run_records(dg.RunsFilter(job_name=job), limit=LOOKED_AT)
    ]
    newest_first = sorted(found, key=lambda record: record.create_timestamp, reverse=True)
    failed = list(takewhile(lambda r: r.dagster_run.status == dg.DagsterRunStatus.FAILURE, newest_first))[:LOOKED_AT]
    if not failed:
        return ""
    ended = failed[0].end_time or failed[0].create_timestamp.timestamp()
    pause = FIRST_PAUSE_SECONDS * 2 ** (len(failed) - 1)
    return failed[0].dagster_run.run_id if now >= ended + pause else ""
