"""A yardstick: LTP and LTPFS in plain pandas, with Kaplan-Meier curves from lifelines, from the same CSV files.

What a statistician would type who trusts the files and needs these two endpoints alone. No checks, no genotypes, no
other endpoint, no database. Rows with a date that does not parse are left out; duplicates and orphans stay, but an
exam of a lesion without a session does not count.

`python -m benchmarks.pandas_peer LANDING` prints seconds, peak memory and the figures as JSON. Imports are not timed
there; whole_command.py times the whole process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from lifelines import KaplanMeierFitter

from benchmarks.meter import Meter

PATIENT = ["site", "patient_id"]
LESION = [*PATIENT, "lesion_id"]
VIABLE, REACH_MM, DAYS_PER_MONTH = ("residual", "ltp", "viable"), 10, 30.4375


def read(landing: Path, export: str, columns: list[str], day: str) -> pd.DataFrame:
    """Read an export's files, with the site and with the column `day` as a date."""
    frames = [
        pd.read_csv(path, usecols=columns, dtype=str, keep_default_na=False, na_values=[""]).assign(site=path.parts[-3])
        for path in sorted(landing.glob(f"*/{export}/*.csv*"))
    ]
    rows = pd.concat(frames, ignore_index=True)
    return rows.assign(**{day: pd.to_datetime(rows[day], format="%Y-%m-%d", errors="coerce")})


def lesions(landing: Path) -> pd.DataFrame:
    """Return one row per ablated lesion: first ablation, adequate exam, LTP, last follow-up, days to LTP or to it."""
    sessions = read(landing, "rfa_sessions", ["patient_id", "lesion_id", "session_date"], "session_date")
    first = sessions.groupby(LESION)["session_date"].min().rename("ablated").reset_index()
    columns = ["patient_id", "lesion_id", "exam_date", "modality", "contrast_enhanced", "lesion_status"]
    exams = read(landing, "imaging_followups", [*columns, "distance_to_zone_mm"], "exam_date").merge(first, on=LESION)
    is_viable, is_negative = exams["lesion_status"].isin(VIABLE), exams["lesion_status"] == "no_viable"
    is_adequate_modality = exams["modality"].isin(["ct", "mr"]) & (exams["contrast_enhanced"] == "yes")
    qualifies = is_adequate_modality & (is_viable | is_negative) & (exams["exam_date"] > exams["ablated"])
    distance = pd.to_numeric(exams["distance_to_zone_mm"], errors="coerce")
    exams = exams.assign(viable=is_viable & (distance.isna() | (distance <= REACH_MM)), negative=is_negative)
    days = exams[qualifies].groupby([*LESION, "exam_date"])[["viable", "negative"]].any().reset_index()
    days["negative"] &= ~days["viable"]
    found = first.set_index(LESION)
    found["adequate"] = days[days["negative"]].groupby(LESION)["exam_date"].min()
    days = days.join(found["adequate"], on=LESION)
    is_ltp = days["viable"] & (days["exam_date"] > days["adequate"])
    found["ltp_date"] = days[is_ltp].groupby(LESION)["exam_date"].min()
    found["last_followup"] = days.groupby(LESION)["exam_date"].max()
    found = found[found["adequate"].notna()]
    until = found["ltp_date"].fillna(found["last_followup"])
    return found.assign(ltp=found["ltp_date"].notna(), days=(until - found["ablated"]).dt.days)


def patients(landing: Path, evaluable: pd.DataFrame) -> pd.DataFrame:
    """Return one row per evaluable patient with LTPFS: LTP or death; else the earliest last follow-up of a lesion."""
    sessions = read(landing, "rfa_sessions", ["patient_id", "session_date"], "session_date")
    by_patient = evaluable.groupby(PATIENT)
    found = by_patient[["ltp_date", "last_followup"]].min()
    found["ablated"] = sessions.groupby(PATIENT)["session_date"].min()
    died = read(landing, "patients", ["patient_id", "death_date"], "death_date")
    found["death_date"] = died.groupby(PATIENT)["death_date"].max()
    end = found["ltp_date"].fillna(found["death_date"]).fillna(found["last_followup"])
    is_event = found["ltp_date"].notna() | found["death_date"].notna()
    return found.assign(event=is_event, days=(end - found["ablated"]).dt.days)


def analyse(landing: Path) -> dict[str, float]:
    """Return counts, sums of days, and the Kaplan-Meier estimates at one year of lesions (LTP) and patients (LTPFS)."""
    by_lesion = lesions(landing)
    by_patient = patients(landing, by_lesion)
    curves = {
        "lesions": KaplanMeierFitter().fit(by_lesion["days"] / DAYS_PER_MONTH, by_lesion["ltp"]),
        "patients": KaplanMeierFitter().fit(by_patient["days"] / DAYS_PER_MONTH, by_patient["event"]),
    }
    return {
        "evaluable_lesions": len(by_lesion),
        "lesions_with_ltp": int(by_lesion["ltp"].sum()),
        "lesion_days": int(by_lesion["days"].sum()),
        "evaluable_patients": len(by_patient),
        "ltpfs_events": int(by_patient["event"].sum()),
        "ltpfs_days": int(by_patient["days"].sum()),
    } | {f"{name}_free_at_12_months": float(curve.predict(12)) for name, curve in curves.items()}


def main(landing: Path) -> None:
    """Analyse and print the figures."""
    meter = Meter()
    found = analyse(landing)
    print(json.dumps(meter.read() | {"found": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
