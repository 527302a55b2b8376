-- title: Overall survival
-- meaning: death from any cause is the event; censored when the patient was last known to be alive (last contact,
--   any exam, any session). Patient level.
-- definition: OS v1
-- care: a patient recorded as dead without a date of death is censored
-- reads: derived.patient_ltpfs, derived.last_known_alive
SELECT
    p.site, 'OS' AS endpoint, 'patient' AS level, p.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(p.death_date, a.last_known_alive_date) AS end_date,
    (p.death_date IS NOT NULL)::INTEGER AS event,
    CASE WHEN p.death_date IS NOT NULL THEN 'death' ELSE 'censored when last known alive' END AS event_description,
    CASE WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE 'derived.last_known_alive' END AS source_table,
    p.site || '|' || p.patient_id AS source_key,
    'OS v1' AS definition
FROM derived.patient_ltpfs p
JOIN derived.last_known_alive a USING (site, patient_id)
