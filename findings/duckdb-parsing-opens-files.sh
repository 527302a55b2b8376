#!/usr/bin/env bash
# Expected: duckdb.extract_statements(text) only parses, and the type of each statement says whether it is a SELECT.
# Seen: parsing IMPORT DATABASE 'folder' already opens folder/schema.sql, and gives the statements in that file; and some
#   PRAGMA are statements of the type SELECT. So "parse first, run it if it is one SELECT" reads a file of the caller's choice
#   and lets PRAGMA through.
# Heeded in: warehouse/releases/one_select.py (the first word decides, before DuckDB parses anything; docs/decisions/0022).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"
mkdir exported
echo "SELECT 'from the file' AS seen;" >exported/schema.sql
touch exported/load.sql
cat >parsed.py <<'PY'
import sys

import duckdb

imported = [(one.type.name, one.query.strip()) for one in duckdb.extract_statements("IMPORT DATABASE 'exported'")]
pragma = [one.type.name for one in duckdb.extract_statements("PRAGMA show_tables")]
print(f"duckdb {duckdb.__version__}: IMPORT DATABASE parses as {imported}, PRAGMA show_tables as {pragma}")
try:
    duckdb.extract_statements("IMPORT DATABASE 'nowhere'")
    opens = False
except duckdb.IOException as error:
    opens = True
    print(f"without the folder: {error}")
if not opens or pragma != ["SELECT"] or [kind for kind, _ in imported] != ["SELECT"]:
    sys.exit("This has changed.")
PY
venv/bin/python parsed.py
