"""Times a flat REDCap export prepared and inserted, as a ratio to DuckDB's reading of the file into a table of text.

Both read the same file, in fresh processes that take turns, into a database file. Half of the rows are records, half
their ablations; twelve columns are named, five of them of the record's own rows. Fails if the ratio is above its limit.

Run from the checkout: `python -m benchmarks.redcap_speed`. Files are written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import duckdb

from benchmarks.fresh_process import ratio_of_medians, run_module
from benchmarks.meter import Meter
from warehouse.readers.csv_text import open_csv
from warehouse.sources.mapping import map_columns
from warehouse.sources.redcap_dictionary import Dictionary, read_dictionary
from warehouse.sources.redcap_flat import prepare
from warehouse.sources.site_mapping import Feed, read_mapping
from warehouse.storage.sql_files import sql_text

LIMIT = 2.0
"""Largest ratio of seconds."""
ROWS, COLUMNS = 100_000, 400
WAYS = ("text", "prepared", "mapped")
TITLES = (
    '"Variable / Field Name","Form Name","Field Type","Field Label",'
    '"Choices, Calculations, OR Slider Labels",Identifier?\n'
)
NAMED = {
    "patient_id": "record_id",
    "session_id": "redcap_repeat_instance",
    "lesion_id": "a1",
    "session_date": "a2",
    "max_diameter_mm": "a3",
    "segment": {"from": "a4", "labels": True},
    "modality": {"from": "a5", "codes": {"1": "rfa", "2": "mwa"}},
    "approach": "p1",
    "guidance": "p2",
    "power_w": "p3",
    "time_min": "p4",
    "complication_grade": "p5",
}
"""Columns a... are of the repeating instrument, columns p... of the record's own form."""


def main(times: int, rows: int) -> int:
    """Time each way `times` times, print the ratios, and return 1 if one is above the limit."""
    with tempfile.TemporaryDirectory(prefix="redcap-speed-") as folder:
        path = Path(folder) / "export.csv"
        _write(path, rows)
        seconds: dict[str, list[float]] = {way: [] for way in WAYS}
        for turn in range(times):
            for way in WAYS:
                read = run_module("benchmarks.redcap_speed", "--way", way, "--file", path)
                seconds[way].append(read["seconds"])
                print(f"  {turn + 1}: {way} {read['seconds']:.1f} s, peak {read['peak_mb']:.0f} MB", flush=True)
    print(f"{rows:,} rows x {COLUMNS} columns; into a table of text {median(seconds['text']):.1f} s")
    ratios = [ratio_of_medians(seconds[way], seconds["text"]) for way in WAYS[1:]]
    print(f"prepared and inserted {ratios[0]:.2f}, mapped and inserted {ratios[1]:.2f} (limit {LIMIT})")
    return int(max(ratios) > LIMIT)


def run_once(way: str, path: Path) -> None:
    """Load the file one way into a new database beside it, and print what that cost as JSON."""
    feed, dictionary = _feed(), _dictionary()
    source = open_csv(path)
    database = path.with_name(f"{way}.duckdb")
    database.unlink(missing_ok=True)
    with duckdb.connect(str(database)) as con:
        meter = Meter()
        if way == "text":
            con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv({sql_text(str(path))}, all_varchar = true)")
        else:
            prepared = prepare(con, source, feed, dictionary)
            if way == "mapped":
                con.execute(f"CREATE TABLE t AS SELECT * FROM {map_columns(prepared, feed).source.relation}")
            else:
                names = [name["from"] if isinstance(name, dict) else name for name in NAMED.values()]
                cells = [f"c{prepared.source.header.index(name)}" for name in names]
                con.execute(f"CREATE TABLE t ({', '.join(f'{name} VARCHAR' for name in NAMED)})")
                met = " AND ".join(condition.is_met for condition in prepared.conditions)
                con.execute(f"INSERT INTO t SELECT {', '.join(cells)} FROM {prepared.source.relation} WHERE {met}")
        print(json.dumps(meter.read()))


def _feed() -> Feed:
    export = {"source": "clinic", "instrument": "ablation", "columns": NAMED}
    return read_mapping({"clinic": {"kind": "redcap"}}, {"rfa_sessions": export}, "site").feeds("clinic", "a.csv")[0]


def _names() -> tuple[list[str], list[str]]:
    n_fields = COLUMNS - 3 - 2
    return [f"p{i}" for i in range(1, n_fields // 2 + 1)], [f"a{i}" for i in range(1, n_fields - n_fields // 2 + 1)]


def _dictionary() -> Dictionary:
    ours, ablation = _names()
    lines = ["record_id,patient,text,Record,,"]
    lines += [f'{name},patient,radio,{name},"1, one | 2, two | 3, three",' for name in ours]
    lines += [f'{name},ablation,radio,{name},"1, 1 | 2, 2 | 3, 3",' for name in ablation]
    return read_dictionary(TITLES + "\n".join(lines))


def _write(path: Path, rows: int) -> None:
    ours, ablation = _names()
    cell = "(hash(i * {k} + 7) % 3 + 1)::VARCHAR"
    columns = [
        "lpad((i // 2)::VARCHAR, 6, '0') AS record_id",
        "CASE WHEN i % 2 = 0 THEN '' ELSE 'ablation' END AS redcap_repeat_instrument",
        "CASE WHEN i % 2 = 0 THEN '' ELSE '1' END AS redcap_repeat_instance",
        *(f"CASE WHEN i % 2 = 0 THEN {cell.format(k=k)} ELSE '' END AS {name}" for k, name in enumerate(ours)),
        "CASE WHEN i % 2 = 0 THEN '2' ELSE '' END AS patient_complete",
        *(f"CASE WHEN i % 2 = 1 THEN {cell.format(k=k)} ELSE '' END AS {name}" for k, name in enumerate(ablation)),
        "CASE WHEN i % 2 = 1 THEN '2' ELSE '' END AS ablation_complete",
    ]
    duckdb.sql(f"COPY (SELECT {', '.join(columns)} FROM range({rows}) AS t(i)) TO {sql_text(str(path))} (HEADER)")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3, help="how often to run each way, e.g. 3")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the export, e.g. 100000")
    parser.add_argument("--way", choices=WAYS, help="used by the benchmark itself, e.g. text")
    parser.add_argument("--file", type=Path, help="used by the benchmark itself, e.g. export.csv")
    options = parser.parse_args()
    if options.way:
        run_once(options.way, options.file)
    else:
        sys.exit(main(options.times, options.rows))
