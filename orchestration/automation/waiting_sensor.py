"""Define the sensor that requests whatever waits in the build database, and reports on the release's page why it waits.

The other sensors request a run when something is delivered or a table changes. A table that is stale for another reason
(changed code, a run that died or failed before it was done, a layer made by hand) would wait for the night. Each state
of the build database is examined once, after the other sensors have had time to act on it, and requested once; failed
runs are retried separately (retry_failed_run.py).
"""

import json
import os
import time

import dagster as dg

from orchestration.automation.delivery_checks import evaluation_of, waiting_result
from orchestration.automation.jobs import DELIVERIES, NIGHTLY, nightly_job, quiet_config
from orchestration.automation.sensors import RUNNING, settled_seconds, why_no_run_now
from orchestration.automation.settings import watch_seconds
from warehouse.refresh.pending_work import why_release_waits
from warehouse.refresh.release_blockers import failed_gates
from warehouse.storage.connection import open_build
from warehouse.storage.errors import RefreshRunning, RegistryError
from warehouse.storage.faults import fault_at
from warehouse.storage.home import Home
from warehouse.storage.lock import refresh_lock
from warehouse.storage.source_code import making_code

LEAST_SECONDS = 60
"""A state of the build is left to the other sensors at least this long, whatever the interval of the sensors: on a busy
machine their evaluations take long, and this sensor requests everything where they would request little."""


def examined_after() -> int:
    """Return after how many seconds without a change a state of the build is examined; 60 by default."""
    return max(LEAST_SECONDS, settled_seconds())


def waiting_sensor(home: Home) -> dg.SensorDefinition:
    """Request the nightly job if something waits that nothing else has requested."""

    @dg.sensor(
        name="waiting",
        job=nightly_job,
        minimum_interval_seconds=watch_seconds(4),
        default_status=RUNNING,
        description="Request whatever waits in the build database, for whatever reason.",
    )
    def waiting(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        if reason := why_no_run_now(home, context.instance):
            return dg.SkipReason(reason)
        if not home.build_database.is_file() or home.build_database.is_symlink():
            return dg.SkipReason("Nothing has been loaded yet.")
        seen = _seen(context.cursor)
        stamp = stamp_of_build(home)
        if seen["stamp"] != stamp:
            return _skip("The build has changed; it is examined soon.", seen | {"stamp": stamp, "at": time.time()})
        if seen["is_judged"]:
            return dg.SkipReason(seen["said"])
        if time.time() - seen["at"] < examined_after():
            return dg.SkipReason("The build has changed; it is examined soon.")
        try:
            found, shut = judged(home)
        except RefreshRunning:
            return dg.SkipReason("A refresh is running.")
        except (RegistryError, OSError) as error:
            return dg.SkipReason(str(fault_at(home.root, error) or error))
        return _asked(context.instance, found, shut, seen | {"stamp": stamp_of_build(home), "is_judged": True})

    return waiting


def stamp_of_build(home: Home) -> str:
    """Return a text that changes whenever the build database, the current release or the code changes."""
    current = os.readlink(home.current) if home.current.is_symlink() else ""
    at = home.build_database.stat()
    return f"{at.st_mtime_ns} {at.st_size} {current} {making_code()}"


def judged(home: Home) -> tuple[list[str], list[str]]:
    """Return what waits and which gates fail, under the refresh lock. Raises RefreshRunning if it is held."""
    with refresh_lock(home), open_build(home) as con:
        con.begin()
        try:
            return why_release_waits(con, home), failed_gates(con)
        finally:
            con.rollback()


def _seen(cursor: str | None) -> dict:
    new = {"stamp": "", "at": 0.0, "is_judged": False, "said": "", "asked": []}
    try:
        return new | json.loads(cursor or "{}")
    except (ValueError, TypeError):
        return new


def _skip(reason: str, seen: dict) -> dg.SensorResult:
    return dg.SensorResult(skip_reason=dg.SkipReason(reason), cursor=json.dumps(seen | {"is_judged": False}))


def _asked(instance: dg.DagsterInstance, found: list[str], shut: list[str], seen: dict) -> dg.SensorResult:
    """Return the run to request, or why there is none; in both cases with the check for the release's page."""
    said = ""
    if not found:
        said, seen["asked"] = "Nothing waits.", []
    elif shut:
        said = f"Refused by {', '.join(shut)}; no run is requested until that is corrected."
    elif _has_failed(instance):
        said = "The newest run failed; it is retried after a pause."
    elif seen["asked"] == [*found, making_code()]:
        said = f"Already requested, and still waiting: {' '.join(found)}"
    event = evaluation_of(waiting_result(found))
    if said:
        cursor = json.dumps(seen | {"said": said})
        return dg.SensorResult(skip_reason=dg.SkipReason(said), cursor=cursor, asset_events=[event])
    seen |= {"asked": [*found, making_code()], "said": f"Requested: {' '.join(found)}"}
    request = dg.RunRequest(
        run_key=f"waiting {seen['stamp']}",
        run_config=quiet_config(),
        tags={"registry/by": "waiting", "registry/reason": found[0][:200]},
    )
    return dg.SensorResult(run_requests=[request], cursor=json.dumps(seen), asset_events=[event])


def _has_failed(instance: dg.DagsterInstance) -> bool:
    """Return whether the newest run of the deliveries or nightly job failed; retry_failed_run.py retries it."""
    newest = [
        r for job in (DELIVERIES, NIGHTLY) for r in instance.get_run_records(dg.RunsFilter(job_name=job), limit=1)
    ]
    last = max(newest, key=lambda record: record.create_timestamp, default=None)
    return last is not None and last.dagster_run.status == dg.DagsterRunStatus.FAILURE
