"""Keeps the history of the Data Docs: what was expected and observed in this release and those before it.

It travels in a file beside the pages, from release to release, so that no older database is opened and none has to be
kept for it. A release that is made again without a patient takes the history of its parent, which has been made again
too.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from warehouse.releases.release import published_at

FILE = "history.json"
MOST_RUNS = 12
Run = dict[str, Any]
"""release, and results: one [suite, table, expectation, status, observed] for each expectation."""


def runs_with(before: Path | None, release_id: str, expectations: Iterable[Mapping[str, Any]]) -> list[Run]:
    """Return this run and those in `before`, the folder of the previous release's Data Docs, newest first."""
    results = [[e["suite"], e["table_name"], e["expectation"], e["status"], e["observed"]] for e in expectations]
    return [{"release": release_id, "results": sorted(results, key=lambda one: one[:3])}, *_read(before)][:MOST_RUNS]


def _read(folder: Path | None) -> list[Run]:
    """Return the runs that the file holds; none if there is no file, or none that can be read."""
    try:
        runs = json.loads((folder / FILE).read_text(encoding="utf-8")) if folder else []
        return [{"release": str(run["release"]), "results": [list(one) for one in run["results"]]} for run in runs]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def as_text(runs: list[Run]) -> str:
    """Return the text of the file."""
    return json.dumps(runs, separators=(",", ":"))


def table_of(runs: list[Run], suites: Iterable[str]) -> dict[str, Any]:
    """Return what the page shows: a column for each run, and by suite the rows (table, expectation, cells). A suite
    that is no longer stated comes last.
    """
    results = [{tuple(one[:3]): one[3:] for one in run["results"]} for run in runs]
    keys = sorted({key for run in results for key in run})
    names = [*suites, *dict.fromkeys(key[0] for key in keys)]
    return {
        "runs": [{"release": run["release"], "day": _day(run["release"]), "counts": _counts(run)} for run in runs],
        "by_suite": {
            name: [
                (table, what, [run.get((suite, table, what)) for run in results])
                for suite, table, what in keys
                if suite == name
            ]
            for name in dict.fromkeys(names)
        },
    }


def _day(release_id: str) -> str:
    made = published_at(release_id)
    return f"{made:%Y-%m-%d %H:%M}" if made else release_id


def _counts(run: Run) -> dict[str, int]:
    statuses = [one[3] for one in run["results"]]
    return {status: statuses.count(status) for status in set(statuses)}
