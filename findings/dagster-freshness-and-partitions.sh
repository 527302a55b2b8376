#!/usr/bin/env bash
# Expected: a partitioned asset with a FreshnessPolicy counts as late while one of its partitions is late.
# Seen: the policy looks at the newest materialisation of the asset, whichever partition it was of. One punctual partition makes
#   the asset healthy, although the others were last made outside the window or never. No policy can be set for one partition.
# Heeded in: docs/decisions/0017 (late sites are found by a check that names them; only the release has a policy).
# Takes about three minutes: a window cannot be shorter than a minute.
set -euo pipefail
folder=$(mktemp -d)
daemon=
trap 'if [ -n "$daemon" ]; then kill "$daemon" && wait "$daemon" || true; fi; rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dagster==1.13.27 dagster-graphql==1.13.27
cd "$folder"
export DAGSTER_HOME=$folder/home DAGSTER_DISABLE_TELEMETRY=1 FRESHNESS_DAEMON_INTERVAL_SECONDS=5 PATH=$folder/venv/bin:$PATH
mkdir home
echo "telemetry: {enabled: false}" >home/dagster.yaml
cat >definitions.py <<'PY'
from datetime import timedelta

import dagster as dg


@dg.asset(
    partitions_def=dg.StaticPartitionsDefinition(["late", "never", "punctual"]),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(seconds=60)),
)
def export(context: dg.AssetExecutionContext) -> None: ...


defs = dg.Definitions(assets=[export])
PY
make() { dagster asset materialize -f definitions.py --select export --partition "$1" >>log.txt 2>&1; }
seen() { # the asset's freshness, once it is the one that is asked for, else after 60 seconds
  local found= i
  for i in $(seq 12); do
    found=$(dagster-graphql -f definitions.py -t '{ assetNodes { freshnessStatusInfo { freshnessStatus } } }' 2>>log.txt |
      grep -o '"freshnessStatus": *"[A-Z_]*"' | cut -d '"' -f 4)
    if [ "$found" = "$1" ]; then break; fi
    sleep 5
  done
  echo "$found"
}
dagster-daemon run -f definitions.py >>log.txt 2>&1 &
daemon=$!
make late
early=$(seen HEALTHY)
sleep 60
overdue=$(seen DEGRADED)
make punctual
punctual=$(seen HEALTHY)
echo "dagster 1.13.27, window of 60 s: late made: $early; 60 s later: $overdue; then punctual made: $punctual, though late is overdue and never was never made"
if [ "$early $overdue $punctual" != "HEALTHY DEGRADED HEALTHY" ]; then
  tail -n 20 log.txt
  echo "This has changed."
  exit 1
fi
