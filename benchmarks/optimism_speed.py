"""Times the bootstrap of a model's optimism against so many single fits of the same model, in one run.

Lesions of patients like those of the demonstration study, death competing, two covariates. A single fit is timed
twice: as the release makes one (coefficients, variance clustered by patient, test of proportional hazards), and bare
(coefficients and model variance). A drawing is a fit and everything that is measured on two groups of subjects:
C-index, slope, AUC, Brier score and calibration in groups at 12 and 24 months.

The limit is on bare fits. Run from the checkout: `python -m benchmarks.optimism_speed`. Processor seconds of this
process, the least of three.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np

LIMIT = 1.2
REPLICATES = 200
SEED = 20260101
MONTHS = (12.0, 24.0)


def lesions(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Draw n lesions: days, causes (0, 1, 2 death), two covariates, patient."""
    random = np.random.default_rng(SEED)
    patient = np.sort(random.integers(0, max(1, int(0.58 * n)), n))
    matrix = np.column_stack([random.random(n) < 0.35, random.gamma(4.0, 6.0, n).round()]).astype(float)
    to_ltp = random.exponential(3000.0 / np.exp(matrix @ [1.2, 0.03]))
    to_death = random.exponential(2500.0, n)
    end = random.uniform(150.0, 900.0, n)
    days = np.ceil(np.minimum(np.minimum(to_ltp, to_death), end))
    causes = np.where(to_ltp <= np.minimum(to_death, end), 1, np.where(to_death <= end, 2, 0))
    return days, causes, matrix, np.unique(patient, return_inverse=True)[1]


def seconds(run: Callable[[], object]) -> float:
    """Return the least processor seconds of three runs."""
    found = []
    for _ in range(3):
        start = time.process_time()
        run()
        found.append(time.process_time() - start)
    return min(found)


def main(n: int) -> None:
    """Time all three and print the ratios."""
    from analysis.regression.cox_fit import fit, members_of
    from analysis.validation.optimism import Subjects, bootstrapped
    from schemas.thresholds import DAYS_PER_MONTH

    subjects = Subjects(*lesions(n))
    each = np.ones(n)
    cases = subjects.cases(each)
    members = members_of(np.arange(n), subjects.cluster, each)
    fit(cases, members=members)  # imports
    whole = seconds(lambda: [fit(cases, members=members) for _ in range(REPLICATES)])
    bare = seconds(lambda: [fit(cases, with_ph=False) for _ in range(REPLICATES)])
    drawn = seconds(lambda: bootstrapped(subjects, [month * DAYS_PER_MONTH for month in MONTHS]))
    events = int((subjects.causes == 1).sum())
    print(f"{n:,} lesions, {int(subjects.cluster.max()) + 1:,} patients, {events:,} events, {REPLICATES} drawings")
    print(
        f"{REPLICATES} fits as the release makes them: {whole:.2f} s, bare: {bare:.2f} s; the bootstrap: {drawn:.2f} s"
    )
    print(f"ratio to bare fits {drawn / bare:.2f} (limit {LIMIT:g}), to whole ones {drawn / whole:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lesions", type=int, default=206)
    main(parser.parse_args().lesions)
