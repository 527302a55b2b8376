"""Times a click on the page of `registry explore` against the SQL behind it, as ratios.

A click is a whole answer: the link is read, the SELECTs run, curves are estimated and drawn, the HTML is made. The SQL
behind it are the same SELECTs with their parameters, noted during one click and run on the same connection with their
rows fetched. Both take turns in one process, on a release of copies of the demonstration study's patients.

Run from the checkout: `python -m benchmarks.explore_speed --patients 1000000`. Exits with 1 beyond the limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import duckdb

from benchmarks.fresh_process import registry, run_command
from benchmarks.package_speed import copies_of
from explore.opened import Reading, Releases
from warehouse.releases.finding import find_release
from warehouse.storage.home import Home

LIMIT = 1.5
CLICKS = {
    "everybody, cumulative incidence": "/",
    "a value, survival by KRAS": "/?keep=patients.kras:mutant|wild_type&endpoint=LTPFS&by=kras",
    "three criteria, survival by size": "/?keep=patients.ecog:0..1&keep=patients.max_diameter_mm:..40"
    "&drop=patients.kras:unknown&endpoint=LTPFS&by=max_diameter_mm&cuts=20,30",
    "lesions of two segments": "/?keep=lesions.segment:7|8&of=lesions&endpoint=LTPFS",
    "the list of lesions": "/?keep=patients.kras:mutant&part=lesions",
    "Table 1 by KRAS": "/?keep=patients.ecog:0..1&part=baseline&by=kras",
}


class Noted:
    """A connection that notes the statements it runs."""

    def __init__(self, con: Any, statements: list[tuple[str, Any]]) -> None:
        self._con, self._statements = con, statements

    def execute(self, sql: str, parameters: Any = None) -> Any:
        """Note the statement and run it."""
        self._statements.append((sql, parameters))
        return self._con.execute(sql, parameters) if parameters is not None else self._con.execute(sql)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


class NotingReleases(Releases):
    """Releases that note the statements of every request while `statements` is a list."""

    statements: list[tuple[str, Any]] | None = None

    @contextmanager
    def read(self, release_id: str | None = None) -> Iterator[Reading]:
        """Open the release, with a connection that notes while statements are noted."""
        with super().read(release_id) as reading:
            if self.statements is None:
                yield reading
            else:
                yield replace(reading, con=Noted(reading.con, self.statements))  # type: ignore[arg-type]


def measured(home: Home, times: int) -> list[float]:
    """Print each click with its SQL, in milliseconds, and return the ratios."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from starlette.testclient import TestClient

    from explore.routes import application

    releases = NotingReleases(home, 600)
    ratios = []
    with TestClient(application(releases)) as client:
        for name, link in CLICKS.items():
            assert client.get(link).status_code == 200  # everything is imported, facts of the release are counted
            releases.statements = statements = []
            client.get(link)
            releases.statements = None
            ratios.append(in_turns(name, lambda own=link: client.get(own), alone(releases, statements), times))
    releases.close()
    return ratios


def alone(releases: Releases, statements: list[tuple[str, Any]]) -> Callable[[], None]:
    """Return what runs the statements and fetches their rows as Arrow, which costs least."""

    def run() -> None:
        with releases.read() as reading:
            for sql, parameters in statements:
                with suppress(duckdb.BinderException):  # a condition is tried on one view, then on the other
                    reading.con.execute(sql, parameters).to_arrow_table()

    return run


def in_turns(name: str, click: Callable[[], object], sql: Callable[[], object], times: int) -> float:
    """Print one line and return the click's time over the SQL's, as a ratio of medians."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for work, seconds in zip((click, sql), found, strict=True):
            begin = time.perf_counter()
            work()
            seconds.append(time.perf_counter() - begin)
    whole, behind = median(found[0]), median(found[1])
    print(f"{name:<34} {1000 * whole:8.0f} ms to {1000 * behind:8.0f} ms: {whole / behind:.2f} (limit {LIMIT})")
    return whole / behind


def main() -> None:
    """Of the home that is named, else of the demonstration study in a new one."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--home", type=Path, help="a home with a release, e.g. registry-home")
    parser.add_argument("--patients", type=int, default=1_000_000, help="patients of the release that is measured")
    parser.add_argument("--times", type=int, default=5, help="how often to click, e.g. 5")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="explore-speed-") as folder:
        home = options.home or Path(folder) / "study"
        if options.home is None:
            run_command([*registry(), "demo", "--home", home])
            run_command([*registry(), "refresh", "--home", home])
        source = Home(home.absolute())
        copies = Home(copies_of(source, options.patients, Path(folder) / "copies"))
        with duckdb.connect(str(find_release(copies).database)) as con:
            con.execute(f"ATTACH '{find_release(source).database}' AS one (READ_ONLY); CREATE SCHEMA meta")
            con.execute("CREATE TABLE meta.loads AS FROM one.meta.loads")  # says whether the data are made up
        ratios = measured(copies, options.times)
    sys.exit(max(ratios) > LIMIT)


if __name__ == "__main__":
    main()
