-- title: LTP and LTPFS of each patient, with genotype and covariates
-- meaning: the index study's unit. A patient has LTP if any evaluable lesion has it. One row per patient with at
--   least one ablated lesion.
-- definition: index study (LTPFS_STUDY): from the patient's first ablation to the earliest LTP, otherwise to the latest
--   qualifying exam of an evaluable lesion. Death is not an event
-- care: the diameter is the largest over all lesions, even if the only evaluable lesion is small
-- reads: derived.lesion_ltp, derived.patient_genotype, clean.patients, work.set_aside_sessions
WITH patient AS (
    SELECT
        site,
        patient_id,
        min(first_ablation_date) AS first_ablation_date,
        count(*)::INTEGER AS n_lesions,
        count(*) FILTER (is_evaluable)::INTEGER AS n_evaluable_lesions,
        max(max_diameter_mm) AS max_diameter_mm,
        bool_or(ltp) AS ltp,
        min(ltp_date) AS ltp_date,
        max(last_followup_date) FILTER (is_evaluable) AS last_followup_date
    FROM derived.lesion_ltp
    GROUP BY site, patient_id
), set_aside AS (
    SELECT DISTINCT site, patient_id FROM work.set_aside_sessions
)
SELECT
    p.site,
    p.patient_id,
    p.first_ablation_date,
    p.n_lesions,
    p.n_evaluable_lesions,
    p.max_diameter_mm,
    p.max_diameter_mm >= large_lesion_mm() AS diameter_ge_30,
    p.ltp,
    p.ltp_date,
    p.last_followup_date,
    (coalesce(p.ltp_date, p.last_followup_date) - p.first_ablation_date)::INTEGER AS ltpfs_days,
    ltpfs_days / days_per_month() AS ltpfs_months,
    g.kras,
    g.nras,
    g.braf,
    g.ras,
    g.ras_extended,
    g.braf_class,
    a.patient_id IS NOT NULL AS has_lesions_set_aside,
    c.sex,
    c.birth_year,
    year(p.first_ablation_date + days_back(p.site, p.patient_id)) - c.birth_year AS age_at_ablation_years,
    c.primary_site,
    c.node_positive_primary,
    c.clm_timing,
    c.dfi_months,
    c.cea_ng_ml,
    c.n_clm_total,
    c.extrahepatic_disease,
    c.prior_hepatectomy,
    c.prior_chemotherapy,
    c.ecog,
    c.vital_status,
    c.death_date,
    c.death_cause,
    c.last_contact_date,
    g.tp53,
    g.smad4,
    g.pik3ca,
    g.apc,
    g.her2_amplification,
    g.msi,
    g.mmr,
    g.tmb_per_mb
FROM patient p
JOIN derived.patient_genotype g USING (site, patient_id)
LEFT JOIN clean.patients c USING (site, patient_id)
LEFT JOIN set_aside a USING (site, patient_id)
