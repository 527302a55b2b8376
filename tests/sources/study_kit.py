"""A small cBioPortal study of our own, as the files of its folder and as the ZIP in which a folder arrives."""

import zipfile
from pathlib import Path

from tests.sources.calls_kit import call, maf

PATIENTS = """#Patient Identifier\tSex\tOverall Survival Status\tOverall Survival (Months)
#Patient identifier\tSex\tOverall survival status\tOverall survival
#STRING\tSTRING\tSTRING\tNUMBER
#1\t1\t1\t1
PATIENT_ID\tSEX\tOS_STATUS\tOS_MONTHS
P1\tFemale\t1:DECEASED\t17.9
P2\tMale\t0:LIVING\t63.0
P3\tMale\t0:LIVING\t10.0
"""
SAMPLES = """#Patient Identifier\tSample Identifier\tSample Type\tMetastatic Site\tMutation Count
#Patient identifier\tSample Identifier\tType\tSite\tCount
#STRING\tSTRING\tSTRING\tSTRING\tNUMBER
#1\t1\t1\t1\t1
PATIENT_ID\tSAMPLE_ID\tSAMPLE_TYPE\tMETASTATIC_SITE\tMUTATION_COUNT
P1\tS1\tMetastasis\tLiver\t2
P1\tS1P\tPrimary\tNot Applicable\t0
P2\tS2\tMetastasis\tLung\t0
P3\tS3\tMetastasis\t\t0
"""
TIMELINE = "PATIENT_ID\tSTART_DATE\tSTOP_DATE\tEVENT_TYPE\nP1\t10\t20\tTreatment\n"
CALLS = maf(call(), call(gene="TP53", protein="p.R175H", sample="S1P"), call(gene="EGFR", sample="S2"))
FILES = {
    "meta_study.txt": "type_of_cancer: coadread\ncancer_study_identifier: own\nname: Own\ndescription: ours\n",
    "meta_clinical_patient.txt": "genetic_alteration_type: CLINICAL\ndatatype: PATIENT_ATTRIBUTES\n"
    "data_filename: data_clinical_patient.txt\n",
    "data_clinical_patient.txt": PATIENTS,
    "meta_clinical_sample.txt": "genetic_alteration_type: CLINICAL\ndatatype: SAMPLE_ATTRIBUTES\n"
    "data_filename: data_clinical_sample.txt\n",
    "data_clinical_sample.txt": SAMPLES,
    "meta_timeline.txt": "genetic_alteration_type: CLINICAL\ndatatype: TIMELINE\n"
    "data_filename: data_timeline_treatment.txt\n",
    "data_timeline_treatment.txt": TIMELINE,
    "meta_mutations.txt": "genetic_alteration_type: MUTATION_EXTENDED\ndatatype: MAF\nstable_id: mutations\n"
    "data_filename: data_mutations.txt\n",
    "data_mutations.txt": CALLS,
    "meta_gene_panel_matrix.txt": "genetic_alteration_type: GENE_PANEL_MATRIX\ndatatype: GENE_PANEL_MATRIX\n"
    "data_filename: data_gene_panel_matrix.txt\n",
    "data_gene_panel_matrix.txt": "SAMPLE_ID\tmutations\nS1\tSEVEN\nS1P\tSEVEN\nS2\tTWO\nS3\tNA\n",
    "data_gene_panel_SEVEN.txt": "stable_id: SEVEN\ndescription: ours\n"
    "gene_list: KRAS\tNRAS\tBRAF\tTP53\tSMAD4\tPIK3CA\tAPC\n",
    "data_gene_panel_TWO.txt": "stable_id: TWO\ndescription: ours\ngene_list: KRAS\tBRAF\n",
    "case_lists/cases_sequenced.txt": "cancer_study_identifier: own\nstable_id: own_sequenced\n"
    "case_list_name: Sequenced\ncase_list_ids: S1\tS1P\tS2\tS3\n",
    "case_lists/cases_all.txt": "stable_id: own_all\ncase_list_ids: S1\tS1P\tS2\tS3\n",
}
"""S1 (liver) and S1P (primary) of P1 are on panel SEVEN, S2 (lung) on TWO without NRAS, S3 has no panel."""
N_ROWS = 3 + 4 + 1 + 3
"""Rows of patients, samples, timeline and mutations."""


def study(**changed: str | None) -> dict[str, str]:
    """The study's files; `changed` replaces or, with None, removes those whose names begin so."""
    files = dict(FILES)
    for stem, text in changed.items():
        names = [name for name in files if Path(name).stem == stem] or [f"{stem}.txt"]
        for name in names:
            files.pop(name, None)
            if text is not None:
                files[name] = text
    return files


def zip_of_study(path: Path, files: dict[str, str], root: str = "own/") -> Path:
    """The ZIP of a study's folder."""
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(f"{root}{name}", text)
    return path
