-- title: ABL-09
-- meaning: the same lesion is recorded on the same day under two session ids.
SELECT DISTINCT a.row_id, 'session_date' AS column_name
FROM clean.rfa_sessions a
JOIN clean.rfa_sessions b USING (site, patient_id, lesion_id, session_date)
WHERE a.session_id <> b.session_id
