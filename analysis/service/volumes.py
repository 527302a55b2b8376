"""Volumes: how many sessions, lesions and patients were treated, by centre, operator, modality and quarter."""

from __future__ import annotations

import pandas as pd

from analysis.tidy import records_of, tidy

COLUMNS = ["site", "operator_id", "modality", "session_quarter", "n_sessions", "n_lesions", "n_patients"]


def volumes(counts: pd.DataFrame) -> pd.DataFrame:
    """Return the counts of sql/service/volumes.sql (COLUMNS)."""
    return tidy(records_of(counts, COLUMNS), COLUMNS)
