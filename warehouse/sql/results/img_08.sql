-- title: IMG-08
-- meaning: the first qualifying exam is not 14 to 84 days after the ablation. Asked of every ablated lesion; one
--   without any qualifying exam counts as a violation.
-- reads: clean.lesions, clean.imaging_followups
WITH first_exam AS (
    SELECT site, patient_id, lesion_id, min(i.exam_date) - any_value(l.first_ablation_date) AS days
    FROM clean.lesions l JOIN clean.imaging_followups i USING (site, patient_id, lesion_id)
    WHERE i.modality IN ('ct', 'mr') AND i.contrast_enhanced = 'yes'
      AND i.lesion_status IN ('no_viable', 'residual', 'ltp', 'viable') AND i.exam_date > l.first_ablation_date
    GROUP BY ALL
)
SELECT '' AS aspect, count(*) FILTER (days IS NULL OR days NOT BETWEEN 14 AND 84) AS n_violations,
       count(*) AS n_rows, '' AS note
FROM clean.lesions LEFT JOIN first_exam USING (site, patient_id, lesion_id)
