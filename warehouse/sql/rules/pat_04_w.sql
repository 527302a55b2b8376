-- title: PAT-04-W
-- meaning: the age at the first session (year of session minus year of birth) is outside 18 to 105 years.
SELECT p.row_id, 'birth_year' AS column_name
FROM clean.patients p
JOIN (SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL) s
  USING (site, patient_id)
WHERE year(s.first_session + days_back(p.site, p.patient_id)) - p.birth_year NOT BETWEEN youngest_usual_years() AND oldest_usual_years()
