-- title: Follow-up times by site and quarter
-- meaning: the input of analysis.maturity: how many patients of a site and quarter of first ablation have each time and
--   event. LTPFS_STUDY reflects imaging, OS reflects survival. One row per distinct time, so the table stays small.
-- reads: derived.time_to_event, derived.patient_ltpfs
SELECT
    t.endpoint, t.site, year(p.first_ablation_date) || '-Q' || quarter(p.first_ablation_date) AS quarter,
    t.days, t.event, count(*) AS count
FROM derived.time_to_event t
JOIN derived.patient_ltpfs p USING (site, patient_id)
WHERE t.level = 'patient' AND t.endpoint IN ('LTPFS_STUDY', 'OS')
GROUP BY ALL
