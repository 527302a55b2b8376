#!/usr/bin/env bash
# Expected: the p-chart of a Python package agrees with R's qcc (center: all events over all subjects; limits: three standard
#   errors at each quarter's own size, cut at 0 and 1), and its points stay in the order in which they were given.
# Seen: pyspc takes the mean of the quarters' shares as its center, so that a quarter of 20 weighs as much as one of 180, and cuts
#   its limits only where all sizes are equal: here one is negative. controlchartspy has qcc's limits, but puts labels such as
#   "Q1 2024" into the order of the alphabet: Q1 2024, Q1 2025, Q1 2026, Q2 2024, ... , so the line and every run rule see another
#   course. Its columns ll99 and ul99 hold three standard errors (99.73 %) in spc() and 99.8 % in funnel().
# Heeded in: nothing here uses them; limits are to be computed from the formula and held against qcc's.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pyspc==0.4 controlchartspy==0.1.3 numpy==2.4.6 'pandas<3' \
  scipy matplotlib
cd "$folder"
cat >charts.py <<'PY'
import math
import sys
from importlib.metadata import version

import matplotlib

matplotlib.use("Agg")
import numpy as np
from controlchartspy import spc
from pyspc.ccharts.p import p

events, subjects = [12, 15, 10, 29, 13, 14, 16, 5, 27, 30], [40, 50, 25, 100, 60, 40, 45, 20, 70, 180]
quarters = [f"Q{1 + n % 4} {2024 + n // 4}" for n in range(10)]
center = sum(events) / sum(subjects)
upper = [min(1, center + 3 * math.sqrt(center * (1 - center) / n)) for n in subjects]
print(f"qcc's formula: center {center:.4f}, first upper limit {upper[0]:.4f}")

_, mean, lower, uppers, _ = p().plot(np.array([subjects, events]).T.astype(float), None)
print(f"pyspc {version('pyspc')}: center {mean:.4f}, first upper limit {uppers[0]:.4f}, least lower limit {min(lower):.4f}")

settings = {"chart_type": "p"}
given = {"q": quarters, "k": events, "n": subjects}
rows = spc(data=given, keys="q", numerators="k", denominators="n", spc_settings=settings).limits
order = [row["date"] for row in rows]
print(f"controlchartspy {version('controlchartspy')}: center {rows[0]['target']:.4f} %, upper {rows[0]['ul99']:.4f} %, order {order}")
agrees = math.isclose(rows[0]["ul99"], 100 * upper[0]) and order == sorted(quarters) != quarters
if not agrees or round(mean, 4) != 0.3015 or round(center, 4) != 0.2714 or min(lower) >= 0:
    sys.exit("This has changed.")
PY
venv/bin/python -W ignore charts.py
