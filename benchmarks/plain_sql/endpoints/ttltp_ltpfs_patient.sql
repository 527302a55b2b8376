-- title: Time to the first LTP of a patient
-- meaning: When the first LTP of any evaluable lesion is detected.
-- definition: TTLTP v1
-- event: LTP of any evaluable lesion
-- competing: death from any cause; LTP on the day of death is LTP
-- censoring: the earliest of the evaluable lesions' last qualifying exams, because all treated sites are assessed until
--   then
-- clock: days from the patient's first ablation
-- source: SIO/DATECAN-style
-- reads: derived.patient_progression
--
-- title: LTP-free survival of a patient
-- meaning: How long the patient lives without LTP of any evaluable lesion.
-- definition: LTPFS v1
-- event: LTP of any evaluable lesion, or death from any cause
-- competing: none
-- source: SIO/DATECAN-style, composite
SELECT
    site, e.endpoint, 'patient' AS level, patient_id, NULL::VARCHAR AS lesion_id,
    first_ablation_date AS start_date,
    coalesce(ltp_date, death_date, all_assessed_until_date) AS end_date,
    CASE WHEN ltp_date IS NOT NULL THEN 1 WHEN death_date IS NOT NULL THEN e.death_counts_as ELSE 0 END AS event,
    CASE WHEN ltp_date IS NOT NULL THEN 'LTP' WHEN death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored when all treated sites were last known free' END AS event_description,
    CASE WHEN ltp_date IS NULL AND death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    CASE WHEN ltp_date IS NOT NULL THEN ltp_key WHEN death_date IS NOT NULL THEN site || '|' || patient_id
         ELSE all_assessed_until_key END AS source_key,
    e.definition
FROM derived.patient_progression
CROSS JOIN (VALUES
    ('TTLTP', 2, 'TTLTP v1'),  -- death competes
    ('LTPFS', 1, 'LTPFS v1')   -- death is an event too
) AS e(endpoint, death_counts_as, definition)
WHERE is_evaluable
