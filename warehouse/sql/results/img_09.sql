-- title: IMG-09
-- meaning: a gap between consecutive qualifying days of a lesion (the ablation opens the first) above 200 days where
--   it begins within 24 months of the ablation, above 400 days later. Asked of every gap.
-- reads: clean.lesions, clean.imaging_followups
WITH exam_day AS (
    SELECT DISTINCT site, patient_id, lesion_id, i.exam_date AS day, l.first_ablation_date
    FROM clean.lesions l JOIN clean.imaging_followups i USING (site, patient_id, lesion_id)
    WHERE i.modality IN ('ct', 'mr') AND i.contrast_enhanced = 'yes'
      AND i.lesion_status IN ('no_viable', 'residual', 'ltp', 'viable') AND i.exam_date > l.first_ablation_date
), gap AS (
    SELECT first_ablation_date, day,
           lag(day, 1, first_ablation_date) OVER (PARTITION BY site, patient_id, lesion_id ORDER BY day) AS opened
    FROM exam_day
)
SELECT '' AS aspect,
       count(*) FILTER (day - opened > CASE WHEN opened - first_ablation_date < 24 * 30.4375 THEN 200 ELSE 400 END)
           AS n_violations,
       count(*) AS n_rows, '' AS note
FROM gap
