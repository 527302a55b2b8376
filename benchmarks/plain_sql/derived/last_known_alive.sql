-- title: Last date on which each patient is known to have been alive
-- meaning: the latest of last contact, any exam and any session, and the row that shows it (if several rows share the
--   day, the patients row first, then an exam, then a session, then the smallest key). One row per patient with a session.
-- definition: contract section 5, censoring of OS
-- reads: clean.rfa_sessions, clean.imaging_followups, clean.patients
WITH treated AS MATERIALIZED (
    SELECT site, patient_id, max(session_date) AS last_session_date
    FROM clean.rfa_sessions GROUP BY site, patient_id
), examined AS (
    SELECT site, patient_id, max(exam_date) AS last_exam_date
    FROM clean.imaging_followups GROUP BY site, patient_id
), seen AS MATERIALIZED (
    SELECT
        site, patient_id,
        greatest(p.last_contact_date, e.last_exam_date, t.last_session_date) AS last_known_alive_date,
        CASE last_known_alive_date WHEN p.last_contact_date THEN 'clean.patients'
             WHEN e.last_exam_date THEN 'clean.imaging_followups' ELSE 'clean.rfa_sessions' END AS source_table
    FROM treated t
    LEFT JOIN examined e USING (site, patient_id)
    LEFT JOIN clean.patients p USING (site, patient_id)
), row_of AS (
    SELECT s.site, s.patient_id, min({'item': i.exam_id, 'lesion_id': coalesce(i.lesion_id, '')}) AS found
    FROM clean.imaging_followups i
    JOIN seen s ON s.site = i.site AND s.patient_id = i.patient_id AND s.last_known_alive_date = i.exam_date
    WHERE s.source_table = 'clean.imaging_followups'
    GROUP BY s.site, s.patient_id
    UNION ALL
    SELECT s.site, s.patient_id, min({'item': r.session_id, 'lesion_id': r.lesion_id})
    FROM clean.rfa_sessions r
    JOIN seen s ON s.site = r.site AND s.patient_id = r.patient_id AND s.last_known_alive_date = r.session_date
    WHERE s.source_table = 'clean.rfa_sessions'
    GROUP BY s.site, s.patient_id
)
SELECT
    site,
    patient_id,
    s.last_known_alive_date,
    s.source_table,
    site || '|' || patient_id || coalesce('|' || r.found.item || '|' || r.found.lesion_id, '') AS source_key
FROM seen s
LEFT JOIN row_of r USING (site, patient_id)
