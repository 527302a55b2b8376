"""Times `registry query`, as a ratio to the same query run in Python with duckdb alone.

Both run in fresh processes, in turns, so that a busy machine slows both. They query the demonstration study's release.

Run from the checkout: `python -m benchmarks.query_speed`. Without --home, a home is made in a temporary folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.fresh_process import ratio_of_medians, registry, seconds_of
from warehouse.releases.release import find_release
from warehouse.storage.home import Home

LIMIT = 2.5
SQL = "SELECT stratum, n_events, n, estimate FROM analysis.ltp_rates WHERE quantity = 'rate'"


def main(home: Home, times: int) -> None:
    """Run the query `times` times each way and print the ratio."""
    database = find_release(home).database
    by_hand = f"import duckdb; print(duckdb.connect({str(database)!r}, read_only=True).sql({SQL!r}))"
    plain, platform = [], []
    for _ in range(times):
        plain.append(seconds_of([sys.executable, "-c", by_hand]))
        platform.append(seconds_of([*registry(), "query", SQL, "--home", home.root]))
    print(f"duckdb alone {1000 * median(plain):.0f} ms, registry query {1000 * median(platform):.0f} ms")
    print(f"ratio of the medians {ratio_of_medians(platform, plain):.2f} (limit {LIMIT})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--home", type=Path, help="a home with a release, e.g. registry-home")
    parser.add_argument("--times", type=int, default=10, help="how often to run each, e.g. 10")
    options = parser.parse_args()
    if options.home:
        main(Home(options.home.absolute()), options.times)
    else:
        with tempfile.TemporaryDirectory(prefix="query-speed-") as folder:
            seconds_of([*registry(), "demo", "--home", folder])
            seconds_of([*registry(), "refresh", "--home", folder])
            main(Home(Path(folder)), options.times)
