#!/bin/bash
# Expected: pyreadstat reads a column of dates or times as dates and times, whatever layout its format has, or leaves it.
# Seen: SAS's DTDATE9., which shows the date of a date-time, is taken for days: one such column raises OverflowError, and
#   the file cannot be read. Stata's %tdDD/NN/CCYY stays a number, while %td is a date. %tC is read as if it counted no
#   leap seconds: 4 March 2021, midnight, becomes 00:00:27. SPSS's DATE with a time of day, read into polars, is the
#   next day after noon, and TIME of 25 hours is 01:00.
#   Such a number passes for an identifier, or a date is off by a day.
# Heeded in: warehouse/readers/statistics, which reads raw numbers and decodes them by the format itself.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pyreadstat==1.3.7 polars==2.1.0 pandas==2.3.3
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import sys

import polars as pl
import pyreadstat

folder = sys.argv[1]
print("pyreadstat", pyreadstat.__version__, "polars", pl.__version__)
seen = {}

pyreadstat.write_xport(pl.DataFrame({"d": [22343.0 * 86400]}), f"{folder}/a.xpt", variable_format={"d": "DTDATE9"})
try:
    seen["SAS DTDATE9."] = str(pyreadstat.read_xport(f"{folder}/a.xpt")[0]["d"][0])
except Exception as error:
    seen["SAS DTDATE9."] = type(error).__name__

leap_seconds_ms = 27_000.0
for name, value in {"%td": 22343.0, "%tdDD/NN/CCYY": 22343.0, "%tC": 22343 * 86_400_000 + leap_seconds_ms}.items():
    pyreadstat.write_dta(pl.DataFrame({"d": [value]}), f"{folder}/a.dta", variable_format={"d": name})
    seen[f"Stata {name}"] = str(pyreadstat.read_dta(f"{folder}/a.dta")[0]["d"][0])

afternoon = 11_751_350_400.0 + 14 * 3600  # 4 March 1955, 14:00
formats = {"d": "DATE11", "t": "TIME8"}
pyreadstat.write_sav(pl.DataFrame({"d": [afternoon], "t": [90_000.0]}), f"{folder}/a.sav", variable_format=formats)
frame = pyreadstat.read_sav(f"{folder}/a.sav", output_format="polars")[0]
seen["SPSS DATE11, 14:00"], seen["SPSS TIME8, 25 h"] = str(frame["d"][0]), str(frame["t"][0])

for what, value in seen.items():
    print(f"{what:<20} {value}")
as_noted = {
    "SAS DTDATE9.": "OverflowError",
    "Stata %td": "2021-03-04",
    "Stata %tdDD/NN/CCYY": "22343.0",
    "Stata %tC": "2021-03-04 00:00:27",
    "SPSS DATE11, 14:00": "1955-03-05",
    "SPSS TIME8, 25 h": "01:00:00",
}
sys.exit(0 if seen == as_noted else 1)
PYTHON
