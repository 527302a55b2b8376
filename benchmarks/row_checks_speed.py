"""Times the row rules of an export on typed rows beside the same rules with Pointblank, on the same frame.

Both start from the typed frame in memory and end with every failure named: by row, rule and column here, as failing
rows of each step there. Pointblank is installed into an environment of its own for the run, as
pointblank_peer/requirements.txt says, with the project's polars. Each runs in fresh processes, in turn.

Run from the checkout: `python -m benchmarks.row_checks_speed --rows 1000000`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.fresh_process import module, ratio_of_medians, run_command, run_module
from benchmarks.meter import Meter
from benchmarks.validation_speed import EXPORT, SITE, write_csv

LIMIT = 1.0
PAIRS = 5
REQUIREMENTS = Path(__file__).parent / "pointblank_peer" / "requirements.txt"


def install(folder: Path) -> Path:
    """Make an environment with Pointblank in `folder` and return its Python. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "-r", REQUIREMENTS]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return folder / "bin" / "python"


def write_frame(path: Path, rows: int) -> None:
    """Write typed imaging rows as Parquet, one in a hundred with a defect."""
    import duckdb

    from schemas.exports import EXPORTS
    from warehouse.clean.typed_cells import typed_select

    csv = path.with_suffix(".csv")
    write_csv(csv, rows)
    duckdb.execute(
        f"COPY (SELECT row_number() OVER () AS row_id, '{SITE}' AS site, DATE '2024-06-30' AS extract_date, "
        f"{typed_select(EXPORTS[EXPORT])} FROM read_csv('{csv}', header = true, all_varchar = true)) TO '{path}'"
    )


def judge_frame(path: Path) -> dict[str, float]:
    """Judge the rows in the batches of a refresh and return the figures."""
    import pandera.polars  # noqa: F401 (imported before the clock starts)
    import polars as pl

    from schemas.contract import judge
    from schemas.exports import EXPORTS
    from warehouse.clean.validation import BATCH_ROWS

    frame = pl.read_parquet(path)
    meter = Meter()
    found = [judge(EXPORTS[EXPORT], batch).findings for batch in frame.iter_slices(BATCH_ROWS)]
    return meter.read() | {"failures": pl.concat(found).height}


def measure(rows: int, peer: Path | None) -> None:
    """Print what both take for that many rows. Raises RuntimeError if they do not find the same number of failures."""
    with tempfile.TemporaryDirectory(prefix="row-checks-") as name:
        folder = Path(name)
        python, frame = peer or install(folder / "pointblank"), folder / "rows.parquet"
        write_frame(frame, rows)
        ours, theirs = [], []
        for _ in range(PAIRS):
            ours.append(run_module("benchmarks.row_checks_speed", "--frame", frame))
            command = [python, *module("benchmarks.pointblank_peer.check")[1:], frame, EXPORT]
            theirs.append(json.loads(run_command(command)))
    if ours[0]["failures"] != theirs[0]["failures"]:
        raise RuntimeError(f"{ours[0]['failures']:,} failures, Pointblank finds {theirs[0]['failures']:,}.")
    print(f"{rows:,} rows, {ours[0]['failures']:,} failures; medians of {PAIRS}")
    for what in ("processor_seconds", "seconds", "peak_mb"):
        one, two = ([run[what] for run in runs] for runs in (ours, theirs))
        ratio = ratio_of_medians(one, two)
        print(f"  {what:<18} {sorted(one)[PAIRS // 2]:9.2f}, Pointblank {sorted(two)[PAIRS // 2]:9.2f}: {ratio:.2f}")
    print(f"  limit of processor seconds: {LIMIT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--pointblank", type=Path, help="Python of an environment with it; default: one made now")
    parser.add_argument("--frame", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.frame:
        print(json.dumps(judge_frame(options.frame)))
    else:
        for size in options.rows:
            measure(size, options.pointblank)
