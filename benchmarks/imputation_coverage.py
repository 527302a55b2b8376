"""How often do 95 % intervals hold the truth where margins are missing? Complete cases and imputations, side by side.

Registries of 200 lesions with a known effect of the margin and of a covariate, whose margin is missing where the
covariate and the outcome make it likelier (missing at random, and not completely so). Prints, per method and term:
registries, the share whose interval holds the truth with its Monte-Carlo margin, the mean error, and the mean width.
With `--write` the figures go into `benchmarks/imputation_coverage.csv`, from which docs/imputation.md shows them.

Run from the checkout: `python -m benchmarks.imputation_coverage --registries 500` (about a second each).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.regression.cox_fit import fit
from analysis.regression.imputation import completed, outcome_columns
from analysis.regression.pooling import pooled
from analysis.regression.risk_sets import Cases
from analysis.tidy import Z_975

SEED, N, IMPUTATIONS = 4712, 200, 20
EFFECTS = np.array([-0.25, 0.6])  # log hazard ratio per mm of margin, and of the covariate
HAZARD, FOLLOW_UP = 0.02, (12.0, 36.0)  # per month at the mean margin; uniform end of follow-up, months
TERMS = ("margin", "covariate")
FIGURES = Path(__file__).parent / "imputation_coverage.csv"
Fit = tuple[np.ndarray, np.ndarray, float]  # coefficients, standard errors, events less coefficients


def draw(random: np.random.Generator) -> pd.DataFrame:
    """Draw a registry: margin (mm), covariate (0/1), time, event, and whether the margin is missing."""
    covariate = (random.random(N) < 0.4).astype(float)
    margin = np.round(random.normal(6.0 - covariate, 3.0, N), 1)
    hazard = HAZARD * np.exp((np.column_stack([margin - 6.0, covariate])) @ EFFECTS)
    to_event, ends = random.exponential(1.0 / hazard), random.uniform(*FOLLOW_UP, N)
    event = (to_event <= ends).astype(float)
    chance = 1.0 / (1.0 + np.exp(2.0 - 1.0 * covariate - 1.2 * event))
    cells = {"margin": margin, "covariate": covariate, "time": np.minimum(to_event, ends), "event": event}
    return pd.DataFrame(cells).assign(is_missing=random.random(N) < chance)


def fitted(d: pd.DataFrame) -> Fit | None:
    """Fit the Cox model of both terms."""
    cases = Cases(d["time"].to_numpy(), d["event"].to_numpy(int), d[list(TERMS)].to_numpy(float), np.ones(len(d)))
    found = fit(cases, with_ph=False)
    return None if found is None else (found.coef, found.std_error, float(d["event"].sum()) - len(TERMS))


def intervals(d: pd.DataFrame, seed: int) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield (method, term, estimate, lower, upper)."""
    for name, rows in (("nothing missing", d), ("complete cases", d[~d["is_missing"]])):
        if found := fitted(rows):
            for term, coef, spread in zip(TERMS, *found[:2], strict=True):
                yield name, term, coef, coef - Z_975 * spread, coef + Z_975 * spread
    holed = d[list(TERMS)].assign(margin=d["margin"].where(~d["is_missing"]))
    outcome = outcome_columns(d["event"].to_numpy(), d["time"].to_numpy())
    for name, known in (("imputed", outcome), ("imputed without the outcome", {})):
        draws = completed(holed, ["margin"], known, n=IMPUTATIONS, seed=seed)
        fits = [fitted(d.assign(margin=one["margin"])) for one in draws]
        if None in fits:
            continue
        for j, term in enumerate(TERMS):
            coefs, spreads = (np.array([one[k][j] for one in fits]) for k in (0, 1))  # type: ignore[index]
            one = pooled(coefs, spreads, fits[0][2])  # type: ignore[index]
            yield name, term, one.estimate, *one.interval()


def main(registries: int, write: bool) -> None:
    """Simulate, estimate, count."""
    start, found = time.perf_counter(), []
    missing = []
    for i in range(registries):
        d = draw(np.random.default_rng([SEED, i]))
        missing.append(d["is_missing"].mean())
        found += intervals(d, seed=i)
    table = pd.DataFrame(found, columns=["method", "term", "estimate", "lower", "upper"])
    truth = table["term"].map(dict(zip(TERMS, EFFECTS, strict=True)))
    table["coverage"] = (table["lower"] <= truth) & (truth <= table["upper"])
    table["bias"], table["width"] = table["estimate"] - truth, table["upper"] - table["lower"]
    rows = table.groupby(["method", "term"], sort=False)[["coverage", "bias", "width"]].mean()
    rows.insert(0, "registries", table.groupby(["method", "term"], sort=False).size())
    rows.insert(2, "margin_of_error", 1.96 * np.sqrt(0.95 * 0.05 / rows["registries"]))
    print(f"{registries} registries, {np.mean(missing):.1%} of margins missing, {time.perf_counter() - start:.0f} s")
    print(rows.round(4).to_string())
    if write:
        rows.round(4).to_csv(FIGURES)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--registries", type=int, default=500)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    main(asked.registries, asked.write)
