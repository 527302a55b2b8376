"""Figures of Cox models whose covariates change during follow-up, as in `varying.R`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.regression.cox import cox
from analysis.subjects.start_stop import BEGINS, ENDS, OF, START, SUBJECT, start_stop

TERMS = ["kras", "diameter", "on", "again"]


def cut_lesions(d: pd.DataFrame, entry: str | None = None) -> pd.DataFrame:
    """The lesions, cut where `on` (two spells, which may overlap) and `again` (from a day on) change; from their entry
    on, if there is one.
    """
    row = np.arange(1, len(d) + 1)
    first = np.where(row % 3 == 0, np.nan, d["diameter"] % 11)
    second = np.where(row % 4 == 1, d["time"] - row % 3, np.nan)
    again = np.where(row % 5 < 2, 2 + d["patient"] % 9, np.nan)
    on = pd.concat([_spells(first, first + 3 + d["patient"] % 5), _spells(second)])
    own = {"on": on, "again": _spells(again)}
    return start_stop(d.reset_index(drop=True), own, time="time", event="ltp", entry=entry)


def _spells(begins: Any, ends: Any = np.nan) -> pd.DataFrame:
    frame = pd.DataFrame({OF: np.arange(len(begins)), BEGINS: np.asarray(begins), ENDS: np.asarray(ends)})
    return frame[frame[BEGINS].notna()]


def varying_figures(d: pd.DataFrame) -> dict[str, float]:
    """R's names -> the registry's figures; ``d`` has one row per lesion."""
    d = d.assign(since=d["entry"] + 2)
    rows, late = cut_lesions(d), cut_lesions(d, "since")
    rows["crossed"] = rows["on"] * rows["kras"]
    kinds: dict[str, dict[str, Any]] = {"plain": {}, "clustered": {"cluster": "patient"}}
    kinds |= {"strata": {"strata": "centre"}, "breslow": {"ties": "breslow"}, "crossed": {}, "entry": {}}
    kinds |= {"entry_clustered": {"strata": "centre", "cluster": "patient"}}
    found: dict[str, float] = {}
    for name, more in kinds.items():
        terms = ["on", "kras", "crossed"] if name == "crossed" else TERMS
        own, whole = (late, d[d["since"] < d["time"]]) if name.startswith("entry") else (rows, d)
        table = cox(own, terms, time="time", event="ltp", entry=START, subject=SUBJECT, **more)
        assert (table["n"] == len(whole)).all() and (table["n_events"] == whole["ltp"].sum()).all()
        ratios, model = table[table["quantity"] == "hazard_ratio"], table.set_index("quantity")["estimate"]
        found |= _numbered(f"varying.{name}.coef", ratios["coef"]) | _numbered(
            f"varying.{name}.se", ratios["std_error"]
        )
        found |= {f"varying.{name}.wald.1": model["wald_chi2"]}
        if name in ("plain", "entry"):
            found |= _numbered(f"varying.{name}.zph", [*ratios["ph_chi2"], model["ph_global_chi2"]])
        if not name.endswith("clustered"):
            found |= {f"varying.{name}.lr.1": model["lr_chi2"]}
    return found


def _numbered(name: str, values: object) -> dict[str, float]:
    return {f"{name}.{i}": float(v) for i, v in enumerate(np.asarray(values, dtype=float), start=1)}
