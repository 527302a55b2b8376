-- title: PAT-05
-- meaning: the year of birth is not before the year of the patient's first session.
SELECT p.row_id, 'birth_year' AS column_name
FROM clean.patients p
JOIN (SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL) s
  USING (site, patient_id)
WHERE p.birth_year >= year(s.first_session + days_back(p.site, p.patient_id))
