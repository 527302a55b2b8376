#!/usr/bin/env bash
# Expected: the option parquet_compression, "compression algorithm for Parquet files", holds for every Parquet file that DuckLake
#   writes; and a DELETE of some rows writes about as much as those rows need to be named.
# Seen: files of rows follow the option, lists of deleted rows stay Snappy. And every DELETE that touches a data file writes the
#   list of that file again, with all rows deleted before: deleting a hundredth of the rows ten times writes 55 times the first list,
#   not ten times. Older snapshots keep the older lists, so no upkeep takes them back while those snapshots stay.
# Heeded in: warehouse/lake/publish.py (a table of which most rows differ is written whole, which writes no list).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5 duckdb-extension-ducklake==1.5.5
cd "$folder"
cat >lists.py <<'PY'
import importlib
import sys
from pathlib import Path

import duckdb

con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
package = Path(importlib.import_module("duckdb_extension_ducklake").__file__).parent
con.execute(f"LOAD '{package}/extensions/v{duckdb.__version__}/ducklake.duckdb_extension'")
con.execute("ATTACH 'ducklake:lake.ducklake' AS lake (DATA_PATH 'files', DATA_INLINING_ROW_LIMIT 0)")
con.execute("CALL lake.set_option('parquet_compression', 'zstd')")
con.execute("CREATE TABLE lake.t AS SELECT range AS a, hash(range) AS b FROM range(1000000)")
for number in range(10):
    con.execute(f"DELETE FROM lake.t WHERE b % 100 = {number}")
print(f"duckdb {duckdb.__version__}")
sizes, kinds = [], {}
for path in sorted(Path("files").rglob("*.parquet"), key=lambda path: path.stat().st_mtime_ns):
    kind = "list of deleted rows" if "-delete" in path.name else "rows"
    found = con.execute("SELECT DISTINCT compression FROM parquet_metadata(?)", [str(path)]).fetchall()
    kinds.setdefault(kind, set()).update(name for (name,) in found)
    if kind != "rows":
        sizes.append(path.stat().st_size)
for kind, names in kinds.items():
    print(f"{kind}: {', '.join(sorted(names))}")
print(f"lists of ten times a hundredth of the rows, kB: {', '.join(str(size // 1000) for size in sizes)}")
print(f"together {sum(sizes) / sizes[0]:.1f} times the first")
if kinds != {"rows": {"ZSTD"}, "list of deleted rows": {"SNAPPY"}} or len(sizes) != 10 or sum(sizes) < 30 * sizes[0]:
    sys.exit("This has changed.")
PY
venv/bin/python lists.py
