-- title: PAT-07
-- meaning: the death is before the patient's first session; both columns of the death are set aside.
SELECT p.row_id, unnest(['vital_status', 'death_date']) AS column_name
FROM clean.patients p
JOIN (SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL) s
  USING (site, patient_id)
WHERE p.death_date < s.first_session
