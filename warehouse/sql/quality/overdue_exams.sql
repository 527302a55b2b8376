-- title: Lesions with an overdue exam
-- meaning: the list to ask a site about: lesions without a qualifying exam since the window of an expected one opened.
--   One row per lesion, with the first overdue exam and the number of overdue exams.
-- definition: see quality.lesion_followup; days overdue run from the expected date to the site's newest extract of imaging
-- care: the exam may have taken place without being delivered; patients who have died since are listed too, with that status
-- reads: quality.lesion_followup
SELECT
    site,
    patient_id,
    lesion_id,
    vital_status,
    first_ablation_date,
    last_exam_date,
    overdue_since_date AS expected_date,
    as_of_date,
    -- beside a shifted date it would tell by how much that was shifted
    CASE WHEN days_back(site, patient_id) = 0 THEN as_of_date - overdue_since_date END AS days_overdue,
    n_exams_overdue
FROM quality.lesion_followup
WHERE n_exams_overdue > 0
