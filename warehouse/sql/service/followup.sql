-- title: Completeness of follow-up by centre
-- meaning: the input of analysis.service_followup: of each centre and measure, the cases that could have the property
--   (n), those that have it (n_events), and those that are left out (n_missing).
-- definition: first_exam_in_time and exams_in_window as in quality.lesion_followup: lesions whose first exam was due by
--   the newest imaging delivery, and exams that were expected by then. followed_a_year and last_contact_known as in
--   quality.control_charts, over all quarters
-- care: exams of one lesion, and lesions of one patient, are not independent
-- reads: quality.lesion_followup, derived.patient_ltpfs
WITH lesion AS (
    SELECT
        site, count(*) AS n_lesions, count(is_first_exam_in_time) AS n_first_due,
        count(*) FILTER (is_first_exam_in_time) AS n_first_in_time,
        count(*) FILTER (n_exams_expected >= exams_of_a_year()) AS n_year_due,
        count(*) FILTER (
            n_exams_expected >= exams_of_a_year()
            AND last_exam_date - first_ablation_date >= one_year_days() - exam_window_days()
        ) AS n_followed,
        coalesce(sum(n_exams_expected), 0)::BIGINT AS n_expected,
        coalesce(sum(n_exams_in_window), 0)::BIGINT AS n_in_window
    FROM quality.lesion_followup
    GROUP BY site
), measured AS (
    SELECT site, 'first_exam_in_time' AS quantity, 'lesion' AS level, n_first_due AS n, n_first_in_time AS n_events,
           n_lesions - n_first_due AS n_missing FROM lesion
    UNION ALL SELECT site, 'followed_a_year', 'lesion', n_year_due, n_followed, n_lesions - n_year_due FROM lesion
    UNION ALL SELECT site, 'exams_in_window', 'exam', n_expected, n_in_window, 0 FROM lesion
    UNION ALL
    SELECT site, 'last_contact_known', 'patient', count(*), count(coalesce(last_contact_date, death_date)), 0
    FROM derived.patient_ltpfs GROUP BY site
)
SELECT site, quantity, level, n, n_events, n_missing FROM measured ORDER BY quantity, site
