"""What the index study published, figure by figure, as data (docs/demonstration-study.md)."""

from __future__ import annotations

from dataclasses import dataclass

WILD_TYPE = "wild_type"
MUTANT = "mutant"


@dataclass(frozen=True)
class PublishedGroup:
    """The figures of one KRAS group."""

    stratum: str
    n: int
    n_ltp: int
    one_year_ltpfs_percent: float
    follow_up_mean_months: float
    follow_up_sd_months: float


@dataclass(frozen=True)
class PublishedRatio:
    """One ratio of a multivariable model: ``stratum`` of ``term`` against the other level, with its 95 %
    interval.

    ``outcome`` is LTP (the study calls the ratio a hazard ratio; it reads like an odds ratio) or LTPFS.
    """

    outcome: str
    cohort: str
    term: str
    stratum: str
    label: str
    ratio: float
    lower: float
    upper: float
    text: str


NAMED = frozenset(
    {
        "count",
        "crude share with LTP",
        "Kaplan-Meier of LTPFS_STUDY, deaths censored",
        "log-rank test of LTPFS_STUDY",
        "mean +- SD to last contact",
        "Welch's t-test",
        "mean, censored times counted as they stand",
        "Cox hazard ratio of LTPFS_STUDY",
    }
)
"""The estimators that the study names: rates called actuarial, ratios called hazard ratios, counts, shares and means. A
figure that only another estimator matches is not reproduced."""

N_PATIENTS = 120
N_LESIONS = 212
MEAN_LTPFS_MONTHS = 12.89
ONE_YEAR_P_VALUE = 0.004
FOLLOW_UP_P_VALUE_ABOVE = 0.05

GROUPS = (
    PublishedGroup(WILD_TYPE, 71, 13, 76.1, 16.20, 5.03),
    PublishedGroup(MUTANT, 49, 15, 51.0, 15.89, 3.96),
)

RATIOS = (
    PublishedRatio(
        "LTP",
        "all",
        "kras",
        WILD_TYPE,
        "wild-type KRAS",
        0.239,
        0.081,
        0.706,
        "0.239 (0.081-0.706), p = 0.010",
    ),
    PublishedRatio(
        "LTP",
        "all",
        "nras",
        WILD_TYPE,
        "wild-type NRAS",
        0.190,
        0.043,
        0.840,
        "0.190 (0.043-0.840), p = 0.028",
    ),
    PublishedRatio(
        "LTP",
        "all",
        "diameter_ge_30",
        "false",
        "diameter < 30 mm",
        0.31,
        0.097,
        0.992,
        "0.31 (0.097-0.992), p = 0.048",
    ),
    PublishedRatio(
        "LTP",
        "ras_wild_type",
        "diameter_ge_30",
        "false",
        "diameter < 30 mm",
        0.052,
        0.008,
        0.357,
        "0.052 (0.008-0.357), p = 0.003",
    ),
    PublishedRatio("LTPFS", "all", "kras", MUTANT, "mutant KRAS", 3.97, 1.65, 9.55, "3.97 (1.65-9.55), p = 0.002"),
    PublishedRatio("LTPFS", "all", "braf", MUTANT, "mutant BRAF", 4.35, 1.47, 12.86, "4.35 (1.47-12.86), p = 0.008"),
    PublishedRatio(
        "LTPFS",
        "ras_wild_type",
        "diameter_ge_30",
        "false",
        "diameter < 30 mm",
        0.118,
        0.029,
        0.479,
        "0.118 (0.029-0.479), p = 0.003",
    ),
)
