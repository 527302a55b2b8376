"""docs/statistics.md: `python -m tests.against_r.render` compares with R again and writes the page.

Here belongs the page: comparison with R, coverage in simulations, definitions from the modules' own words. Not here:
the pairs (compare.py), the simulations (benchmarks/coverage.py).

Deviations are kept in deviations.csv, since R's data sets are not carried: without them only the rows of the carried
lesions are renewed. Every figure kept there has been compared on the data sets named.
"""

from __future__ import annotations

import importlib
from pathlib import Path

import pandas as pd

from tests.against_r import carried, reference
from tests.against_r.compare import MADE_BY, carried_pairs, reference_pairs
from tests.docs.markdown import page, table

PAGE = Path(__file__).parents[2] / "docs" / "statistics.md"
KEPT = Path(__file__).parent / "deviations.csv"
COVERAGE = Path(__file__).parents[2] / "benchmarks" / "coverage.csv"
MODULES = (
    "estimates.rates",
    "estimates.product_limit",
    "estimates.kaplan_meier",
    "estimates.at_risk",
    "estimates.restricted_mean",
    "estimates.logrank",
    "estimates.cumulative_incidence",
    "estimates.gray",
    "estimates.expected_events",
    "regression.cox",
    "regression.risk_sets",
    "regression.proportionality",
    "plan.ph_residuals",
    "regression.period_effects",
    "regression.fine_gray",
    "regression.logistic",
    "regression.firth",
    "regression.gee",
    "estimates.interval_censored",
    "subjects.landmark",
    "subjects.last_scan",
    "regression.subgroups",
    "plan.multiplicity",
    "guards",
    "plan.technique",
)
OPENING = """\
# Statistics

How every figure is estimated, how far it is from R's, and how often its interval holds the truth. Made by `make docs`
(`python -m tests.against_r.render`); change the modules and tests, not this page."""
AGAINST_R = """\
R 4.2.2 with survival 3.5-3, cmprsk 2.2-11 and geepack 1.3-9. A deviation is relative to R's figure or, for a
coefficient near 0, to its standard error. lung, colon_death, retinopathy, bladder and mgus2_competing are data sets
of R's survival package, not carried here; *carried lesions* are made-up ones with R's figures beside them
(`tests/against_r/carried`), compared in every run of the tests, and once more with R itself where `Rscript` is there.
What R only approximates (limits of a profile, Turnbull's estimate) or lacks (Firth) is computed in R by an
independent program. No figure may deviate by more than 1e-6."""
COVERED = """\
Simulated registries of 120 patients and about 210 lesions with known effects (`benchmarks/simulated_truth.py`):
`python -m benchmarks.coverage --registries 10000 --write`. The margin is 1.96 Monte-Carlo standard errors; bias is
the mean error in the units of the estimate (log ratios, months, shares)."""
EXPLAINED = """\
Where a share lies outside its margin:

- Restricted means fall just under a point short: Greenwood's variance with a normal interval is for large samples, and
  about 50 patients are in the group.
- Cox's Wald interval covers slightly more than asked, with some 30 events and a covariate of two values.
- The clustered variance is half a point short, as a sandwich is with few events and clusters. *Taken for independent*
  is there to show what it cures; the registry's lesion models do not use it.

All of these come from the size of the study: over 3,348 registries of 600 patients (`--patients 600`) each of them but
*taken for independent* (91.8 %) is inside its margin of 0.7 %.

The median is counted where the curve falls to one half; its bias is that of a skewed estimate. 1 - Kaplan-Meier with
deaths censored is no estimate of how many have LTP: its bias, where the cumulative incidence has none, is the error of
taking it for one."""


def deviations() -> pd.DataFrame:
    """figure, data_set, n (comparisons) and largest (relative deviation), of the data sets that are here."""
    pairs = list(carried_pairs(carried.figures()))
    if reference.REFERENCE.is_dir():
        pairs += reference_pairs()
    found = pd.DataFrame(
        [(p.figure, p.data_set, p.deviation) for p in pairs], columns=["figure", "data_set", "deviation"]
    )
    grouped = found.groupby(["figure", "data_set"], sort=True)["deviation"]
    return grouped.agg(n="size", largest="max").reset_index()


def render() -> str:
    """The whole page, from what is kept."""
    kept = pd.read_csv(KEPT)
    rows = []
    for figure, made_by in MADE_BY.items():
        own = kept[kept["figure"] == figure]
        largest = "0" if own["largest"].max() == 0 else f"{own['largest'].max():.0e}"
        rows.append((figure, ", ".join(sorted(own["data_set"])), str(own["n"].sum()), largest, made_by))
    head = ("figure", "data sets", "comparisons", "largest relative deviation", "made by")
    total = f"{kept['n'].sum():,} comparisons, the largest deviation {kept['largest'].max():.0e}."
    parts = [OPENING, "## Against R", AGAINST_R, table(head, rows), total]
    parts += ["## Coverage", COVERED, _coverage(), EXPLAINED]
    parts += ["## Definitions", "In the words of the modules that make them."]
    for name in MODULES:
        parts += [f"### {name}", _words(name)]
    return page(*parts)


def _coverage() -> str:
    rows = []
    for row in pd.read_csv(COVERAGE).itertuples():
        has_interval = pd.notna(row.coverage)
        share = f"{100 * row.coverage:.1f} +- {100 * row.margin:.1f} %" if has_interval else ""
        inside = {"True": "yes", "False": "no"}.get(str(row.inside), "")
        rows.append((row.estimator, f"{row.registries:,}", share, inside, f"{row.bias:+.4f}"))
    return table(("estimator", "registries", "coverage", "inside its margin", "bias"), rows)


def _words(name: str) -> str:
    """The module's docstring, less what belongs in the file and what not."""
    text = importlib.import_module(f"analysis.{name}").__doc__ or ""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(part.strip("\n") for part in paragraphs if not part.startswith("Here belong"))


if __name__ == "__main__":
    found = deviations()
    if KEPT.exists():
        kept = pd.read_csv(KEPT)
        found = pd.concat([kept[~kept["data_set"].isin(found["data_set"])], found])
    found.sort_values(["figure", "data_set"]).to_csv(KEPT, index=False, float_format="%.3g")
    PAGE.write_text(render(), encoding="utf-8")
