#!/usr/bin/env bash
# Expected: where a Kaplan-Meier curve falls to exactly one half, lifelines' median is a time, as R's is.
# Seen: with 10 events in 20 subjects the estimate is 0.5000000000000002, a product of fractions that misses one half by its last
#   digits. lifelines compares without a tolerance, finds no time at or below one half, and says that the median is infinite.
#   R's quantile() compares within 1.5e-8 and gives 15, the middle of the stretch from 10 to 20.
# Heeded in: analysis/estimates/product_limit.py (quantiles follow R, tolerance included).
set -euo pipefail
command -v Rscript >/dev/null || { echo "R with survival is needed: apt-get install r-base-core r-cran-survival"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check lifelines==0.30.3 pandas==2.3.3 numpy==2.3.5
cd "$folder"
cat >median.py <<'PY'
from lifelines import KaplanMeierFitter

fitted = KaplanMeierFitter().fit([*range(1, 11), *[20] * 10], [1] * 10 + [0] * 10)
print(fitted.median_survival_time_, fitted.survival_function_.iloc[-1, 0])
PY
seen=$(venv/bin/python -W ignore median.py)
in_r=$(Rscript -e 'library(survival); cat(quantile(survfit(Surv(c(1:10, rep(20, 10)), rep(1:0, each = 10)) ~ 1), 0.5)$quantile)')
echo "lifelines 0.30.3: median and last estimate $seen; R survival $(Rscript -e 'cat(as.character(packageVersion("survival")))'): median $in_r"
if [ "$seen" != "inf 0.5000000000000002" ] || [ "$in_r" != 15 ]; then
  echo "This has changed."
  exit 1
fi
