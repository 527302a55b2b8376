"""Declares every rule once, with the sentence that a person reads.

The conditions are beside the columns they judge (schemas/<export>.py) or, for rules that look across rows, in
warehouse/sql/rules/. Severity E sets the row aside if the column is required, otherwise the value; W sets a flag; a
gate refuses the release. Source of the categories: Kahn et al., eGEMs 2016;4(1):1244.
"""

from schemas.rule import Rule

VALUE = "conformance: value"
RELATIONAL = "conformance: relational"
COMPUTATIONAL = "conformance: computational"
COMPLETENESS = "completeness"
ATEMPORAL = "plausibility: atemporal"
TEMPORAL = "plausibility: temporal"
UNIQUENESS = "plausibility: uniqueness"

_EXPORTS = ("patients", "rfa_sessions", "genotypes", "imaging_followups", "treatments")
_P, _S, _G, _I, _T = (("patients",), ("rfa_sessions",), ("genotypes",), ("imaging_followups",), ("treatments",))

_CATALOGUE = (
    Rule("TYPE-01", _EXPORTS, 1, "E", "{column} cannot be read as its type (date as YYYY-MM-DD, number with a decimal point, identifier without control characters), or is a formula without a value.", VALUE),
    Rule("REQ-01", _EXPORTS, 1, "E", "{column} is required but empty.", COMPLETENESS),
    Rule("KEY-01", _EXPORTS, 2, "E", "Two rows of one delivery share this key but differ.", RELATIONAL),
    Rule("PHI-01", _EXPORTS, 3, "E", "{column} looks like a name, phone number, e-mail address, national id or record number.", VALUE),
    Rule("ID-01", _EXPORTS, 3, "W", "{column} contains invisible characters, or a letter in a form that looks like another.", VALUE),
    Rule("ID-02", _EXPORTS, "dataset", "W", "Two identifiers of one site look alike: they differ only in case, invisible characters or the form of a letter.", UNIQUENESS),
    Rule("PAT-03", _P, 3, "E", "{column} is not in its code list.", VALUE),
    Rule("PAT-04", _P, 3, "E", "{column} is before 1900 or after the year of the extract.", ATEMPORAL),
    Rule("PAT-12", _P, 3, "E", "{column} is 0 or less, or above 50000 ng/mL.", ATEMPORAL),
    Rule("PAT-12-W", _P, 3, "W", "{column} is above 1000 ng/mL: is the unit right?", ATEMPORAL),
    Rule("PAT-13", _P, 3, "E", "{column} is out of range (dfi_months 0 to 240, n_clm_total 1 to 50).", ATEMPORAL),
    Rule("PAT-06", _P, 4, "E", "There is a death_date, but vital_status is not dead.", COMPUTATIONAL),
    Rule("PAT-06-W", _P, 4, "W", "vital_status is dead, but there is no death_date.", COMPLETENESS),
    Rule("PAT-09", _P, 4, "E", "{column} is after the extract date.", TEMPORAL),
    Rule("PAT-05", _P, 6, "E", "birth_year is the year of the first session or later.", TEMPORAL),
    Rule("PAT-07", _P, 6, "E", "The patient died before the first session.", TEMPORAL),
    Rule("PAT-08", ("patients", "imaging_followups"), 6, "E", "A session or an exam is after the death: an exam up to 7 days later is set aside, otherwise the death is.", TEMPORAL),
    Rule("PAT-08-W", _P, 4, "W", "The last contact is after the death.", TEMPORAL),
    Rule("PAT-04-W", _P, 6, "W", "The age at the first session is outside 18 to 105 years.", ATEMPORAL),
    Rule("PAT-09-W", _P, 6, "W", "The last contact is before the latest session or exam.", TEMPORAL),
    Rule("PAT-02", _P, "dataset", "W", "Two patients of one site have the same sex and birth year, and first sessions within 3 days: one person?", UNIQUENESS),
    Rule("LES-03", _S, 3, "E", "{column} is outside 2 to 150 mm.", ATEMPORAL),
    Rule("LES-03-W", _S, 3, "W", "{column} is outside 5 to 60 mm.", ATEMPORAL),
    Rule("LES-04", _S, 3, "W", "{column} is below 8, or ten times smaller or larger than the ablation zone: centimetres instead of millimetres?", ATEMPORAL),
    Rule("LES-05", _S, 3, "E", "{column} is not a Couinaud segment (1 to 8, 4a, 4b).", VALUE),
    Rule("ABL-02", _S, 3, "E", "{column} is before 1995 or after the extract date.", TEMPORAL),
    Rule("ABL-06", _S, 3, "E", "{column} is out of range (power 10 to 250 W, time 0.5 to 120 min).", ATEMPORAL),
    Rule("ABL-07", _S, 3, "E", "{column} is out of range (margin -20 to 40 mm, zone 5 to 150 mm).", ATEMPORAL),
    Rule("ABL-11", _S, 3, "E", "{column} is not in its code list.", VALUE),
    Rule("ABL-13", _S, 3, "E", "{column} is before 1995 or after the session.", TEMPORAL),
    Rule("ABL-13-W", _S, 4, "W", "{column} is more than 365 days before the session, or the decision is before the referral.", TEMPORAL),
    Rule("ABL-08", _S, 4, "W", "The margin or the technical success does not fit the ablation zone and the diameter.", COMPUTATIONAL),
    Rule("ABL-12", _S, 4, "W", "The exam on which the margin was measured is before the session.", TEMPORAL),
    Rule("LES-07", _S, 6, "W", "Another lesion of the same session and segment has the same diameter to within 2 mm: the same lesion twice?", UNIQUENESS),
    Rule("LES-08", _S, 6, "W", "More lesions were ablated than n_clm_total states.", COMPUTATIONAL),
    Rule("ABL-09", _S, 6, "W", "The same lesion was treated on the same day under two session ids.", UNIQUENESS),
    Rule("ABL-10", _S, 6, "W", "The lesion was ablated again without an exam in between.", TEMPORAL),
    Rule("IMG-02", _I, 3, "E", "{column} is not in its code list.", VALUE),
    Rule("IMG-12", _I, 3, "E", "{column} is before 1995 or after the extract date.", TEMPORAL),
    Rule("IMG-13", _I, 3, "E", "{column} is outside 0 to 100 mm.", ATEMPORAL),
    Rule("IMG-04", _I, 4, "W", "The status comes from an exam that does not qualify (without contrast, or neither CT nor MR).", COMPUTATIONAL),
    Rule("IMG-06", _I, 4, "W", "LTP or residual tumour is stated more than 10 mm from the ablation zone.", COMPUTATIONAL),
    Rule("IMG-03", _I, 6, "W", "The exam is before the lesion's first session.", TEMPORAL),
    Rule("IMG-05", _I, 6, "W", "LTP is stated without an earlier adequate exam; it counts as residual tumour.", TEMPORAL),
    Rule("IMG-07", _I, 6, "W", "No viable tumour is stated after LTP, without a session in between.", TEMPORAL),
    Rule("IMG-10", _I, 6, "W", "Two exams of one patient have the same day and modality but different exam ids.", UNIQUENESS),
    Rule("GEN-01", _G, 3, "E", "{column} is not in its code list.", VALUE),
    Rule("GEN-01-W", _G, 3, "W", "{column} cannot be read.", VALUE),
    Rule("GEN-07", _G, 3, "E", "{column} is outside 0 to 100 %.", ATEMPORAL),
    Rule("GEN-02", _G, 4, "W", "The protein and coding notations of the variant disagree.", COMPUTATIONAL),
    Rule("GEN-03", _G, 4, "E", "The result is wild_type, but a pathogenic variant is given.", COMPUTATIONAL),
    Rule("GEN-03-W", _G, 4, "W", "The result is mutant, but no variant is given.", COMPLETENESS),
    Rule("GEN-06", _G, 4, "E", "{column} is after the extract date.", TEMPORAL),
    Rule("GEN-06-W", _G, 6, "W", "The specimen is after its report or after the first session.", TEMPORAL),
    Rule("GEN-05", _G, 6, "W", "KRAS and NRAS are both mutant, RAS is mutant together with BRAF V600E, two specimens disagree, or one specimen is both mutant and wild type.", ATEMPORAL),
    Rule("GEN-08", _G, 4, "E", "{column} does not fit the gene: MSI is msi_high, msi_low or mss; MMR is deficient or proficient; TMB is measured, with its number in tmb_per_mb; a gene is mutant, wild_type, vus, amplified or not_amplified.", VALUE),
    Rule("GEN-09", _G, 6, "W", "MSI and MMR contradict each other (msi_high with proficient, mss with deficient), or one specimen has two results for MSI, MMR, TMB or an amplification.", ATEMPORAL),
    Rule("GEN-10", _G, 3, "E", "{column} is outside 0 to 1000 mutations per megabase.", ATEMPORAL),
    Rule("GEN-10-W", _G, 4, "W", "TMB is measured but {column} is empty, or there is a number for something else.", COMPLETENESS),
    Rule("TRT-01", _T, 3, "E", "{column} is not in its code list.", VALUE),
    Rule("TRT-02", _T, 3, "E", "{column} is before 1975 or after the extract date.", TEMPORAL),
    Rule("TRT-03", _T, 3, "E", "{column} is outside 1 to 10.", ATEMPORAL),
    Rule("TRT-04", _T, 4, "E", "The treatment stops before it starts.", TEMPORAL),
    Rule("TRT-05", _T, 6, "E", "{column} is after the death.", TEMPORAL),
    Rule("TRT-06", _T, 6, "W", "Another treatment of the same kind, regimen and lesion starts on the same day: the same one twice?", UNIQUENESS),
    Rule("TRT-07", _T, 6, "W", "A resection after the first ablation names no lesion; it is not taken for that of an ablated one.", COMPLETENESS),
    Rule("ORPHAN-01", ("genotypes", "imaging_followups", "treatments"), 5, "E", "The patient has no session, or the lesion does not exist.", RELATIONAL),
    Rule("PARENT-01", ("rfa_sessions", "genotypes", "imaging_followups", "treatments"), 5, "E", "A session row to which this row belongs is set aside.", RELATIONAL),
    Rule("GEN-04", ("patient_genotype",), "derived", "W", "RAS is wild type without extended testing of KRAS and NRAS; ras_extended shows it as unknown.", COMPLETENESS),
    Rule("OUT-03", ("patient_ltpfs",), "derived", "W", "Last imaging and last contact are more than 183 days apart in an LTP-free patient.", TEMPORAL),
    Rule("IMG-08", ("lesion_ltp",), "dataset", "W", "The first qualifying exam is not 14 to 84 days after the ablation.", COMPLETENESS, threshold_pct=20.0),
    Rule("IMG-09", ("lesion_ltp",), "dataset", "W", "A surveillance gap is longer than 200 days in months 0 to 24, or longer than 400 days later.", COMPLETENESS),
    Rule("DS-01", ("dataset",), "dataset", "W", "Completeness, volume or prevalence is outside what is expected.", ATEMPORAL, "validation"),
    Rule("DS-02", ("dataset",), "dataset", "W", "Dates heap on the first of a month or on 1 January: imputed?", TEMPORAL),
    Rule("OUT-01", ("time_to_event",), "derived", "gate", "Days are negative or differ from end minus start, or LTPFS is longer than OS.", COMPUTATIONAL),
    Rule("OUT-02", ("patient_ltpfs", "lesion_ltp"), "derived", "gate", "Patient and lesion tables disagree, or an event code is unknown.", COMPUTATIONAL),
)  # fmt: skip

RULES: dict[str, Rule] = {rule.rule_id: rule for rule in _CATALOGUE}
