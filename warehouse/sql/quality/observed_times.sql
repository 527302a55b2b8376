-- title: Times of follow-up by site and quarter
-- meaning: what analysis.maturity reads: how many patients of a site and quarter of first ablation have each time and
--   event. LTPFS_STUDY tells of imaging, OS of survival. One row per distinct time, so it stays small.
-- reads: derived.time_to_event, derived.patient_ltpfs
SELECT
    t.endpoint, t.site, year(p.first_ablation_date) || '-Q' || quarter(p.first_ablation_date) AS quarter,
    t.days, t.event, count(*) AS count
FROM derived.time_to_event t
JOIN derived.patient_ltpfs p USING (site, patient_id)
WHERE t.level = 'patient' AND t.endpoint IN ('LTPFS_STUDY', 'OS')
GROUP BY ALL
