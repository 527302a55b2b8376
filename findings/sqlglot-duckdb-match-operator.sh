#!/usr/bin/env bash
# Expected: DuckDB SQL that sqlglot reads and writes as DuckDB SQL (read="duckdb", dialect="duckdb") finds the same rows.
# Seen: DuckDB's `text ~ pattern` is a match of the whole text. sqlglot reads it as a match anywhere, as in PostgreSQL, and
#   writes REGEXP_MATCHES(text, pattern): '4a' ~ '[0-9]' is false, what sqlglot makes of it is true.
# Heeded in: warehouse/own_rules/sql_tree.py takes the SQL of a registry's own rules apart with DuckDB's own parser.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check sqlglot==30.30.0 duckdb==1.5.5
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import duckdb
import sqlglot

print(f"duckdb {duckdb.__version__}, sqlglot {sqlglot.__version__}")
written = "SELECT '4a' ~ '[0-9]'"
again = sqlglot.parse_one(written, read="duckdb").sql(dialect="duckdb")
results = [duckdb.sql(sql).fetchone()[0] for sql in (written, again)]
print(f"{written}: {results[0]}\n{again}: {results[1]}")
sys.exit(results != [False, True])
PYTHON
