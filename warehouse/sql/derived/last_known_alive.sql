-- title: Last date each patient is known to have been alive
-- meaning: the latest of last contact, any exam and any session. One row per patient with a session.
-- definition: contract section 5, censoring of OS
-- reads: clean.rfa_sessions, clean.imaging_followups, clean.patients
SELECT site, patient_id, max(seen_on) AS last_known_alive_date
FROM (
    SELECT site, patient_id, session_date AS seen_on FROM clean.rfa_sessions
    UNION ALL
    SELECT site, patient_id, exam_date FROM clean.imaging_followups
    UNION ALL
    SELECT p.site, p.patient_id, p.last_contact_date
    FROM clean.patients p SEMI JOIN clean.rfa_sessions s USING (site, patient_id)
)
GROUP BY site, patient_id
