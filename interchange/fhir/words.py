"""Says with which codes of SNOMED CT, LOINC and HGNC the registry's own words leave."""

from __future__ import annotations

from interchange.fhir.elements import MCODE, SCT, TERMS, coding, concept

LIVER, SPECIMEN_TYPE = coding(SCT, "10200004", "Liver structure"), coding(f"{TERMS}/v2-0487", "TISS")
IMAGING = {
    "url": f"{MCODE}/mcode-cancer-disease-status-evidence-type",
    "valueCodeableConcept": concept(coding(SCT, "363679005", "Imaging")),
}
TARGET = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"
RELATED = f"{MCODE}/mcode-related-primary-cancer-condition"
TREND = {"no_viable": "281900007", "ltp": "271299001", "equivocal": "709137006", "not_assessed": "709137006"}
"""lesion_status -> trend of the disease; none says that there is viable tumour, or how it changed."""
PRESENCE = {
    "mutant": "LA9633-4",
    "vus": "LA9633-4",
    "wild_type": "LA9634-2",
    "failed": "LA18198-4",
    "indeterminate": "LA11884-6",
}
SITE_CODES = {"liver_metastasis": "10200004"}
GENE_NUMBERS = {"KRAS": "HGNC:6407", "NRAS": "HGNC:7989", "BRAF": "HGNC:1097"}
MARKERS = {"MSI": "81695-9", "TMB": "94076-7"}
STATES = ("MSI", "MMR", "TMB")
"""What genotypes calls a gene and is none."""
