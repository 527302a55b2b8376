#!/usr/bin/env bash
# Expected: a Pandera column of whole numbers with coerce=True refuses 29.9, and one of dates refuses a bare 44259.
# Seen: 29.9 becomes 29 without a failure case, in pandas and in polars. 44259 becomes 6 March 2091 in polars (days since 1970),
#   and a moment of 1 January 1970 in pandas (nanoseconds); in Excel, where such a number comes from, it is 4 March 2021.
#   So a threshold of 30 mm, or an interval in days, is judged by another value than the one delivered.
# Heeded in: warehouse/clean/typed_cells.py (SQL types each cell from its text; the contracts only judge, and none coerces).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check 'pandera[pandas,polars]==0.35.0' pandas==2.3.3 polars==2.1.0
cd "$folder"
cat >coerced.py <<'PY'
import sys

import pandas as pd
import pandera
import pandera.pandas as in_pandas
import pandera.polars as in_polars
import polars as pl

delivered = {"whole": [29.9], "day": [44259]}
pandas_schema = in_pandas.DataFrameSchema(
    {"whole": in_pandas.Column(int, coerce=True), "day": in_pandas.Column("datetime64[ns]", coerce=True)}
)
polars_schema = in_polars.DataFrameSchema(
    {"whole": in_polars.Column(pl.Int64, coerce=True), "day": in_polars.Column(pl.Date, coerce=True)}
)
seen = [
    tuple(str(value) for value in pandas_schema.validate(pd.DataFrame(delivered)).iloc[0]),
    tuple(str(value) for value in polars_schema.validate(pl.DataFrame(delivered)).row(0)),
]
print(f"pandera {pandera.__version__}: 29.9 and 44259 become {seen[0]} in pandas, {seen[1]} in polars")
if seen != [("29", "1970-01-01 00:00:00.000044259"), ("29", "2091-03-06")]:
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore coerced.py
