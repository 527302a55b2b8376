"""Times how long a file that is dropped into landing/ takes to be in a release, with `registry ui` running.

It releases the demonstration study, starts the web interface and its daemon as a user does, with default settings, and
drops a file with one new patient, several times. It waits at random between them, so that the sensor's interval counts
as it does for a user. For each file it prints how many seconds after the drop the sensor noticed it and requested a
run, the run started (its process has imported the code), and `releases/current` changed, and what all its processes
cost. Before that it prints what the interface costs while nothing happens.

Run from the checkout: `python -m benchmarks.file_to_release`. Exits with 1 if the median misses the limit. The home is
made in a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import CHECKOUT, environment, registry, run_command
from benchmarks.process_tree import processor_seconds
from warehouse.storage.home import Home

LIMIT_SECONDS = 25.0
GIVE_UP_SECONDS = 300.0
ENDS_WITHIN_SECONDS = 60.0
IDLE_SECONDS = 60.0
SETTLES_SECONDS = 3.0
"""After a run the code server waits for the run's process, whose processor seconds count from then on."""
LONGEST_PAUSE_SECONDS = 15.0
"""A file is dropped up to this long after the last run has ended."""
HEADER = "patient_id,session_id,session_date,lesion_id,max_diameter_mm"
ASKED = """query ($after: Float!) {
  sensorsOrError(repositorySelector: {
      repositoryName: "__repository__", repositoryLocationName: "orchestration.definitions"}) {
    ... on Sensors { results { name sensorState { ticks(limit: 200, afterTimestamp: $after) {
      timestamp status skipReason runIds } } } } }
  runsOrError(limit: 5) { ... on Runs { results { runId jobName status startTime endTime } } } }"""


@dataclass(frozen=True)
class Phases:
    """Seconds after the drop: the file was noticed, a run requested, the run started, and the release current; and the
    processor seconds of all processes of the interface from the drop until the run has ended."""

    noticed: float
    requested: float
    started: float
    released: float
    processor: float


@contextmanager
def interface(home: Home) -> Iterator[tuple[subprocess.Popen, int]]:
    """Run `registry ui` on a free port during the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {k: v for k, v in environment().items() if not k.startswith(("REGISTRY_", "DAGSTER_"))}
    with open(home.root.parent / "ui.log", "wb") as log:
        process = subprocess.Popen(
            [*registry(), "ui", "--home", str(home.root), "--port", str(port)],
            cwd=CHECKOUT, env=variables, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield process, port
    finally:
        for how in (signal.SIGINT, signal.SIGKILL):  # the first as Ctrl-C does
            _end(process, how)


def _end(process: subprocess.Popen, how: signal.Signals) -> None:
    """Send the signal to all processes of the group, and wait up to ENDS_WITHIN_SECONDS for their end."""
    end = time.monotonic() + ENDS_WITHIN_SECONDS
    with suppress(ProcessLookupError):  # none is left
        os.killpg(process.pid, how)
        while time.monotonic() < end:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.1)


def ask(port: int, after: float) -> tuple[list[dict], list[dict]]:
    """Return the ticks of `deliveries` since `after` (seconds since 1970), newest first, and the newest runs."""
    body = json.dumps({"query": ASKED, "variables": {"after": after}}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        content = json.load(answer)["data"]
    sensors = content["sensorsOrError"].get("results", [])
    ticks = next((s["sensorState"]["ticks"] for s in sensors if s["name"] == "deliveries"), [])
    return ticks, content["runsOrError"]["results"]


def wait(until: Callable[[], bool], what: str) -> None:
    """Return once `until` is true. Raises RuntimeError if that takes longer than GIVE_UP_SECONDS."""
    end = time.monotonic() + GIVE_UP_SECONDS
    while time.monotonic() < end:
        try:
            if until():
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass  # it is still starting
        time.sleep(0.1)
    raise RuntimeError(f"Not within {GIVE_UP_SECONDS:.0f} s: {what}.")


def drop(home: Home, number: int) -> float:
    """Put a file with one new patient, one session and one lesion into landing/, and return when."""
    (site,) = (folder for folder in home.landing.iterdir() if folder.is_dir())
    patient = f"NEW-{number:03d}"
    row = f"{patient},{patient}-S1,2019-03-05,{patient}-L1,21"
    file = site / "rfa_sessions" / f"2024-01-{number + 1:02d}_rfa_sessions.csv"
    file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    return time.time()


def phases(ticks: list[dict], runs: list[dict], dropped: float, released: float, processor: float) -> Phases:
    """Return the phases of one drop from what Dagster recorded since. Raises RuntimeError if no run was requested."""
    noticed = [tick["timestamp"] for tick in ticks if (tick["skipReason"] or "").startswith("Changed a moment ago")]
    requests = [tick for tick in ticks if tick["runIds"]]
    if not requests:
        raise RuntimeError("No evaluation of `deliveries` requested a run.")
    requested = min(requests, key=lambda tick: tick["timestamp"])
    (run,) = (one for one in runs if one["runId"] == requested["runIds"][0])
    first = min([*noticed, requested["timestamp"]])
    return Phases(*(at - dropped for at in (first, requested["timestamp"], run["startTime"], released)), processor)


def measure(home: Home, pid: int, port: int, number: int) -> tuple[Phases, int]:
    """Drop a file and return its phases and the number of runs that it took. `pid` is that of `registry ui`."""

    def is_at_rest() -> bool:
        return all(run["status"] in ("SUCCESS", "FAILURE", "CANCELED") for run in ask(port, dropped)[1])

    before, used = os.readlink(home.current), processor_seconds(pid)
    dropped = drop(home, number)
    wait(lambda: os.readlink(home.current) != before, "a release")
    released = home.current.lstat().st_mtime
    wait(is_at_rest, "the end of the run")
    time.sleep(SETTLES_SECONDS)
    used = processor_seconds(pid) - used
    ticks, runs = ask(port, dropped)
    return phases(ticks, runs, dropped, released, used), sum((run["startTime"] or 0) > dropped for run in runs)


def main(times: int) -> bool:
    """Print the phases of `times` files and return whether the median is within the limit."""
    found = []
    with tempfile.TemporaryDirectory(prefix="file-to-release-") as folder:
        home = Home(Path(folder) / "home")
        for command in ("demo", "refresh"):
            run_command([*registry(), command, "--home", home.root])
        with interface(home) as (process, port):
            wait(lambda: bool(ask(port, 0.0)[0]), "the first evaluation of `deliveries`")
            time.sleep(LONGEST_PAUSE_SECONDS)
            before = processor_seconds(process.pid)
            time.sleep(IDLE_SECONDS)
            cost = processor_seconds(process.pid) - before
            print(f"idle: {cost / IDLE_SECONDS:.3f} processor seconds a second, load {os.getloadavg()[0]:.1f}")
            print("seconds after the drop: noticed, requested, started, released; processor seconds")
            for number in range(times):
                time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
                one, n_runs = measure(home, process.pid, port, number)
                found.append(one)
                print(*(f"{seconds:6.1f}" for seconds in astuple(one)), f" runs: {n_runs}", flush=True)
    middle = [median(column) for column in zip(*map(astuple, found), strict=True)]
    verdict = "" if middle[3] <= LIMIT_SECONDS else ": MISSED"
    print(*(f"{seconds:6.1f}" for seconds in middle), f" medians (limit {LIMIT_SECONDS:.0f}){verdict}")
    return not verdict


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5, help="how many files to drop, e.g. 5")
    sys.exit(not main(parser.parse_args().times))
