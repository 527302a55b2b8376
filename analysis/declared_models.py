"""The models this registry declares in advance, in the terms of the index study (docs/demonstration-study.md).

The study's own covariate list is not published beyond these four; nothing is screened by its p-value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import primary
from analysis.tidy import UNKNOWN, stratum_labels

STUDY_COVARIATES = ("kras", "nras", "braf", "diameter_ge_30")
RAS_WILD_TYPE_COVARIATES = ("braf", "diameter_ge_30")
REFERENCES = {
    "kras": "wild_type",
    "nras": "wild_type",
    "braf": "wild_type",
    "ras": "wild_type",
    "diameter_ge_30": "false",
    "mutation": "none",
}
MUTATION = "mutation"
MUTATION_COVARIATES = (MUTATION, "diameter_ge_30")
_GENES = ("kras", "nras", "braf")


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
    Model(primary.MODEL, primary.ENDPOINT, "all", STUDY_COVARIATES),
    Model(f"{primary.MODEL}_mutation", primary.ENDPOINT, "all", MUTATION_COVARIATES),
    Model("ltpfs_study", "LTPFS_STUDY", "all", STUDY_COVARIATES),
    Model("ltpfs_ras_wild_type", "LTPFS_STUDY", "ras_wild_type", RAS_WILD_TYPE_COVARIATES),
)


def with_mutation(frame: pd.DataFrame) -> pd.DataFrame:
    """Return ``frame`` with the factor ``mutation``: none, kras, nras, braf, several; unknown if any gene is unknown.

    Each level is compared with patients in whom no gene is mutated. Separate terms for each gene do that only if nobody
    has two mutations.
    """
    status = np.column_stack([stratum_labels(frame[gene]) for gene in _GENES])
    is_mutant, is_known = status == "mutant", np.isin(status, ("mutant", "wild_type")).all(axis=1)
    n_mutant = is_mutant.sum(axis=1)
    one = np.array(_GENES, dtype=object)[is_mutant.argmax(axis=1)] if len(frame) else np.empty(0, dtype=object)
    levels = np.where(n_mutant == 0, "none", np.where(n_mutant == 1, one, "several"))
    return frame.assign(**{MUTATION: np.where(is_known, levels, UNKNOWN).astype(object)})


def cohort_rows(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the rows of ``frame`` in the cohort ``name``: ``all``, or ``ras_wild_type`` (column ``ras``)."""
    if name == "all":
        return frame
    if name == "ras_wild_type":
        return frame[stratum_labels(frame["ras"]) == "wild_type"]
    raise ValueError(f"no cohort named {name!r}: use 'all' or 'ras_wild_type'")
