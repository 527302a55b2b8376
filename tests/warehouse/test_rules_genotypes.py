"""Tests the rules that a row of genotypes can break by itself (rules.csv, phases 1 to 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.warehouse import rule_cases
from tests.warehouse.kit import Kit, new_kit
from tests.warehouse.rule_cases import Case, broken, kept, label

EXPORT = "genotypes"

CASES: list[Case] = [
    # phase 1
    *(
        broken("REQ-01", column, "row", **{column: ""})
        for column in ("patient_id", "specimen_id", "specimen_site", "gene", "result")
    ),
    broken("TYPE-01", "specimen_date", "value", specimen_date="in May"),
    broken("TYPE-01", "report_date", "value", report_date="31.12.2019"),
    broken("TYPE-01", "vaf_percent", "value", vaf_percent="12 %"),
    # GEN-01, GEN-07
    broken("GEN-01", "specimen_site", "row", specimen_site="lung"),
    kept({"specimen_site": "other_metastasis"}, specimen_site="Other_Metastasis"),
    broken("GEN-01", "result", "row", result="positive"),
    *(kept({"result": r}, result=r) for r in ("vus", "indeterminate", "failed", "not_tested", "wild_type")),
    broken("GEN-01", "panel", "value", panel="hotspot"),
    kept({"panel": "exon2_only"}, panel="exon2_only"),
    broken("GEN-01-W", "variant", "flag", result="mutant", variant="see the letter"),
    kept({"variant_canonical": "p.G12D"}, result="mutant", variant="p.Gly12Asp"),
    broken("GEN-07", "vaf_percent", "value", vaf_percent="-0.1"),
    kept({"vaf_percent": 0.0}, vaf_percent="0"),
    broken("GEN-07", "vaf_percent", "value", vaf_percent="100.1"),
    kept({"vaf_percent": 100.0}, vaf_percent="100"),
    # phase 4
    broken("GEN-02", "variant", "flag", result="mutant", variant="p.G12D, c.35G>T"),
    kept({"variant_canonical": "p.G12D"}, result="mutant", variant="p.G12D c.35G>A"),
    broken("GEN-03", "result", "row", result="wild_type", variant="p.G12D"),
    kept({"result": "wild_type"}, result="wild_type", variant="wild type"),
    broken("GEN-03-W", "variant", "flag", result="mutant", variant=""),
    broken("GEN-06", "specimen_date", "value", specimen_date="2024-07-01"),
    kept({"specimen_date": date(2024, 6, 30)}, flags="GEN-06-W", specimen_date="2024-06-30"),
    broken("GEN-06", "report_date", "value", report_date="2024-07-01"),
    kept({"report_date": date(2024, 6, 30)}, report_date="2024-06-30"),
    # GEN-08: MSI, MMR and TMB are no genes, and a gene has no state
    *(broken("GEN-08", "result", "row", gene=gene, result="mutant") for gene in ("MSI", "MMR", "TMB", "MSI-status")),
    broken("GEN-08", "result", "row", gene="MSI", result="wild_type"),
    broken("GEN-08", "result", "row", gene="KRAS", result="msi_high"),
    kept({"gene": "MSI", "result": "msi_high"}, gene="msi", result="MSI_high"),
    kept({"gene": "MMR", "result": "proficient"}, gene="MMR", result="proficient"),
    kept({"gene": "HER2", "result": "amplified"}, gene="HER2", result="amplified"),
    *(kept({"gene": gene}, gene=gene, result="mutant", variant="p.R175H") for gene in ("TP53", "MLH1")),
    # GEN-10: TMB
    broken("GEN-10", "tmb_per_mb", "value", gene="TMB", result="measured", tmb_per_mb="1000.1"),
    kept({"tmb_per_mb": 8.5, "assay": "P 500"}, gene="TMB", result="measured", tmb_per_mb="8.5", assay="P 500"),
    broken("GEN-10-W", "tmb_per_mb", "flag", gene="TMB", result="measured"),
    broken("GEN-10-W", "tmb_per_mb", "flag", tmb_per_mb="8.5"),
    broken("PHI-01", "assay", "value", assay="ask Dr. Miller"),
    # PHI-01: the variant belongs to the key, so a mistake in it sets the row aside
    broken("PHI-01", "variant", "row", result="vus", variant="ask Dr. Miller"),
    broken("PHI-01", "specimen_id", "row", specimen_id="Mrs Miller"),
    broken("PHI-01", "gene", "row", gene="a.miller@example.org"),
    kept({"specimen_id": "H2020.12345-1"}, specimen_id="H2020.12345-1"),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """All cases, once through the warehouse."""
    with new_kit(tmp_path_factory.mktemp("home")) as kit:
        rule_cases.deliver(kit, EXPORT, CASES)
        yield kit


@pytest.mark.parametrize("number, case", list(enumerate(CASES)), ids=[label(case) for case in CASES])
def test_a_row_of_genotypes(judged: Kit, number: int, case: Case) -> None:
    """Just outside a bound the rule sets aside what it says; just inside the value is stored."""
    rule_cases.check(judged, EXPORT, number, case)
