-- title: Patients, as cohorts are chosen from them
-- meaning: one row per patient with at least one ablated lesion, with everything that a criterion, a group or a model may
--   ask of a patient.
-- definition: derived.patient_ltpfs, with the smallest margin over the patient's lesions, each as of its first session,
--   and how many of them have one
-- reads: derived.patient_ltpfs, clean.lesions
WITH margin AS (
    SELECT
        site,
        patient_id,
        min(minimal_margin_mm) AS minimal_margin_mm,
        count(minimal_margin_mm)::INTEGER AS n_lesions_with_margin
    FROM clean.lesions
    GROUP BY site, patient_id
)
SELECT
    p.site,
    p.patient_id,
    p.first_ablation_date,
    year(p.first_ablation_date)::INTEGER AS ablation_year,
    p.n_lesions,
    p.n_evaluable_lesions,
    p.max_diameter_mm,
    p.diameter_ge_30,
    m.minimal_margin_mm,
    coalesce(m.n_lesions_with_margin, 0)::INTEGER AS n_lesions_with_margin,
    p.kras,
    p.nras,
    p.braf,
    p.ras,
    p.ras_extended,
    p.braf_class,
    p.tp53,
    p.smad4,
    p.pik3ca,
    p.apc,
    p.her2_amplification,
    p.msi,
    p.mmr,
    p.tmb_per_mb,
    p.sex,
    p.birth_year,
    p.age_at_ablation_years,
    p.primary_site,
    p.node_positive_primary,
    p.clm_timing,
    p.dfi_months,
    p.cea_ng_ml,
    p.n_clm_total,
    p.extrahepatic_disease,
    p.prior_hepatectomy,
    p.prior_chemotherapy,
    p.ecog,
    p.has_lesions_set_aside,
    p.ltp,
    p.ltp_date,
    p.last_followup_date,
    p.ltpfs_days,
    p.ltpfs_months,
    p.vital_status,
    p.death_date,
    p.death_cause,
    p.last_contact_date
FROM derived.patient_ltpfs p
LEFT JOIN margin m USING (site, patient_id)
