-- title: Time to the first LTP of a patient
-- meaning: LTP of any evaluable lesion is the event, death a competing one. Censored at the earliest, over the
--   evaluable lesions, of their last qualifying exams: until then all treated sites are known free. Patient level.
-- definition: TTLTP v1, SIO/DATECAN-style. LTP on the day of death is LTP
-- reads: derived.lesion_ltp, derived.patient_ltpfs
SELECT
    p.site, 'TTLTP' AS endpoint, 'patient' AS level, p.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(p.ltp_date, p.death_date, f.all_free_until) AS end_date,
    CASE WHEN p.ltp THEN 1 WHEN p.death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN p.ltp THEN 'LTP' WHEN p.death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored when all treated sites were last known free' END AS event_description,
    CASE WHEN p.ltp OR p.death_date IS NULL THEN 'derived.lesion_ltp' ELSE 'clean.patients' END AS source_table,
    p.site || '|' || p.patient_id || CASE WHEN p.ltp THEN '|' || f.first_ltp_lesion_id
                                          WHEN p.death_date IS NULL THEN '|' || f.first_unknown_lesion_id
                                          ELSE '' END AS source_key,
    'TTLTP v1' AS definition
FROM derived.patient_ltpfs p
JOIN (
    SELECT site, patient_id, min(last_followup_date) AS all_free_until,
           first(lesion_id ORDER BY last_followup_date, lesion_id) AS first_unknown_lesion_id,
           first(lesion_id ORDER BY ltp_date NULLS LAST, lesion_id) AS first_ltp_lesion_id
    FROM derived.lesion_ltp WHERE is_evaluable GROUP BY site, patient_id
) f USING (site, patient_id)
WHERE p.ltp IS NOT NULL
