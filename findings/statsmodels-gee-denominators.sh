#!/usr/bin/env bash
# Expected: statsmodels' GEE with an exchangeable correlation gives the estimates of R's geepack::geeglm.
# Seen: the working correlation differs (by a relative 9e-5 here), because the two divide the sum of products of residuals, and the
#   scale, by different denominators; coefficients and robust standard errors then differ in the sixth digit. Both are run to
#   convergence, so no tolerance closes the gap.
# Heeded in: docs/decisions/0013 (own code computes the exchangeable GEE with geepack's denominators).
set -euo pipefail
command -v Rscript >/dev/null || { echo "R with geepack is needed: apt-get install r-base-core r-cran-geepack"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check statsmodels==0.15.0 pandas==2.3.3 numpy==2.3.5 scipy==1.16.3
cd "$folder"
cat >gee.py <<'PY'
import numpy as np
import pandas as pd
import statsmodels.api as sm

draw = np.random.default_rng(2)
group = np.repeat(np.arange(60), draw.integers(1, 5, 60))
n = len(group)
shared, x = draw.normal(size=60)[group], draw.normal(size=n)
y = (draw.random(n) < 1 / (1 + np.exp(-(0.3 * x + shared - 0.5)))).astype(int)
pd.DataFrame({"group": group, "x": x, "y": y}).to_csv("data.csv", index=False)
model = sm.GEE(y, sm.add_constant(x), groups=group, family=sm.families.Binomial(), cov_struct=sm.cov_struct.Exchangeable())
fit = model.fit(maxiter=500, ctol=1e-12)
print(fit.params[1], fit.bse[1], fit.cov_struct.dep_params)
PY
cat >gee.R <<'R'
library(geepack)
d <- read.csv("data.csv")
m <- geeglm(y ~ x, id = group, data = d, family = binomial, corstr = "exchangeable",
            control = geese.control(epsilon = 1e-12, maxit = 500))
s <- summary(m)
cat(sprintf("%.12f %.12f %.12f\n", s$coefficients["x", 1], s$coefficients["x", 2], s$corr[1, 1]))
R
venv/bin/python gee.py >statsmodels.txt
Rscript gee.R >r.txt 2>/dev/null
echo "statsmodels 0.15.0 beside R geepack $(Rscript -e 'cat(as.character(packageVersion("geepack")))')"
paste -d' ' statsmodels.txt r.txt | awk '
  function off(a, b) { return (a > b ? a - b : b - a) / b }
  { printf "coefficient %.9f, R %.9f; SE %.9f, R %.9f; correlation %.9f, R %.9f\n", $1, $4, $2, $5, $3, $6
    if (off($3, $6) < 1e-5 || off($1, $4) < 1e-6 || off($1, $4) > 1e-3) { print "This has changed."; exit 1 } }'
