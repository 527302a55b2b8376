-- title: Completeness by site and quarter
-- meaning: how much of what the endpoints need is available, for the patients first ablated in the quarter and all their
--   lesions. One row per site and quarter of the patient's first ablation.
-- definition: a genotype is known if KRAS (RAS) is mutant or wild_type; a margin, if it is known at the lesion's first
--   session; first exam and expected exams as in quality.lesion_followup
-- care: shares of exams count only lesions that were observed for long enough, so a recent quarter may have none
-- reads: derived.patient_ltpfs, clean.lesions, quality.lesion_followup
WITH patient AS (
    SELECT
        site, patient_id, kras <> 'unknown' AS is_kras_known, ras <> 'unknown' AS is_ras_known,
        tp53, smad4, pik3ca, apc, her2_amplification, msi, mmr, tmb_per_mb,
        year(first_ablation_date) || '-Q' || quarter(first_ablation_date) AS quarter
    FROM derived.patient_ltpfs
), by_patient AS (
    SELECT
        site, quarter, count(*) AS n_patients, count(*) FILTER (is_kras_known) AS n_kras_known,
        count(*) FILTER (is_ras_known) AS n_ras_known,
        count(*) FILTER (tp53 NOT IN ('unknown', 'not_tested')) AS n_tp53_known,
        count(*) FILTER (smad4 NOT IN ('unknown', 'not_tested')) AS n_smad4_known,
        count(*) FILTER (pik3ca NOT IN ('unknown', 'not_tested')) AS n_pik3ca_known,
        count(*) FILTER (apc NOT IN ('unknown', 'not_tested')) AS n_apc_known,
        count(*) FILTER (her2_amplification NOT IN ('unknown', 'not_tested')) AS n_her2_known,
        count(*) FILTER (msi NOT IN ('unknown', 'not_tested')) AS n_msi_known,
        count(*) FILTER (mmr NOT IN ('unknown', 'not_tested')) AS n_mmr_known,
        count(tmb_per_mb) AS n_tmb_known
    FROM patient GROUP BY site, quarter
), by_lesion AS (
    SELECT
        p.site, p.quarter, count(*) AS n_lesions, count(l.minimal_margin_mm) AS n_margin_known,
        count(f.is_first_exam_in_time) AS n_first_exam_due,
        count(*) FILTER (f.is_first_exam_in_time) AS n_first_exam_in_time,
        sum(f.n_exams_expected) AS n_exams_expected, sum(f.n_exams_in_window) AS n_exams_in_window,
        sum(f.n_exams_missed) AS n_exams_missed, sum(f.n_exams_overdue) AS n_exams_overdue,
        count(*) FILTER (f.n_exams_overdue > 0) AS n_lesions_overdue, max(f.as_of_date) AS as_of_date
    FROM patient p
    JOIN clean.lesions l USING (site, patient_id)
    JOIN quality.lesion_followup f USING (site, patient_id, lesion_id)
    GROUP BY p.site, p.quarter
)
SELECT
    site,
    quarter,
    as_of_date,
    n_patients,
    n_kras_known,
    n_kras_known / n_patients AS share_kras_known,
    n_ras_known,
    n_ras_known / n_patients AS share_ras_known,
    n_lesions,
    n_margin_known,
    n_margin_known / n_lesions AS share_margin_known,
    n_first_exam_due,
    n_first_exam_in_time,
    n_first_exam_in_time / nullif(n_first_exam_due, 0) AS share_first_exam_in_time,
    n_exams_expected::BIGINT AS n_exams_expected,
    n_exams_in_window::BIGINT AS n_exams_in_window,
    n_exams_in_window / nullif(n_exams_expected, 0) AS share_exams_in_window,
    n_exams_missed::BIGINT AS n_exams_missed,
    n_exams_overdue::BIGINT AS n_exams_overdue,
    n_lesions_overdue,
    n_exams_in_window::BIGINT AS n_exams_kept,  -- deprecated, as is the next
    n_exams_in_window / nullif(n_exams_expected, 0) AS share_exams_kept,
    n_tp53_known,
    n_smad4_known,
    n_pik3ca_known,
    n_apc_known,
    n_her2_known,
    n_msi_known,
    n_mmr_known,
    n_tmb_known
FROM by_patient
JOIN by_lesion USING (site, quarter)
ORDER BY site, quarter
