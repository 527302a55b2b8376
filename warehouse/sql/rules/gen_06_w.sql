-- title: GEN-06-W
-- meaning: the specimen was taken after its report, or after the patient's first session.
SELECT g.row_id, 'specimen_date' AS column_name
FROM clean.genotypes g
JOIN (SELECT site, patient_id, min(session_date) AS first_session FROM clean.rfa_sessions GROUP BY ALL) s
  USING (site, patient_id)
WHERE g.specimen_date > g.report_date OR g.specimen_date > s.first_session
