#!/usr/bin/env bash
# Expected: scikit-survival's brier_score, cumulative_dynamic_auc and concordance_index_ipcw weigh a case by 1 / G(T-), G the
#   Kaplan-Meier estimate of censoring just before its time, as Graf (1999), Uno (2011), R's riskRegression and survival do.
# Seen: 1 / G(T), after those censored on the same day have left. Where days are whole and somebody is censored on the day of an
#   event, all three differ from R: of 40 subjects on 9 days, the Brier score by 3.4 %, AUC by 1.7 %, C by 2.9 %. If those censored leave
#   a little later on the same day, which R takes for the same, all three are R's to the last digit.
# Heeded in: docs/decisions/0059 (own code, compared with R; scikit-survival is not used).
set -euo pipefail
needed="quit(status = !all(sapply(c('survival', 'riskRegression', 'prodlim'), requireNamespace, quietly = TRUE)))"
command -v Rscript >/dev/null && Rscript -e "$needed" || {
  echo "R with riskRegression is needed: apt-get install r-base-core r-cran-riskregression"; exit 2; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scikit-survival==0.28.0 scikit-learn==1.9.1 pandas==2.3.3
cd "$folder"
cat >weights.py <<'PY'
import warnings

import numpy as np
import pandas as pd
from sksurv.metrics import brier_score, concordance_index_ipcw, cumulative_dynamic_auc
from sksurv.util import Surv

warnings.simplefilter("ignore")
draw = np.random.default_rng(3)
tied = pd.DataFrame({"time": draw.integers(1, 9, 40), "event": draw.integers(0, 2, 40), "risk": draw.random(40).round(2)})
tied.loc[39, ["time", "event"]] = 9, 1  # the last one is seen
apart = tied.assign(time=tied.time + 0.3 * (1 - tied.event))  # those censored on a day leave after it
for name, d in (("tied", tied), ("apart", apart)):
    d.to_csv(f"{name}.csv", index=False)
    y, risk = Surv.from_arrays(d.event == 1, d.time), d.risk.to_numpy()
    brier = brier_score(y, y, (1 - risk)[:, None], [5.5])[1][0]
    auc = cumulative_dynamic_auc(y, y, risk, [5.5])[0][0]
    c = concordance_index_ipcw(y, y, risk, tau=5.6)[0]
    print(f"{brier:.10f} {auc:.10f} {c:.10f}")
PY
cat >weights.R <<'R'
suppressMessages({library(survival); library(prodlim); library(riskRegression)})
for (name in c("tied", "apart")) {
  d <- read.csv(paste0(name, ".csv"))
  s <- Score(list(m = as.matrix(d$risk)), Hist(time, event) ~ 1, d, times = 5.5, metrics = c("auc", "brier"), cens.model = "km",
             null.model = FALSE, conf.int = FALSE, se.fit = FALSE)
  c <- concordance(Surv(time, event) ~ risk, d, timewt = "n/G2", ymax = 5.55, reverse = TRUE)$concordance
  cat(sprintf("%.10f %.10f %.10f\n", s$Brier$score$Brier, s$AUC$score$AUC, c))
}
R
venv/bin/python weights.py >sksurv.txt
Rscript weights.R >r.txt 2>/dev/null
venv/bin/python -m pip list 2>/dev/null | grep -i "scikit-survival"
Rscript -e 'cat("riskRegression", as.character(packageVersion("riskRegression")), "survival", as.character(packageVersion("survival")), "\n")'
echo "Brier score, AUC, Uno's C: tied, then apart; scikit-survival:"; cat sksurv.txt
echo "R:"; cat r.txt
venv/bin/python - <<'PY'
import numpy as np

ours, theirs = np.loadtxt("sksurv.txt"), np.loadtxt("r.txt")
off = np.abs(ours / theirs - 1.0)
print("relative deviation, tied:", off[0].round(4), " apart:", off[1].round(12))
raise SystemExit(0 if (off[0] > 1e-3).all() and (off[1] < 1e-8).all() else 1)
PY
echo "as described"
