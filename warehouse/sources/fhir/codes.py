"""Lists the codes of LOINC, SNOMED CT, HGNC and others by which the rows of the exports are recognised.

As in the examples and value sets of mCODE 4.0.0 and genomics-reporting 3.0.0 (hl7.org, read 2026-11-30).
"""

OWN = "urn:ablation-registry:"
"""How our own code systems, identifier systems and extensions begin: what mCODE has no place for, column by column."""
VARIANT, REGION = "69548-6", "53041-0"
GENE, P_HGVS, C_HGVS, DISCRETE, G_HGVS, VAF = "48018-6", "48005-3", "48004-6", "81252-9", "81290-9", "81258-6"
SIGNIFICANCE = "53037-8"
KINDS_OF_CHANGE = ("48019-4", "molecular-consequence", "functional-annotation", "82155-3")
"""Components that say what kind of change a variant is, of which the last is the number of copies."""
LARGE = (
    *("SO:0001019", "SO:0001563", "SO:0001742", "SO:0001743", "SO:0001880", "SO:0001889", "SO:0001893"),
    *("SO:0000806", "SO:0001565", "SO:0001882", "LA14033-7", "LA14034-5"),
)
"""Copy numbers, amplifications, deletions of whole genes and fusions (Sequence Ontology, LOINC)."""
GENOTYPES = (VARIANT, REGION, "81695-9", "94076-7")
"""Codes of observations that are genotypes."""
OWN_ROW = f"{OWN}export"
"""The code system in which our own rows of a state that is no gene are marked as genotypes."""
TUMOUR_SIZE, LONGEST = "21889-1", "33728-7"
DISEASE_STATUS = ("97509-4", "88040-1")
"""Cancer disease progression, and the code of mCODE before 3.0.0."""
ECOG, CEA, MSI, TMB = "89247-1", "2039-6", "81695-9", "94076-7"
TARGET = "http://hl7.org/fhir/StructureDefinition/procedure-targetBodyStructure"
EVIDENCE = "http://hl7.org/fhir/us/mcode/StructureDefinition/mcode-cancer-disease-status-evidence-type"
PRESENCE = {
    "LA9633-4": "present",
    "52101004": "present",
    "260373001": "present",
    "10828004": "present",
    "LA6576-8": "present",
    "LA9634-2": "absent",
    "LA6577-6": "absent",
    "2667000": "absent",
    "260415000": "absent",
    "260385009": "absent",
    "LA18198-4": "failed",
    "LA11884-6": "indeterminate",
}
"""Whether a variant was found -> present, absent, or the result that it is."""
NOT_PATHOGENIC = ("LA26333-7", "LA26334-5", "LA6675-8")
"""Uncertain significance, likely benign, benign: a variant that does not make a gene mutant."""
NO_VALUE = {"not-performed": "not_tested", "error": "failed"}
"""Why there is no value -> result; every other reason is indeterminate."""
MSI_RESULT = {"LA14122-8": "mss", "LA26203-2": "msi_high", "LA26202-4": "msi_low"}
GENES = {
    "HGNC": {"6407": "KRAS", "7989": "NRAS", "1097": "BRAF"},
    "NCBI": {"3845": "KRAS", "4893": "NRAS", "673": "BRAF"},
    "ENSG": {"ENSG00000133703": "KRAS", "ENSG00000213281": "NRAS", "ENSG00000157764": "BRAF"},
}
SYMBOLS = ("KRAS", "NRAS", "BRAF")
REFERENCE_OF = {
    "NM_004985": "KRAS",
    "NM_033360": "KRAS",
    "NP_004976": "KRAS",
    "NP_203524": "KRAS",
    "NM_002524": "NRAS",
    "NP_002515": "NRAS",
    "NM_004333": "BRAF",
    "NP_004324": "BRAF",
    "NM_001374258": "BRAF",
    "NP_001361187": "BRAF",
}
"""Reference sequences, without version, of the genes that decide."""
LIVER = ("10200004", "181268008")
BOWEL = (
    "71854001",
    "34402009",
    "14742008",
    "9040008",
    "485005",
    "32622004",
    "60184004",
    "32713005",
    "48338005",
    "72592005",
    "49832006",
    "302508007",
)
"""Colon, rectum and their parts."""
ELSEWHERE = ("39607008", "59441001", "15425007", "15497006", "12738006", "272673000")
"""Lung, lymph node, peritoneum, ovary, brain, bone."""
BLOOD = ("119297000", "119361006", "119364003", "BLD", "BLDV", "PLAS", "SER", "PLB", "87612001", "50863008")
SITES = {
    **dict.fromkeys(LIVER, "liver_metastasis"),
    **dict.fromkeys(BOWEL, "primary"),
    **dict.fromkeys(ELSEWHERE, "other_metastasis"),
    **dict.fromkeys(BLOOD, "ctdna"),
}
"""Body site or type of a specimen -> specimen_site."""
ABLATIONS = {
    "47382": ("rfa", "percutaneous"),
    "47370": ("rfa", "laparoscopic"),
    "47380": ("rfa", "open"),
    "47383": ("other", "percutaneous"),
    "47371": ("other", "laparoscopic"),
    "47381": ("other", "open"),
    "0F503ZZ": ("", "percutaneous"),
    "0F513ZZ": ("", "percutaneous"),
    "0F523ZZ": ("", "percutaneous"),
    "0F503ZF": ("other", "percutaneous"),
    "0F504ZZ": ("", "laparoscopic"),
    "0F514ZZ": ("", "laparoscopic"),
    "0F524ZZ": ("", "laparoscopic"),
    "0F500ZZ": ("", "open"),
    "0F510ZZ": ("", "open"),
    "0F520ZZ": ("", "open"),
    "708625004": ("rfa", "open"),
}
"""Codes of liver ablations (CPT, ICD-10-PCS, SNOMED CT) -> modality and approach, '' if the code does not say."""
RADIOFREQUENCY, MICROWAVE = r"radio.?frequen|\brfa\b|\brfta\b", r"micro.?wave|\bmwa\b"
ABLATION_WORDS = rf"ablat.*(liver|hepat)|(liver|hepat).*ablat|(liver|hepat).*({RADIOFREQUENCY}|{MICROWAVE})"
STATUS_OF_LESION = {
    "260415000": "no_viable",
    "281900007": "no_viable",
    "103338009": "no_viable",
    "550991000124107": "no_viable",
    "271299001": "viable",
    "359746009": "equivocal",
    "268910001": "equivocal",
    "103337004": "equivocal",
    "551001000124108": "equivocal",
    "709137006": "not_assessed",
}
"""Trend of the disease -> lesion_status: that a tumour improved or is stable does not say whether some of it lives."""
EXAMS = {
    "CT": "ct",
    "MR": "mr",
    "US": "us",
    "PT": "pet_ct",
    "77477000": "ct",
    "113091000": "mr",
    "16310003": "us",
    "450436003": "pet_ct",
}
"""DICOM's modality or a code of SNOMED CT -> modality of an exam."""
ECOG_ANSWER = {"LA9622-7": "0", "LA9623-5": "1", "LA9624-3": "2", "LA9625-0": "3", "LA9626-8": "4"}
MILLIMETRES = {"mm": "1", "cm": "10", "m": "1000", "um": "0.001"}
"""UCUM's unit of a length -> millimetres."""
PERCENT = {"1": "100", "%": "1"}
"""UCUM's unit of a share -> percent."""
NG_PER_ML = {"ng/mL": "1", "ug/L": "1", "ng/ml": "1", "ug/l": "1", "mcg/L": "1"}
PER_MEGABASE = dict.fromkeys(
    ("1/1000000", "1/1000000{Base}", "{mutations}/Mb", "{Mutations}/Mb", "{mut}/Mb", "{mutations}/{Mb}"), "1"
)
