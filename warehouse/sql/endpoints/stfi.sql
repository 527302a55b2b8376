-- title: Time to systemic therapy
-- meaning: How long the patient goes on without systemic therapy after the first ablation.
-- definition: STFI v1
-- event: the start of systemic therapy after the first ablation
-- competing: death from any cause; a start on the day of death is a start
-- censoring: when the patient was last known to be alive, as for OS
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style, systemic-therapy-free interval
-- care: a patient whose systemic therapy was running at the first ablation has no row, because there is no free interval;
--   a therapy without a stop date counts as running. Patients of sites that deliver no treatments have no row
-- reads: derived.patient_treatments, derived.patient_progression, derived.last_known_alive
SELECT
    t.site, 'STFI' AS endpoint, 'patient' AS level, t.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(t.systemic_date, p.death_date, a.last_known_alive_date) AS end_date,
    CASE WHEN t.systemic_date IS NOT NULL THEN 1 WHEN p.death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN t.systemic_date IS NOT NULL THEN 'start of systemic therapy'
         WHEN p.death_date IS NOT NULL THEN 'death without systemic therapy'
         ELSE 'censored when last known alive' END AS event_description,
    CASE WHEN t.systemic_date IS NOT NULL THEN 'clean.treatments'
         WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE a.source_table END AS source_table,
    CASE WHEN t.systemic_date IS NOT NULL THEN t.systemic_key
         WHEN p.death_date IS NOT NULL THEN p.site || '|' || p.patient_id ELSE a.source_key END AS source_key,
    'STFI v1' AS definition
FROM derived.patient_treatments t
JOIN derived.patient_progression p USING (site, patient_id)
JOIN derived.last_known_alive a USING (site, patient_id)
WHERE NOT t.is_on_systemic
