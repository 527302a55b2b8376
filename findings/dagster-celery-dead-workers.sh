#!/usr/bin/env bash
# Expected: with run_monitoring on, Dagster fails a run whose Celery worker was killed, as it does for other launchers that can say
#   whether a run's worker is alive; CeleryRunLauncher says that it can (supports_check_run_worker_health).
# Seen: it takes the last state that Celery's result backend noted for the truth. A worker that is killed leaves STARTED there, which
#   counts as RUNNING, so the run stays STARTED, however often it is monitored, and though another worker is idle.
# Heeded in: docs/decisions/0070 (workers are asked what they have in hand).
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
cat >dagster_celery_config.py <<PY
broker_url = result_backend = "redis://127.0.0.1:$port/0"
PY
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


@dg.job
def long_job() -> None:
    sleeps()


defs = dg.Definitions(jobs=[long_job])
PY
cat >launch.py <<'PY'
import dagster as dg

from definitions import long_job

with dg.DagsterInstance.get() as instance:
    job = dg.reconstructable(long_job)
    run = instance.create_run_for_job(job.get_definition(), job_code_origin=job.get_python_origin())
    instance.launch_run(run.run_id, workspace=None)
PY
cat >seen.py <<'PY'
import dagster as dg

with dg.DagsterInstance.get() as instance:
    (run,) = instance.get_runs()
    state = instance.run_launcher.celery.AsyncResult(run.tags["dagster-celery/task_id"]).state
    print(run.status.value, instance.run_launcher.check_run_worker_health(run).status.value, state)
PY
in_group() { setsid "${@:2}" >>"$1.log" 2>&1 & echo $! >"$1.pid"; }
in_group redis redis-server --port "$port" --bind 127.0.0.1 --save ""
in_group first celery -A dagster_celery.app worker --concurrency 1 --hostname first@%h
python launch.py
for _ in $(seq 60); do
  before=$(python seen.py)
  if [ "$before" = "STARTED RUNNING STARTED" ]; then break; fi
  sleep 1
done
kill -9 -- "-$(cat first.pid)"
in_group second celery -A dagster_celery.app worker --concurrency 1 --hostname second@%h
in_group daemon dagster-daemon run -f definitions.py
sleep 60
monitored=$(grep -c "Checking run" daemon.log || true)
after=$(python seen.py)
echo "dagster-celery 0.29.27, celery 5.7.0: run, worker's health and task before the kill: $before; a minute after: $after; monitored $monitored times"
if [ "$before $after" != "STARTED RUNNING STARTED STARTED RUNNING STARTED" ] || [ "$monitored" -lt 2 ]; then
  tail -n 20 ./*.log
  echo "This has changed."
  exit 1
fi
