"""The models this registry declares in advance, in the terms of the index study (domain.md section 8).

Here belong model names, cohorts and covariates. Not here: fitting (cox.py, logistic.py). The study's own
covariate list is not published beyond these four; nothing is screened by its p-value.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.tidy import stratum_labels

STUDY_COVARIATES = ("kras", "nras", "braf", "diameter_ge_30")
RAS_WILD_TYPE_COVARIATES = ("braf", "diameter_ge_30")
REFERENCES = {
    "kras": "wild_type",
    "nras": "wild_type",
    "braf": "wild_type",
    "ras": "wild_type",
    "diameter_ge_30": "false",
}


@dataclass(frozen=True)
class Model:
    """One declared model: ``endpoint`` LTP is logistic, any other is Cox; ``cohort`` all or ras_wild_type."""

    name: str
    endpoint: str
    cohort: str
    covariates: tuple[str, ...]


LOGISTIC_MODELS = (
    Model("ltp_study", "LTP", "all", STUDY_COVARIATES),
    Model("ltp_ras_wild_type", "LTP", "ras_wild_type", RAS_WILD_TYPE_COVARIATES),
)
COX_MODELS = (
    Model("ltpfs_study", "LTPFS_STUDY", "all", STUDY_COVARIATES),
    Model("ltpfs_ras_wild_type", "LTPFS_STUDY", "ras_wild_type", RAS_WILD_TYPE_COVARIATES),
)


def cohort(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows of ``frame`` in the cohort ``name``: ``all``, or ``ras_wild_type`` (column ``ras``)."""
    if name == "all":
        return frame
    if name == "ras_wild_type":
        return frame[stratum_labels(frame["ras"]) == "wild_type"]
    raise ValueError(f"no cohort named {name!r}: use 'all' or 'ras_wild_type'")
