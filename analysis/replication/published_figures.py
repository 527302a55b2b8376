"""What the index study published, figure by figure, read from its file: examples/published/index-study.toml.

That file is the figures' only home. `registry test-model` puts its model and claims to the test on any release;
analysis.replication reads from it what it compares, in homes whose registry.toml names it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from schemas.published_files import INDEX_STUDY, path_of

WILD_TYPE = "wild_type"
MUTANT = "mutant"
NAMES = {WILD_TYPE: "KRAS wild-type", MUTANT: "KRAS mutant"}
"""What the file and the table call the groups."""
LTP, LTPFS = "LTP", "LTPFS"


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
    interval, and all of it as ``text`` with the digits that were printed.

    ``outcome`` is LTP (the study calls the ratio a hazard ratio; it reads like an odds ratio) or LTPFS.
    """

    quantity: str
    outcome: str
    cohort: str
    term: str
    stratum: str
    ratio: float
    lower: float
    upper: float
    text: str


@dataclass(frozen=True)
class PublishedStudy:
    """Everything that is compared."""

    n_patients: int
    n_lesions: int
    mean_ltpfs_months: float
    one_year_p: float
    follow_up_p_above: float
    groups: tuple[PublishedGroup, ...]
    ratios: tuple[PublishedRatio, ...]


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


@cache
def index_study() -> PublishedStudy:
    """Return the index study's figures. Numbers are read as they are typed, so 0.190 keeps its last digit in text."""
    given = tomllib.loads(path_of(INDEX_STUDY).read_text(encoding="utf-8"), parse_float=Decimal)
    study = given["study"]
    claims = {claim["name"]: claim for claim in given["claims"]}
    return PublishedStudy(
        n_patients=study["patients"],
        n_lesions=study["lesions"],
        mean_ltpfs_months=float(study["mean_ltpfs_months"]),
        one_year_p=float(study["one_year_ltpfs_p"]),
        follow_up_p_above=float(study["follow_up_p_above"]),
        groups=tuple(_group(stratum, claims, study["groups"]) for stratum in NAMES),
        ratios=tuple(_ratio(claim) for claim in given["claims"] if "ratio" in claim),
    )


def _group(stratum: str, claims: dict[str, Any], follow_up: list[dict[str, Any]]) -> PublishedGroup:
    k, n = _named(claims[LTP]["groups"], stratum)["share"].split("/")
    followed = _named(follow_up, stratum)
    return PublishedGroup(
        stratum,
        int(n),
        int(k),
        float(_named(claims[LTPFS]["groups"], stratum)["percent"]),
        float(followed["follow_up_mean_months"]),
        float(followed["follow_up_sd_months"]),
    )


def _named(groups: list[dict[str, Any]], stratum: str) -> dict[str, Any]:
    return next(group for group in groups if group["name"] == NAMES[stratum])


def _ratio(claim: dict[str, Any]) -> PublishedRatio:
    return PublishedRatio(
        claim["name"],
        LTPFS if "endpoint" in claim else LTP,
        "ras_wild_type" if "subgroup" in claim else "all",
        claim["term"],
        claim["value"],
        float(claim["ratio"]),
        float(claim["lower"]),
        float(claim["upper"]),
        f"{claim['ratio']} ({claim['lower']}-{claim['upper']}), p = {claim['p']}",
    )
