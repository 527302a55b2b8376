"""Makes specimens and genotype rows of the demonstration study from each patient's KRAS, NRAS and BRAF status.

The contract's selection rule, applied to these rows, gives that status back.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

from synthetic.delivery import Row
from synthetic.study_plan import Patient
from synthetic.variants import SHARES, VARIANTS, notations

ODD_KRAS = ("p.G12D; p.G13D", "mutated", "exon 2 mutation", "突变", "G12X", "p.Val14Ile")  # still a mutant
DISCORDANT_SHARE = 0.06  # primary against metastasis, docs/sources.md
GENES = ("KRAS", "NRAS", "BRAF")


def genotype_rows(patient: Patient, rng: Random) -> list[Row]:
    """Return all genotype rows of one patient: a deciding specimen, and by chance another one.

    The second specimen must not change the status, unless a retest replaces inconclusive genes.
    """
    shorts = {g: rng.choices(list(VARIANTS[g]), SHARES[g])[0] for g in GENES}
    panel = rng.choices(("ngs", "extended", "exon2_only", "unknown"), (50, 42, 5, 3))[0]
    site = rng.choices(("primary", "liver_metastasis", "other_metastasis"), (54, 42, 4))[0]
    day = -rng.randint(20, 500)
    rows = _specimen(patient, 1, site, day, panel, patient.genes, shorts, rng)
    chance = rng.random()
    if chance < 0.10:
        rows += _retest(patient, rows, rng, shorts)
    elif chance < 0.10 + DISCORDANT_SHARE and site == "liver_metastasis":
        gene = rng.choices(GENES, (80, 10, 10))[0]
        other = {**patient.genes, gene: not patient.genes[gene]}
        rows += _specimen(patient, 2, "primary", day - 200, panel, other, shorts, rng)
    elif chance < 0.24:
        rows += _specimen(patient, 2, "ctdna", rng.randint(30, 90), "ngs", patient.genes, shorts, rng)
    elif chance < 0.28 and site == "liver_metastasis":
        for row in rows:
            row.cells["specimen_date"] = patient.on(day).isoformat()
        flipped = {
            **patient.genes,
            "KRAS": not patient.genes["KRAS"],
        }  # after the first ablation: does not decide
        rows += _specimen(patient, 2, site, rng.randint(40, 150), panel, flipped, shorts, rng)
    return rows


def _specimen(
    patient: Patient,
    number: int,
    site: str,
    day: int,
    panel: str,
    genes: dict[str, bool],
    shorts: dict[str, str],
    rng: Random,
) -> list[Row]:
    """Return the rows of one specimen, one per gene; `day` of collection counts from the first ablation."""
    rows = []
    is_dated = number > 1 or site == "primary" or rng.random() < 0.94
    for gene, is_mutant in genes.items():
        cells = {
            "patient_id": patient.patient_id,
            "specimen_id": f"{patient.patient_id}-T{number}",
            "specimen_site": site,
            "specimen_date": patient.on(day).isoformat() if is_dated else "",
            "report_date": (patient.on(day) + timedelta(days=rng.randint(7, 19))).isoformat(),
            "gene": gene if rng.random() < 0.9 else gene.lower(),
            "result": "mutant" if is_mutant else "wild_type",
            "variant": rng.choice(notations(gene, shorts[gene])) if is_mutant else rng.choice(("", "", "", "WT")),
            "panel": panel,
            "vaf_percent": f"{rng.uniform(8, 62):.1f}" if is_mutant and panel == "ngs" else "",
        }
        if is_mutant and gene == "KRAS" and rng.random() < 0.12:
            cells["variant"] = rng.choice(ODD_KRAS)
        elif is_mutant and panel == "ngs" and rng.random() < 0.06:
            cells["vaf_percent"] = f"{rng.uniform(1.5, 4.8):.1f}"
        elif not is_mutant and panel == "ngs" and gene == "KRAS" and rng.random() < 0.05:
            cells |= {"result": "vus", "variant": "p.Gln22Lys", "vaf_percent": f"{rng.uniform(10, 40):.1f}"}
        rows.append(Row("genotypes", cells))
    return rows


def _retest(patient: Patient, rows: list[Row], rng: Random, shorts: dict[str, str]) -> list[Row]:
    """Make one or two genes of the first specimen inconclusive, and test a second specimen."""
    for row in rng.sample(rows, rng.choice((1, 2))):
        row.cells |= {"result": rng.choice(("failed", "not_tested")), "variant": "", "vaf_percent": ""}
    return _specimen(patient, 2, "other_metastasis", -rng.randint(5, 18), "extended", patient.genes, shorts, rng)
