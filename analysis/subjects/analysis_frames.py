"""Who enters which analysis: the subjects of an endpoint with the columns that groupings and models use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pandas as pd

from analysis.tidy import OVERALL, as_float, stratum_labels, stratum_order, whole_days
from schemas.thresholds import LARGE_LESION_MM

GENOTYPES = ("kras", "nras", "braf", "ras")
FACTORS = (*GENOTYPES, "diameter_ge_30")
GROUPINGS = (OVERALL, *FACTORS)
PATIENT_KEY = ("site", "patient_id")
LESION_KEY = (*PATIENT_KEY, "lesion_id")
COUNT = "count"
_SEPARATOR = "\x1f"  # no identifier holds a control character


def compress(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return the distinct rows of ``columns`` with how often each occurs (``count``), in a fixed order.

    Estimates over counted rows equal those over the rows themselves, and cost no more at a million patients
    than at ten thousand. Number columns come back as float, the others as text (categorical); missing is a
    value of its own.
    """
    codes = np.zeros(len(frame), dtype=np.int64)
    for name in columns:
        own, n_values = _codes(frame[name])
        codes = codes * n_values + own
        _, codes = np.unique(codes, return_inverse=True)  # keeps the product of sizes small
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    return frame[list(columns)].iloc[first].reset_index(drop=True).assign(**{COUNT: counts})


def _codes(values: pd.Series) -> tuple[np.ndarray, int]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.cat.codes.to_numpy().astype(np.int64) + 1, len(values.cat.categories) + 1
    uniques, codes = np.unique(as_float(values), return_inverse=True)
    return codes.astype(np.int64), len(uniques)


def as_categories(values: pd.Series) -> pd.Series:
    """Return ``values`` as text categories in stratum order, missing as ``unknown``: equal data give equal codes."""
    labels = stratum_labels(values)
    return pd.Series(pd.Categorical(labels, categories=stratum_order(labels)), index=values.index)


def _keys(frame: pd.DataFrame, key: Sequence[str]) -> pd.Index:
    joined = frame[key[0]].to_numpy(dtype=object)
    for name in key[1:]:
        joined = joined + _SEPARATOR + frame[name].to_numpy(dtype=object)
    return pd.Index(joined)


def _in_order(frame: pd.DataFrame, level: str) -> pd.DataFrame:
    return frame.sort_values(list(PATIENT_KEY if level == "patient" else LESION_KEY), kind="stable")


class Times(Protocol):
    """The rows of time_to_event by endpoint, for when all of them at once would not fit into memory."""

    def __call__(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return those of one endpoint and level: site, patient_id, lesion_id, days, event."""

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all, in order, and whether an event competes with it."""


SESSION_COLUMNS = ("session_id", "session_date", "technical_success", "complication_system", "complication_grade")


def no_sessions() -> pd.DataFrame:
    """Return the empty sessions of a registry without any."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in (*LESION_KEY, *SESSION_COLUMNS)})


@dataclass
class AnalysisFrames:
    """The three derived tables an analysis reads, with the cohorts made from them, each made once.

    ``patients`` is derived.patient_ltpfs (one row per site, patient_id), ``lesions`` derived.lesion_ltp
    (one per site, patient_id, lesion_id), ``time_to_event`` derived.time_to_event, whole or by
    endpoint. ``sessions`` is clean.rfa_sessions: LESION_KEY, SESSION_COLUMNS. The frames are not changed.
    """

    patients: pd.DataFrame
    lesions: pd.DataFrame
    time_to_event: pd.DataFrame | Times
    sessions: pd.DataFrame = field(default_factory=no_sessions)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    """Analysis tables already made for this registry (analysis_plan.py)."""
    competing: Mapping[tuple[str, str], bool] = field(default_factory=dict, repr=False)
    """(endpoint, level) -> whether its definition names a competing event; for those not listed here, their rows
    decide."""
    repeats_study: bool = True
    """Whether the index study's models are requested by name, so that they are shown even with few events; False for a
    named cohort."""
    _made: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict, repr=False)

    def subjects(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return the subjects of ``endpoint`` at ``level``, equal ones counted together: days, event, FACTORS,
        count.

        At patient level the diameter is the patient's largest, at lesion level the lesion's own.
        """
        if (endpoint, level) not in self._made:
            chosen = self._chosen(endpoint, level)
            joined = self._with_factors(chosen, level)
            joined = joined.assign(days=whole_days(chosen["days"]), event=as_float(chosen["event"]))
            self._made[endpoint, level] = compress(joined, ["days", "event", *FACTORS])
        return self._made[endpoint, level]

    def each(self, endpoint: str, level: str, *, with_lesion: bool = False) -> pd.DataFrame:
        """Return the subjects of ``endpoint`` at ``level``, one row each in the order of their keys: PATIENT_KEY, days,
        event, FACTORS. For models that must know whose lesion it is and, ``with_lesion``, which one.
        """
        chosen = _in_order(self._chosen(endpoint, level), level)
        own = {name: chosen[name].to_numpy() for name in (LESION_KEY if with_lesion else PATIENT_KEY)}
        own |= {"days": whole_days(chosen["days"]), "event": as_float(chosen["event"])}
        return self._with_factors(chosen, level).assign(**own)

    def each_lesion_status(self) -> pd.DataFrame:
        """Return the evaluable lesions, one row each in the order of their keys: PATIENT_KEY, ltp (0/1), FACTORS."""
        lesions = _in_order(self.lesions[self.lesions["ltp"].notna()], "lesion")
        own = {name: lesions[name].to_numpy() for name in PATIENT_KEY}
        return self._with_factors(lesions, "lesion").assign(ltp=as_float(lesions["ltp"]), **own)

    def ltp_intervals(self) -> pd.DataFrame:
        """Return the evaluable lesions with the days between which LTP lies: left_days, right_days (missing without
        LTP), FACTORS. Empty if the lesions carry no dates.
        """
        needed = ["first_ablation_date", "last_negative_date", "ltpfs_days"]
        lesions = self.lesions[self.lesions["ltp"].notna()]
        if not set(needed) <= set(lesions):
            lesions = lesions.iloc[:0].assign(**{name: pd.Series(dtype=float) for name in needed})
        lesions = _in_order(lesions, "lesion")
        has_ltp, last = as_float(lesions["ltp"]) == 1.0, as_float(lesions["ltpfs_days"])
        since = pd.to_datetime(lesions["last_negative_date"]) - pd.to_datetime(lesions["first_ablation_date"])
        left = np.where(has_ltp, as_float(since.dt.days), last)
        return self._with_factors(lesions, "lesion").assign(left_days=left, right_days=np.where(has_ltp, last, np.nan))

    def subjects_by_site(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return the same as ``subjects``, with ``site``: only equal subjects of one site are counted together."""
        chosen = self.each(endpoint, level)
        chosen = chosen.assign(site=as_categories(chosen["site"]))
        return compress(chosen, ["site", "days", "event", *FACTORS])

    def subjects_scanned(self) -> pd.DataFrame:
        """Return the patients of TTLTP, equal ones counted together: days, event, ``scan_days``, FACTORS, count.
        scan_days run from the patient's first ablation to the last day up to which all evaluable lesions are assessed;
        missing if the frames carry no dates.
        """
        chosen = self.each("TTLTP", "patient")
        lesions, patients = self.lesions[self.lesions["ltp"].notna()], self.patients
        if "last_followup_date" in lesions and "first_ablation_date" in patients and len(lesions):
            until = pd.to_datetime(lesions["last_followup_date"]).groupby(_keys(lesions, PATIENT_KEY)).min()
            start = pd.Series(pd.to_datetime(patients["first_ablation_date"]).array, _keys(patients, PATIENT_KEY))
            scans = (until - start.reindex(until.index)).dt.days
            chosen = chosen.assign(scan_days=as_float(scans.reindex(_keys(chosen, PATIENT_KEY))))
        else:
            chosen = chosen.assign(scan_days=np.nan)
        return compress(chosen, ["days", "event", "scan_days", *FACTORS])

    def each_since_adequate_exam(self) -> pd.DataFrame:
        """Return the lesions of TTLTP as ``each`` does, with ``entry_days`` from the lesion's first ablation to its
        first adequate exam, before which LTP cannot be seen; missing if the frames carry no dates.
        """
        lesions = _in_order(self.lesions, "lesion")
        chosen = self.each("TTLTP", "lesion", with_lesion=True)
        if not {"first_ablation_date", "adequate_date"} <= set(lesions):
            return chosen.assign(entry_days=np.nan)
        dates = (pd.to_datetime(lesions[name]) for name in ("adequate_date", "first_ablation_date"))
        adequate, first = dates
        since = pd.Series(as_float((adequate - first).dt.days), _keys(lesions, LESION_KEY))
        return chosen.assign(entry_days=as_float(since.reindex(_keys(chosen, LESION_KEY))))

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all in time_to_event, in order, and whether an event competes with it: as its
        definition declares (``competing``), since a cohort in which nobody died has no such event; otherwise, whether
        a subject has one.
        """
        events = self.time_to_event
        if not isinstance(events, pd.DataFrame):
            return events.endpoints()
        keys = events.assign(competes=as_float(events["event"]) > 1.0)[["endpoint", "level", "competes"]]
        found = keys.drop_duplicates().groupby(["endpoint", "level"], as_index=False)["competes"].max()
        rows = found.to_numpy(dtype=object)
        pairs = (((str(endpoint), str(level)), bool(competes)) for endpoint, level, competes in rows)
        return [(pair, self.competing.get(pair, competes)) for pair, competes in pairs]

    def _chosen(self, endpoint: str, level: str) -> pd.DataFrame:
        events = self.time_to_event
        if not isinstance(events, pd.DataFrame):
            events = events(endpoint, level)
            return events[events["days"].notna()]
        return events[(events["endpoint"] == endpoint) & (events["level"] == level) & events["days"].notna()]

    def _with_factors(self, rows: pd.DataFrame, level: str) -> pd.DataFrame:
        """Return FACTORS of each row's patient or lesion; unknown if it is not among the patients."""
        factors = self._factors(level)
        at = factors.index.get_indexer(_keys(rows, PATIENT_KEY if level == "patient" else LESION_KEY))
        joined = factors.take(at).reset_index(drop=True)
        joined.loc[at < 0, list(FACTORS)] = np.nan
        return joined

    def ltp_status(self, level: str) -> pd.DataFrame:
        """Return the evaluable patients or lesions, equal ones counted together: ltp (0/1), FACTORS, count."""
        if ("LTP", level) not in self._made:
            frame = self.patients if level == "patient" else self.lesions
            status = self._factors(level).reset_index(drop=True).assign(ltp=as_float(frame["ltp"]))
            self._made["LTP", level] = compress(status[status["ltp"].notna()], ["ltp", *FACTORS])
        return self._made["LTP", level]

    def _factors(self, level: str) -> pd.DataFrame:
        """Return FACTORS of each patient or lesion as categories, indexed by key, in the order of the frame."""
        if ("factors", level) in self._made:
            return self._made["factors", level]
        if level == "patient":
            own = {name: as_categories(self.patients[name]) for name in FACTORS}
            found = pd.DataFrame(own).set_index(_keys(self.patients, PATIENT_KEY))
        else:
            of_patient = self._factors("patient")
            at = of_patient.index.get_indexer(_keys(self.lesions, PATIENT_KEY))
            found = of_patient.take(at).set_index(_keys(self.lesions, LESION_KEY))
            found.loc[at < 0, list(GENOTYPES)] = np.nan
            diameter = as_float(self.lesions["max_diameter_mm"])
            is_large = pd.Series(diameter >= LARGE_LESION_MM, dtype="boolean").mask(np.isnan(diameter))
            found["diameter_ge_30"] = as_categories(is_large).array
        self._made["factors", level] = found
        return found
