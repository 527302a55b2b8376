"""Writes a release as a study of cBioPortal, with a meta file for each data file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interchange.cbioportal.clinical import write_patients, write_samples
from interchange.cbioportal.identifiers import make_identifiers
from interchange.cbioportal.tested import (
    make_tested,
    n_unclear,
    sequenced,
    write_matrix,
    write_mutations,
    write_panels,
)
from interchange.cbioportal.timelines import write_timelines
from interchange.outgoing import Outgoing, Written

STUDY = NAMESPACE = "ablation_registry"
LEFT_OUT = "Left out: {0} of unclear significance (vus), which a MAF would show as mutations."
PATIENTS, SAMPLES, MUTATIONS, MATRIX = (
    *("data_clinical_patient.txt", "data_clinical_sample.txt", "data_mutations.txt"),
    "data_gene_panel_matrix.txt",
)


def write(release: Outgoing, folder: Path) -> Written:
    """Write the study; a note says how many results of unclear significance it leaves out."""
    release.require("cohort.patients", "clean.genotypes", "derived.time_to_event", "derived.patient_progression")
    make_identifiers(release.con)
    rows = {
        PATIENTS: write_patients(release, folder / PATIENTS),
        SAMPLES: write_samples(release, folder / SAMPLES),
    }
    _meta(folder, "clinical_patient", _clinical("PATIENT_ATTRIBUTES", PATIENTS))
    _meta(folder, "clinical_sample", _clinical("SAMPLE_ATTRIBUTES", SAMPLES))
    if make_tested(release.con):
        rows |= _tested(release, folder)
    for name, n in write_timelines(release, folder).items():
        rows[name] = n
        _meta(folder, name.removeprefix("data_").removesuffix(".txt"), _clinical("TIMELINE", name))
    made_up = " All data are synthetic." if release.is_synthetic else ""
    whose = "the cohort of a recipe in" if release.recipe else "all patients of"
    about = {
        "type_of_cancer": "coadread",
        "cancer_study_identifier": STUDY,
        "name": f"Ablation registry, release {release.release_id}",
        "description": f"Ablated colorectal liver metastases: {whose} release {release.release_id}.{made_up}",
        "add_global_case_list": "true",
    }
    _write(folder / "meta_study.txt", about)
    n = n_unclear(release.con)
    results = "1 result" if n == 1 else f"{n:,} results"
    return Written(rows, (LEFT_OUT.format(results),) if n else ())


def _tested(release: Outgoing, folder: Path) -> dict[str, int]:
    """Write mutations, panels, the matrix and the case list of sequenced samples; return rows by file."""
    rows = {MUTATIONS: write_mutations(release.con, folder / MUTATIONS)}
    rows[MATRIX] = write_matrix(release.con, folder / MATRIX)
    rows |= write_panels(release.con, folder)
    _meta(
        folder,
        "mutations",
        {
            "genetic_alteration_type": "MUTATION_EXTENDED",
            "datatype": "MAF",
            "stable_id": "mutations",
            "show_profile_in_analysis_tab": "true",
            "profile_name": "Mutations",
            "profile_description": "Mutations as the sites reported them, without positions",
            "data_filename": MUTATIONS,
            "swissprot_identifier": "name",
            "namespaces": NAMESPACE,
        },
    )
    matrix = {"genetic_alteration_type": "GENE_PANEL_MATRIX", "datatype": "GENE_PANEL_MATRIX", "data_filename": MATRIX}
    _meta(folder, "gene_panel_matrix", matrix)
    samples = sequenced(release.con)
    (folder / "case_lists").mkdir()
    about = {
        "cancer_study_identifier": STUDY,
        "stable_id": f"{STUDY}_sequenced",
        "case_list_name": "Samples with a result for a gene",
        "case_list_description": f"Samples with a result for a gene ({len(samples):,} samples)",
        "case_list_category": "all_cases_with_mutation_data",
        "case_list_ids": "\t".join(samples),
    }
    _write(folder / "case_lists" / "cases_sequenced.txt", about)
    rows["case_lists/cases_sequenced.txt"] = len(samples)
    return rows


def _clinical(datatype: str, name: str) -> dict[str, str]:
    return {"genetic_alteration_type": "CLINICAL", "datatype": datatype, "data_filename": name}


def _meta(folder: Path, name: str, facts: Mapping[str, str]) -> None:
    _write(folder / f"meta_{name}.txt", {"cancer_study_identifier": STUDY, **facts})


def _write(path: Path, facts: Mapping[str, str]) -> None:
    path.write_text("".join(f"{key}: {value}\n" for key, value in facts.items()), encoding="utf-8")
