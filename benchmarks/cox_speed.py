"""Times lesion-level Cox models, clustered by patient, against R's coxph without clusters on the same lesions.

A million lesions in six hundred thousand patients, six covariates, times in whole months (heavy ties); the margin as it
is, and as a restricted cubic spline with knots at 0, 5 and 10 mm. Ours includes the columns of the spline, the fit and
the clustered variance; R's is `coxph(Surv(time, event) ~ ...)`, with `rms::rcs`, since `coxph(cluster = )` takes more
than ten minutes there. Both are timed inside their process, after the data are read, in processor seconds; the
coefficients must agree.

Run from the checkout: `python -m benchmarks.cox_speed`. Without Rscript it says so and times ours alone. Data are
written to a temporary folder and removed.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.regression.restricted_spline import basis, spline_ratios
from schemas.thresholds import ENOUGH_MARGIN_MM, MARGIN_GRID_MM, MARGIN_KNOTS_MM

COVARIATES = ("kras", "diameter", "margin", "subcapsular", "perivascular", "age")
SPLINE = f"rcs(margin, c({', '.join(f'{knot:g}' for knot in MARGIN_KNOTS_MM)}))"
MODELS = {"six covariates": ("margin", 1.0), "the margin as a spline": (SPLINE, 1.5)}
"""Model -> (how R is told of the margin, limit)."""
SEED = 20260101
R_PROGRAM = """
suppressMessages({{library(survival); library(rms)}})
folder <- commandArgs(trailingOnly = TRUE)[1]
n <- as.integer(commandArgs(trailingOnly = TRUE)[2])
column <- function(name) readBin(file.path(folder, name), "double", n)
names <- c("time", "event", {names})
d <- as.data.frame(setNames(lapply(names, column), names))
for (i in 1:3) {{
  used <- system.time(m <- coxph(Surv(time, event) ~ {terms}, d))
  cat(used["user.self"] + used["sys.self"], format(coef(m), digits = 12), "\\n")
}}
"""


def lesions(n: int, patients: int) -> pd.DataFrame:
    """Draw lesions of patients with a shared frailty: patient, time in months, event 0/1, and COVARIATES."""
    random = np.random.default_rng(SEED)
    patient = np.sort(np.concatenate([np.arange(patients), random.integers(0, patients, n - patients)]))
    frailty = random.gamma(2.0, 0.5, patients)[patient]
    kras, age = (random.random(patients) < 0.4)[patient].astype(float), random.normal(62.0, 10.0, patients)[patient]
    own = {"diameter": random.gamma(4.0, 6.0, n).round(), "margin": random.normal(6.0, 3.0, n).round()}
    own |= {
        name: (random.random(n) < share).astype(float) for name, share in (("subcapsular", 0.2), ("perivascular", 0.15))
    }
    risk = 0.6 * kras + 0.02 * own["diameter"] - 0.1 * own["margin"] + 0.3 * own["perivascular"]
    to_ltp = random.exponential(60.0 / (frailty * np.exp(risk)))
    ends = random.uniform(3.0, 72.0, n)
    frame = pd.DataFrame({"patient": patient, "kras": kras, "age": age} | own)
    return frame.assign(time=np.ceil(np.minimum(to_ltp, ends)), event=(to_ltp <= ends).astype(float))


def seconds(run: Callable[[], object]) -> list[float]:
    """Return the processor seconds of three runs."""
    found = []
    for _ in range(3):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return found


def ours(frame: pd.DataFrame, is_spline: bool) -> tuple[list[float], list[float], np.ndarray]:
    """Return the seconds of three fits with clustered variance and of three whole tables, and the coefficients."""
    from analysis.regression.cox import cox
    from analysis.regression.cox_fit import Fitted, fit, members_of
    from analysis.regression.risk_sets import Cases

    cluster = frame["patient"].to_numpy()
    events, count = frame["event"].to_numpy(int), np.ones(len(frame))
    found: list[Fitted | None] = []

    def fitted() -> None:
        columns = [
            basis(frame[name].to_numpy(float), MARGIN_KNOTS_MM) if name == "margin" and is_spline else frame[[name]]
            for name in COVARIATES
        ]
        cases = Cases(frame["time"].to_numpy(), events, np.hstack(columns), count)
        found[:] = [fit(cases, members=members_of(np.arange(len(cluster)), cluster, count), with_ph=False)]

    def table(rows: pd.DataFrame) -> pd.DataFrame:
        if not is_spline:
            return cox(rows, COVARIATES, time="time", cluster="patient")
        others = [name for name in COVARIATES if name != "margin"]
        of_curve = {"knots": MARGIN_KNOTS_MM, "reference": ENOUGH_MARGIN_MM, "step": MARGIN_GRID_MM}
        return spline_ratios(rows, "margin", others, time="time", cluster="patient", **of_curve)

    table(frame.head(2000))  # imports
    of_fits, of_tables = seconds(fitted), seconds(lambda: table(frame))
    assert found[0] is not None
    return of_fits, of_tables, found[0].coef


def of_r(frame: pd.DataFrame, margin: str) -> tuple[list[float], np.ndarray] | None:
    """Return the seconds of three plain fits by R and its coefficients, or None if R is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name in ("time", "event", *COVARIATES):
            frame[name].to_numpy(float).tofile(Path(folder) / name)
        names = ", ".join(f'"{name}"' for name in COVARIATES)
        terms = " + ".join(margin if name == "margin" else name for name in COVARIATES)
        program = Path(folder) / "plain.R"
        program.write_text(R_PROGRAM.format(names=names, terms=terms), encoding="utf-8")
        told = subprocess.run(["Rscript", program, folder, str(len(frame))], capture_output=True, text=True, check=True)
    lines = [np.array(line.split(), float) for line in told.stdout.strip().splitlines()]
    return [float(line[0]) for line in lines], lines[-1][1:]


def main(n: int, patients: int) -> None:
    """Time both and print the ratio of their best times."""
    frame = lesions(n, patients)
    print(
        f"{n:,} lesions, {patients:,} patients, {int(frame['event'].sum()):,} events, {frame['time'].nunique()} times"
    )
    for model, (margin, limit) in MODELS.items():
        theirs = of_r(frame, margin)
        own, whole, coef = ours(frame, is_spline=margin == SPLINE)
        print(f"\n{model}: fit and clustered variance {min(own):.2f} s (of {', '.join(f'{s:.2f}' for s in own)})")
        print(f"the whole table, with its guards and tests: {min(whole):.2f} s")
        if theirs is None:
            print("R is not installed (no Rscript): nothing to compare with")
            continue
        print(f"R's plain coxph: {min(theirs[0]):.2f} s (of {', '.join(f'{s:.2f}' for s in theirs[0])})")
        largest = np.abs(coef / theirs[1] - 1.0).max()
        print(
            f"ratio {min(own) / min(theirs[0]):.2f} (limit {limit:g}); largest deviation of a coefficient {largest:.1e}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesions", type=int, default=1_000_000)
    parser.add_argument("--patients", type=int, default=600_000)
    asked = parser.parse_args()
    main(asked.lesions, asked.patients)
