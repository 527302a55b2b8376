"""Times reading an SPSS file of a million rows as text, as a ratio to pyreadstat reading it alone.

Reading means opening the file as a delivery is opened and making the text of every cell. Storing the texts in a table
on disk costs the same for every format, and is timed on its own. pyreadstat alone is its plain call, read_sav(path),
which gives a pandas frame. Both run in fresh processes, in turns. The exit code is 1 if the ratio is beyond its limit.

Run from the checkout: `python -m benchmarks.statistics_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.fresh_process import ratio_of_medians, run_module
from benchmarks.meter import Meter

LIMIT = 1.3
FILE = "imaging.sav"
SHAPES = {"imaging": 10, "wide": 40}
"""Columns: 3 of text, a date, codes with labels and one that is declared missing, fractions, whole numbers."""


def write_file(folder: Path, rows: int, columns: int) -> None:
    """Write an SPSS file of that many rows and columns, its rows packed as SPSS packs them by default."""
    import duckdb
    import pyreadstat

    more = "".join(
        f", (i * {n} % 1000 / 10)::DOUBLE AS m{n}" if n % 2 else f", (i % {n})::DOUBLE AS m{n}"
        for n in range(10, columns)
    )
    frame = duckdb.sql(
        f"""
        SELECT 'P' || (i // 8) AS patient_id, 'E' || (i // 2) AS exam_id, 'Uniklinik' AS centre,
               (86400 * (150000 + i % 5000))::DOUBLE AS exam_date, (i % 4 + 1)::DOUBLE AS modality,
               (i % 2)::DOUBLE AS contrast, (i % 6)::DOUBLE AS status,
               CASE i % 10 WHEN 0 THEN (i % 90 / 10)::DOUBLE END AS distance, (i * 7919 % 600 / 10)::DOUBLE AS size,
               i::DOUBLE AS n
               {more}
        FROM range({rows}) r(i)
        """
    ).pl()
    pyreadstat.write_sav(
        frame,
        folder / FILE,
        row_compress=True,
        variable_format={"exam_date": "DATE11"},
        missing_ranges={"status": [5]},
        variable_value_labels={"modality": {1: "ct", 2: "mr", 3: "us", 4: "ceus"}, "status": {5: "not assessed"}},
    )


def alone(folder: Path) -> dict[str, float]:
    """Read the file with pyreadstat alone, and return the figures."""
    import pandas  # noqa: F401 (imported before the clock starts)
    import pyreadstat

    meter = Meter()
    frame, _ = pyreadstat.read_sav(folder / FILE)
    return meter.read() | {"rows": len(frame)}


def as_delivery(folder: Path) -> dict[str, float]:
    """Open the file as a delivery is opened, make all cells' texts, and return the figures."""
    import duckdb
    import polars  # noqa: F401 (imported before the clock starts, as are the next two)
    import pyarrow.parquet  # noqa: F401
    import pyreadstat  # noqa: F401

    from warehouse.readers.statistics import open_statistics

    (folder / "build.duckdb").unlink(missing_ok=True)
    con = duckdb.connect(str(folder / "build.duckdb"))
    meter = Meter()
    source = open_statistics(con, folder / FILE)
    opened = meter.read()["seconds"]
    cells = ", ".join(f"sum(strlen(c{i}))" for i in range(len(source.header)))
    con.execute(f"SELECT {cells} FROM {source.relation}").fetchall()
    figures = meter.read() | {"opened": opened}
    storing = Meter()
    con.execute(f"CREATE TABLE t AS SELECT * FROM {source.relation}")
    figures["storing"] = storing.read()["seconds"]
    (figures["rows"],) = con.execute("SELECT count(*) FROM t").fetchone()  # type: ignore[misc]
    return figures


PARTS: dict[str, Any] = {"alone": alone, "delivery": as_delivery}


def measure(name: str, rows: int, times: int) -> bool:
    """Read a file of that shape `times` times each way, print the figures, and return whether the limit held."""
    with tempfile.TemporaryDirectory(prefix="statistics-speed-") as folder:
        write_file(Path(folder), rows, SHAPES[name])
        megabytes = (Path(folder) / FILE).stat().st_size / 1e6
        seen: dict[str, list[dict[str, float]]] = {part: [] for part in PARTS}
        for _ in range(times):
            for part, runs in seen.items():
                runs.append(run_module("benchmarks.statistics_speed", "--part", part, "--in", folder))
    assert all(run["rows"] == rows for runs in seen.values() for run in runs)
    opened, stored = (median([run[what] for run in seen["delivery"]]) for what in ("opened", "storing"))
    print(f"{name}: {rows:,} rows, {SHAPES[name]} columns, {megabytes:.0f} MB")
    for part, runs in seen.items():
        shown = ", ".join(f"{run['seconds']:.2f}" for run in runs)
        print(f"  {part:<9} {shown} s; peak memory {max(run['peak_mb'] for run in runs):.0f} MB")
    print(f"  of a delivery, opening it {opened:.2f} s; storing its texts on disk takes {stored:.2f} s")
    ratios = {
        what: ratio_of_medians([run[what] for run in seen["delivery"]], [run[what] for run in seen["alone"]])
        for what in ("seconds", "processor_seconds")
    }
    print(f"  ratio of the medians {ratios['seconds']:.2f} (limit {LIMIT}); of processor seconds ", end="")
    print(f"{ratios['processor_seconds']:.2f}", flush=True)
    return ratios["seconds"] <= LIMIT


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="e.g. 1000000")
    parser.add_argument("--times", type=int, default=3, help="how often to read each way, e.g. 3")
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["imaging"], help="e.g. imaging wide")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        print(json.dumps(PARTS[options.part](options.folder)))
    else:
        held = [measure(name, options.rows, options.times) for name in options.shapes]
        sys.exit(0 if all(held) else 1)
