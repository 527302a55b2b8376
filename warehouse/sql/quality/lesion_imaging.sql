-- title: Qualifying exams of each lesion, counted from its first ablation
-- meaning: how each lesion was followed: the first and last qualifying exam, which windows of the expected schedule
--   contain one, and gaps. One row per ablated lesion; days are empty if there is no exam.
-- definition: a qualifying exam is contrast-enhanced CT or MR that assesses the lesion, after the ablation. Windows: 30
--   days either side of 1 month after the ablation, then every 3 months to 24, every 6 to 60 (domain facts 3.2), as a
--   bit mask whose lowest bit is the first exam. A gap is the time between consecutive qualifying days, the first one
--   counted from the ablation; it is long above 200 days if it begins within 24 months of the ablation, above 400 later
--   (IMG-09)
-- reads: clean.lesions, clean.imaging_followups
WITH schedule AS (
    SELECT round(month * days_per_month())::INTEGER AS day, 1 << place AS bit
    FROM (SELECT unnest(exam_months()) AS month, unnest(range(len(exam_months()))) AS place)
), lesion AS MATERIALIZED (
    -- number the lesions: grouping and joining by a number is several times faster than by the three key columns
    SELECT site, patient_id, lesion_id, first_ablation_date, row_number() OVER () AS lesion_no FROM clean.lesions
), exam_day AS MATERIALIZED (
    SELECT DISTINCT l.lesion_no, i.exam_date - l.first_ablation_date AS day
    FROM clean.imaging_followups i
    JOIN lesion l USING (site, patient_id, lesion_id)
    WHERE is_qualifying(i.modality, i.contrast_enhanced, i.lesion_status, i.exam_date, l.first_ablation_date)
), gap AS (
    SELECT lesion_no, day, lag(day, 1, 0) OVER (PARTITION BY lesion_no ORDER BY day) AS opened FROM exam_day
), gaps AS (
    SELECT
        lesion_no, min(day) AS first_exam_day, max(day) AS last_exam_day, count(*) AS n_gaps,
        count(*) FILTER (day - opened > longest_gap_days(opened)) AS n_long_gaps
    FROM gap GROUP BY lesion_no
), kept AS (
    SELECT e.lesion_no, bit_or(s.bit) AS exam_windows
    FROM exam_day e JOIN schedule s ON e.day BETWEEN s.day - exam_window_days() AND s.day + exam_window_days()
    GROUP BY e.lesion_no
)
SELECT
    l.site,
    l.patient_id,
    l.lesion_id,
    g.first_exam_day::INTEGER AS first_exam_day,
    g.last_exam_day::INTEGER AS last_exam_day,
    coalesce(k.exam_windows, 0)::INTEGER AS exam_windows,
    coalesce(g.n_gaps, 0)::INTEGER AS n_gaps,
    coalesce(g.n_long_gaps, 0)::INTEGER AS n_long_gaps
FROM lesion l
LEFT JOIN gaps g USING (lesion_no)
LEFT JOIN kept k USING (lesion_no)
