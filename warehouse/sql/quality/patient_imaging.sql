-- title: Exam days of each patient
-- meaning: how closely a patient was imaged, whatever the exam was for. One row per patient with an accepted exam.
-- reads: clean.imaging_followups
WITH imaged AS (
    SELECT site, patient_id, list_sort(list_distinct(list(exam_date))) AS days
    FROM clean.imaging_followups GROUP BY site, patient_id
)
SELECT
    site,
    patient_id,
    len(days) AS n_exam_days,
    days[1] AS first_exam_date,
    days[-1] AS last_exam_date,
    list_transform(range(2, len(days) + 1), lambda place: (days[place] - days[place - 1])::INTEGER) AS interval_days
FROM imaged
