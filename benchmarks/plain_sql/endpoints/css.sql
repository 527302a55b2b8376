-- title: Cancer-specific survival
-- meaning: How long the patient lives until death from the cancer or its treatment.
-- definition: CSS v1
-- event: death whose death_cause is cancer or treatment
-- competing: death from another cause or from an unknown cause; the description distinguishes them
-- censoring: when the patient was last known to be alive, as for OS
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a death from an unknown cause may have been due to the cancer: the more of them, the lower the incidence shown
-- reads: derived.patient_progression, derived.last_known_alive
SELECT
    p.site, 'CSS' AS endpoint, 'patient' AS level, p.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(p.death_date, a.last_known_alive_date) AS end_date,
    CASE WHEN p.death_date IS NULL THEN 0 WHEN p.death_cause IN ('cancer', 'treatment') THEN 1 ELSE 2 END AS event,
    CASE WHEN p.death_date IS NULL THEN 'censored when last known alive'
         WHEN p.death_cause IN ('cancer', 'treatment') THEN 'death from the cancer or its treatment'
         WHEN p.death_cause = 'other' THEN 'death of another cause'
         ELSE 'death of unknown cause' END AS event_description,
    CASE WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE a.source_table END AS source_table,
    CASE WHEN p.death_date IS NOT NULL THEN p.site || '|' || p.patient_id ELSE a.source_key END AS source_key,
    'CSS v1' AS definition
FROM derived.patient_progression p
JOIN derived.last_known_alive a USING (site, patient_id)
