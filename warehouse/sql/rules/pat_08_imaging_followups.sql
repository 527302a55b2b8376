-- title: PAT-08 for exams
-- meaning: the exam is dated up to 7 days after a death that is in force. The date is that of the report, typed after the
--   patient had died, so the day of the exam is not known. All rows of the exam are set aside, and the death stays.
--   Deaths that a session or a later exam contradicts are set aside before this rule runs (pat_08).
SELECT i.row_id, 'exam_date' AS column_name
FROM clean.imaging_followups i
JOIN clean.patients p USING (site, patient_id)
WHERE i.exam_date > p.death_date
