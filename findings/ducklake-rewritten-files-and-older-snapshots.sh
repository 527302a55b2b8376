#!/usr/bin/env bash
# Expected: ducklake_rewrite_data_files writes files again without their deleted rows, and an older snapshot, which has those
#   rows, answers as before.
# Seen: it also narrows the bounds that the catalogue keeps of each column to the rows of the newest snapshot, and conditions on
#   an older snapshot are answered by these bounds: rows that only it has are not found, without an error. Reading the rows
#   themselves shows them. ducklake_merge_adjacent_files leaves the bounds alone.
# Heeded in: warehouse/lake/maintain.py (files are joined, never rewritten) and warehouse/lake/publish.py (a table of whose stored
#   rows most are deleted is written whole).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5 duckdb-extension-ducklake==1.5.5
cd "$folder"
cat >bounds.py <<'PY'
import importlib
import sys
from pathlib import Path

import duckdb

con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
package = Path(importlib.import_module("duckdb_extension_ducklake").__file__).parent
con.execute(f"LOAD '{package}/extensions/v{duckdb.__version__}/ducklake.duckdb_extension'")
con.execute("ATTACH 'ducklake:lake.ducklake' AS lake (DATA_PATH 'files/', DATA_INLINING_ROW_LIMIT 0)")
con.execute("CREATE TABLE lake.t AS SELECT range AS n FROM range(100)")
first = con.execute("SELECT max(snapshot_id) FROM ducklake_snapshots('lake')").fetchone()[0]
con.execute("DELETE FROM lake.t WHERE n >= 20")
print(f"duckdb {duckdb.__version__}")


def found(when):
    old = f"lake.t AT (VERSION => {first})"
    by_condition = con.execute(f"SELECT count(*) FROM {old} WHERE n >= 50").fetchone()[0]
    by_row = sum(n >= 50 for (n,) in con.execute(f"SELECT n FROM {old}").fetchall())
    print(f"{when}: of the first snapshot, {by_condition} rows by the condition n >= 50, {by_row} by reading all")
    return by_condition, by_row


before = found("after the deletion")
con.execute("CALL ducklake_merge_adjacent_files('lake')")
merged = found("after ducklake_merge_adjacent_files")
con.execute("CALL ducklake_rewrite_data_files('lake', delete_threshold => 0.5)")
rewritten = found("after ducklake_rewrite_data_files")
if (before, merged, rewritten) != ((50, 50), (50, 50), (0, 50)):
    sys.exit("This has changed.")
PY
venv/bin/python bounds.py
