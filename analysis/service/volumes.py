"""Volumes: how many sessions, lesions and patients were treated, by centre, operator, modality and quarter."""

from __future__ import annotations

import pandas as pd

from analysis.tidy import records_of, tidy

COLUMNS = ["site", "operator_id", "modality", "session_quarter", "n_sessions", "n_lesions", "n_patients"]


def volumes(counts: pd.DataFrame, by_operator: bool) -> pd.DataFrame:
    """Return the counts of sql/service/volumes.sql (COLUMNS), those of single operators only if asked for."""
    shown = counts if by_operator else counts[counts["operator_id"] == ""]
    return tidy(records_of(shown, COLUMNS), COLUMNS)
