"""A simulated registry in the shape of the derived tables, for tests of the analysis room."""

from __future__ import annotations

import numpy as np
import pandas as pd

Frames = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]


def registry(n: int, seed: int = 1) -> Frames:
    """``n`` patients with one to three lesions: frames of patient_ltpfs, lesion_ltp and time_to_event."""
    random = np.random.default_rng(seed)
    patients = _patients(n, random)
    n_lesions = patients["n_lesions"].to_numpy()
    owner = np.repeat(np.arange(n), n_lesions)
    lesions = patients.loc[owner, ["site", "patient_id"]].reset_index(drop=True)
    lesions["lesion_id"] = [f"L{i + 1}" for count in n_lesions for i in range(count)]
    lesions["max_diameter_mm"] = np.round(random.gamma(6.0, 4.0, len(owner)) + 3.0)
    lesions = lesions.assign(**_technique(len(owner), np.random.default_rng([seed, 1])))
    log_hazard = 0.6 * (patients["kras"].to_numpy()[owner] == "mutant") + 0.5 * (lesions["max_diameter_mm"] >= 30)
    to_ltp = np.ceil(random.exponential(1400.0 / np.exp(log_hazard.to_numpy())))
    death = np.ceil(random.exponential(1200.0, n))
    imaging_ends = np.ceil(random.uniform(60.0, 1100.0, n))
    clock = np.minimum(imaging_ends, death)[owner]
    lesions["ltp"] = pd.Series(to_ltp <= clock, dtype=object).mask(random.random(len(owner)) < 0.03, None)
    lesions["ltpfs_days"] = np.where(lesions["ltp"].isna(), np.nan, np.minimum(to_ltp, clock))
    patients = _with_ltpfs(patients, lesions)
    last_contact = np.minimum(np.ceil(random.uniform(300.0, 1300.0, n)), death)
    start = pd.Timestamp("2017-01-01") + pd.to_timedelta(random.integers(0, 1000, n), unit="D")
    patients["first_ablation_date"] = start
    patients["last_contact_date"] = start + pd.to_timedelta(last_contact, unit="D")
    patients["death_date"] = (start + pd.to_timedelta(death, unit="D")).where(death == last_contact)
    return patients, lesions, _time_to_event(patients, lesions, death, death[owner], last_contact)


def _patients(n: int, random: np.random.Generator) -> pd.DataFrame:
    def gene(share: float) -> np.ndarray:
        drawn = np.where(random.random(n) < share, "mutant", "wild_type")
        return np.where(random.random(n) < 0.05, "unknown", drawn).astype(object)

    patients = pd.DataFrame({"site": "a", "patient_id": [f"p{i:07d}" for i in range(n)]})
    patients = patients.assign(kras=gene(0.4), nras=gene(0.05), braf=gene(0.07))
    is_mutant = (patients["kras"] == "mutant") | (patients["nras"] == "mutant")
    is_wild = (patients["kras"] == "wild_type") & (patients["nras"] == "wild_type")
    patients["ras"] = np.where(is_mutant, "mutant", np.where(is_wild, "wild_type", "unknown"))
    patients["n_lesions"] = random.integers(1, 4, n)
    patients["sex"] = random.choice(["male", "female", "unknown"], n, p=[0.6, 0.37, 0.03])
    patients["age_at_ablation_years"] = random.normal(62.0, 10.0, n).round()
    patients["cea_ng_ml"] = pd.Series(random.lognormal(2.0, 1.0, n).round(1)).mask(random.random(n) < 0.1)
    return patients


def _technique(n: int, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Place, technique and margin of each lesion, drawn apart so that no other figure moves."""
    margin = random.normal(6.0, 4.0, n).round(1)
    is_known = random.random(n) < 0.9
    software = np.where(random.random(n) < 0.5, "ZoneView 1.4", "MarginTool 3.2").astype(object)
    return {
        "segment": random.choice(["1", "2", "3", "4a", "4b", "5", "6", "7", "8"], n).astype(object),
        "modality": random.choice(["rfa", "mwa"], n, p=[0.8, 0.2]).astype(object),
        "approach": random.choice(["percutaneous", "open"], n, p=[0.9, 0.1]).astype(object),
        "subcapsular": random.choice(["yes", "no", "unknown"], n, p=[0.3, 0.6, 0.1]).astype(object),
        "perivascular": random.choice(["yes", "no"], n, p=[0.2, 0.8]).astype(object),
        "zone_short_mm": random.normal(35.0, 6.0, n).round(1),
        "minimal_margin_mm": np.where(is_known, margin, np.nan),
        "margin_method": np.where(is_known, "3d_registration", None),
        "margin_software": np.where(is_known, software, None),
    }


def _with_ltpfs(patients: pd.DataFrame, lesions: pd.DataFrame) -> pd.DataFrame:
    known = lesions[lesions["ltp"].notna()].assign(ltp=lambda frame: frame["ltp"].astype(bool))
    has_ltp = known.groupby("patient_id")["ltp"].any()
    first_ltp = known[known["ltp"]].groupby("patient_id")["ltpfs_days"].min()
    last_day = known.groupby("patient_id")["ltpfs_days"].max()
    largest = lesions.groupby("patient_id")["max_diameter_mm"].max()
    patient_id = patients["patient_id"]
    days = patient_id.map(first_ltp).fillna(patient_id.map(last_day))
    largest_mm = patient_id.map(largest)
    return patients.assign(
        ltp=patient_id.map(has_ltp),
        ltpfs_days=days,
        ltpfs_months=days / 30.4375,
        max_diameter_mm=largest_mm,
        diameter_ge_30=largest_mm >= 30.0,
    )


def _time_to_event(
    patients: pd.DataFrame,
    lesions: pd.DataFrame,
    death: np.ndarray,
    lesion_death: np.ndarray,
    last: np.ndarray,
) -> pd.DataFrame:
    found = []
    for level, frame, died in (("patient", patients, death), ("lesion", lesions, lesion_death)):
        is_known = frame["ltp"].notna().to_numpy()
        own = frame[is_known]
        days, ltp = own["ltpfs_days"].to_numpy(), own["ltp"].astype(bool).to_numpy()
        is_dead = days == died[is_known]
        events = {"TTLTP": np.where(ltp, 1, np.where(is_dead, 2, 0)), "LTPFS": (ltp | is_dead).astype(int)}
        if level == "patient":
            events["LTPFS_STUDY"] = ltp.astype(int)
        for endpoint, event in events.items():
            key = {"site": own["site"], "endpoint": endpoint, "level": level, "patient_id": own["patient_id"]}
            lesion_id = own["lesion_id"] if level == "lesion" else None
            found.append(pd.DataFrame(key | {"lesion_id": lesion_id, "days": days, "event": event}))
    key = {"site": "a", "endpoint": "OS", "level": "patient", "patient_id": patients["patient_id"]}
    found.append(pd.DataFrame(key | {"lesion_id": None, "days": last, "event": (death == last).astype(int)}))
    return pd.concat([table.astype({"lesion_id": object}) for table in found], ignore_index=True)
