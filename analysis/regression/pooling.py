"""Rubin's rules: one estimate from those of several completed data sets.

With Q the mean of the m estimates, U the mean of their variances and B the variance between them, the variance is
T = U + (1 + 1/m) B; limits are Q -+ t sqrt(T) with Barnard and Rubin's degrees of freedom (Biometrika 1999;86:948),
which never exceed those of the complete data. The fraction of missing information is (r + 2 / (df + 3)) / (r + 1) with
r = (1 + 1/m) B / U. Equals R's ``mice::pool`` and ``mice::pool.scalar``. Rubin, Multiple Imputation for Nonresponse in
Surveys, 1987. Misleads if the values are missing for reasons that no column of the imputation knows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate, its standard error and degrees of freedom, and the fraction of missing information."""

    estimate: float
    std_error: float
    df: float
    missing_information: float

    def interval(self) -> tuple[float, float]:
        """Return the 95 % limits by Student's t."""
        from scipy.special import stdtrit

        reach = float(stdtrit(self.df, 0.975)) * self.std_error
        return self.estimate - reach, self.estimate + reach

    @property
    def p_value(self) -> float:
        """Return the two-sided p-value of no effect."""
        from scipy.special import stdtr

        return float(2.0 * stdtr(self.df, -abs(self.estimate / self.std_error)))


def pooled(estimates: np.ndarray, std_errors: np.ndarray, df_complete: float) -> Pooled:
    """Pool estimates of one coefficient; ``df_complete``: the degrees of freedom if nothing were missing.

    >>> found = pooled(np.array([1.0, 1.2, 0.8]), np.array([0.5, 0.5, 0.5]), 40.0)
    >>> round(found.estimate, 3), round(found.std_error, 4), round(found.df, 2), round(found.missing_information, 4)
    (1.0, 0.5508, 21.16, 0.2441)
    """
    m = len(estimates)
    within, between = float(np.mean(std_errors**2)), float(np.var(estimates, ddof=1))
    extra = (1.0 + 1.0 / m) * between
    total = within + extra
    share = extra / total
    df_observed = (df_complete + 1.0) / (df_complete + 3.0) * df_complete * (1.0 - share)
    df_between = (m - 1.0) / share**2 if share else np.inf
    df = df_observed if np.isinf(df_between) else df_between * df_observed / (df_between + df_observed)
    riv = extra / within
    return Pooled(float(np.mean(estimates)), float(np.sqrt(total)), df, (riv + 2.0 / (df + 3.0)) / (riv + 1.0))
