-- title: Exam days of each patient
-- meaning: how closely a patient was imaged, whatever the exam was for. One row per patient with an accepted exam.
-- reads: clean.imaging_followups
WITH exam_day AS (
    SELECT DISTINCT site, patient_id, exam_date FROM clean.imaging_followups
), spaced AS (
    SELECT *, exam_date - lag(exam_date) OVER (PARTITION BY site, patient_id ORDER BY exam_date) AS days FROM exam_day
)
SELECT
    site,
    patient_id,
    count(*) AS n_exam_days,
    min(exam_date) AS first_exam_date,
    max(exam_date) AS last_exam_date,
    coalesce(list(days::INTEGER ORDER BY exam_date) FILTER (days IS NOT NULL), []) AS interval_days
FROM spaced
GROUP BY site, patient_id
