-- title: IMG-08
-- meaning: the first qualifying exam is not 14 to 84 days after the ablation. Applies to every ablated lesion; a lesion
--   without any qualifying exam counts as a violation. Of all sites (site null) and of each.
-- reads: quality.lesion_imaging
SELECT
    site, '' AS aspect,
    count(*) FILTER (
        first_exam_day IS NULL OR first_exam_day NOT BETWEEN first_exam_earliest_days() AND first_exam_latest_days()
    ) AS n_violations,
    count(*) AS n_rows, '' AS note
FROM quality.lesion_imaging
GROUP BY GROUPING SETS ((), (site))
