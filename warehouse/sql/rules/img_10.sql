-- title: IMG-10
-- meaning: a patient has two exam ids on one day with the same modality.
SELECT i.row_id, 'exam_date' AS column_name
FROM clean.imaging_followups i
SEMI JOIN (
    SELECT site, patient_id, exam_date, modality FROM clean.imaging_followups
    GROUP BY ALL HAVING min(exam_id) <> max(exam_id)
) d USING (site, patient_id, exam_date, modality)
