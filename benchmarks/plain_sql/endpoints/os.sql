-- title: Overall survival
-- meaning: How long the patient lives.
-- definition: OS v1
-- event: death from any cause
-- competing: none
-- censoring: when the patient was last known to be alive: last contact, any exam, any session
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a patient recorded as dead without a date of death is censored
-- reads: derived.patient_progression, derived.last_known_alive
SELECT
    p.site, 'OS' AS endpoint, 'patient' AS level, p.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(p.death_date, a.last_known_alive_date) AS end_date,
    (p.death_date IS NOT NULL)::INTEGER AS event,
    CASE WHEN p.death_date IS NOT NULL THEN 'death' ELSE 'censored when last known alive' END AS event_description,
    CASE WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE a.source_table END AS source_table,
    CASE WHEN p.death_date IS NOT NULL THEN p.site || '|' || p.patient_id ELSE a.source_key END AS source_key,
    'OS v1' AS definition
FROM derived.patient_progression p
JOIN derived.last_known_alive a USING (site, patient_id)
