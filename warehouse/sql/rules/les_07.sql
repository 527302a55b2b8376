-- title: LES-07
-- meaning: another lesion of the patient was treated in the same session and segment, with a diameter within 2 mm.
SELECT DISTINCT a.row_id, 'segment' AS column_name
FROM clean.rfa_sessions a
JOIN clean.rfa_sessions b USING (site, patient_id, session_id, segment)
WHERE a.lesion_id <> b.lesion_id AND abs(a.max_diameter_mm - b.max_diameter_mm) <= same_lesion_mm()
