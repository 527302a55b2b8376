"""A process that has imported all that `registry` needs, and runs each command in its own child.

Importing takes four times as long as a refresh of a small home. A child starts as the console script would start it,
with its own process group, environment and streams, and dies as any other process does. Nothing is computed before a
fork, so that no library's threads are missing: the canaries' report is computed by the tests' process and read from a
file.

    python -m tests.reliability.warm_process CANARIES     reads one JSON request a line, answers one JSON line each
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pickle
import sys
import threading
from pathlib import Path

import dagster as dg

from tests.orchestration.light import BY_NAME, making
from warehouse.expectations.library import new_context

NEEDED = (
    "orchestration.cli.main", "orchestration.cli.refresh", "orchestration.cli.verify", "orchestration.definitions",
    "orchestration.instance", "analysis.report", "analysis.subjects.analysis_frames", "assets.raw",
    "pandas", "polars", "pandera.polars", "pyarrow", "duckdb", "matplotlib.pyplot", "scipy.stats",
    "statsmodels.api", "surpyval", "rich.console",
    "great_expectations.render.renderer.page_renderer", "great_expectations.render.view",
    "alembic.command", "hypothesis", "pandera.strategies.pandas_strategies", "pygments.formatters",
    "analysis.plan.follow_up", "analysis.plan.quality_sensitivity", "analysis.service.volumes",
    "pyarrow.dataset", "upath",
)  # fmt: skip
NOT_LEFT_OVER = ("REGISTRY_", "DAGSTER_")


def _child(words: list[str], out: str, err: str, place: str | None, makes: str, canaries: Path) -> None:
    """Run the command; with `place`, it kills itself with SIGKILL there (kill_places.py)."""
    os.setsid()
    for number, name in ((0, os.devnull), (1, out), (2, err)):
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin, sys.stdout, sys.stderr = (
        open(n, m, buffering=1, closefd=False)  # noqa: SIM115 (until the process ends)
        for n, m in ((0, "r"), (1, "w"), (2, "w"))
    )
    for name in [name for name in os.environ if name.startswith(NOT_LEFT_OVER)]:
        del os.environ[name]
    sys.argv = ["registry", *words]
    code = 1
    try:
        if place is not None:
            from tests.reliability.kill_places import die_at

            die_at(place)
        from orchestration.cli.main import run

        with making(BY_NAME[makes], lambda: pickle.loads(canaries.read_bytes())):
            run()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def serve(canaries: Path) -> None:
    """Answer `run` with the child's process id, and `wait` with how it ended, until the client is gone."""
    new_context()  # first, because it imports Great Expectations without its warnings
    for name in NEEDED:
        importlib.import_module(name)
    with dg.DagsterInstance.ephemeral():  # imports what an instance needs
        pass
    assert threading.active_count() == 1  # a child would lack the others
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "wait" in asked:
            _, status = os.waitpid(asked["wait"], 0)
            answer = {"code": os.waitstatus_to_exitcode(status)}
        else:
            child = os.fork()
            if child == 0:
                _child(**asked, canaries=canaries)
            answer = {"pid": child}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
