"""Computes the study's figures from its exports in plain Python, without importing the registry's own code."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path
from typing import Any

KEYS = {
    "patients": ("patient_id",),
    "rfa_sessions": ("patient_id", "session_id", "lesion_id"),
    "genotypes": ("patient_id", "specimen_id", "gene", "variant"),
    "imaging_followups": ("patient_id", "exam_id", "lesion_id"),
}
SITES = ("liver_metastasis", "other_metastasis", "primary", "ctdna", "unknown")
VIABLE = {"residual", "ltp", "viable"}
Rows = list[dict[str, str]]


def read_file(path: Path) -> Rows:
    """Rows of one delivery: trimmed cells under trimmed lower-case headers, plus _line and _extract."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    delimiter = max(",;\t", key=text.splitlines()[0].count)
    rows = []
    for line, raw in enumerate(csv.DictReader(io.StringIO(text), delimiter=delimiter), start=1):
        row = {k.strip().lower(): v.strip() for k, v in raw.items()}
        rows.append({**row, "_line": str(line), "_extract": path.name[:10], "_file": path.name})
    return rows


def current_rows(folder: Path, export: str) -> Rows:
    """The newest version of each key; rows of one file that share a key and differ do not count."""
    current: dict[tuple[str, ...], dict[str, str]] = {}
    for path in sorted((folder / export).iterdir()):
        by_key: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
        for row in read_file(path):
            by_key[tuple(row[c] for c in KEYS[export])].append(row)
        for key, rows in by_key.items():
            if len({tuple(v for k, v in r.items() if k != "_line") for r in rows}) == 1:
                old = current.get(key, {})
                if {k: v for k, v in old.items() if k[0] != "_"} != {k: v for k, v in rows[0].items() if k[0] != "_"}:
                    current[key] = rows[0]
    return list(current.values())


def day(text: str) -> date | None:
    """An ISO date, or None."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def number(text: str) -> float | None:
    """A number, or None."""
    try:
        return float(text)
    except ValueError:
        return None


def sound_sessions(rows: Rows) -> Rows:
    """Sessions without a row-level defect, whose lesion has none either."""

    def is_sound(r: dict[str, str]) -> bool:
        size = number(r["max_diameter_mm"])
        return (
            bool(r["lesion_id"] and day(r["session_date"]) and size and 2 <= size <= 150)
            and r["session_date"] <= r["_extract"]
        )

    broken = {(r["patient_id"], r["lesion_id"]) for r in rows if not is_sound(r)}
    return [r for r in rows if is_sound(r) and (r["patient_id"], r["lesion_id"]) not in broken]


def lesion_ltp(first: date, exams: Rows) -> dict[str, Any]:
    """Section 5 for one lesion: is_evaluable, ltp_date, last_followup_date."""
    days: dict[date, set[str]] = defaultdict(set)
    for r in exams:
        at = day(r["exam_date"])
        qualifies = r["modality"].lower() in ("ct", "mr") and r["contrast_enhanced"] == "yes"
        if at is None or at <= first or r["exam_date"] > r["_extract"] or not qualifies:
            continue
        if r["lesion_status"] == "no_viable":
            days[at].add("no_viable")
        elif r["lesion_status"] in VIABLE:
            distance = number(r["distance_to_zone_mm"])
            if distance is not None and not 0 <= distance <= 100:
                distance = None
            days[at].add("distant" if distance is not None and distance > 10 else "viable")
    viable = sorted(d for d, kinds in days.items() if "viable" in kinds)
    negative = sorted(d for d, kinds in days.items() if "no_viable" in kinds and "viable" not in kinds)
    adequate = negative[0] if negative else None
    later = [d for d in viable if adequate is not None and d > adequate]
    is_residual = any(adequate is None or d < adequate for d in viable)
    return {
        "is_evaluable": adequate is not None,
        "is_residual": is_residual,
        "ltp_date": later[0] if later else None,
        "last": max(days, default=None),
    }


def gene_status(gene: str, rows: Rows, first: date) -> str:
    """The contract's specimen selection for one gene: mutant, wild_type or unknown."""
    mine = [r for r in rows if r["gene"].upper() == gene and r["result"] in ("mutant", "wild_type", "vus")]
    if not mine:
        return "unknown"

    def rank(r: dict[str, str]) -> tuple[Any, ...]:
        at = day(r["specimen_date"])
        if at is None:
            return SITES.index(r["specimen_site"]), (2, 0), r["specimen_id"]
        when = (0, -at.toordinal()) if at <= first else (1, at.toordinal())
        return SITES.index(r["specimen_site"]), when, r["specimen_id"]

    chosen = min(mine, key=rank)["specimen_id"]
    return "mutant" if any(r["result"] == "mutant" for r in mine if r["specimen_id"] == chosen) else "wild_type"


def read_study(folder: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Patients and lesions of the study as the contract derives them."""
    sessions = sound_sessions(current_rows(folder, "rfa_sessions"))
    by_lesion: dict[tuple[str, str], Rows] = defaultdict(list)
    for r in sessions:
        by_lesion[(r["patient_id"], r["lesion_id"])].append(r)
    exams: dict[tuple[str, str], Rows] = defaultdict(list)
    for r in current_rows(folder, "imaging_followups"):
        exams[(r["patient_id"], r["lesion_id"])].append(r)
    genes: dict[str, Rows] = defaultdict(list)
    for r in current_rows(folder, "genotypes"):
        is_contradiction = r["result"] == "wild_type" and r["variant"] not in ("", "WT")
        if r["specimen_site"] in SITES and r["result"] and not is_contradiction:
            genes[r["patient_id"]].append(r)
    lesions = []
    for (patient_id, lesion_id), rows in by_lesion.items():
        first = min(r["session_date"] for r in rows)
        size = max(float(r["max_diameter_mm"]) for r in rows if r["session_date"] == first)
        found = lesion_ltp(date.fromisoformat(first), exams[(patient_id, lesion_id)])
        found |= {
            "patient_id": patient_id,
            "lesion_id": lesion_id,
            "first": date.fromisoformat(first),
            "size": size,
        }
        lesions.append(found)
    people = {r["patient_id"]: r for r in current_rows(folder, "patients")}
    patients = []
    for patient_id in sorted({x["patient_id"] for x in lesions}):
        mine = [x for x in lesions if x["patient_id"] == patient_id]
        patients.append(_patient(patient_id, mine, genes[patient_id], people[patient_id]))
    return patients, lesions


def _patient(patient_id: str, lesions: list[dict[str, Any]], genes: Rows, person: dict[str, str]) -> dict[str, Any]:
    first = min(x["first"] for x in lesions)
    evaluable = [x for x in lesions if x["is_evaluable"]]
    ltp_dates = [x["ltp_date"] for x in evaluable if x["ltp_date"]]
    end = min(ltp_dates) if ltp_dates else max((x["last"] for x in evaluable), default=None)
    return {
        "patient_id": patient_id,
        "ltp": bool(ltp_dates) if evaluable else None,
        "months": None if end is None else (end - first).days / 30.4375,
        "days": None if end is None else (end - first).days,
        "followup_months": (date.fromisoformat(person["last_contact_date"]) - first).days / 30.4375,
        "diameter_ge_30": max(x["size"] for x in lesions) >= 30,
        **{gene.lower(): gene_status(gene, genes, first) for gene in ("KRAS", "NRAS", "BRAF")},
    }


def counts(rows: list[dict[str, Any]], *names: str) -> Counter[tuple[Any, ...]]:
    """How many rows have each combination of the named values."""
    return Counter(tuple(r[n] for n in names) for r in rows)
