#!/usr/bin/env bash
# Expected: a LEFT JOIN on equal keys is a hash join, also with a condition on a column of the left table beside them.
# Seen: `ON r.n = l.n AND l.kind IS NULL` becomes a nested loop over all pairs. At 11,000 and 22,000 rows it takes a hundred times as
#   long as without the condition, and four times as long for twice the rows. With the condition in the key
#   (`ON r.n = CASE WHEN l.kind IS NULL THEN l.n END`) the same rows come from a hash join.
# Heeded in: the genes of observations (warehouse/sources/fhir/genotype_rows.py).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check duckdb==1.5.5
cd "$folder"
cat >joined.py <<'PY'
import sys
import time

import duckdb

BESIDE = "r.n = l.n AND l.kind IS NULL"
WITHIN = "r.n = CASE WHEN l.kind IS NULL THEN l.n END"


def joined(n: int, condition: str) -> tuple[float, tuple, bool]:
    """Processor seconds, counts, and whether the plan has a nested loop."""
    con = duckdb.connect(config={"threads": 1})
    con.execute(f"CREATE TABLE l AS SELECT range AS n, CASE WHEN range % 7 = 0 THEN 'a' END AS kind FROM range({n})")
    con.execute(f"CREATE TABLE r AS SELECT range // 2 AS n, range AS what FROM range({2 * n})")
    sql = f"SELECT count(*), count(what) FROM l LEFT JOIN r ON {condition}"
    plan = con.execute(f"EXPLAIN {sql}").fetchall()[0][1]
    start = time.process_time()
    counts = con.execute(sql).fetchone()
    return time.process_time() - start, counts, "NL_JOIN" in plan


print(f"duckdb {duckdb.__version__}")
is_loop = []
for n in (11_000, 22_000):
    for condition in (BESIDE, WITHIN):
        seconds, counts, has_loop = joined(n, condition)
        is_loop.append(has_loop)
        print(f"{n:,} and {2 * n:,} rows, ON {condition}: {seconds:.3f} s, {counts}, {'nested loop' if has_loop else 'hash join'}")
if is_loop != [True, False, True, False]:
    sys.exit("This has changed.")
PY
venv/bin/python joined.py
