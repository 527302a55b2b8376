-- title: LTP-free survival of a lesion
-- meaning: LTP or death from any cause is the event; censored at the lesion's last qualifying exam. Lesion level.
-- definition: LTPFS v1, SIO/DATECAN-style composite
-- reads: derived.lesion_ltp, derived.patient_ltpfs
SELECT
    l.site, 'LTPFS' AS endpoint, 'lesion' AS level, l.patient_id, l.lesion_id,
    l.first_ablation_date AS start_date,
    coalesce(l.ltp_date, p.death_date, l.last_followup_date) AS end_date,
    (l.ltp OR p.death_date IS NOT NULL)::INTEGER AS event,
    CASE WHEN l.ltp THEN 'LTP' WHEN p.death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored at the last qualifying exam' END AS event_description,
    CASE WHEN l.ltp OR p.death_date IS NULL THEN 'derived.lesion_ltp' ELSE 'clean.patients' END AS source_table,
    l.site || '|' || l.patient_id || CASE WHEN l.ltp OR p.death_date IS NULL THEN '|' || l.lesion_id ELSE '' END
        AS source_key,
    'LTPFS v1' AS definition
FROM derived.lesion_ltp l
JOIN derived.patient_ltpfs p USING (site, patient_id)
WHERE l.is_evaluable
