-- title: Session rows that are set aside
-- meaning: one row per current session row with a row-scope finding, and one per row of an open conflict whose key has
--   no version from earlier deliveries. lesion_id may be empty.
-- definition: contract section 4, PARENT-01
SELECT r.site, r.patient_id, r.lesion_id
FROM raw.rfa_sessions r
JOIN quality.findings f ON f.row_id = r.row_id AND f.export = 'rfa_sessions' AND f.scope = 'row'
UNION ALL
SELECT c.site, c.patient_id, c.lesion_id
FROM (
    SELECT r.* FROM raw.rfa_sessions r JOIN raw.rfa_sessions_versions v USING (row_id) WHERE v.state = 'open'
) c
LEFT JOIN raw.rfa_sessions_current k USING (site, patient_id, session_id, lesion_id)
WHERE k.row_id IS NULL
