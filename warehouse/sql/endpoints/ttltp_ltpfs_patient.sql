-- title: Time to the first LTP of a patient
-- meaning: When the first LTP of any evaluable lesion is detected.
-- definition: TTLTP v1
-- event: LTP of any evaluable lesion
-- competing: death from any cause (2); LTP on the day of death is LTP. The day on which the last of the evaluable
--   lesions' areas has been removed by resection or liver transplant (3), where the treatments export tells of it; LTP
--   counts whenever it is seen
-- censoring: the earliest of the evaluable lesions' last qualifying exams, because all treated sites are assessed until
--   then
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- care: a resection that names no lesion ends no clock
-- reads: derived.patient_progression, derived.patient_treatments
--
-- title: LTP-free survival of a patient
-- meaning: How long the patient lives without LTP of any evaluable lesion.
-- definition: LTPFS v1
-- event: LTP of any evaluable lesion, or death from any cause
-- competing: none
-- source: SIO/DATECAN-style, composite
-- care: removal of the areas ends nothing, since the patient may still die
SELECT
    p.site, e.endpoint, 'patient' AS level, p.patient_id, NULL::VARCHAR AS lesion_id,
    p.first_ablation_date AS start_date,
    coalesce(p.ltp_date, r.removed_date, p.death_date, p.all_assessed_until_date) AS end_date,
    CASE WHEN p.ltp_date IS NOT NULL THEN 1 WHEN r.removed_date IS NOT NULL THEN 3
         WHEN p.death_date IS NOT NULL THEN e.death_counts_as ELSE 0 END AS event,
    CASE WHEN p.ltp_date IS NOT NULL THEN 'LTP'
         WHEN r.removed_date IS NOT NULL THEN 'removal of all ablated areas without LTP'
         WHEN p.death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored when all treated sites were last known free' END AS event_description,
    CASE WHEN p.ltp_date IS NOT NULL THEN 'clean.imaging_followups'
         WHEN r.removed_date IS NOT NULL THEN 'clean.treatments'
         WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END AS source_table,
    CASE WHEN p.ltp_date IS NOT NULL THEN p.ltp_key WHEN r.removed_date IS NOT NULL THEN r.removed_key
         WHEN p.death_date IS NOT NULL THEN p.site || '|' || p.patient_id
         ELSE p.all_assessed_until_key END AS source_key,
    e.definition
FROM derived.patient_progression p
JOIN (VALUES  -- not CROSS JOIN: DuckDB writes a view's as a comma, which binds less than LEFT JOIN
    ('TTLTP', 2, true, 'TTLTP v1'),   -- death competes, and so does removal
    ('LTPFS', 1, false, 'LTPFS v1')   -- death is an event too
) AS e(endpoint, death_counts_as, removal_competes, definition) ON true
LEFT JOIN derived.patient_treatments r ON e.removal_competes AND r.site = p.site AND r.patient_id = p.patient_id
WHERE p.is_evaluable
