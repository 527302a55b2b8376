"""Lists the codes: the only values that a coded column may hold, in lower case."""

FLAG = ("yes", "no", "unknown")

SEX = ("female", "male", "other", "unknown")
PRIMARY_SITE = ("right_colon", "left_colon", "rectum", "unknown")
CLM_TIMING = ("synchronous", "metachronous", "unknown")
ECOG = ("0", "1", "2", "3", "4")
VITAL_STATUS = ("alive", "dead", "unknown")
DEATH_CAUSE = ("cancer", "treatment", "other", "unknown")

SEGMENT = ("1", "2", "3", "4", "4a", "4b", "5", "6", "7", "8")
ROMAN_SEGMENT = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "iva": "4a",
    "ivb": "4b",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
}
ABLATION_MODALITY = ("rfa", "mwa", "other")
APPROACH = ("percutaneous", "laparoscopic", "open")
MARGIN_METHOD = ("2d", "3d_registration", "intraprocedural", "unknown")
# Stored in the scale in which they were graded, never mapped (docs/decisions/0006-complications-keep-their-scale.md).
COMPLICATION_SYSTEM = (
    "cirse",
    "cirse_2017",
    "cirse_2025",
    "sir",
    "sir_2017",
    "ctcae",
    "ctcae_v5",
    "clavien_dindo",
    "other",
    "unknown",
)

SPECIMEN_SITE = ("liver_metastasis", "other_metastasis", "primary", "ctdna", "unknown")
GENE_RESULT = ("mutant", "wild_type", "vus")
NO_RESULT = ("indeterminate", "failed", "not_tested")
AMPLIFICATION = ("amplified", "not_amplified")
MSI = ("msi_high", "msi_low", "mss")
MMR = ("deficient", "proficient")
MEASURED = ("measured",)
RESULT = (*GENE_RESULT, *NO_RESULT, *AMPLIFICATION, *MSI, *MMR, *MEASURED)
"""Which of them a gene or a state of the tumour may have: schemas/genotype/markers.py."""
PANEL = ("exon2_only", "extended", "ngs", "unknown")

IMAGING_MODALITY = ("ct", "mr", "us", "ceus", "pet_ct")
LESION_STATUS = ("no_viable", "residual", "ltp", "viable", "equivocal", "not_assessed")

TREATMENT_KIND = ("systemic", "resection", "ablation_elsewhere", "sbrt", "sirt", "tace", "transplant", "other")
TREATMENT_INTENT = ("curative", "neoadjuvant", "adjuvant", "palliative", "unknown")


ANSWERS_KNOWN = ("correct", "confirm", "reject")
