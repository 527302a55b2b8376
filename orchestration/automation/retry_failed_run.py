"""When a run that failed is asked for again by itself.

What belongs here: whether it is time. What does not: runs whose process died (Dagster's retry begins those again) and
new deliveries (sensors.py). The files of a failed run are known already, so nothing would ask for them before the next
delivery or the night.
"""

from itertools import takewhile

import dagster as dg

from orchestration.automation.jobs import DELIVERIES, NIGHTLY

FIRST_PAUSE_SECONDS = 3600
LOOKED_AT = 6
"""So many failures are counted; the pause doubles with each, up to 32 hours, which the night comes before."""


def failed_run(instance: dg.DagsterInstance, now: float) -> str:
    """The id of the newest run of deliveries or the nightly job, if it failed and its pause is over: an hour after its
    end (`now` in seconds since 1970), two after the second failure in a row, then 4, 8, 16, 32; else ''.
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
