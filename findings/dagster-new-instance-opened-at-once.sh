#!/usr/bin/env bash
# Expected: the web server and the daemon of a new deployment may be started together, as service managers do. Both open the same
#   DAGSTER_HOME, whose default storage Dagster creates on first use.
# Seen: of processes that open a new instance at the same moment, about half fail, because the tables already exist. At times two
#   versions of the tables are noted; such an instance then cannot be opened any more, by one process alone either.
# Heeded in: orchestration/instance.py (one process at a time opens a home), orchestration/automation/damaged_history.py (a file with
#   two versions is set aside) and docs/deploy.md (a refresh comes before the services).
# Takes about a minute.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check dagster==1.13.27
cd "$folder"
export DAGSTER_DISABLE_TELEMETRY=1
cat >at_once.py <<'PY'
import multiprocessing
import os
import sys
from importlib.metadata import version

import dagster as dg

PROCESSES, HOMES = 4, 20


def open_each(at_once, failed):
    for number in range(HOMES):
        at_once.wait(60)
        try:
            with dg.DagsterInstance.from_config(f"home{number}") as instance:
                instance.get_runs(limit=1)
                instance.all_instigator_state()
        except Exception as error:
            failed.put(str(error).splitlines()[0])


if __name__ == "__main__":
    for number in range(HOMES):
        os.mkdir(f"home{number}")
        with open(f"home{number}/dagster.yaml", "w") as file:
            file.write("telemetry: {enabled: false}\n")
    at_once, failed = multiprocessing.Barrier(PROCESSES), multiprocessing.SimpleQueue()
    processes = [multiprocessing.Process(target=open_each, args=(at_once, failed)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    said = []
    while not failed.empty():
        said.append(failed.get())
    print(f"dagster {version('dagster')}: {PROCESSES} processes open each of {HOMES} new instances at once")
    print(f"{len(said)} of {PROCESSES * HOMES} attempts failed:")
    for words in sorted(set(said)):
        print(f"  {said.count(words)} x {words}")
    n_broken = 0
    for number in range(HOMES):
        try:
            with dg.DagsterInstance.from_config(f"home{number}") as instance:
                instance.get_runs(limit=1)
        except Exception as error:
            n_broken += 1
            print(f"afterwards, by itself, home{number}: {error}")
    print(f"{n_broken} of {HOMES} instances cannot be opened afterwards (the number varies, and may be 0)")
    sys.exit(0 if any("already exists" in words or "is locked" in words for words in said) else 1)
PY
venv/bin/python at_once.py || { echo "The behaviour has changed."; exit 1; }
