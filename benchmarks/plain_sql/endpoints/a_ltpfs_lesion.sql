-- title: Assisted local control of a lesion
-- meaning: When local control of the lesion is finally lost: LTP that further ablation did not control.
-- definition: A_LTPFS v1
-- event: LTP that is not ablated again, or whose ablation no adequate exam follows. From such an exam on, the lesion
--   counts as free again, and a later LTP is judged the same way
-- competing: death from any cause
-- censoring: the lesion's last qualifying exam
-- clock: days from the lesion's first ablation
-- source: SIO/DATECAN-style, assisted (ultimate) local control
-- care: a session on or after the day of LTP counts as ablating it again, whatever its purpose
-- reads: derived.lesion_ltp, derived.patient_ltpfs
SELECT
    l.site, 'A_LTPFS' AS endpoint, 'lesion' AS level, l.patient_id, l.lesion_id,
    l.first_ablation_date AS start_date,
    coalesce(l.uncontrolled_ltp_date, p.death_date, l.last_followup_date) AS end_date,
    CASE WHEN l.uncontrolled_ltp_date IS NOT NULL THEN 1 WHEN p.death_date IS NOT NULL THEN 2 ELSE 0 END AS event,
    CASE WHEN l.uncontrolled_ltp_date IS NOT NULL THEN 'LTP not controlled again'
         WHEN p.death_date IS NOT NULL THEN 'death under local control'
         ELSE 'censored at the last qualifying exam' END AS event_description,
    CASE WHEN l.uncontrolled_ltp_date IS NULL AND p.death_date IS NOT NULL THEN 'clean.patients'
         ELSE 'clean.imaging_followups' END AS source_table,
    l.site || '|' || l.patient_id || CASE
        WHEN l.uncontrolled_ltp_date IS NOT NULL THEN '|' || l.uncontrolled_ltp_exam_id || '|' || l.lesion_id
        WHEN p.death_date IS NOT NULL THEN ''
        ELSE '|' || l.last_followup_exam_id || '|' || l.lesion_id END AS source_key,
    'A_LTPFS v1' AS definition
FROM derived.lesion_ltp l
JOIN derived.patient_ltpfs p USING (site, patient_id)
WHERE l.is_evaluable
