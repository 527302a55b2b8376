-- title: Lesions, as cohorts are chosen from them
-- meaning: one row per ablated lesion, with what its first session says of it, its LTP, and its patient's genotype and
--   covariates.
-- definition: derived.lesion_ltp with clean.lesions (technique) and derived.patient_ltpfs (the patient)
-- reads: derived.lesion_ltp, clean.lesions, derived.patient_ltpfs
SELECT
    l.site,
    l.patient_id,
    l.lesion_id,
    l.first_ablation_date,
    year(l.first_ablation_date)::INTEGER AS ablation_year,
    l.n_sessions,
    l.max_diameter_mm,
    l.max_diameter_mm >= large_lesion_mm() AS diameter_ge_30,
    c.segment,
    c.modality,
    c.approach,
    c.subcapsular,
    c.perivascular,
    c.minimal_margin_mm,
    p.n_lesions,
    p.kras,
    p.nras,
    p.braf,
    p.ras,
    p.ras_extended,
    p.braf_class,
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
    l.is_evaluable,
    l.is_residual,
    l.adequate_date,
    l.ltp,
    l.ltp_date,
    l.last_negative_date,
    l.last_followup_date,
    l.ltpfs_days,
    l.ltpfs_months,
    l.reason
FROM derived.lesion_ltp l
LEFT JOIN clean.lesions c USING (site, patient_id, lesion_id)
JOIN derived.patient_ltpfs p USING (site, patient_id)
