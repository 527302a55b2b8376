-- title: Time to LTP of a lesion
-- meaning: When LTP of the lesion is detected.
-- definition: TTLTP v1
-- event: LTP
-- competing: death from any cause (2); LTP on the day of death is LTP. Resection of the lesion's area or liver transplant
--   (3), where the treatments export tells of it; LTP counts whenever it is seen
-- censoring: the lesion's last qualifying exam
-- clock: days from the lesion's first ablation
-- source: SIO/DATECAN-style
-- care: a resection that names no lesion ends no clock
-- reads: derived.lesion_ltp, derived.patient_ltpfs, clean.treatments
--
-- title: LTP-free survival of a lesion
-- meaning: How long the patient lives without LTP of this lesion.
-- definition: LTPFS v1
-- event: LTP, or death from any cause
-- competing: none
-- source: SIO/DATECAN-style, composite
-- care: removal of the area ends nothing, since the patient may still die
SELECT
    l.site, e.endpoint, 'lesion' AS level, l.patient_id, l.lesion_id,
    l.first_ablation_date AS start_date,
    coalesce(l.ltp_date, r.earliest.day, p.death_date, l.last_followup_date) AS end_date,
    CASE WHEN l.ltp_date IS NOT NULL THEN 1 WHEN r.earliest IS NOT NULL THEN 3
         WHEN p.death_date IS NOT NULL THEN e.death_counts_as ELSE 0 END AS event,
    CASE WHEN l.ltp_date IS NOT NULL THEN 'LTP' WHEN r.earliest IS NOT NULL THEN 'removal of the area without LTP'
         WHEN p.death_date IS NOT NULL THEN 'death without LTP'
         ELSE 'censored at the last qualifying exam' END AS event_description,
    CASE WHEN l.ltp_date IS NOT NULL THEN 'clean.imaging_followups' WHEN r.earliest IS NOT NULL THEN 'clean.treatments'
         WHEN p.death_date IS NOT NULL THEN 'clean.patients' ELSE 'clean.imaging_followups' END AS source_table,
    l.site || '|' || l.patient_id || CASE
        WHEN l.ltp_date IS NOT NULL THEN '|' || l.ltp_exam_id || '|' || l.lesion_id
        WHEN r.earliest IS NOT NULL THEN '|' || r.earliest.treatment_id
        WHEN p.death_date IS NOT NULL THEN ''
        ELSE '|' || l.last_followup_exam_id || '|' || l.lesion_id END AS source_key,
    e.definition
FROM derived.lesion_ltp l
JOIN derived.patient_ltpfs p USING (site, patient_id)
JOIN (VALUES  -- not CROSS JOIN: DuckDB writes a view's as a comma, which binds less than LEFT JOIN
    ('TTLTP', 2, true, 'TTLTP v1'),   -- death competes, and so does removal
    ('LTPFS', 1, false, 'LTPFS v1')   -- death is an event too
) AS e(endpoint, death_counts_as, removal_competes, definition) ON true
LEFT JOIN (
    SELECT
        o.site, o.patient_id, o.lesion_id,
        min({'day': t.start_date, 'treatment_id': t.treatment_id}) AS earliest
    FROM clean.treatments t
    JOIN derived.lesion_ltp o ON o.site = t.site AND o.patient_id = t.patient_id
    JOIN derived.patient_ltpfs d ON d.site = t.site AND d.patient_id = t.patient_id
    WHERE (t.kind = 'transplant' OR (t.kind = 'resection' AND t.lesion_id = o.lesion_id))
      AND t.start_date > o.first_ablation_date AND t.start_date < coalesce(d.death_date, DATE '9999-12-31')
    GROUP BY o.site, o.patient_id, o.lesion_id
) r ON e.removal_competes AND r.site = l.site AND r.patient_id = l.patient_id AND r.lesion_id = l.lesion_id
WHERE l.is_evaluable
