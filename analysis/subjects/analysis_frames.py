"""Who enters which analysis: the subjects of an endpoint with the columns that groupings and models use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from analysis import removals
from analysis.subjects.counted import COUNT, Profiles, as_categories, at, compress
from analysis.subjects.lesion_factors import factors_of
from analysis.subjects.numbered_frames import (
    LESION,
    LESION_KEY,
    PATIENT,
    PATIENT_KEY,
    SUBJECT,
    Times,
    TimesOfFrame,
    in_order,
    numbered_lesions,
    numbered_sessions,
)
from analysis.tidy import OVERALL, as_float, whole_days
from schemas.thresholds import LARGE_LESION_MM

GENOTYPES = ("kras", "nras", "braf", "ras")
FACTORS = (*GENOTYPES, "diameter_ge_30")
GROUPINGS = (OVERALL, *FACTORS)
SESSION_COLUMNS = ("session_id", "session_date", "technical_success", "complication_system", "complication_grade")


def no_sessions() -> pd.DataFrame:
    """Return the empty sessions of a registry without any."""
    return pd.DataFrame({name: pd.Series(dtype=object) for name in (*LESION_KEY, *SESSION_COLUMNS)})


@dataclass
class AnalysisFrames:
    """The three derived tables an analysis reads, with the cohorts made from them, each made once.

    ``patients`` is derived.patient_ltpfs (one row per site, patient_id), ``lesions`` derived.lesion_ltp
    (one per site, patient_id, lesion_id), ``time_to_event`` derived.time_to_event, ``sessions`` clean.rfa_sessions
    (LESION_KEY, SESSION_COLUMNS): with their keys, or numbered as numbered_frames.py says, which they are from then on.
    The frames that are handed over are not changed.
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
    _made: dict[tuple[str, ...], pd.DataFrame] = field(default_factory=dict, repr=False)
    _profiles: dict[str, Profiles] = field(default_factory=dict, repr=False)
    _counts: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if PATIENT not in self.lesions:
            self.patients = in_order(self.patients, PATIENT_KEY)
            self.lesions = numbered_lesions(self.lesions, self.patients)
        if isinstance(self.time_to_event, pd.DataFrame):
            self.time_to_event = TimesOfFrame(self.time_to_event, self.patients, self.lesions)
        if LESION not in self.sessions:
            self.sessions = numbered_sessions(self.sessions)

    def subjects(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return the subjects of ``endpoint`` at ``level``, equal ones counted together: days, event, FACTORS,
        count.

        At patient level the diameter is the patient's largest, at lesion level the lesion's own.
        """
        if (endpoint, level) not in self._made:
            profiles = self.profiles(level)
            if level not in self._counts:
                self._counts[level] = self._times().counted(level, profiles.kinds, profiles.nobody)
            rows = self._counts[level]
            self._made[endpoint, level] = _with_factors(rows[(rows["endpoint"] == endpoint).to_numpy()], profiles)
        return self._made[endpoint, level]

    def by_group(self, endpoint: str, level: str, grouping: str) -> pd.DataFrame:
        """Return the same by ``grouping`` (one of GROUPINGS) alone: days, event, ``grouping``, count. Curves and tests
        need no more, and a factor less makes fewer rows.
        """
        if (endpoint, level, grouping) not in self._made:
            columns = ["days", "event", *([] if grouping == OVERALL else [grouping])]
            self._made[endpoint, level, grouping] = compress(self.subjects(endpoint, level), columns, COUNT)
        return self._made[endpoint, level, grouping]

    def each(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return the subjects of ``endpoint`` at ``level``, one row each in the order of their keys: PATIENT, site,
        days, event, FACTORS, and at lesion level LESION. For models that must know whose lesion it is.
        """
        rows = self._timed(endpoint, level)
        rows = rows.iloc[np.argsort(rows[SUBJECT].to_numpy(), kind="stable")].reset_index(drop=True)
        subject = rows[SUBJECT].to_numpy()
        own: dict[str, Any] = {LESION: subject} if level == "lesion" else {}
        patient = subject if level == "patient" else at(self.lesions[PATIENT].to_numpy(), subject, -1)
        own |= {PATIENT: patient, "site": self._sites().take(patient, allow_fill=True)}
        own |= {"days": rows["days"].array, "event": rows["event"].array}
        return self.profiles(level).of(subject).assign(**own)

    def each_lesion_status(self) -> pd.DataFrame:
        """Return the evaluable lesions, one row each in the order of their keys: PATIENT, ltp (0/1), FACTORS."""
        own = np.flatnonzero(self.lesions["ltp"].notna())
        known = self.lesions.iloc[own]
        return (
            self.profiles("lesion")
            .of(own)
            .assign(**{PATIENT: known[PATIENT].to_numpy(), "ltp": as_float(known["ltp"])})
        )

    def lesion_factors(self) -> pd.DataFrame:
        """Return what is known of each lesion, one row each in the order of their numbers (lesion_factors.py)."""
        if ("factors",) not in self._made:
            self._made[("factors",)] = factors_of(self.lesions, self.profiles("lesion"))
        return self._made[("factors",)]

    def lesions_timed(self, endpoint: str) -> pd.DataFrame:
        """Return the lesions of ``endpoint``, one row each in the order of their keys: PATIENT, days, event, and what
        ``lesion_factors`` says. A lesion that is not among the lesions is left out.
        """
        rows = self._timed(endpoint, "lesion")
        rows = rows[rows[SUBJECT] >= 0].sort_values(SUBJECT, kind="stable")
        subject = rows[SUBJECT].to_numpy()
        own: dict[str, Any] = {"days": rows["days"].array, "event": rows["event"].array}
        own |= {PATIENT: self.lesions[PATIENT].to_numpy()[subject]}
        return self.lesion_factors().iloc[subject].reset_index(drop=True).assign(**own)

    def lesions_evaluable(self) -> pd.DataFrame:
        """Return the evaluable lesions, one row each: PATIENT, ltp (0/1), and what ``lesion_factors`` says."""
        own = np.flatnonzero(self.lesions["ltp"].notna())
        known = self.lesions.iloc[own]
        found = self.lesion_factors().iloc[own].reset_index(drop=True)
        return found.assign(**{PATIENT: known[PATIENT].to_numpy(), "ltp": as_float(known["ltp"])})

    def ltp_intervals(self) -> pd.DataFrame:
        """Return the evaluable lesions with the days between which LTP lies, equal ones counted together: left_days,
        right_days (missing without LTP), FACTORS, count. Empty if the lesions carry no dates.
        """
        needed = ["first_ablation_date", "last_negative_date", "ltpfs_days"]
        own = np.flatnonzero(self.lesions["ltp"].notna()) if set(needed) <= set(self.lesions) else np.arange(0)
        lesions = self.lesions.iloc[own]
        if not set(needed) <= set(lesions):
            lesions = lesions.assign(**{name: pd.Series(dtype=float) for name in needed})
        has_ltp, last = as_float(lesions["ltp"]) == 1.0, as_float(lesions["ltpfs_days"])
        left = np.where(has_ltp, days_between(lesions, "first_ablation_date", "last_negative_date"), last)
        days = pd.DataFrame({"left_days": left, "right_days": np.where(has_ltp, last, np.nan)})
        return self.profiles("lesion").counted(days, own)

    def subjects_by_site(self, endpoint: str, level: str) -> pd.DataFrame:
        """Return the same as ``subjects``, with ``site``: only equal subjects of one site are counted together."""
        factors = self._factors(level)
        patient = np.arange(len(factors)) if level == "patient" else self.lesions[PATIENT].to_numpy()
        by_site = Profiles(factors.assign(site=self._sites().take(patient, allow_fill=True)))
        return compress(self._counted_by(by_site, endpoint, level), ["site", "days", "event", *FACTORS], COUNT)

    def subjects_by(self, endpoint: str, of_patients: pd.DataFrame) -> pd.DataFrame:
        """Return the same as ``subjects`` at patient level, with the columns of ``of_patients``: numbers, one row for
        each patient in the order of their numbers; 0 for a subject who is not among them.
        """
        by_all = Profiles(pd.concat([of_patients.reset_index(drop=True), self._factors("patient")], axis=1))
        found = self._counted_by(by_all, endpoint, "patient")
        return found.fillna({str(name): 0.0 for name in of_patients})

    def ltp_status_by(self, of_patients: pd.DataFrame) -> pd.DataFrame:
        """Return the same as ``ltp_status`` at patient level, with the columns of ``of_patients`` (subjects_by)."""
        ltp = as_float(self.patients["ltp"])
        own = np.flatnonzero(np.isfinite(ltp))
        columns = of_patients.iloc[own].reset_index(drop=True).assign(ltp=ltp[own])
        return self.profiles("patient").counted(columns, own)

    def subjects_scanned(self) -> pd.DataFrame:
        """Return the patients of TTLTP, equal ones counted together: days, event, ``scan_days``, FACTORS, count.
        scan_days run from the patient's first ablation to the last day up to which all evaluable lesions are assessed;
        missing if the frames carry no dates.
        """
        rows = self._timed("TTLTP", "patient")
        if removals.are_in(rows["event"]):
            rows = self._until_death(rows)
        scans = np.full(len(self.patients), np.nan)
        is_evaluable = self.lesions["ltp"].notna().to_numpy() & (self.lesions[PATIENT].to_numpy() >= 0)
        is_dated = "last_followup_date" in self.lesions and "first_ablation_date" in self.patients
        if is_dated and is_evaluable.any():
            lesions = self.lesions[is_evaluable]
            until = _dates(lesions["last_followup_date"]).groupby(lesions[PATIENT].to_numpy()).min()
            start = _dates(self.patients["first_ablation_date"]).iloc[until.index]
            scans[until.index] = as_float((until.reset_index(drop=True) - start.reset_index(drop=True)).dt.days)
        rows = rows.assign(scan_days=at(scans, rows[SUBJECT].to_numpy(), np.nan))
        return self.profiles("patient").counted(rows[["days", "event", "scan_days"]], rows[SUBJECT])

    def _until_death(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the patients of TTLTP, those whose ablated areas were removed followed on, until death."""
        whole = self._timed("LTPFS", "patient")
        had_ltp = whole[SUBJECT].isin(rows.loc[rows["event"] == 1, SUBJECT])
        return whole.assign(event=np.where((whole["event"] == 1) & ~had_ltp, 2.0, whole["event"]))

    def each_since_adequate_exam(self) -> pd.DataFrame:
        """Return the lesions of TTLTP as ``each`` does, with ``entry_days`` from the lesion's first ablation to its
        first adequate exam, before which LTP cannot be seen; missing if the frames carry no dates.
        """
        chosen = self.each("TTLTP", "lesion")
        if not {"first_ablation_date", "adequate_date"} <= set(self.lesions):
            return chosen.assign(entry_days=np.nan)
        since = days_between(self.lesions, "first_ablation_date", "adequate_date")
        return chosen.assign(entry_days=at(since, chosen[LESION].to_numpy(), np.nan))

    def endpoints(self) -> list[tuple[tuple[str, str], bool]]:
        """Return (endpoint, level) of all in time_to_event, in order, and whether an event competes with it: as its
        definition declares (``competing``), since a cohort in which nobody died has no such event; otherwise, whether
        a subject has one.
        """
        return [(pair, self.competing.get(pair, competes)) for pair, competes in self._times().endpoints()]

    def ltp_status(self, level: str) -> pd.DataFrame:
        """Return the evaluable patients or lesions, equal ones counted together: ltp (0/1), FACTORS, count."""
        if ("LTP", level) not in self._made:
            ltp = as_float((self.patients if level == "patient" else self.lesions)["ltp"])
            own = np.flatnonzero(np.isfinite(ltp))
            self._made["LTP", level] = self.profiles(level).counted(pd.DataFrame({"ltp": ltp[own]}), own)
        return self._made["LTP", level]

    def profiles(self, level: str) -> Profiles:
        """Return FACTORS of each patient or lesion."""
        if level not in self._profiles:
            if level == "patient":
                factors = pd.DataFrame({name: as_categories(self.patients[name]) for name in FACTORS})
            else:
                factors = self.profiles("patient").of(self.lesions[PATIENT].to_numpy())
                diameter = as_float(self.lesions["max_diameter_mm"])
                is_large = pd.Series(diameter >= LARGE_LESION_MM, dtype="boolean").mask(np.isnan(diameter))
                factors["diameter_ge_30"] = as_categories(is_large)
            self._profiles[level] = Profiles(factors)
        return self._profiles[level]

    def _factors(self, level: str) -> pd.DataFrame:
        """Return FACTORS of each patient or lesion, in the order of their numbers."""
        profiles = self.profiles(level)
        return profiles.of(np.arange(len(profiles.kinds)))

    def _times(self) -> Times:
        assert not isinstance(self.time_to_event, pd.DataFrame)  # numbered from the beginning
        return self.time_to_event

    def _timed(self, endpoint: str, level: str) -> pd.DataFrame:
        return _as_numbers(self._times()(endpoint, level))

    def _counted_by(self, profiles: Profiles, endpoint: str, level: str) -> pd.DataFrame:
        return _with_factors(self._times().counted(level, profiles.kinds, profiles.nobody, endpoint), profiles)

    def _sites(self) -> pd.Categorical:
        return as_categories(self.patients["site"]).array


def _as_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(days=whole_days(rows["days"]), event=as_float(rows["event"]))


def _with_factors(counts: pd.DataFrame, profiles: Profiles) -> pd.DataFrame:
    return profiles.with_factors(_as_numbers(counts.drop(columns="endpoint")))


def days_between(frame: pd.DataFrame, first: str, second: str) -> np.ndarray:
    """Return the days from one date to the other; NaN where one is missing."""
    return as_float((_dates(frame[second]) - _dates(frame[first])).dt.days)


def _dates(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, cache=False)  # a cache would be filled from dates, one object each
