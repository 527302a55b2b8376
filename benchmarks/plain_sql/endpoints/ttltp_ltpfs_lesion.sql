-- title: Time to LTP of a lesion
-- meaning: When LTP of the lesion is detected.
-- definition: TTLTP v1
-- event: LTP
-- competing: death from any cause; LTP on the day of death is LTP
-- censoring: the lesion's last qualifying exam
-- clock: days from the lesion's first ablation
-- source: SIO/DATECAN-style
-- reads: derived.lesion_ltp, derived.patient_ltpfs
--
-- title: LTP-free survival of a lesion
-- meaning: How long the patient lives without LTP of this lesion.
-- definition: LTPFS v1
-- event: LTP, or death from any cause
-- competing: none
-- source: SIO/DATECAN-style, composite
SELECT
    l.site, e.endpoint, 'lesion' AS level, l.patient_id, l.lesion_id,
    l.first_ablation_date AS start_date,
    coalesce(l.ltp_date, p.death_date, l.last_followup_date) AS end_date,
    CASE WHEN l.ltp_date IS NOT NULL THEN 1 WHEN p.death_date IS NOT NULL THEN e.death_counts_as ELSE 0 END AS event,
    CASE WHEN l.ltp_date IS NOT NULL THEN 'LTP' WHEN p.death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored at the last qualifying exam' END AS event_description,
    CASE WHEN l.ltp_date IS NULL AND p.death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END
        AS source_table,
    l.site || '|' || l.patient_id || CASE
        WHEN l.ltp_date IS NOT NULL THEN '|' || l.ltp_exam_id || '|' || l.lesion_id
        WHEN p.death_date IS NOT NULL THEN ''
        ELSE '|' || l.last_followup_exam_id || '|' || l.lesion_id END AS source_key,
    e.definition
FROM derived.lesion_ltp l
JOIN derived.patient_ltpfs p USING (site, patient_id)
CROSS JOIN (VALUES
    ('TTLTP', 2, 'TTLTP v1'),  -- death competes
    ('LTPFS', 1, 'LTPFS v1')   -- death is an event too
) AS e(endpoint, death_counts_as, definition)
WHERE l.is_evaluable
