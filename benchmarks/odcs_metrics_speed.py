"""Times ten library metrics of the Open Data Contract Standard on imaging rows beside datacontract-cli on DuckDB.

Both begin with the same file of rules and the same database of typed rows. Here every row that breaks a rule is named,
as in a refresh; datacontract-cli counts. It is installed into an environment of its own for the run, as
datacontract_peer/requirements.txt says. Each runs in fresh processes, in turn.

Run from the checkout: `python -m benchmarks.odcs_metrics_speed --rows 1000000`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.fresh_process import module, ratio_of_medians, run_command, run_module
from benchmarks.meter import Meter
from benchmarks.row_checks_speed import write_frame
from benchmarks.validation_speed import EXPORT

LIMIT = 1.0
PAIRS = 5
REQUIREMENTS = Path(__file__).parent / "datacontract_peer" / "requirements.txt"
FLAG = ["yes", "no", "unknown"]
METRICS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("exam_id", "nullValues", {}),
    ("exam_date", "nullValues", {}),
    ("modality", "invalidValues", {"validValues": ["ct", "mr"]}),
    ("contrast_enhanced", "invalidValues", {"validValues": FLAG}),
    ("lesion_id", "missingValues", {"missingValues": ["L1"]}),
    ("lesion_status", "invalidValues", {"validValues": ["no_viable", "residual", "viable"]}),
    ("distance_to_zone_mm", "missingValues", {"missingValues": ["8.5"]}),
    ("new_liver_lesion", "invalidValues", {"validValues": FLAG}),
    ("exam_id", "invalidValues", {"pattern": "^E[0-9]{1,5}$"}),
    ("", "duplicateValues", {"properties": ["patient_id", "exam_id", "lesion_id"]}),
)
"""Column, metric and arguments; of each metric one at a column, since datacontract-cli stops at two."""


def contract(database: Path | None) -> str:
    """Return the file of rules as YAML; with the database that datacontract-cli tests, if there is one."""
    import yaml

    rules: dict[str, list[dict]] = {}
    for number, (column, metric, arguments) in enumerate(METRICS, start=10):
        stated: dict[str, Any] = {
            "id": f"BM-{number}",
            "description": "It is.",
            "metric": metric,
            "mustBe": 0,
            "severity": "warning",
            "customProperties": [
                {"property": "canaries", "value": [{"bad": {"exam_id": "E-0"}}, {"good": {"exam_id": "E-1"}}]},
                *([] if column else [{"property": "column", "value": "exam_id"}]),
            ],
        }
        rules.setdefault(column, []).append(stated | ({"arguments": arguments} if arguments else {}))
    document: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "metrics",
        "version": "1.0.0",
        "status": "active",
        "schema": [
            {
                "name": EXPORT,
                "properties": [{"name": name, "quality": of_name} for name, of_name in rules.items() if name],
                "quality": rules[""],
            }
        ],
    }
    if database is not None:
        document["servers"] = [{"server": "rows", "type": "duckdb", "database": str(database), "schema": "clean"}]
    return yaml.safe_dump(document, sort_keys=False)


def write_database(folder: Path, rows: int) -> Path:
    """Write the typed imaging rows into clean.imaging_followups of a database and return its path."""
    import duckdb

    write_frame(folder / "rows.parquet", rows)
    database = folder / "rows.duckdb"
    with duckdb.connect(str(database)) as con:
        con.execute("CREATE SCHEMA clean")
        con.execute(f"CREATE TABLE clean.{EXPORT} AS FROM '{folder / 'rows.parquet'}'")
    return database


def find_rows(database: Path) -> dict[str, Any]:
    """Find the rows that break each rule, in the batches of a refresh, and return the figures."""
    import duckdb
    import polars as pl
    import yaml  # noqa: F401 (imported before the clock starts)

    from schemas.home_file import HomeFile
    from warehouse.clean.own_row_rules import OwnRowRules
    from warehouse.clean.own_table_rules import rows_that_break
    from warehouse.clean.validation import BATCH_ROWS
    from warehouse.own_rules.read_rules import book_of_files

    text = contract(None)
    meter = Meter()
    book = book_of_files([HomeFile("metrics.yaml", "", text)])
    assert len(book.own) == len(METRICS), book.refused
    found: dict[str, list[pl.Series]] = {rule.rule_id: [] for rule in book.own}
    with duckdb.connect(str(database), read_only=True) as con:
        on_row, own = book.on_one_row(EXPORT), OwnRowRules(con)
        names = ", ".join(("row_id", *sorted({column for column, *_ in METRICS if column})))
        for batch in con.cursor().execute(f"SELECT {names} FROM clean.{EXPORT}").to_arrow_reader(BATCH_ROWS):
            frame = pl.DataFrame(pl.from_arrow(batch))
            for rule, marks in zip(on_row, own.broken(frame, on_row), strict=True):
                found[rule.rule_id].append(frame["row_id"].filter(marks))
        for rule in book.across_rows:
            rows = rows_that_break(con, rule.breaks)
            assert rows is not None, rule.rule_id
            found[rule.rule_id].append(rows["row_id"])
    counts = {rule_id: len(pl.concat(parts)) for rule_id, parts in found.items()}
    return meter.read() | {"counts": counts}


def install(folder: Path) -> Path:
    """Make an environment with datacontract-cli in `folder` and return its Python. Raises CalledProcessError."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "-r", REQUIREMENTS]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    return folder / "bin" / "python"


def measure(rows: int, peer: Path | None) -> None:
    """Print what both take for that many rows. Raises RuntimeError if they do not count the same."""
    with tempfile.TemporaryDirectory(prefix="odcs-metrics-") as name:
        folder = Path(name)
        python, database = peer or install(folder / "datacontract"), write_database(folder, rows)
        path = folder / "metrics.odcs.yaml"
        path.write_text(contract(database), encoding="utf-8")
        ours, theirs = [], []
        for _ in range(PAIRS):
            ours.append(run_module("benchmarks.odcs_metrics_speed", "--database", database))
            command = [python, *module("benchmarks.datacontract_peer.check")[1:], path]
            theirs.append(json.loads(run_command(command).splitlines()[-1]))
    counts = sorted(ours[0]["counts"].values()), sorted(theirs[0]["counts"].values())
    if counts[0] != counts[1]:
        raise RuntimeError(f"{counts[0]} rows here, {counts[1]} of datacontract-cli.")
    print(f"{rows:,} rows, {len(METRICS)} metrics, {sum(counts[0]):,} rows found; medians of {PAIRS}")
    for what in ("processor_seconds", "seconds", "peak_mb"):
        one, two = ([run[what] for run in runs] for runs in (ours, theirs))
        middle = [sorted(values)[PAIRS // 2] for values in (one, two)]
        print(f"  {what:<18} {middle[0]:9.2f}, datacontract-cli {middle[1]:9.2f}: {ratio_of_medians(one, two):.2f}")
    print(f"  limit of processor seconds: {LIMIT}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--datacontract", type=Path, help="Python of an environment with it; default: one made now")
    parser.add_argument("--database", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.database:
        print(json.dumps(find_rows(options.database)))
    else:
        for size in options.rows:
            measure(size, options.datacontract)
