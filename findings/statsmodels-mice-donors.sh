#!/usr/bin/env bash
# Expected: MICEData(data, k_pmm=3) draws from 3 donors, also after a formula was set for one variable.
# Seen: set_imputer("x", formula="y") sets the number of donors of every variable back to 20, without a word: k_pmm is one number for
#   all, and each call that does not state it writes its default. With 25 known values nearly all of them are donors, and what is
#   imputed hardly depends on the other columns.
# Heeded in: analysis/regression/imputation.py (k_pmm stands in every call), docs/decisions/0062.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check statsmodels==0.15.0 pandas==2.3.3 numpy==2.3.5 scipy==1.16.3
cd "$folder"
cat >mice.py <<'PY'
import warnings

import numpy as np
import pandas as pd
from statsmodels import __version__
from statsmodels.imputation.mice import MICEData

warnings.simplefilter("ignore")
y = np.arange(50.0)
x = np.where(y % 2 == 0, y, np.nan)  # x is y, and every other one is missing


def off(**stated):
    """Return k_pmm, and how far imputed values are from the truth on average."""
    chain = MICEData(pd.DataFrame({"x": x, "y": y}), k_pmm=3, rng=np.random.default_rng(1))
    if stated:
        chain.set_imputer("x", **stated)
    errors = []
    for _ in range(50):
        chain.update_all()
        errors.append(np.abs(chain.data["x"] - y)[y % 2 == 1].mean())
    return chain.k_pmm, float(np.mean(errors))


print("statsmodels", __version__)
for what, stated in (
    ("as constructed", {}),
    ("after set_imputer with a formula", {"formula": "y"}),
    ("after set_imputer with a formula and k_pmm=3", {"formula": "y", "k_pmm": 3}),
):
    k, error = off(**stated)
    print(f"{what}: {k} donors, mean error {error:.2f}")
k, error = off(formula="y")
raise SystemExit(0 if k == 20 and error > 3 * off()[1] else "This has changed.")
PY
venv/bin/python mice.py
