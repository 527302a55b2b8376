#!/usr/bin/env bash
# Expected: CeleryRunLauncher runs any job on a Celery worker; and with run_monitoring on, Dagster fails a run whose worker was killed,
#   since the launcher says that it can tell (supports_check_run_worker_health).
# Seen: a job with Dagster's default executor fails, because Celery's processes are daemonic and may not start those of its steps. And
#   the launcher takes the last state that Celery's result backend noted for the truth: a worker that is killed leaves STARTED there,
#   which counts as RUNNING, so the run stays STARTED however often it is monitored, and though another worker is idle.
# Heeded in: docs/decisions/0070 (shards run in one process; workers are asked what they have in hand).
# Needs Debian's redis-server. Takes about two minutes.
set -euo pipefail
folder=$(mktemp -d)
port=$((20000 + RANDOM % 20000))
trap 'for pid in $(cat "$folder"/*.pid 2>/dev/null); do kill -9 -- "-$pid" 2>/dev/null || true; done; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dagster==1.13.27 dagster-celery==0.29.27 "celery[redis]==5.7.0"
cd "$folder"
export DAGSTER_HOME=$folder/home DAGSTER_DISABLE_TELEMETRY=1 PYTHONPATH=$folder PYTHONWARNINGS=ignore PATH=$folder/venv/bin:$PATH
mkdir home
echo "broker_url = result_backend = 'redis://127.0.0.1:$port/0'" >dagster_celery_config.py
cat >home/dagster.yaml <<YAML
telemetry: {enabled: false}
run_launcher:
  module: dagster_celery.launcher
  class: CeleryRunLauncher
  config: {broker: "redis://127.0.0.1:$port/0", backend: "redis://127.0.0.1:$port/0"}
run_monitoring: {enabled: true, poll_interval_seconds: 5}
YAML
cat >definitions.py <<'PY'
import time

import dagster as dg


@dg.op
def sleeps() -> None:
    time.sleep(600)


@dg.op
def nothing() -> None: ...


@dg.job
def by_default() -> None:
    nothing()


@dg.job(executor_def=dg.in_process_executor)
def in_process() -> None:
    sleeps()


defs = dg.Definitions(jobs=[by_default, in_process])
PY
cat >launch.py <<'PY'
import time

import dagster as dg

from definitions import by_default, in_process

with dg.DagsterInstance.get() as instance:
    for job in (dg.reconstructable(by_default), dg.reconstructable(in_process)):
        run = instance.create_run_for_job(job.get_definition(), job_code_origin=job.get_python_origin())
        instance.launch_run(run.run_id, workspace=None)
        end = time.monotonic() + 120
        while time.monotonic() < end and instance.get_run_by_id(run.run_id).status.value in ("NOT_STARTED", "STARTING"):
            time.sleep(1)
        time.sleep(10)
        print(instance.get_run_by_id(run.run_id).status.value, end=" ")
PY
cat >seen.py <<'PY'
import dagster as dg

with dg.DagsterInstance.get() as instance:
    run = instance.get_runs()[0]
    state = instance.run_launcher.celery.AsyncResult(run.tags["dagster-celery/task_id"]).state
    print(run.status.value, instance.run_launcher.check_run_worker_health(run).status.value, state)
PY
in_group() { setsid "${@:2}" >>"$1.log" 2>&1 & echo $! >"$1.pid"; }
in_group redis redis-server --port "$port" --bind 127.0.0.1 --save ""
in_group first celery -A dagster_celery.app worker --concurrency 1 --hostname first@%h
launched=$(python launch.py 2>>launch.log)
daemonic=$(grep -c "daemonic processes are not allowed to have children" first.log || true)
kill -9 -- "-$(cat first.pid)"
rm first.pid
in_group second celery -A dagster_celery.app worker --concurrency 1 --hostname second@%h
in_group daemon dagster-daemon run -f definitions.py
sleep 60
monitored=$(grep -c "Checking run" daemon.log || true)
after=$(python seen.py)
echo "dagster-celery 0.29.27, celery 5.7.0: job with the default executor, job in one process: $launched(daemonic: $daemonic);"
echo "a minute after its worker was killed the latter's run, worker's health and task: $after (monitored $monitored times)"
if [ "$launched$after" != "FAILURE STARTED STARTED RUNNING STARTED" ] || [ "$monitored" -lt 2 ] || [ "$daemonic" -lt 1 ]; then
  tail -n 20 ./*.log
  echo "This has changed."
  exit 1
fi
