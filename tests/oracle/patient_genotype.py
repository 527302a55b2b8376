"""The oracle's reading of derived.patient_genotype: one answer per gene, from one specimen.

How a written variant is understood belongs to schemas/genotype: the rows come with variant_canonical, variant_status,
variant_class and braf_class.
"""

from __future__ import annotations

from datetime import date

from tests.oracle.further_genotype import further
from tests.oracle.rows import Row, first_ablation, patient_of

SITES_BEST_FIRST = ("liver_metastasis", "other_metastasis", "primary", "ctdna", "unknown")
CONCLUSIVE = ("mutant", "wild_type", "vus")
LOW_VAF_PERCENT = 5
WIDE_PANELS = ("extended", "ngs")
GENES = ("KRAS", "NRAS", "BRAF")


def patient_genotype(sessions: list[Row], genotypes: list[Row]) -> list[Row]:
    """One row per patient with a session, from clean.rfa_sessions and clean.genotypes."""
    return [
        one_patient(
            [session for session in sessions if patient_of(session) == patient],
            [row for row in genotypes if patient_of(row) == patient],
        )
        for patient in sorted({patient_of(session) for session in sessions})
    ]


def one_patient(sessions: list[Row], genotypes: list[Row]) -> Row:
    """The row of one patient, from the patient's own sessions (at least one) and genotype rows."""
    index_date = first_ablation(sessions)
    result: Row = {"site": sessions[0]["site"], "patient_id": sessions[0]["patient_id"]}
    is_wide = {}
    is_discordant = False
    for gene in GENES:
        specimens = conclusive_specimens([row for row in genotypes if row["gene"] == gene])
        chosen = best_specimen(specimens, index_date)
        rows = specimens.get(chosen, []) if chosen is not None else []
        name = gene.lower()
        result[name] = status(rows)
        result[f"{name}_specimen_id"] = chosen
        result[f"{name}_variant"] = variants(rows)
        result[f"{name}_flags"] = flags(rows)
        if gene == "BRAF":
            result["braf_class"] = braf_class(rows)
        is_wide[gene] = any(row["panel"] in WIDE_PANELS for row in rows)
        if any(status(other) != result[name] for other in specimens.values()):
            is_discordant = True
    result["ras"] = ras(result["kras"], result["nras"])
    result["ras_extended"] = result["ras"]
    if result["ras"] == "wild_type" and not (is_wide["KRAS"] and is_wide["NRAS"]):
        result["ras_extended"] = "unknown"
    result["is_discordant"] = is_discordant
    return result | further(genotypes, index_date, rank)


def conclusive_specimens(rows: list[Row]) -> dict[str, list[Row]]:
    """The conclusive rows of one gene by specimen_id; failed, untested, indeterminate rows say nothing."""
    specimens: dict[str, list[Row]] = {}
    for row in rows:
        if row["result"] in CONCLUSIVE:
            specimens.setdefault(row["specimen_id"], []).append(row)
    return specimens


def best_specimen(specimens: dict[str, list[Row]], index_date: date) -> str | None:
    """The specimen that speaks for the gene; None without any.

    The best site first; within it the latest date not after `index_date`, else the earliest after it, else
    without date; ties by specimen_id. A specimen whose rows differ in site or date stands where its best
    row stands.
    """

    ranked = sorted(rank(row, index_date) for rows in specimens.values() for row in rows)
    return ranked[0][3] if ranked else None


def rank(row: Row, index_date: date) -> tuple[int, int, int, str]:
    """The place of a row's specimen: the smallest is the best."""
    site = SITES_BEST_FIRST.index(row["specimen_site"])
    taken = row["specimen_date"]
    if taken is None:
        return (site, 2, 0, row["specimen_id"])
    if taken <= index_date:
        return (site, 0, (index_date - taken).days, row["specimen_id"])
    return (site, 1, (taken - index_date).days, row["specimen_id"])


def mutants(rows: list[Row]) -> list[Row]:
    """The rows that found a mutation."""
    return [row for row in rows if row["result"] == "mutant"]


def status(rows: list[Row]) -> str:
    """mutant, wild_type or unknown: what the conclusive rows of one gene in one specimen say."""
    if mutants(rows):
        return "mutant"
    return "wild_type" if rows else "unknown"


def variants(rows: list[Row]) -> str | None:
    """What was found, in canonical notation: sorted, each once, separated by '; '. None without any.

    Of the mutant rows; of a wild type that rests on a VUS, the VUS.
    """
    telling = mutants(rows) or [row for row in rows if row["result"] == "vus"]
    found = sorted({row["variant_canonical"] for row in telling} - {None})
    return "; ".join(found) if found else None


def flags(rows: list[Row]) -> list[str]:
    """What a reader should know, sorted: of the mutant rows, or of a wild type read beside a VUS."""
    found = set()
    for row in mutants(rows):
        if row["variant_status"] == "parsed" and row["variant_class"] != "hotspot":
            found.add("non_hotspot")
        if row["variant"] and row["variant_status"] == "unparsed":
            found.add("unparsed_variant")
        if row["vaf_percent"] is not None and row["vaf_percent"] < LOW_VAF_PERCENT:
            found.add("low_vaf")
    if not mutants(rows) and any(row["result"] == "vus" for row in rows):
        found.add("vus")
    return sorted(found)


def braf_class(rows: list[Row]) -> str | None:
    """The first class by name; V600_other where V600E and V600M share a frequency (V600K, called base by base)."""
    frequencies = {
        name: {row["vaf_percent"] for row in mutants(rows) if row["variant_canonical"] == name}
        for name in ("p.V600E", "p.V600M")
    }
    if frequencies["p.V600E"] & frequencies["p.V600M"]:
        return "V600_other"
    classes = sorted({row["braf_class"] for row in mutants(rows)} - {None})
    return classes[0] if classes else None


def ras(kras: str, nras: str) -> str:
    """RAS from KRAS and NRAS: one mutation is enough, a wild type needs both."""
    if "mutant" in (kras, nras):
        return "mutant"
    return "wild_type" if kras == nras == "wild_type" else "unknown"
